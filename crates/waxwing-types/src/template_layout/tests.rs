//! Tests of the comparison of messages with layouts.

use serde_json::{Value, json};

use super::*;
use crate::{
    LocationMessage, MediaId, ProductSection, TemplateButtonKind as Button, TemplateCard, TemplateComponent,
    TemplateParameter as Parameter,
};

fn layout(components: &[Value]) -> TemplateLayout {
    TemplateLayout::new("t", "en", "UTILITY", components)
}

fn message() -> TemplateMessage {
    TemplateMessage::new("t", "en")
}

fn body(text: &str) -> Value {
    json!({ "type": "BODY", "text": text })
}

fn image() -> Parameter {
    Parameter::Image { image: MediaId::new("1").into() }
}

#[track_caller]
fn check(components: &[Value], message: &TemplateMessage, expected: &str) {
    let found = layout(components).check(message).map_err(|mismatch| mismatch.to_string());
    let expected = if expected.is_empty() { Ok(()) } else { Err(format!("template t (en) {expected}")) };
    assert_eq!(found, expected);
}

#[test]
fn the_values_of_numbered_placeholders_are_counted() {
    let two = [body("Order {{1}} on {{2}}, {{1}}")];
    let texts = |texts: &[&str]| message().body(texts.iter().map(|text| Parameter::text(*text)));
    check(&two, &texts(&["17", "Monday"]), "");
    check(&two, &texts(&["17"]), "needs 2 body values, 1 was given: {{2}} is missing");
    check(&two, &message(), "needs 2 body values, 0 were given: {{1}}, {{2}} are missing");
    check(&two, &texts(&["a", "b", "c"]), "needs 2 body values, 3 were given");
    check(&[body("Hello")], &texts(&["a"]), "needs no body values, 1 was given");
    let money = message().body([Parameter::currency("5 €", "EUR", 5000), Parameter::date("May")]);
    check(&two, &money, "");
    let named = message().body([Parameter::named("day", "a"), Parameter::text("b")]);
    check(&two, &named, "has numbered placeholders in its body: give the values in order, without names");
    check(&two, &message().body([image(), Parameter::text("a")]), "needs a text for its body, an image was given");
}

#[test]
fn the_values_of_named_placeholders_are_found_by_name() {
    let named = [body("Order {{order}} on {{day}}")];
    let values =
        |values: &[(&str, &str)]| message().body(values.iter().map(|(name, text)| Parameter::named(*name, *text)));
    check(&named, &values(&[("day", "Monday"), ("order", "17")]), "");
    check(&named, &values(&[("day", "Monday")]), "needs the body value {{order}}");
    let unknown = "has no body value {{ordr}}; it has {{order}}, {{day}}; it needs the body value {{order}}";
    check(&named, &values(&[("day", "Monday"), ("ordr", "17")]), unknown);
    let twice = "takes the body value {{day}} once, it was given twice; it needs the body value {{order}}";
    check(&named, &values(&[("day", "Monday"), ("day", "17")]), twice);
    let unnamed = message().body(["17", "Monday"].map(Parameter::text));
    check(&named, &unnamed, "has placeholders with names in its body: give each of {{order}}, {{day}} by its name");
}

#[test]
fn values_are_one_line_and_not_blank_and_short() {
    let one = [body("Order {{1}}")];
    let with = |text: &str| message().body([Parameter::text(text)]);
    let breaks =
        "needs one line for the body value {{1}}, without line breaks, tabs and more than four spaces in a row";
    for text in ["a\nb", "a\tb", "a\rb", "a     b"] {
        check(&one, &with(text), breaks);
    }
    check(&one, &with("a    b"), "");
    check(&one, &with(" "), "needs a text for the body value {{1}}");
    let long = "allows 1024 characters in its body, which has 1025 with its values: give shorter values";
    check(&one, &with(&"x".repeat(1018)), "");
    check(&one, &with(&"x".repeat(1019)), long);
    let header = [json!({ "type": "HEADER", "format": "TEXT", "text": "{{1}}" }), body("a")];
    let long = "allows 60 characters in its header, which has 61 with its values: give shorter values";
    check(&header, &message().header(Parameter::text("x".repeat(61))), long);
}

#[test]
fn a_header_gets_its_text_medium_or_location() {
    for (format, parameter, expected) in [
        ("IMAGE", image(), "an image"),
        ("VIDEO", Parameter::Video { video: MediaId::new("1").into() }, "a video"),
        ("DOCUMENT", Parameter::Document { document: MediaId::new("1").into() }, "a document"),
        ("LOCATION", Parameter::Location { location: LocationMessage::new(1.0, 2.0) }, "a location"),
    ] {
        let components = [json!({ "type": "HEADER", "format": format }), body("a")];
        check(&components, &message().header(parameter), "");
        check(&components, &message(), &format!("needs {expected} for its header"));
        let text = message().header(Parameter::text("a"));
        check(&components, &text, &format!("needs {expected} for its header, a text was given"));
    }
    let text = [json!({ "type": "HEADER", "format": "TEXT", "text": "Hi {{1}}" }), body("a")];
    check(&text, &message().header(Parameter::text("Ana")), "");
    check(&text, &message(), "needs 1 header value, 0 were given: {{1}} is missing");
    check(&text, &message().header(image()), "needs a text for its header, an image was given");
    check(&[body("a")], &message().header(image()), "takes no value for its header");
    let unknown = [json!({ "type": "HEADER", "format": "HOLOGRAM" }), body("a")];
    check(&unknown, &message().header(image()), "");
}

#[test]
fn buttons_get_the_value_of_their_kind_at_their_position() {
    let buttons = json!({ "type": "BUTTONS", "buttons": [
        { "type": "QUICK_REPLY", "text": "Yes" },
        { "type": "URL", "text": "Menu", "url": "https://x.example/{{1}}" },
        { "type": "PHONE_NUMBER", "text": "Call", "phone_number": "+34" },
        { "type": "COPY_CODE", "example": "X1" },
        { "type": "HOLOGRAM" },
    ] });
    let components = [body("a"), buttons];
    let code = || Parameter::CouponCode { coupon_code: "X1".into() };
    let needed = || message().button(1, Button::Url, Parameter::text("x")).button(3, Button::CopyCode, code());
    check(&components, &needed(), "");
    check(&components, &needed().button(0, Button::QuickReply, Parameter::payload("y")), "");
    check(&components, &needed().button(4, Button::Url, Parameter::text("y")), "");
    check(&components, &message(), "needs a text for its button 1; it needs a code to copy for its button 3");
    let spaces = Parameter::CouponCode { coupon_code: "X     1".into() };
    let wrong = message().button(1, Button::Url, Parameter::text("x")).button(3, Button::CopyCode, spaces);
    let expected =
        "needs one line for the button 3 value {{1}}, without line breaks, tabs and more than four spaces in a row";
    check(&components, &wrong, expected);
    let wrong = needed().button(0, Button::Url, Parameter::text("y"));
    check(&components, &wrong, "has a button 0 of kind quick_reply, not url");
    let wrong = needed().button(0, Button::QuickReply, Parameter::text("y"));
    check(&components, &wrong, "needs a payload for its button 0, a text was given");
    check(&components, &needed().button(2, Button::Url, code()), "takes no value for its button 2");
    check(&components, &needed().button(5, Button::Url, code()), "has no button 5; its last button is 4");
    check(&[body("a")], &message().button(0, Button::Url, code()), "has no button 0; it has no buttons");
    let fixed =
        [body("a"), json!({ "type": "BUTTONS", "buttons": [{ "type": "URL", "text": "a", "url": "https://x" }] })];
    let given = message().button(0, Button::Url, Parameter::text("y"));
    check(&fixed, &given, "takes no value for its button 0");
    let breaks = message().button(1, Button::Url, Parameter::text("a\nb")).button(3, Button::CopyCode, code());
    let expected =
        "needs one line for the button 1 value {{1}}, without line breaks, tabs and more than four spaces in a row";
    check(&components, &breaks, expected);
}

#[test]
fn buttons_that_open_something_take_an_action() {
    let of = |kind: &str| [body("a"), json!({ "type": "BUTTONS", "buttons": [{ "type": kind, "text": "Open" }] })];
    check(&of("FLOW"), &message(), "");
    check(&of("FLOW"), &message().button(0, Button::Flow, Parameter::flow("t", [])), "");
    check(&of("CATALOG"), &message().button(0, Button::Catalog, Parameter::catalog(None)), "");
    let products = Parameter::products("p", [ProductSection::new(["q"])]);
    check(&of("MPM"), &message().button(0, Button::Products, products), "");
    check(&of("MPM"), &message(), "needs an action for its button 0");
    let text = message().button(0, Button::Flow, Parameter::text("t"));
    check(&of("FLOW"), &text, "needs an action for its button 0, a text was given");
}

#[test]
fn an_authentication_template_takes_its_code_twice() {
    let otp = json!({ "type": "BUTTONS", "buttons": [{ "type": "OTP", "otp_type": "COPY_CODE", "text": "Copy" }] });
    let layout = TemplateLayout::new("otp", "en", "AUTHENTICATION", &[json!({ "type": "BODY" }), otp]);
    let message = TemplateMessage::new("otp", "en");
    let code = || Parameter::text("123456");
    assert_eq!(layout.check(&message.clone().body([code()]).button(0, Button::Url, code())), Ok(()));
    let mismatch = layout.check(&message.body([code()])).unwrap_err();
    assert_eq!(mismatch.to_string(), "template otp (en) needs a text for its button 0");
}

#[test]
fn a_limited_time_offer_has_an_end() {
    let offer = |expires: bool| {
        let offer = json!({ "text": "Expires", "has_expiration": expires });
        [json!({ "type": "LIMITED_TIME_OFFER", "limited_time_offer": offer }), body("a")]
    };
    check(&offer(true), &message().offer_ends(1), "");
    check(&offer(true), &message(), "needs the end of the offer for its limited-time offer");
    check(&offer(false), &message().offer_ends(1), "takes no value for its limited-time offer");
}

#[test]
fn each_card_is_checked() {
    let card = json!({ "components": [
        { "type": "HEADER", "format": "IMAGE" },
        { "type": "BODY", "text": "{{1}}" },
        { "type": "BUTTONS", "buttons": [{ "type": "URL", "text": "Buy", "url": "https://x/{{1}}" }] },
    ] });
    let components = [body("a"), json!({ "type": "CAROUSEL", "cards": [card, card] })];
    let full = || {
        vec![
            TemplateComponent::Header { parameters: vec![image()] },
            TemplateComponent::Body { parameters: vec![Parameter::text("Pizza")] },
            TemplateComponent::Button { sub_type: Button::Url, index: 0, parameters: vec![Parameter::text("1")] },
        ]
    };
    check(&components, &message().carousel([full(), full()]), "");
    check(&components, &message(), "needs 2 cards, 0 given");
    let first_only = full()[..1].to_vec();
    let expected = "needs 1 card 1 body value, 0 were given: {{1}} is missing; it needs a text for its card 1 button 0";
    check(&components, &message().carousel([full(), first_only]), expected);
    let second = TemplateCard::new(1, full());
    assert_eq!(second.card_index, 1);
}

#[test]
fn a_preview_shows_header_text_footer_buttons_and_cards() {
    let card = json!({ "components": [{ "type": "HEADER", "format": "VIDEO" }, { "type": "BODY", "text": "{{1}}!" }] });
    let components = [
        json!({ "type": "header", "format": "text", "text": "For {{1}}" }),
        body("Order {{order}} on {{day}}"),
        json!({ "type": "FOOTER", "text": "Bye" }),
        json!({ "type": "BUTTONS", "buttons": [
            { "type": "URL", "text": "Menu", "url": "https://x/{{1}}" }, { "type": "QUICK_REPLY", "text": "Yes" },
            { "type": "URL", "text": "Site", "url": "https://x" }, { "type": "COPY_CODE", "text": "Copy" },
            { "type": "PHONE_NUMBER", "text": "Call", "phone_number": "+15550001111" }, { "type": "CATALOG" },
        ] }),
        json!({ "type": "CAROUSEL", "cards": [card, card] }),
        json!({ "type": "LIMITED_TIME_OFFER", "limited_time_offer": { "text": "Today", "has_expiration": true } }),
    ];
    let cards = [vec![TemplateComponent::Body { parameters: vec![Parameter::text("Pizza")] }]];
    let message = message()
        .header(Parameter::text("Ana"))
        .body([Parameter::named("order", "17")])
        .button(0, Button::Url, Parameter::text("m"))
        .button(1, Button::QuickReply, Parameter::Payload { payload: "hidden".into() })
        .button(3, Button::CopyCode, Parameter::CouponCode { coupon_code: "TEN".into() })
        .carousel(cards);
    let preview = layout(&components).preview(&message);
    let expected = "For Ana\n[limited_time_offer]\nOrder 17 on {{day}}\nBye\n[Menu: https://x/m]\n[Yes]\n[Site: https://x]\n\
        [Copy: TEN]\n[Call: +15550001111]\n[CATALOG]\n[carousel]\n[video]\nPizza!\n[video]\n{{1}}!";
    assert_eq!(preview.to_string(), expected);
    assert!(!format!("{preview:?}").contains("Ana"));
}

#[test]
fn a_mismatch_is_stored_as_json_and_shows_no_value() {
    let secret = message().body([Parameter::text("secret\n")]);
    let mismatch = layout(&[body("{{1}}")]).check(&secret).unwrap_err();
    let json = serde_json::to_value(&mismatch).unwrap();
    assert_eq!(
        json["problems"][0],
        json!({ "problem": "not_one_line", "place": { "part": "body" }, "placeholder": "1" })
    );
    assert_eq!(serde_json::from_value::<TemplateMismatch>(json).unwrap(), mismatch);
    assert!(!format!("{mismatch:?} {mismatch}").contains("secret"));
}
