//! Flow JSON, and forms.

use serde_json::{Value, json};
use waxwing_flow::{
    ChoiceInput, Component, DatePicker, FieldKind, FlowJson, FlowOption, FlowScreen, Footer, Form, FormChoice,
    FormField, Image, OptIn, TextArea, TextInput, TextKind, data_value, form_value, screen_value,
};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

fn screen() -> FlowScreen {
    FlowScreen::new("ORDER", "Order")
}

fn done() -> Footer {
    Footer::complete("Send")
}

#[track_caller]
fn check_broken(flow: &FlowJson, expected: &str) {
    assert_eq!(flow.to_json().unwrap_err().to_string(), expected);
}

/// Checks the error of a flow with one screen that has this component.
#[track_caller]
fn check_component(component: impl Into<Component>, expected: &str) {
    check_broken(&FlowJson::new([screen().with(component).with(done())]), &format!("screen ORDER{expected}"));
}

/// Meta: flow JSON, components.
#[test]
fn components_have_the_json_that_meta_documents() {
    #[track_caller]
    fn check(component: impl Into<Component>, expected: &Value) {
        let json = FlowJson::new([screen().with(component).with(done())]).to_json().unwrap();
        assert_eq!(&json["screens"][0]["layout"]["children"][0], expected);
    }
    check(Component::heading("Hi"), &json!({"type": "TextHeading", "text": "Hi"}));
    check(Component::subheading("Hi"), &json!({"type": "TextSubheading", "text": "Hi"}));
    check(Component::body("Hi"), &json!({"type": "TextBody", "text": "Hi"}));
    check(Component::caption("Hi"), &json!({"type": "TextCaption", "text": "Hi"}));
    check(
        TextInput::new("age", "Age").kind(TextKind::Number).help("In years").optional(),
        &json!({"type": "TextInput", "name": "age", "label": "Age", "required": false, "input-type": "number", "helper-text": "In years"}),
    );
    check(
        TextArea::new("note", "Note"),
        &json!({"type": "TextArea", "name": "note", "label": "Note", "required": true}),
    );
    check(
        ChoiceInput::radio_buttons("size", "Size", [FlowOption::new("s", "Small").description("20 cm")])
            .description("Pizza"),
        &json!({
            "type": "RadioButtonsGroup", "name": "size", "label": "Size", "required": true, "description": "Pizza",
            "data-source": [{"id": "s", "title": "Small", "description": "20 cm"}],
        }),
    );
    check(
        ChoiceInput::dropdown("size", "Size", [("s", "Small")]).options_from("sizes"),
        &json!({"type": "Dropdown", "name": "size", "label": "Size", "required": true, "data-source": "${data.sizes}"}),
    );
    check(
        ChoiceInput::checkboxes("extras", "Extras", [("o", "Olives")]).optional(),
        &json!({
            "type": "CheckboxGroup", "name": "extras", "label": "Extras", "required": false,
            "data-source": [{"id": "o", "title": "Olives"}],
        }),
    );
    check(
        DatePicker::new("day", "Day").between("2026-12-01", "2026-12-31"),
        &json!({
            "type": "DatePicker", "name": "day", "label": "Day", "required": true,
            "min-date": "2026-12-01", "max-date": "2026-12-31",
        }),
    );
    check(OptIn::new("news", "News?"), &json!({"type": "OptIn", "name": "news", "label": "News?", "required": true}));
    check(
        Image::new(PNG).alt_text("A pizza").height(200),
        &json!({"type": "Image", "src": "iVBORw0KGgpyZXN0", "scale-type": "contain", "alt-text": "A pizza", "height": 200}),
    );
    let footer = Footer::complete("Send").with("size", form_value("size")).with("kind", "pizza");
    let json = FlowJson::new([screen().with(footer)]).to_json().unwrap();
    let payload = json!({"size": "${form.size}", "kind": "pizza"});
    let expected =
        json!({"type": "Footer", "label": "Send", "on-click-action": {"name": "complete", "payload": payload}});
    assert_eq!(json["screens"][0]["layout"]["children"][0], expected);
}

/// Meta: flow JSON, routing model and screen properties.
#[test]
fn a_flow_with_an_endpoint_has_routes_and_types() {
    let sizes = json!([{"id": "s", "title": "Small"}]);
    let first = screen()
        .data("sizes", sizes.clone())
        .with(ChoiceInput::dropdown("size", "Size", [("s", "Small")]).options_from("sizes"))
        .with(Footer::data_exchange("Continue").with("size", form_value("size")))
        .leads_to("PRICE");
    let second = FlowScreen::new("PRICE", "Price")
        .data("price", "9 €")
        .data("is_open", true)
        .with(Component::body(data_value("price")))
        .with(Footer::data_exchange("Order").with("size", screen_value("ORDER", "size")))
        .terminal();
    let flow = FlowJson::new([first, second]);
    check_broken(&flow, "screen ORDER: the footer asks the endpoint, and the flow has none");
    let json = flow.with_endpoint().to_json().unwrap();
    assert_eq!((&json["version"], &json["data_api_version"]), (&json!("7.3"), &json!("3.0")));
    assert_eq!(json["routing_model"], json!({"ORDER": ["PRICE"], "PRICE": []}));
    let properties = json!({"id": {"type": "string"}, "title": {"type": "string"}});
    let array = json!({"type": "array", "items": {"type": "object", "properties": properties}, "__example__": sizes});
    assert_eq!(json["screens"][0]["data"], json!({"sizes": array}));
    assert_eq!(json["screens"][1]["data"]["is_open"], json!({"type": "boolean", "__example__": true}));
    assert_eq!((&json["screens"][0]["terminal"], &json["screens"][1]["terminal"]), (&Value::Null, &json!(true)));
    let action = &json["screens"][1]["layout"]["children"][1]["on-click-action"];
    assert_eq!(action, &json!({"name": "data_exchange", "payload": {"size": "${screen.ORDER.form.size}"}}));
}

/// Meta: components, limits and restrictions.
#[test]
fn limits_of_components_are_checked() {
    let long = |length| "x".repeat(length);
    let label = |length: usize, limit: usize| {
        format!("the label {:?} has {length} characters; Meta allows at most {limit}", "x".repeat(length))
    };
    check_component(TextInput::new("a", long(21)), &format!(", input a: {}", label(21, 20)));
    check_component(TextArea::new("a", long(21)), &format!(", input a: {}", label(21, 20)));
    check_component(ChoiceInput::dropdown("a", long(21), [("s", "S")]), &format!(", input a: {}", label(21, 20)));
    check_component(ChoiceInput::checkboxes("a", long(31), [("s", "S")]), &format!(", input a: {}", label(31, 30)));
    check_component(DatePicker::new("a", long(41)), &format!(", input a: {}", label(41, 40)));
    check_component(OptIn::new("a", long(121)), &format!(", input a: {}", label(121, 120)));
    check_component(Component::heading(" "), ": the heading is empty");
    let options = (0..21).map(|n| (n.to_string(), "x"));
    check_component(
        ChoiceInput::radio_buttons("a", "A", options.clone()),
        ", input a: there are 21 options; Meta allows at most 20",
    );
    assert!(FlowJson::new([screen().with(ChoiceInput::dropdown("a", "A", options)).with(done())]).validate().is_ok());
    check_component(ChoiceInput::dropdown::<FlowOption>("a", "A", []), ", input a: there are no options");
    check_component(
        ChoiceInput::dropdown("a", "A", [("s", "S"), ("s", "T")]),
        r#", input a: two options have the id "s""#,
    );
    let rule = "must have letters, digits and underscores, and start with no digit";
    check_component(TextInput::new("a.b", "A"), &format!(r#", input a.b: the name "a.b" {rule}"#));
    check_component(
        DatePicker::new("a", "A").between("1.12.2026", "2026-12-31"),
        r#", input a: the date "1.12.2026" must have the form YYYY-MM-DD"#,
    );
    check_component(Image::new(*b"GIF89a"), ": the image is no JPEG or PNG file");
    check_component(done(), ": there are 2 footers; Meta allows at most 1");
    let caption = Component::caption(data_value(&long(500)));
    assert!(FlowJson::new([screen().with(caption).with(done())]).validate().is_ok(), "a reference has no length");
}

#[test]
fn screens_lead_to_each_other_and_to_an_end() {
    let end = |id: &str| FlowScreen::new(id, "End").with(done());
    let to = |id: &str| screen().with(Footer::navigate("Next", id));
    check_broken(&FlowJson::new([]), "the flow: there are no screens");
    check_broken(&FlowJson::new([to("END")]), "the flow: no screen completes the flow");
    check_broken(
        &FlowJson::new([to("GONE"), end("END")]),
        "screen ORDER: the screen leads to GONE, which does not exist",
    );
    check_broken(&FlowJson::new([to("ORDER"), end("END")]), "screen ORDER: the screen leads to itself");
    check_broken(&FlowJson::new([to("END"), end("END"), end("END")]), "screen END: two screens have this id");
    check_broken(&FlowJson::new([end("A"), end("B")]), "screen B: no screen leads to this screen");
    check_broken(&FlowJson::new([end("SUCCESS")]), "screen SUCCESS: Meta reserves the id SUCCESS");
    check_broken(&FlowJson::new([end("A1")]), r#"screen A1: the id "A1" must have letters and underscores only"#);
    let twice = end("A").with(TextInput::new("a", "A")).with(TextArea::new("a", "A"));
    check_broken(&FlowJson::new([twice]), "screen A: two inputs have the name a");
    let many = (0..50).fold(end("A"), |screen, _| screen.with(Component::body("x")));
    check_broken(&FlowJson::new([many]), "screen A: there are 51 components; Meta allows at most 50");
    let problem = "screen A: the example of x must have no null and no empty list, because it gives the type";
    check_broken(&FlowJson::new([end("A").data("x", json!({"a": []}))]), problem);
}

#[test]
fn a_form_becomes_a_flow_that_completes_with_all_fields() {
    let form = Form::new("Book a table")
        .intro("We are open from 12 to 23.")
        .submit("Book")
        .field(FormField::text("name", "Your name"))
        .field(FormField::choice("place", "Where?", ["Inside", "Terrace"]).on_new_page("The table"))
        .field(FormField::new(FieldKind::LongText, "note", "Anything else?").optional())
        .field(FormField::opt_in("news", "Send me news"));
    let json = form.to_flow_json().unwrap();
    let screens = json["screens"].as_array().unwrap();
    assert_eq!((&screens[0]["id"], &screens[0]["title"]), (&json!(form.first_screen()), &json!("Book a table")));
    assert_eq!((&screens[1]["id"], &screens[1]["title"]), (&json!("PAGE_B"), &json!("The table")));
    let types = |screen: &Value| -> Vec<_> {
        let children = screen["layout"]["children"].as_array().unwrap();
        children.iter().map(|child| child["type"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(types(&screens[0]), ["TextBody", "TextInput", "Footer"]);
    assert_eq!(types(&screens[1]), ["RadioButtonsGroup", "TextArea", "OptIn", "Footer"]);
    let footer = &screens[1]["layout"]["children"][3];
    assert_eq!(footer["label"], "Book");
    let payload = json!({
        "name": "${screen.PAGE_A.form.name}", "place": "${form.place}", "note": "${form.note}", "news": "${form.news}",
    });
    assert_eq!(footer["on-click-action"], json!({"name": "complete", "payload": payload}));
    let navigate = &screens[0]["layout"]["children"][2]["on-click-action"];
    assert_eq!(navigate["next"], json!({"type": "screen", "name": "PAGE_B"}));
}

#[test]
fn many_choices_become_a_menu() {
    let kind = |form: Form| form.to_flow_json().unwrap()["screens"][0]["layout"]["children"][0]["type"].clone();
    let choices = |count: usize| (0..count).map(|n| n.to_string());
    assert_eq!(kind(Form::new("A").field(FormField::choice("a", "A", choices(7)))), "RadioButtonsGroup");
    assert_eq!(kind(Form::new("A").field(FormField::choice("a", "A", choices(8)))), "Dropdown");
    assert_eq!(kind(Form::new("A").field(FormField::choices("a", "A", choices(8)))), "CheckboxGroup");
}

#[test]
fn problems_of_a_form_are_named() {
    #[track_caller]
    fn check(form: &Form, expected: &str) {
        assert_eq!(form.to_flow_json().unwrap_err().to_string(), expected);
    }
    let form = || Form::new("A").field(FormField::text("a", "A"));
    check(&Form::new("A"), "the flow: there are no screens");
    check(&form().field(FormField::text("a", "B").on_new_page("B")), "the form: two fields have the name a");
    check(
        &form().field(FormField::text("flow_token", "B")),
        "the form: Meta adds the value flow_token; give the field another name",
    );
    let mut field = FormField::text("b", "B");
    field.choices = vec!["x".into()];
    check(&form().field(field), "field b: only the kinds choice and choices have choices");
    let help = "field b: a field of the kind opt_in has no help text; put the text into its label";
    check(&form().field(FormField::opt_in("b", "B").help("x")), help);
    let problem = "the label \"A long question of a form\" has 25 characters; Meta allows at most 20";
    check(
        &form().field(FormField::text("b", "A long question of a form")),
        &format!("screen PAGE_A, input b: {problem}"),
    );
    let unknown =
        toml::from_str::<Form>("title = \"A\"\nfields = [{ name = \"a\", label = \"A\", colour = 1 }]").unwrap_err();
    assert!(unknown.to_string().contains("colour"), "{unknown}");
}

#[test]
fn a_form_is_kept_by_serialization() {
    let form = Form::new("A")
        .intro("Hello")
        .field(FormField::choices("a", "A", [FormChoice::new("x", "X"), "Y".into()]).optional().help("Any"))
        .field(FormField::date("b", "B").on_new_page("B"));
    let json = serde_json::to_value(&form).unwrap();
    assert_eq!(json["fields"][0]["choices"], json!([{"id": "x", "title": "X"}, "Y"]));
    assert_eq!(serde_json::from_value::<Form>(json).unwrap(), form);
    assert!(!format!("{form:?}").contains("Hello"), "{form:?}");
}

/// The schemas are those of `schemars` 1.
#[test]
fn a_form_is_made_from_the_type_of_its_answer() {
    let schema = json!({
        "type": "object", "title": "Booking", "required": ["name", "day", "size", "extras", "terms"],
        "properties": {
            "name": {"type": "string", "description": "Your name.\nAs on the card."},
            "day": {"type": "string", "format": "date"},
            "email": {"type": ["string", "null"], "format": "email"},
            "guest_count": {"anyOf": [{"type": "integer", "format": "uint8", "minimum": 0}, {"type": "null"}]},
            "size": {"$ref": "#/$defs/Size"},
            "extras": {"type": "array", "items": {"type": "string", "enum": ["olives", "cheese"]}},
            "terms": {"type": "boolean", "title": "I agree"},
        },
        "$defs": {"Size": {"oneOf": [
            {"type": "string", "const": "small", "description": "20 cm"},
            {"type": "string", "const": "large"},
        ]}},
    });
    let form = Form::from_json_schema("Booking", &schema).unwrap();
    for expected in [
        FormField::text("name", "Your name"),
        FormField::date("day", "Day"),
        FormField::new(FieldKind::Email, "email", "Email").optional(),
        FormField::number("guest_count", "Guest count").optional(),
        FormField::choice("size", "Size", ["small", "large"]),
        FormField::choices("extras", "Extras", ["olives", "cheese"]),
        FormField::opt_in("terms", "I agree"),
    ] {
        assert!(form.fields.contains(&expected), "{expected:?}: {:?}", form.fields);
    }
    assert!(form.to_flow().is_ok());
    for property in [
        json!({"type": "object"}),
        json!({"$ref": "#/properties/a"}),
        json!({"type": "array", "items": {}}),
        json!(true),
    ] {
        let schema = json!({"properties": {"a": property}});
        let error = Form::from_json_schema("A", &schema).unwrap_err().to_string();
        assert!(error.starts_with("property a: no field of a form can hold it"), "{error}");
    }
    let error = Form::from_json_schema("A", &json!({"type": "string"})).unwrap_err().to_string();
    assert_eq!(error, "the schema: it is not that of an object");
}
