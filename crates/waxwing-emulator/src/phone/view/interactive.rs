//! View of messages that are neither texts, media nor templates.

use serde_json::Value;

/// Returns the text of a message.
pub(super) fn summary(kind: &str, body: &Value) -> Option<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match kind {
        // The body of a message of the business, or the title that the user tapped.
        "interactive" => [&body["body"]["text"], &body["button_reply"]["title"], &body["list_reply"]["title"]]
            .into_iter()
            .find_map(text),
        "button" => text(&body["text"]),
        "reaction" => text(&body["emoji"]),
        "contacts" => text(&body[0]["name"]["formatted_name"]),
        "location" => {
            let place = text(&body["name"]).or_else(|| text(&body["address"]));
            place.or_else(|| Some(format!("{}, {}", body["latitude"], body["longitude"])))
        }
        _ => None,
    }
}

/// Returns the titles of buttons, list rows and links.
pub(super) fn options(body: &Value) -> Vec<String> {
    let action = &body["action"];
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let buttons = list(&action["buttons"]).into_iter().map(|button| button["reply"]["title"].clone());
    let rows = list(&action["sections"])
        .into_iter()
        .flat_map(|section| list(&section["rows"]))
        .map(|row| row["title"].clone());
    let links = [action["parameters"]["display_text"].clone()];
    buttons.chain(rows).chain(links).filter_map(|title| title.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn interactive_messages_have_a_text_and_options() {
        let buttons =
            json!({"body": {"text": "Tea?"}, "action": {"buttons": [{"reply": {"title": "Yes"}}, {"odd": 1}]}});
        assert_eq!(summary("interactive", &buttons).as_deref(), Some("Tea?"));
        assert_eq!(options(&buttons), ["Yes"]);
        let tapped = |kind: &str, body: Value| summary(kind, &body);
        assert_eq!(tapped("interactive", json!({"button_reply": {"id": "1", "title": "Yes"}})).as_deref(), Some("Yes"));
        assert_eq!(tapped("interactive", json!({"list_reply": {"id": "1", "title": "A"}})).as_deref(), Some("A"));
        assert_eq!(tapped("button", json!({"payload": "p", "text": "Yes"})).as_deref(), Some("Yes"));
        let list = json!({"action": {"sections": [{"rows": [{"title": "A"}]}, {"rows": [{"title": "B"}]}]}});
        assert_eq!(options(&list), ["A", "B"]);
        assert_eq!(options(&json!([])), [""; 0]);
    }

    #[test]
    fn malformed_bodies_have_no_text() {
        for kind in ["interactive", "reaction", "contacts", "order"] {
            assert_eq!(summary(kind, &json!(7)), None);
        }
        assert_eq!(summary("location", &json!({"latitude": 1.5, "longitude": 2})).as_deref(), Some("1.5, 2"));
    }
}
