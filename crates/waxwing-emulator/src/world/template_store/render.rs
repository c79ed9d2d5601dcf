//! Template messages as the user sees them.

use serde_json::{Value, json};

use crate::message::{ChatTemplate, Choice, ChoiceKind};

/// Renders a template message. `components` returns the components of the template with a name and a language.
pub(super) fn render<'a>(body: Value, components: impl Fn(&str, &str) -> &'a [Value]) -> ChatTemplate {
    let (name, language) = (text_of(&body["name"]), text_of(&body["language"]["code"]));
    let layout = layout(components(&name, &language), items(&body["components"]));
    let cards = items(&layout["cards"]).iter().flat_map(|card| items(&card["buttons"]));
    let buttons = items(&layout["buttons"]).iter().chain(cards);
    let quick_replies = buttons.filter(|button| button["type"] == "quick_reply");
    let quick_replies = quick_replies.map(|button| {
        let (title, id) = (text_of(&button["text"]), text_of(&button["id"]));
        Choice { title, id, description: None, kind: ChoiceKind::QuickReply }
    });
    let quick_replies = quick_replies.collect();
    ChatTemplate { name, language, text: text_of(&layout["body"]["text"]), quick_replies, layout, body }
}

/// Returns header, body, footer, buttons and cards, with the parameters of the message filled in.
fn layout(components: &[Value], sent: &[Value]) -> Value {
    let mut layout = json!({ "body": { "text": "" } });
    for component in components {
        let parameters = |kind: &str| find(sent, kind).map_or(&[][..], |it| items(&it["parameters"]));
        let text = |kind: &str| fill_placeholders(&text_of(&component["text"]), parameters(kind));
        match lower(&component["type"]).as_str() {
            "header" => layout["header"] = header(component, &text("header"), parameters("header")),
            "body" => layout["body"] = json!({ "text": text("body") }),
            "footer" => layout["footer"] = json!({ "text": text_of(&component["text"]) }),
            "limited_time_offer" => layout["offer"] = component["limited_time_offer"]["text"].clone(),
            "buttons" => layout["buttons"] = buttons(items(&component["buttons"]), sent).into(),
            "carousel" => {
                let sent = find(sent, "carousel").map_or(&[][..], |it| items(&it["cards"]));
                let cards = items(&component["cards"]).iter().enumerate().map(|(index, card)| {
                    let sent = sent.get(index).map_or(&[][..], |card| items(&card["components"]));
                    self::layout(items(&card["components"]), sent)
                });
                layout["cards"] = cards.collect();
            }
            _ => {}
        }
    }
    layout
}

fn header(component: &Value, text: &str, parameters: &[Value]) -> Value {
    let format = lower(&component["format"]);
    match format.as_str() {
        "text" | "" => json!({ "type": "text", "text": text }),
        _ => json!({ "type": format, format.as_str(): parameters.first().map(|parameter| &parameter[&format]) }),
    }
}

fn buttons(buttons: &[Value], sent: &[Value]) -> Vec<Value> {
    let button = |(index, button): (usize, &Value)| {
        let kind = lower(&button["type"]);
        let parameter = button_parameter(sent, index);
        let mut layout = json!({ "type": kind, "text": button["text"] });
        match kind.as_str() {
            "quick_reply" => {
                let payload = parameter.and_then(|it| it["payload"].as_str());
                layout["id"] = payload.map_or_else(|| button["text"].clone(), Into::into);
            }
            "url" => {
                let parameters = parameter.map_or(&[][..], std::slice::from_ref);
                layout["url"] = fill_placeholders(&text_of(&button["url"]), parameters).into();
            }
            "phone_number" => layout["phone_number"] = button["phone_number"].clone(),
            "copy_code" => layout["code"] = parameter.map(|it| it["coupon_code"].clone()).into(),
            _ => {}
        }
        layout
    };
    buttons.iter().enumerate().map(button).collect()
}

/// Replaces the placeholders of a text with the parameters of a message.
fn fill_placeholders(text: &str, parameters: &[Value]) -> String {
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

/// Returns the parameter that a message assigns to the button at an index.
fn button_parameter(sent: &[Value], index: usize) -> Option<&Value> {
    let is_button = |it: &&Value| {
        let at = it["index"].as_u64().or_else(|| it["index"].as_str()?.parse().ok());
        lower(&it["type"]) == "button" && at == Some(index as u64)
    };
    items(&sent.iter().find(is_button)?["parameters"]).first()
}

fn find<'a>(components: &'a [Value], kind: &str) -> Option<&'a Value> {
    components.iter().find(|it| lower(&it["type"]) == kind)
}

fn lower(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_ascii_lowercase()
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
