//! Updates of flows.
//!
//! <https://developers.facebook.com/docs/whatsapp/flows/guides/flowswebhooks>

use serde_json::{Value, json};

use crate::account_status::FlowStatus;

/// Returns the value of the field `flows` for a changed status.
pub(crate) fn flow_status(id: &str, name: &str, previous: FlowStatus, new: FlowStatus) -> Value {
    let (previous, new) = (previous.name(), new.name());
    json!({
        "event": "FLOW_STATUS_CHANGE",
        "message": format!("Flow {name} changed status from {previous} to {new}"),
        "flow_id": id,
        "old_status": previous,
        "new_status": new,
    })
}
