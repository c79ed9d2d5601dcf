//! Calls: `POST /{version}/{phone_number_id}/calls`, `GET /{version}/{phone_number_id}/call_permissions`.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/calling>

use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::Call;
use super::parameters::Parameters;
use super::response::respond;
use crate::clock::unix_seconds;
use crate::operations::calls;
use crate::rules::address::{self, Recipient};
use crate::rules::{GraphError, Rule, Rules, call as rules};
use crate::shared::Shared;
use crate::world::calls::{CallPair, CallPermission};

pub(super) async fn execute(State(shared): State<Arc<Shared>>, call: Call, Parameters(body): Parameters) -> Response {
    let result = call.number(&shared).and_then(|number| {
        let request = rules::check(body?, &shared.rules())?;
        shared.change(|world| calls::execute(world, number, request))
    });
    respond(&shared, &call.version, result)
}

/// User whose permission a call asks for.
#[derive(Debug, Deserialize)]
pub(super) struct PermissionQuery {
    user_wa_id: Option<String>,
    recipient: Option<String>,
}

/// Returns the permission of a user, with the actions that it allows. A user who is not known has permitted nothing.
pub(super) async fn permissions(
    State(shared): State<Arc<Shared>>,
    call: Call,
    Query(query): Query<PermissionQuery>,
) -> Response {
    let result = call.number(&shared).and_then(|number| {
        let recipient = query.recipient()?;
        let world = shared.world();
        let user = world.users.find(&recipient).map(|user| user.id);
        let pair = user.map(|user| world.calls.pair(number, user)).unwrap_or_default();
        Ok(describe(&pair, &world.account.rules, world.now()))
    });
    respond(&shared, &call.version, result)
}

impl PermissionQuery {
    fn recipient(&self) -> Result<Recipient, GraphError> {
        let (recipient, key) = match (&self.user_wa_id, &self.recipient) {
            (Some(phone), _) => (address::phone_digits(phone).map(Recipient::Phone), "user_wa_id"),
            (None, Some(id)) => (address::is_bsuid(id).then(|| Recipient::Bsuid(id.clone())), "recipient"),
            (None, None) => return Err(GraphError::missing("user_wa_id or recipient")),
        };
        recipient.ok_or_else(|| GraphError::with_details(Rule::Address, format!("{key}: is not an address of a user")))
    }
}

fn describe(pair: &CallPair, rules: &Rules, now: SystemTime) -> Value {
    let permission = match pair.permission {
        CallPermission::Permanent => json!({ "status": "permanent" }),
        CallPermission::Until(end) if now < end => {
            json!({ "status": "temporary", "expiration_time": unix_seconds(end) })
        }
        CallPermission::Until(_) | CallPermission::None => json!({ "status": "no_permission" }),
    };
    let usage = pair.usage(now);
    let limit = |period: &str, most: usize, current: usize| json!({ "time_period": period, "max_allowed": most, "current_usage": current });
    json!({
        "messaging_product": "whatsapp",
        "permission": permission,
        "actions": [
            {
                "action_name": "send_call_permission_request",
                "can_perform_action": pair.check_request(rules, now).is_ok(),
                "limits": [
                    limit("PT24H", 1, usage.requests_today),
                    limit("P7D", rules.limit(Rule::CallRequests), usage.requests_this_week),
                ],
            },
            {
                "action_name": "start_call",
                "can_perform_action": pair.check_call(rules, now).is_ok(),
                "limits": [limit("PT24H", rules.limit(Rule::CallsPerDay), usage.calls_today)],
            },
        ],
    })
}
