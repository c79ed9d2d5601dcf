//! Permission of a user to be called.

use serde::Deserialize;

/// Permission of a user to be called.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/calling/user-call-permissions>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct CallPermission {
    /// Permission that the user has given.
    pub permission: GivenPermission,
    /// Actions of the business, with their limits.
    #[serde(default)]
    pub actions: Vec<CallAction>,
}

/// Permission that a user has given.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct GivenPermission {
    /// Status: `no_permission`, `temporary` or `permanent`.
    pub status: String,
    /// Unix time at which a temporary permission ends, in seconds.
    pub expiration_time: Option<u64>,
}

/// Action that a permission allows or not.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct CallAction {
    /// Name: `start_call` or `send_call_permission_request`.
    #[serde(rename = "action_name")]
    pub name: String,
    /// Whether the action is possible now.
    #[serde(rename = "can_perform_action")]
    pub is_possible: bool,
    /// Limits of the action.
    #[serde(default)]
    pub limits: Vec<CallLimit>,
}

/// Limit of an action.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct CallLimit {
    /// Period as an ISO 8601 duration, such as `PT24H` or `P7D`.
    pub time_period: String,
    /// Number of actions that are allowed in the period.
    pub max_allowed: u32,
    /// Number of actions in the current period.
    pub current_usage: u32,
    /// Unix time at which the limit allows another action, in seconds. `None` if the limit is not reached.
    pub limit_expiration_time: Option<u64>,
}

impl CallPermission {
    /// Returns whether an action is possible now: `start_call` or `send_call_permission_request`.
    pub fn allows(&self, action: &str) -> bool {
        self.actions.iter().any(|known| known.name == action && known.is_possible)
    }
}
