//! Message with the examples of a template as its values.

use serde_json::Value;
use waxwing_types::{TemplateButtonKind, TemplateCard, TemplateComponent, TemplateMessage, TemplateParameter};

use super::TemplateDefinition;

pub(super) fn message(template: &TemplateDefinition) -> TemplateMessage {
    let mut message = TemplateMessage::new(&template.name, &template.language);
    message.components = components(&template.components);
    message
}

fn components(definition: &[Value]) -> Vec<TemplateComponent> {
    let of_type =
        |component: &Value, kind: &str| component["type"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(kind));
    let mut components = Vec::new();
    for component in definition {
        let example = &component["example"];
        if of_type(component, "HEADER") {
            let parameters = texts(&example["header_text"], &example["header_text_named_params"]);
            components.push(TemplateComponent::Header { parameters });
        } else if of_type(component, "BODY") {
            let parameters = texts(&example["body_text"][0], &example["body_text_named_params"]);
            components.push(TemplateComponent::Body { parameters });
        } else if of_type(component, "BUTTONS") {
            let buttons = (0..).zip(list(&component["buttons"]));
            components.extend(buttons.filter_map(|(index, button)| url(index, button).or_else(|| code(index, button))));
        } else if of_type(component, "CAROUSEL") {
            let cards = (0..).zip(list(&component["cards"]));
            let cards = cards.map(|(index, card)| TemplateCard::new(index, components_of(card)));
            components.push(TemplateComponent::Carousel { cards: cards.collect() });
        }
    }
    components
}

fn components_of(card: &Value) -> Vec<TemplateComponent> {
    components(list(&card["components"]))
}

/// Returns the values of a text.
fn texts(positional: &Value, named: &Value) -> Vec<TemplateParameter> {
    let positional = list(positional).iter().filter_map(Value::as_str).map(TemplateParameter::text);
    let named = list(named)
        .iter()
        .filter_map(|value| Some(TemplateParameter::named(value["param_name"].as_str()?, value["example"].as_str()?)));
    positional.chain(named).collect()
}

/// Returns the example of a button.
fn example(button: &Value) -> Option<&str> {
    button["example"].as_str().or(button["example"][0].as_str())
}

/// Returns the value of a button that copies a code.
fn code(index: u8, button: &Value) -> Option<TemplateComponent> {
    let sub_type = TemplateButtonKind::CopyCode;
    button["type"].as_str().filter(|kind| kind.eq_ignore_ascii_case("COPY_CODE"))?;
    let coupon_code = example(button)?.to_owned();
    Some(TemplateComponent::Button { sub_type, index, parameters: vec![TemplateParameter::CouponCode { coupon_code }] })
}

/// Returns the value of a button with a URL. The example is the whole URL, or the value alone.
fn url(index: u8, button: &Value) -> Option<TemplateComponent> {
    let (before, _) = button["url"].as_str()?.split_once("{{")?;
    let example = example(button)?;
    let value = TemplateParameter::text(example.strip_prefix(before).unwrap_or(example));
    Some(TemplateComponent::Button { sub_type: TemplateButtonKind::Url, index, parameters: vec![value] })
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(components: &Value, expected: &str) {
        let template = json!({
            "id": "1", "name": "a", "language": "en", "status": "APPROVED", "category": "UTILITY", "components": components,
        });
        let template: TemplateDefinition = serde_json::from_value(template).unwrap();
        assert_eq!(template.layout().preview(&template.example_message()).to_string(), expected);
    }

    #[test]
    fn examples_replace_placeholders() {
        let components = json!([
            { "type": "HEADER", "format": "TEXT", "text": "Order {{1}}", "example": { "header_text": ["17"] } },
            { "type": "BODY", "text": "Hi {{1}}, {{2}} at {{3}}", "example": { "body_text": [["Ana", "pizza"]] } },
            { "type": "FOOTER", "text": "Bye" },
            { "type": "BUTTONS", "buttons": [
                { "type": "QUICK_REPLY", "text": "Thanks" },
                { "type": "URL", "text": "Track", "url": "https://a.example/{{1}}", "example": ["https://a.example/17"] },
                { "type": "URL", "text": "Shop", "url": "https://a.example" },
                { "type": "PHONE_NUMBER", "text": "Call", "phone_number": "+15550001111" },
                { "type": "COPY_CODE", "text": "Copy", "example": ["TEN"] },
                { "type": "COPY_CODE", "text": "Copy", "example": "TEN" },
                { "type": "COPY_CODE", "text": "Copy" },
            ] },
        ]);
        let expected = "Order 17\nHi Ana, pizza at {{3}}\nBye\n[Thanks]\n[Track: https://a.example/17]\n\
            [Shop: https://a.example]\n[Call: +15550001111]\n[Copy: TEN]\n[Copy: TEN]\n[Copy]";
        check(&components, expected);
        let named = json!([
            { "type": "header", "format": "IMAGE" },
            { "type": "body", "text": "Hi {{name}}",
                "example": { "body_text_named_params": [{ "param_name": "name", "example": "Ana" }] } },
        ]);
        check(&named, "[image]\nHi Ana");
    }

    #[test]
    fn cards_have_examples_of_their_own() {
        let card = |name: &str| json!({ "components": [{ "type": "BODY", "text": "For {{1}}", "example": { "body_text": [[name]] } }] });
        let components =
            json!([{ "type": "BODY", "text": "Look" }, { "type": "CAROUSEL", "cards": [card("Ana"), card("Ben")] }]);
        check(&components, "Look\n[carousel]\nFor Ana\nFor Ben");
    }

    #[test]
    fn any_definition_has_a_message() {
        check(&json!([]), "");
        check(&json!([{ "type": "CAROUSEL" }, { "text": "x" }, 7]), "[carousel]");
        check(&json!([{ "type": "BUTTONS", "buttons": 1 }]), "");
        check(&json!([{ "type": "BUTTONS", "buttons": [{ "type": "OTP" }, 7] }]), "[OTP]\n[button]");
        check(&json!([{ "type": "limited_time_offer" }, { "type": "BODY", "text": "Hi" }]), "[limited_time_offer]\nHi");
        check(&json!([{ "type": "HEADER" }]), "[header]");
        check(&json!([{ "type": "HEADER", "format": "GIF" }]), "[gif]");
        check(&json!([{ "type": "HEADER", "text": "News" }]), "News");
    }
}
