//! Actions for messages of users.

use serde_json::{Map, Value, json};

/// Returns the action that sends a message: a text where possible, else a message of any type.
pub(super) fn action(user: &str, group: Option<&str>, mut message: Map<String, Value>) -> Value {
    let kind = match message.remove("type") {
        Some(Value::String(kind)) => kind,
        _ => "text".into(),
    };
    let body = message.remove(&kind);
    let text = body.as_ref().filter(|_| kind == "text").and_then(|body| body.get("body")).and_then(Value::as_str);
    let quotes = quoted(&message);
    let mut action = match text {
        Some(text) if message.is_empty() => json!({ "says": { "user": user, "text": text } }),
        Some(text) if quotes.is_some() => json!({ "says": { "user": user, "text": text, "quotes": quotes } }),
        _ => {
            let mut sends = json!({ "sends": { "user": user, "type": kind, "with": message } });
            if let Some(body) = body {
                sends["sends"]["body"] = body;
            }
            sends
        }
    };
    if let (Some(group), Some(content)) = (group, action.as_object_mut().and_then(|action| action.values_mut().next()))
    {
        content["group"] = group.into();
    }
    action
}

/// Returns the id of the quoted message, if the message has nothing else but its text.
fn quoted(message: &Map<String, Value>) -> Option<&str> {
    let context = message.get("context").filter(|_| message.len() == 1)?.as_object()?;
    let is_plain = context.keys().all(|key| matches!(key.as_str(), "id" | "from"));
    context.get("id")?.as_str().filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &Value, expected: &Value) {
        let Value::Object(message) = message.clone() else { panic!("no object") };
        assert_eq!(action("+1", None, message), *expected);
    }

    #[test]
    fn texts_are_said_and_others_are_sent_as_they_are() {
        let hi = json!({"type": "text", "text": {"body": "hi"}});
        check(&hi, &json!({"says": {"user": "+1", "text": "hi"}}));
        let quote = json!({"type": "text", "text": {"body": "hi"}, "context": {"from": "2", "id": "sent-1"}});
        check(&quote, &json!({"says": {"user": "+1", "text": "hi", "quotes": "sent-1"}}));
        let forwarded = json!({"type": "text", "text": {"body": "hi"}, "context": {"forwarded": true}});
        let with = json!({"context": {"forwarded": true}});
        check(&forwarded, &json!({"sends": {"user": "+1", "type": "text", "body": {"body": "hi"}, "with": with}}));
        let unsupported = json!({"type": "unsupported", "errors": [{"code": 131_051}]});
        let with = json!({"errors": [{"code": 131_051}]});
        check(&unsupported, &json!({"sends": {"user": "+1", "type": "unsupported", "with": with}}));
    }

    #[test]
    fn a_message_to_a_group_names_the_group() {
        let Value::Object(hi) = json!({"type": "text", "text": {"body": "hi"}}) else { panic!("no object") };
        let expected = json!({"says": {"user": "+1", "text": "hi", "group": "g"}});
        assert_eq!(action("+1", Some("g"), hi), expected);
    }
}
