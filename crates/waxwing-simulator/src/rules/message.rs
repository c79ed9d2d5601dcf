//! The form of what is posted to `/{phone_number_id}/messages`.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>

use serde_json::{Map, Value};

use super::GraphError;
use super::address::{self, Address};
use crate::message::MediaKind;

/// Longest text. Meta says "characters"; code points are counted here.
pub(crate) const TEXT: usize = 4096;
/// Longest caption, in code points.
pub(crate) const CAPTION: usize = 1024;
/// Longest `biz_opaque_callback_data`, in code points.
pub(crate) const CALLBACK_DATA: usize = 512;

/// The types besides text and media.
const OTHER_TYPES: [&str; 6] = ["contacts", "interactive", "location", "pin", "reaction", "template"];

/// A request in good form.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Request {
    Receipt(Receipt),
    Send(Send),
}

/// A read receipt, perhaps with a typing indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(crate) message_id: String,
    pub(crate) typing: bool,
}

/// A message to a user.
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
    Other { kind: String, body: Value },
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
pub(crate) fn check(body: &Value) -> Result<Request, GraphError> {
    let Value::Object(body) = body else { return Err(GraphError::malformed("the body is not a JSON object")) };
    if string(body, "messaging_product")?.ok_or_else(|| GraphError::missing("messaging_product"))? != "whatsapp" {
        return Err(GraphError::invalid("messaging_product", "must be whatsapp"));
    }
    if body.contains_key("status") {
        check_receipt(body).map(Request::Receipt)
    } else {
        check_send(body).map(Request::Send)
    }
}

fn check_receipt(body: &Map<String, Value>) -> Result<Receipt, GraphError> {
    if string(body, "status")? != Some("read") {
        return Err(GraphError::invalid("status", "must be read"));
    }
    let message_id = string(body, "message_id")?.ok_or_else(|| GraphError::missing("message_id"))?.to_owned();
    let typing = match body.get("typing_indicator") {
        None => false,
        Some(indicator) if indicator["type"] == "text" => true,
        Some(_) => return Err(GraphError::invalid("typing_indicator", "its type must be text")),
    };
    Ok(Receipt { message_id, typing })
}

fn check_send(body: &Map<String, Value>) -> Result<Send, GraphError> {
    let address = address::check(body)?;
    let callback_data = bounded(body, "biz_opaque_callback_data", CALLBACK_DATA)?;
    let reply_to = match body.get("context") {
        None => None,
        Some(Value::Object(context)) => {
            Some(string(context, "message_id")?.ok_or_else(|| GraphError::missing("context.message_id"))?.to_owned())
        }
        Some(_) => return Err(GraphError::invalid("context", "must be an object")),
    };
    let kind = string(body, "type")?.ok_or_else(|| GraphError::missing("type"))?;
    let draft = check_content(body, kind)?;
    Ok(Send { address, draft, reply_to, callback_data })
}

fn check_content(body: &Map<String, Value>, kind: &str) -> Result<Draft, GraphError> {
    if let Some(media) = MediaKind::from_name(kind) {
        return check_media(object(body, kind)?, media).map(Draft::Media);
    }
    if kind == "text" {
        return check_text(object(body, kind)?).map(Draft::Text);
    }
    if !OTHER_TYPES.contains(&kind) {
        return Err(GraphError::unsupported_type());
    }
    match body.get(kind) {
        Some(content @ (Value::Object(_) | Value::Array(_))) => {
            Ok(Draft::Other { kind: kind.to_owned(), body: content.clone() })
        }
        Some(_) => Err(GraphError::invalid(kind, "must be an object")),
        None => Err(GraphError::missing(kind)),
    }
}

/// Meta: text messages.
fn check_text(text: &Map<String, Value>) -> Result<String, GraphError> {
    let body = bounded(text, "body", TEXT)?.ok_or_else(|| GraphError::missing("text.body"))?;
    if body.is_empty() {
        return Err(GraphError::missing("text.body"));
    }
    match text.get("preview_url") {
        None | Some(Value::Bool(_)) => Ok(body),
        Some(_) => Err(GraphError::invalid("text.preview_url", "must be true or false")),
    }
}

/// Meta: image, video, audio, document and sticker messages.
fn check_media(media: &Map<String, Value>, kind: MediaKind) -> Result<MediaDraft, GraphError> {
    let source = match (string(media, "id")?, string(media, "link")?) {
        (Some(id), None) => Source::Id(id.to_owned()),
        (None, Some(link)) if link.starts_with("http://") || link.starts_with("https://") => {
            Source::Link(link.to_owned())
        }
        (None, Some(_)) => return Err(GraphError::invalid("link", "must be an http or https URL")),
        (Some(_), Some(_)) => return Err(GraphError::invalid("id", "cannot stand beside link")),
        (None, None) => return Err(GraphError::missing("id or link")),
    };
    let caption = bounded(media, "caption", CAPTION)?;
    if caption.is_some() && matches!(kind, MediaKind::Audio | MediaKind::Sticker) {
        return Err(GraphError::invalid("caption", "audio and stickers have none"));
    }
    let filename = string(media, "filename")?.map(str::to_owned);
    if filename.is_some() && kind != MediaKind::Document {
        return Err(GraphError::invalid("filename", "only documents have one"));
    }
    let voice = media.get("voice").is_some_and(|voice| *voice == Value::Bool(true));
    Ok(MediaDraft { kind, source, caption, filename, voice })
}

fn object<'a>(body: &'a Map<String, Value>, key: &str) -> Result<&'a Map<String, Value>, GraphError> {
    match body.get(key) {
        Some(Value::Object(object)) => Ok(object),
        Some(_) => Err(GraphError::invalid(key, "must be an object")),
        None => Err(GraphError::missing(key)),
    }
}

fn string<'a>(body: &'a Map<String, Value>, key: &str) -> Result<Option<&'a str>, GraphError> {
    match body.get(key) {
        None => Ok(None),
        Some(Value::String(value)) => Ok(Some(value)),
        Some(_) => Err(GraphError::invalid(key, "must be a string")),
    }
}

fn bounded(body: &Map<String, Value>, key: &str, limit: usize) -> Result<Option<String>, GraphError> {
    let value = string(body, key)?;
    if value.is_some_and(|value| value.chars().count() > limit) {
        return Err(GraphError::invalid(key, &format!("at most {limit} characters")));
    }
    Ok(value.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The code of the refusal; none if the request passes.
    fn code(body: &Value) -> Option<u32> {
        check(body).err().map(|error| error.code)
    }

    /// A send to Ana with `content` merged in.
    fn send(content: &Value) -> Value {
        let mut body = json!({"messaging_product": "whatsapp", "to": "34600000000"});
        for (key, value) in content.as_object().unwrap() {
            body[key] = value.clone();
        }
        body
    }

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "calls read better without a reference to a literal")]
    fn accepts(content: Value) {
        assert_eq!(code(&send(&content)), None);
    }

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "calls read better without a reference to a literal")]
    fn refuses(content: Value, expected: u32) {
        assert_eq!(code(&send(&content)), Some(expected));
    }

    /// Meta: messages, envelope.
    #[test]
    fn the_envelope() {
        assert_eq!(code(&json!([])), Some(1));
        assert_eq!(code(&json!({"to": "34600000000", "type": "text", "text": {"body": "a"}})), Some(131_008));
        refuses(json!({"messaging_product": "telegram", "type": "text", "text": {"body": "a"}}), 131_009);
        refuses(json!({"text": {"body": "a"}}), 131_008);
        refuses(json!({"type": "text"}), 131_008);
        refuses(json!({"type": "text", "text": "a"}), 131_009);
        refuses(json!({"type": "fax", "fax": {}}), 131_051);
        accepts(json!({"type": "text", "text": {"body": "a"}, "context": {"message_id": "wamid.1"}}));
        refuses(json!({"type": "text", "text": {"body": "a"}, "context": {}}), 131_008);
        accepts(json!({"type": "text", "text": {"body": "a"}, "biz_opaque_callback_data": "x".repeat(512)}));
        refuses(json!({"type": "text", "text": {"body": "a"}, "biz_opaque_callback_data": "x".repeat(513)}), 131_009);
    }

    /// Meta: text messages.
    #[test]
    fn text() {
        accepts(json!({"type": "text", "text": {"body": "a", "preview_url": true}}));
        refuses(json!({"type": "text", "text": {"body": ""}}), 131_008);
        refuses(json!({"type": "text", "text": {}}), 131_008);
        refuses(json!({"type": "text", "text": {"body": 7}}), 131_009);
        refuses(json!({"type": "text", "text": {"body": "a", "preview_url": "yes"}}), 131_009);
        accepts(json!({"type": "text", "text": {"body": "é".repeat(4096)}}));
        accepts(json!({"type": "text", "text": {"body": "😀".repeat(4096)}}));
        refuses(json!({"type": "text", "text": {"body": "a".repeat(4097)}}), 131_009);
    }

    /// Meta: media messages.
    #[test]
    fn media() {
        accepts(json!({"type": "image", "image": {"id": "1", "caption": "a".repeat(1024)}}));
        refuses(json!({"type": "image", "image": {"id": "1", "caption": "a".repeat(1025)}}), 131_009);
        accepts(json!({"type": "video", "video": {"link": "https://example.com/a.mp4"}}));
        refuses(json!({"type": "video", "video": {"link": "ftp://example.com/a.mp4"}}), 131_009);
        refuses(json!({"type": "video", "video": {"id": "1", "link": "https://example.com/a.mp4"}}), 131_009);
        refuses(json!({"type": "image", "image": {}}), 131_008);
        accepts(json!({"type": "audio", "audio": {"id": "1", "voice": true}}));
        refuses(json!({"type": "audio", "audio": {"id": "1", "caption": "a"}}), 131_009);
        accepts(json!({"type": "document", "document": {"id": "1", "filename": "a.pdf", "caption": "b"}}));
        refuses(json!({"type": "image", "image": {"id": "1", "filename": "a.png"}}), 131_009);
    }

    /// Meta: messages, types.
    #[test]
    fn other_types() {
        accepts(json!({"type": "location", "location": {"latitude": 1.5, "longitude": 2.5}}));
        accepts(json!({"type": "contacts", "contacts": [{"name": {"formatted_name": "Ana"}}]}));
        refuses(json!({"type": "interactive"}), 131_008);
        refuses(json!({"type": "interactive", "interactive": "x"}), 131_009);
    }

    /// Meta: mark messages as read; typing indicators.
    #[test]
    fn receipts() {
        let receipt = |body: Value| check(&body).map_err(|error| error.code);
        let read = |typing| Ok(Request::Receipt(Receipt { message_id: "wamid.1".into(), typing }));
        let whatsapp = "whatsapp";
        assert_eq!(
            receipt(json!({"messaging_product": whatsapp, "status": "read", "message_id": "wamid.1"})),
            read(false)
        );
        assert_eq!(
            receipt(json!({
                "messaging_product": whatsapp, "status": "read", "message_id": "wamid.1", "typing_indicator": {"type": "text"},
            })),
            read(true)
        );
        assert_eq!(receipt(json!({"messaging_product": whatsapp, "status": "read"})), Err(131_008));
        assert_eq!(receipt(json!({"messaging_product": whatsapp, "status": "seen", "message_id": "w"})), Err(131_009));
        assert_eq!(
            receipt(json!({
                "messaging_product": whatsapp, "status": "read", "message_id": "w", "typing_indicator": {"type": "dance"},
            })),
            Err(131_009)
        );
    }
}
