//! Changes of message templates.

use waxwing_types::WabaId;
use waxwing_webhook::{TemplateChange, WebhookEvent};

use crate::fixture;

/// Returns the change of a template with more fields than its name.
#[track_caller]
fn change(field: &str, more: &str) -> TemplateChange {
    let template =
        r#""message_template_id":1689556908129832,"message_template_name":"order","message_template_language":"en-US""#;
    let events = fixture::change(field, &format!("{{{template}{more}}}"));
    let [WebhookEvent::Template(event)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(event.waba_id, Some(WabaId::new("1")));
    assert_eq!(event.template_id.as_deref(), Some("1689556908129832"));
    assert_eq!((&*event.name, &*event.language), ("order", "en-US"));
    assert!(event.raw.starts_with(b"{") && event.raw.ends_with(b"}"));
    event.change.clone()
}

#[test]
fn each_field_about_templates_is_an_event() {
    let status = |event: &str, reason: Option<&str>| TemplateChange::Status {
        event: event.into(),
        reason: reason.map(Into::into),
    };
    let field = "message_template_status_update";
    assert_eq!(change(field, r#","event":"PAUSED","reason":"NONE""#), status("PAUSED", None));
    assert_eq!(
        change(field, r#","event":"REJECTED","reason":"ABUSIVE_CONTENT""#),
        status("REJECTED", Some("ABUSIVE_CONTENT"))
    );
    assert_eq!(change(field, r#","event":"APPROVED","reason":null"#), status("APPROVED", None));
    let quality = r#","previous_quality_score":"GREEN","new_quality_score":"YELLOW""#;
    assert_eq!(change("message_template_quality_update", quality), TemplateChange::Quality { score: "YELLOW".into() });
    let category = r#","previous_category":"UTILITY","new_category":"MARKETING""#;
    assert_eq!(change("template_category_update", category), TemplateChange::Category { category: "MARKETING".into() });
    let element = r#","message_template_element":"Hello""#;
    assert_eq!(change("message_template_components_update", element), TemplateChange::Components);
}

#[test]
fn a_change_without_its_template_is_kept_whole() {
    #[track_caller]
    fn check(value: &str) {
        let events = fixture::change("message_template_status_update", value);
        let [WebhookEvent::Other(other)] = &events[..] else { panic!("{events:?}") };
        assert_eq!((&*other.reason, &other.raw[..]), ("field:message_template_status_update", value.as_bytes()));
    }
    check("7");
    check(r#"{"event":"PAUSED"}"#);
    check(r#"{"event":"PAUSED","message_template_name":"order"}"#);
    check(r#"{"message_template_name":"order","message_template_language":"en"}"#);
}

#[test]
fn debug_shows_the_change_only() {
    let value = r#"{"event":"PAUSED","message_template_name":"order","message_template_language":"en","title":"hush"}"#;
    let shown = format!("{:?}", fixture::change("message_template_status_update", value));
    assert!(shown.contains("PAUSED") && !shown.contains("hush"), "{shown}");
}
