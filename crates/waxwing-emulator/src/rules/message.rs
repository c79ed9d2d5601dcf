//! The form of what is posted to `/{phone_number_id}/messages`.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>

mod basic;
mod carousel;
mod interactive;
mod lists;
mod template;

use serde_json::Value;

use super::address::{self, Address, To};
use super::{GraphError, Part, Rule, Rules};
use crate::message::MediaKind;

pub(crate) use template::{Argument, Component, TemplateDraft};

/// A request in good form.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Request {
    Receipt(Receipt),
    Send(Box<Send>),
}

/// A read receipt, perhaps with a typing indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(crate) message_id: String,
    pub(crate) typing: bool,
}

/// A message to a user or a group.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Send {
    pub(crate) address: Address,
    pub(crate) draft: Draft,
    pub(crate) reply_to: Option<String>,
    pub(crate) callback_data: Option<String>,
}

/// What a message says, before its medium is looked up.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Draft {
    Text(String),
    Media(MediaDraft),
    Other {
        kind: String,
        body: Value,
        /// The messages and media that it names.
        names: Names,
    },
}

/// What a message names by id, to be looked up.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Names {
    /// The message that a reaction or a pin is for.
    pub(crate) message: Option<String>,
    pub(crate) media: Vec<(MediaKind, String)>,
    pub(crate) template: Option<Box<TemplateDraft>>,
}

impl Draft {
    /// Meta's name of the type.
    pub(crate) fn kind(&self) -> &str {
        match self {
            Self::Text(_) => "text",
            Self::Media(media) => media.kind.name(),
            Self::Other { kind, .. } => kind,
        }
    }
}

/// A medium by reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MediaDraft {
    pub(crate) kind: MediaKind,
    pub(crate) source: Source,
    pub(crate) caption: Option<String>,
    pub(crate) filename: Option<String>,
    pub(crate) voice: bool,
}

/// Where the bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Id(String),
    Link(String),
}

/// Reads a request.
pub(crate) fn check(body: &Value, rules: &Rules) -> Result<Request, GraphError> {
    let body = Part::body(body, rules)?;
    body.word("messaging_product", &["whatsapp"])?;
    if body.has("status") {
        check_receipt(&body).map(Request::Receipt)
    } else {
        check_send(&body).map(Box::new).map(Request::Send)
    }
}

fn check_receipt(body: &Part<'_>) -> Result<Receipt, GraphError> {
    body.word("status", &["read"])?;
    let message_id = body.required("message_id")?.to_owned();
    let typing = match body.part("typing_indicator")? {
        None => false,
        Some(indicator) => indicator.word("type", &["text"]).map(|_| true)?,
    };
    Ok(Receipt { message_id, typing })
}

fn check_send(body: &Part<'_>) -> Result<Send, GraphError> {
    let address = address::check(body)?;
    let callback_data = body.text("biz_opaque_callback_data", Rule::CallbackData)?.map(str::to_owned);
    let reply_to = match body.part("context")? {
        None => None,
        Some(context) => Some(context.required("message_id")?.to_owned()),
    };
    let draft = check_content(body, body.required("type")?)?;
    check_place(&address.to, &draft)?;
    Ok(Send { address, draft, reply_to, callback_data })
}

fn check_content(body: &Part<'_>, kind: &str) -> Result<Draft, GraphError> {
    if let Some(media) = MediaKind::from_name(kind) {
        return basic::media(&body.required_part(kind)?, media).map(Draft::Media);
    }
    let part = || body.required_part(kind);
    let names = match kind {
        "text" => return basic::text(&part()?).map(Draft::Text),
        "location" => basic::location(&part()?).map(|()| Names::default())?,
        "contacts" => basic::contacts(body).map(|()| Names::default())?,
        "reaction" => basic::reaction(&part()?)?,
        "pin" => basic::pin(&part()?)?,
        "interactive" => interactive::check(&part()?)?,
        "template" => template::check(&part()?)?,
        _ => return Err(GraphError::broken(Rule::MessageType)),
    };
    let content = body.get(kind).cloned().unwrap_or_default();
    Ok(Draft::Other { kind: kind.to_owned(), body: content, names })
}

/// What may go where. Meta: groups.
fn check_place(to: &To, draft: &Draft) -> Result<(), GraphError> {
    let in_group = matches!(to, To::Group(_));
    match draft.kind() {
        "text" | "image" | "video" | "audio" | "document" | "sticker" | "template" => Ok(()),
        "pin" if in_group => Ok(()),
        "pin" => Err(GraphError::broken(Rule::PinInGroup)),
        kind if in_group => Err(GraphError::because(Rule::GroupContent, format!("{kind} cannot be sent to a group"))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "calls read better without a reference to a literal")]
    fn receipt(body: Value, expected: Result<bool, Rule>) {
        let got = match check(&body, &Rules::strict()) {
            Ok(Request::Receipt(receipt)) => Ok(receipt.typing),
            Ok(Request::Send(send)) => panic!("{send:?}"),
            Err(error) => Err(error.rule.unwrap()),
        };
        assert_eq!(got, expected);
    }

    /// cloud-api 4.4 (Meta: mark messages as read; typing indicators).
    #[test]
    fn receipts() {
        let whatsapp = "whatsapp";
        receipt(json!({"messaging_product": whatsapp, "status": "read", "message_id": "wamid.1"}), Ok(false));
        let typing = |kind| {
            json!({
                "messaging_product": whatsapp, "status": "read", "message_id": "wamid.1",
                "typing_indicator": {"type": kind},
            })
        };
        receipt(typing("text"), Ok(true));
        receipt(typing("dance"), Err(Rule::Form));
        receipt(json!({"messaging_product": whatsapp, "status": "read"}), Err(Rule::Required));
        receipt(json!({"messaging_product": whatsapp, "status": "seen", "message_id": "w"}), Err(Rule::Form));
        receipt(json!({"messaging_product": "telegram", "status": "read", "message_id": "w"}), Err(Rule::Form));
        receipt(json!({"status": "read", "message_id": "w"}), Err(Rule::Required));
        receipt(json!([]), Err(Rule::Body));
    }
}
