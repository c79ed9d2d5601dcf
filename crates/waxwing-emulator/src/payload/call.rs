//! Calls.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/calling>

use std::time::SystemTime;

use serde_json::{Map, Value, json};

use super::{contact, insert, value};
use crate::business::BusinessIdentity;
use crate::clock::unix_seconds;
use crate::visible_identity::VisibleIdentity;

/// Session description of an emulated phone: one audio stream.
const SESSION: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:111 opus/48000/2\r\na=sendrecv\r\n";

/// Event of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallItem<'a> {
    pub(crate) id: &'a str,
    /// `connect`, `terminate`, or an unknown event.
    pub(crate) event: &'a str,
    pub(crate) is_by_business: bool,
    /// Time at which the call was accepted.
    pub(crate) accepted: Option<SystemTime>,
    pub(crate) callback_data: Option<&'a str>,
    pub(crate) now: SystemTime,
}

/// Returns the value of the field `calls`.
pub(crate) fn call(business: &BusinessIdentity, identity: &VisibleIdentity, call: CallItem<'_>) -> Value {
    let mut item = Map::new();
    let number = business.display_phone_number.as_str();
    item.insert("id".into(), call.id.into());
    let ours = if call.is_by_business { "from" } else { "to" };
    item.insert(ours.into(), number.into());
    let [phone, bsuid, parent] = if call.is_by_business {
        ["to", "to_user_id", "to_parent_user_id"]
    } else {
        ["from", "from_user_id", "from_parent_user_id"]
    };
    insert(&mut item, phone, identity.visible_phone());
    insert(&mut item, bsuid, identity.bsuid.as_deref());
    insert(&mut item, parent, identity.parent_bsuid.as_deref());
    item.insert("event".into(), call.event.into());
    let direction = if call.is_by_business { "BUSINESS_INITIATED" } else { "USER_INITIATED" };
    item.insert("direction".into(), direction.into());
    item.insert("timestamp".into(), unix_seconds(call.now).to_string().into());
    insert(&mut item, "biz_opaque_callback_data", call.callback_data.filter(|_| call.event == "terminate"));
    match (call.event, call.accepted) {
        ("connect", _) => {
            // The phone answers the offer of the business, or makes an offer itself.
            let sdp_type = if call.is_by_business { "answer" } else { "offer" };
            item.insert("session".into(), json!({ "sdp_type": sdp_type, "sdp": SESSION }));
        }
        ("terminate", None) => drop(item.insert("status".into(), "FAILED".into())),
        ("terminate", Some(accepted)) => {
            let (start, end) = (unix_seconds(accepted), unix_seconds(call.now));
            item.insert("status".into(), "COMPLETED".into());
            item.insert("start_time".into(), start.to_string().into());
            item.insert("end_time".into(), end.to_string().into());
            item.insert("duration".into(), end.saturating_sub(start).into());
        }
        _ => {}
    }
    let contacts = json!([contact(identity, identity.visible_phone(), true)]);
    value(business, json!({ "calls": [item], "contacts": contacts }))
}

/// Returns the value of the field `calls` for the status of a call by the business.
pub(crate) fn call_status(
    business: &BusinessIdentity,
    identity: &VisibleIdentity,
    id: &str,
    status: &str,
    callback_data: Option<&str>,
    now: SystemTime,
) -> Value {
    let mut item = Map::new();
    item.insert("id".into(), id.into());
    item.insert("type".into(), "call".into());
    item.insert("status".into(), status.into());
    item.insert("timestamp".into(), unix_seconds(now).to_string().into());
    insert(&mut item, "recipient_id", identity.visible_phone());
    insert(&mut item, "recipient_user_id", identity.bsuid.as_deref());
    insert(&mut item, "recipient_parent_user_id", identity.parent_bsuid.as_deref());
    insert(&mut item, "biz_opaque_callback_data", callback_data);
    let contacts = json!([contact(identity, identity.visible_phone(), true)]);
    value(business, json!({ "statuses": [item], "contacts": contacts }))
}
