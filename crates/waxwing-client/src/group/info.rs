//! Data of a group.

use std::fmt;

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use waxwing_types::{Bsuid, GroupId, WaId};

/// Data of a group of the business. Fields that Meta does not state are `None`. `Debug` hides the texts.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/groups/reference>
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct GroupInfo {
    /// Subject of the group, which its participants see as its name.
    pub subject: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// `auto_approve` or `approval_required`.
    pub join_approval_mode: Option<String>,
    /// Whether Meta has suspended the group.
    #[serde(default, deserialize_with = "flag")]
    pub suspended: Option<bool>,
    /// Unix time of the creation, in seconds.
    #[serde(default, deserialize_with = "integer")]
    pub creation_timestamp: Option<u64>,
    /// Number of participants besides the business.
    #[serde(default, deserialize_with = "integer")]
    pub total_participant_count: Option<u64>,
}

/// Group in a list. `Debug` hides the subject.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ListedGroup {
    /// Id of the group.
    pub id: GroupId,
    /// Subject.
    pub subject: Option<String>,
    /// Unix time of the creation, in seconds.
    #[serde(default, deserialize_with = "integer")]
    pub created_at: Option<u64>,
}

/// Participant of a group. Users can hide their phone numbers. `Debug` hides the username.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct GroupParticipant {
    /// WhatsApp id.
    pub wa_id: Option<WaId>,
    /// Business-scoped user id.
    #[serde(rename = "user_id")]
    pub bsuid: Option<Bsuid>,
    /// Username.
    pub username: Option<String>,
}

impl GroupInfo {
    /// Fields of a request.
    pub(crate) const FIELDS: &str =
        "subject,description,join_approval_mode,suspended,creation_timestamp,total_participant_count";
}

impl fmt::Debug for GroupInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupInfo")
            .field("subject", &self.subject.is_some())
            .field("join_approval_mode", &self.join_approval_mode)
            .field("suspended", &self.suspended)
            .field("total_participant_count", &self.total_participant_count)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ListedGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListedGroup").field("id", &self.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for GroupParticipant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupParticipant")
            .field("wa_id", &self.wa_id)
            .field("bsuid", &self.bsuid)
            .finish_non_exhaustive()
    }
}

/// Reads an integer that Meta writes as a number or as a string.
pub(super) fn integer<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u64>, D::Error> {
    let value = Value::deserialize(value)?;
    Ok(value.as_u64().or_else(|| value.as_str()?.parse().ok()))
}

/// Reads a flag that Meta writes as a boolean or as a string.
fn flag<'de, D: Deserializer<'de>>(value: D) -> Result<Option<bool>, D::Error> {
    let value = Value::deserialize(value)?;
    Ok(value.as_bool().or_else(|| value.as_str()?.parse().ok()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_and_flags_may_be_strings() {
        let strings = json!({ "suspended": "true", "creation_timestamp": "683731200", "total_participant_count": "6" });
        let plain = json!({ "suspended": true, "creation_timestamp": 683_731_200, "total_participant_count": 6 });
        let read = |value| serde_json::from_value::<GroupInfo>(value).unwrap();
        assert_eq!(read(strings), read(plain));
        assert_eq!(read(json!({ "suspended": null })).suspended, None);
    }

    #[test]
    fn debug_hides_texts_and_users() {
        let info: GroupInfo = serde_json::from_value(json!({ "subject": "secret", "description": "secret" })).unwrap();
        let listed: ListedGroup = serde_json::from_value(json!({ "id": "g1", "subject": "secret" })).unwrap();
        let user = json!({ "wa_id": "secret", "user_id": "secret", "username": "secret" });
        let user: GroupParticipant = serde_json::from_value(user).unwrap();
        assert!(!format!("{info:?} {listed:?} {user:?}").contains("secret"));
    }
}
