//! Template messages as the user sees them.

use serde_json::Value;

use crate::message::{ChatTemplate, Choice, ChoiceKind};

/// Renders a template message. `components` returns the components of the template with a name and a language.
pub(super) fn render<'a>(body: Value, components: impl Fn(&str, &str) -> &'a [Value]) -> ChatTemplate {
    let text_of = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (name, language) = (text_of(&body["name"]), text_of(&body["language"]["code"]));
    let components = components(&name, &language);
    let of_type =
        |kind: &str| components.iter().find(|it| it["type"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(kind)));
    let text = of_type("BODY").map(|it| fill_placeholders(&text_of(&it["text"]), &body)).unwrap_or_default();
    let buttons = of_type("BUTTONS").map_or(&[][..], |it| items(&it["buttons"]));
    let quick_replies = buttons.iter().enumerate().filter(|(_, button)| button["type"] == "QUICK_REPLY");
    let quick_replies = quick_replies.map(|(index, button)| {
        let title = text_of(&button["text"]);
        let id = quick_reply_payload(&body, index).unwrap_or_else(|| title.clone());
        Choice { title, id, description: None, kind: ChoiceKind::QuickReply }
    });
    let quick_replies = quick_replies.collect();
    ChatTemplate { name, language, text, quick_replies, body }
}

/// Replaces the placeholders of a body text with the parameters of a message.
fn fill_placeholders(text: &str, body: &Value) -> String {
    let is_body = |it: &&Value| it["type"].as_str().is_some_and(|it| it.eq_ignore_ascii_case("body"));
    let parameters = items(&body["components"]).iter().find(is_body).map_or(&[][..], |it| items(&it["parameters"]));
    let value = |placeholder: &str| {
        let by_name = parameters.iter().find(|it| it["parameter_name"] == placeholder);
        let by_position = || parameters.get(placeholder.parse::<usize>().ok()?.checked_sub(1)?);
        let parameter = by_name.or_else(by_position)?;
        let kind = parameter["type"].as_str().unwrap_or_default();
        parameter["text"].as_str().or_else(|| parameter[kind]["fallback_value"].as_str())
    };
    let (mut filled, mut rest) = (String::new(), text);
    while let Some((before, (placeholder, after))) =
        rest.split_once("{{").and_then(|(before, rest)| Some((before, rest.split_once("}}")?)))
    {
        filled.push_str(before);
        filled.push_str(value(placeholder.trim()).unwrap_or_default());
        rest = after;
    }
    filled + rest
}

/// Returns the payload that a message assigns to the quick reply at an index among the buttons.
fn quick_reply_payload(body: &Value, index: usize) -> Option<String> {
    let is_button = |it: &&Value| {
        let at = it["index"].as_u64().or_else(|| it["index"].as_str()?.parse().ok());
        it["sub_type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("quick_reply")) && at == Some(index as u64)
    };
    items(&body["components"]).iter().find(is_button)?["parameters"][0]["payload"].as_str().map(str::to_owned)
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
