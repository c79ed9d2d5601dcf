//! Examples as the types of `waxwing-types` express them.

use anyhow::{Context as _, bail};
use serde_json::{Map, Value};
use waxwing::types::{MarketingOptions, MessageId, OutboundContent, OutboundMessage, ProductPolicy, WaId};

/// Returns the request with its message in types, or none for a read receipt, which is no message.
///
/// # Errors
///
/// An error if the types do not express the message, or refuse it.
pub(crate) fn request(body: &Value) -> anyhow::Result<Option<Value>> {
    let body = body.as_object().context("the request is no object")?;
    if body.contains_key("status") {
        return Ok(None);
    }
    let to: String =
        body["to"].as_str().context("there is no recipient")?.chars().filter(char::is_ascii_digit).collect();
    let kind = kind(body)?;
    let object = body.get(kind).cloned().context("the type has no object")?;
    let content: OutboundContent = serde_json::from_value(Map::from_iter([(kind.to_owned(), object)]).into())?;
    let mut message = OutboundMessage::new(WaId::new(to.as_str()), content);
    if let Some(quoted) = body.get("context") {
        let id = quoted["message_id"].as_str().context("the quote names no message")?;
        message = message.reply_to(MessageId::new(id));
    }
    if let Some(options) = marketing(body) {
        message = message.marketing(options);
    }
    message.validate()?;
    let sent = serde_json::to_value(&message)?;
    check(body, kind, &to, &sent)?;
    Ok(Some(sent))
}

/// Compares the whole message with the example. The types state the type of the recipient and of the message, and write a phone number in digits.
fn check(body: &Map<String, Value>, kind: &str, to: &str, sent: &Value) -> anyhow::Result<()> {
    let mut expected = normal("", body.clone().into());
    for (field, value) in [("recipient_type", "individual"), ("type", kind), ("to", to)] {
        expected[field] = value.into();
    }
    if *sent != expected {
        bail!("the types change it: {sent} instead of {expected}");
    }
    Ok(())
}

/// Returns the type of a message. Without one, it is the type whose object the message has.
fn kind(body: &Map<String, Value>) -> anyhow::Result<&str> {
    match body.get("type") {
        Some(kind) => kind.as_str().context("the type is no text"),
        None => ["text", "interactive"].into_iter().find(|kind| body.contains_key(*kind)).context("there is no type"),
    }
}

fn marketing(body: &Map<String, Value>) -> Option<MarketingOptions> {
    let policy = body.get("product_policy").and_then(Value::as_str);
    let sharing = body.get("message_activity_sharing").and_then(Value::as_bool);
    if policy.is_none() && sharing.is_none() {
        return None;
    }
    let policy = policy.map(|policy| match policy {
        "STRICT" => ProductPolicy::Strict,
        _ => ProductPolicy::CloudApiFallback,
    });
    let options = policy.into_iter().fold(MarketingOptions::default(), MarketingOptions::policy);
    Some(sharing.into_iter().fold(options, MarketingOptions::shares_activity))
}

/// Returns a value in the spelling of the types: Meta's examples write some values in several ways.
fn normal(key: &str, value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let fields = object.into_iter().filter(|(key, value)| !(key == "preview_url" && *value == false));
            fields
                .map(|(key, value)| {
                    let value = normal(&key, value);
                    (key, value)
                })
                .collect::<Map<_, _>>()
                .into()
        }
        Value::Array(items) => items.into_iter().map(|item| normal("", item)).collect(),
        Value::String(text) if key == "index" => text.parse::<u8>().map_or(text.into(), Value::from),
        Value::String(text) if key == "sub_type" => text.to_ascii_lowercase().into(),
        value => value,
    }
}
