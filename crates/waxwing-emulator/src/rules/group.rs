//! Requests about groups.
//!
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/groups/reference>

use serde_json::Value;

use super::address::{self, Recipient};
use super::request_object::{ANY, Keys};
use super::{GraphError, RequestObject, Rule, Rules};

/// Approval that a group needs for each new participant.
pub(crate) const APPROVAL: &str = "approval_required";
/// Approval of a group that each user with the invite link can join.
pub(crate) const NO_APPROVAL: &str = "auto_approve";

const CREATE: Keys = &["messaging_product", "subject", "description", "join_approval_mode"];
const UPDATE: Keys = &["messaging_product", "subject", "description", "profile_picture_file", "file"];

/// Request that creates a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewGroup {
    pub(crate) subject: String,
    pub(crate) description: Option<String>,
    pub(crate) needs_approval: bool,
}

/// Request that changes a group. A part that is `None` does not change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupUpdate {
    pub(crate) subject: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) picture: Option<GroupPicture>,
}

/// Picture of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupPicture {
    pub(crate) mime_type: String,
    /// Digest in Base64.
    pub(crate) sha256: String,
}

/// Participant in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedParticipant {
    pub(crate) recipient: Recipient,
    pub(crate) input: String,
}

/// Checks a request that creates a group.
pub(crate) fn check_create(body: Value, rules: &Rules) -> Result<NewGroup, GraphError> {
    let check = |body: &RequestObject<'_>| {
        body.one_of("messaging_product", &["whatsapp"])?;
        let subject = body.required_text("subject", Rule::GroupSubject)?.trim();
        if subject.is_empty() {
            return Err(body.violates(Rule::GroupSubject, "subject", "must not be empty"));
        }
        let description = body.text("description", Rule::GroupDescription)?.map(str::to_owned);
        let needs_approval =
            body.has("join_approval_mode") && body.one_of("join_approval_mode", &[NO_APPROVAL, APPROVAL])? == APPROVAL;
        Ok(NewGroup { subject: subject.to_owned(), description, needs_approval })
    };
    RequestObject::read(body, CREATE, rules, check).map(|(group, _)| group)
}

/// Checks a request that changes a group.
pub(crate) fn check_update(body: Value, rules: &Rules) -> Result<GroupUpdate, GraphError> {
    let check = |body: &RequestObject<'_>| {
        body.one_of("messaging_product", &["whatsapp"])?;
        let subject = if body.has("subject") { Some(body.required_text("subject", Rule::GroupSubject)?) } else { None };
        let description = body.text("description", Rule::GroupDescription)?;
        let key = if body.has("file") { "file" } else { "profile_picture_file" };
        let picture = body.object(key, ANY)?.map(|picture| {
            let (mime_type, sha256) = (picture.required("mime_type")?, picture.required("sha256")?);
            Ok(GroupPicture { mime_type: mime_type.to_owned(), sha256: sha256.to_owned() })
        });
        let picture = picture.transpose()?;
        if subject.is_none() && description.is_none() && picture.is_none() {
            return Err(body.missing("subject, description or profile_picture_file"));
        }
        Ok(GroupUpdate {
            subject: subject.map(|subject| subject.trim().to_owned()),
            description: description.map(str::to_owned),
            picture,
        })
    };
    RequestObject::read(body, UPDATE, rules, check).map(|(update, _)| update)
}

/// Checks a request without parameters of its own.
pub(crate) fn check_plain(body: Value, rules: &Rules) -> Result<(), GraphError> {
    let check = |body: &RequestObject<'_>| body.one_of("messaging_product", &["whatsapp"]).map(drop);
    RequestObject::read(body, &["messaging_product"], rules, check).map(drop)
}

/// Checks a request about open join requests. Returns their ids.
pub(crate) fn check_join_requests(body: Value, rules: &Rules) -> Result<Vec<String>, GraphError> {
    let check = |body: &RequestObject<'_>| {
        body.one_of("messaging_product", &["whatsapp"])?;
        let ids = body.array("join_requests")?.filter(|ids| !ids.is_empty());
        let ids = ids.ok_or_else(|| body.missing("join_requests"))?.iter().map(|id| id.as_str().map(str::to_owned));
        ids.collect::<Option<Vec<_>>>().ok_or_else(|| body.invalid("join_requests", "must be strings"))
    };
    RequestObject::read(body, &["messaging_product", "join_requests"], rules, check).map(|(ids, _)| ids)
}

/// Checks a request that removes participants.
pub(crate) fn check_participants(body: Value, rules: &Rules) -> Result<Vec<NamedParticipant>, GraphError> {
    let check = |body: &RequestObject<'_>| {
        body.one_of("messaging_product", &["whatsapp"])?;
        let keys = &["user", "user_id"];
        let participants = body.required_objects("participants", keys, Rule::GroupParticipants)?;
        let named = participants.iter().map(participant).collect::<Result<Vec<_>, _>>()?;
        let is_repeated =
            |(n, it): (usize, &NamedParticipant)| named.iter().take(n).any(|known| known.recipient == it.recipient);
        if named.iter().enumerate().any(is_repeated) {
            return Err(body.violates(Rule::GroupDuplicate, "participants", "names a participant twice"));
        }
        Ok(named)
    };
    RequestObject::read(body, &["messaging_product", "participants"], rules, check).map(|(named, _)| named)
}

fn participant(participant: &RequestObject<'_>) -> Result<NamedParticipant, GraphError> {
    let key = if participant.has("user_id") { "user_id" } else { "user" };
    let input = participant.required(key)?;
    let recipient = match key {
        "user_id" => Some(input).filter(|id| address::is_bsuid(id)).map(|id| Recipient::Bsuid(id.to_owned())),
        _ => address::phone_digits(input).map(Recipient::Phone),
    };
    let why = "is not a phone number or a business-scoped user id";
    let recipient = recipient.ok_or_else(|| participant.violates(Rule::Address, key, why))?;
    Ok(NamedParticipant { recipient, input: input.to_owned() })
}
