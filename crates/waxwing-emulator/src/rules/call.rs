//! Requests about calls.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/calling>

use serde_json::Value;

use super::address::{self, Recipient, RecipientAddress};
use super::request_object::Keys;
use super::{GraphError, RequestObject, Rule, Rules};

const KEYS: Keys = &[
    "messaging_product",
    "recipient_type",
    "to",
    "recipient",
    "action",
    "call_id",
    "session",
    "biz_opaque_callback_data",
];

/// Request about a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CallRequest {
    pub(crate) subject: CallSubject,
    /// Whether the request states the session of the business.
    pub(crate) has_session: bool,
    pub(crate) callback_data: Option<String>,
}

/// Call that a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CallSubject {
    /// New call to a user.
    New(RecipientAddress),
    /// Call with an id.
    Ongoing { id: String, action: CallAction },
}

/// Action on a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallAction {
    PreAccept,
    Accept,
    Reject,
    Terminate,
}

/// Checks a request.
pub(crate) fn check(body: Value, rules: &Rules) -> Result<CallRequest, GraphError> {
    let check = |body: &RequestObject<'_>| {
        body.one_of("messaging_product", &["whatsapp"])?;
        let action = match body.one_of("action", &["connect", "pre_accept", "accept", "reject", "terminate"])? {
            "connect" => None,
            "pre_accept" => Some(CallAction::PreAccept),
            "accept" => Some(CallAction::Accept),
            "reject" => Some(CallAction::Reject),
            _ => Some(CallAction::Terminate),
        };
        let has_session = session(body, if action.is_none() { "offer" } else { "answer" })?;
        if action.is_none() && !has_session {
            return Err(body.missing("session"));
        }
        let subject = match action {
            Some(action) => CallSubject::Ongoing { id: body.required("call_id")?.to_owned(), action },
            None => CallSubject::New(address::check(body)?),
        };
        if let CallSubject::New(RecipientAddress { recipient: Recipient::Group(_), .. }) = subject {
            return Err(body.violates(Rule::CallReceiver, "to", "a group cannot be called"));
        }
        let callback_data = body.text("biz_opaque_callback_data", Rule::CallbackData)?.map(str::to_owned);
        Ok(CallRequest { subject, has_session, callback_data })
    };
    RequestObject::read(body, KEYS, rules, check).map(|(request, _)| request)
}

/// Checks the session, if there is one. Returns whether there is.
fn session(body: &RequestObject<'_>, kind: &str) -> Result<bool, GraphError> {
    let Some(session) = body.object("session", &["sdp_type", "sdp"])? else { return Ok(false) };
    if session.required("sdp_type")? != kind {
        return Err(session.violates(Rule::CallSession, "sdp_type", &format!("must be {kind}")));
    }
    let sdp = session.required("sdp")?;
    let is_sdp = sdp.starts_with("v=0") && sdp.lines().any(|line| line.starts_with("m=audio"));
    let why = "must be a session description with an audio stream (RFC 8866)";
    if is_sdp { Ok(true) } else { Err(session.violates(Rule::CallSession, "sdp", why)) }
}

/// Checks that the settings of a number enable calls.
pub(crate) fn check_settings(calling: Option<&Value>) -> Result<(), GraphError> {
    let is_enabled = calling.is_some_and(|calling| calling["status"] == "ENABLED");
    let why = "enable calls: POST /{phone_number_id}/settings {\"calling\": {\"status\": \"ENABLED\"}}";
    if is_enabled { Ok(()) } else { Err(GraphError::with_details(Rule::CallingOff, why)) }
}
