//! Requests to join a group.

use std::fmt;

use serde::Deserialize;
use waxwing_types::{Bsuid, WaId};

use super::info::integer;

/// Open request to join a group. `Debug` hides the user.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/groups/reference>
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct JoinRequest {
    /// Id of the request, for [`Group::approve`](super::Group::approve) and [`Group::reject`](super::Group::reject).
    #[serde(rename = "join_request_id")]
    pub id: String,
    /// WhatsApp id of the user.
    pub wa_id: Option<WaId>,
    /// Business-scoped id of the user.
    #[serde(rename = "user_id")]
    pub bsuid: Option<Bsuid>,
    /// Unix time of the request, in seconds.
    #[serde(default, deserialize_with = "integer")]
    pub creation_timestamp: Option<u64>,
}

/// Result of a decision about requests to join.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct JoinDecision {
    /// Ids of the requests that were approved or rejected.
    #[serde(default, alias = "approved_join_requests", alias = "rejected_join_requests")]
    pub decided: Vec<String>,
    /// Requests for which the decision failed.
    #[serde(default, rename = "failed_join_requests")]
    pub failed: Vec<FailedJoinRequest>,
}

/// Request to join for which a decision failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailedJoinRequest {
    /// Id of the request.
    pub id: String,
    /// Code of Meta's error, such as 131213 for a request that the user has withdrawn.
    pub code: Option<u32>,
}

impl fmt::Debug for JoinRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinRequest").field("id", &self.id).finish_non_exhaustive()
    }
}

impl<'de> Deserialize<'de> for FailedJoinRequest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Failed {
            join_request_id: String,
            #[serde(default)]
            errors: Vec<Cause>,
        }

        #[derive(Deserialize)]
        struct Cause {
            #[serde(default, deserialize_with = "integer")]
            code: Option<u64>,
        }

        let Failed { join_request_id, errors } = Failed::deserialize(deserializer)?;
        let code = errors.first().and_then(|cause| cause.code).and_then(|code| u32::try_from(code).ok());
        Ok(Self { id: join_request_id, code })
    }
}
