//! Notifications of unexpected form.

use bytes::Bytes;
use waxwing_types::PhoneNumberId;
use waxwing_webhook::{Notification, NotificationParseError, OtherEvent, VerifiedBody, WebhookEvent};

use crate::fixture;

#[test]
fn webhooks_of_other_products_are_named() {
    assert_eq!(fixture::deliver(fixture::bytes("object_page")), Notification::OtherObject("page".into()));
}

#[test]
fn every_json_value_is_a_notification() {
    #[track_caller]
    fn check(body: &'static str) {
        let body = Bytes::from_static(body.as_bytes());
        assert_eq!(fixture::deliver(body.clone()), Notification::Unrecognized(body));
    }
    check("null");
    check(" [] ");
    check("{}");
    check("7");
    check(r#""whatsapp_business_account""#);
    check(r#"{"object":7,"entry":[]}"#);
    check(r#"{"object":""}"#);
    check(r#"{"object":null}"#);
    check(r#"[{"object":"whatsapp_business_account"}]"#);
}

#[test]
fn a_body_that_is_not_json_is_an_error() {
    #[track_caller]
    fn check(body: &'static [u8]) {
        assert_eq!(Notification::parse(&VerifiedBody::unsigned(Bytes::from_static(body))), Err(NotificationParseError));
    }
    check(b"");
    check(b"{");
    check(b"{} {}");
    check(b"hub.mode=subscribe");
    check(b"{\"object\":\"whatsapp_business_account\",\"entry\":[}");
    check(b"{\"object\":\"page\",\"x\":\"\xff\"}");
    check(b"\"\xc3\x28\"");
    check(b"\xef\xbb\xbf{}");
}

#[test]
fn a_notification_without_entries_is_kept() {
    #[track_caller]
    fn check(rest: &str, expected: Option<(&str, &str)>) {
        let body = format!(r#"{{"object":"whatsapp_business_account"{rest}}}"#);
        let events = fixture::events(body.clone().into());
        let whole = |raw| if raw == "all" { body.clone() } else { String::from(raw) };
        let seen: Vec<_> = events
            .iter()
            .map(|event| match event {
                WebhookEvent::Other(other) => (&other.waba_id, &other.phone_number_id, &*other.reason, &other.raw[..]),
                event => panic!("{event:?}"),
            })
            .collect();
        let expected = expected.map(|(reason, raw)| (&None, &None, reason, whole(raw)));
        let expected =
            expected.as_ref().map(|(waba_id, number, reason, raw)| (*waba_id, *number, *reason, raw.as_bytes()));
        assert_eq!(seen, Vec::from_iter(expected));
    }
    check("", Some(("no entry", "all")));
    check(r#","entry":null"#, Some(("no entry", "all")));
    check(r#","entry":{"id":"1"}"#, Some(("entry", r#"{"id":"1"}"#)));
    check(r#","entry":[]"#, None);
}

#[test]
fn unknown_fields_are_kept_whole() {
    let [event] = <[_; 1]>::try_from(fixture::others("field_from_tomorrow")).unwrap();
    assert_eq!(event.reason.len(), OtherEvent::REASON_MAX);
    assert!(event.reason.starts_with("field:telepathy_update_xxx"));
}

#[test]
fn other_parts_of_a_value_are_kept() {
    #[track_caller]
    fn check(name: &str, expected: &[&str]) {
        let events = fixture::others(name);
        assert!(events.iter().all(|event| event.phone_number_id == Some(PhoneNumberId::new("106540352242922"))));
        assert_eq!(events.iter().map(|event| &*event.reason).collect::<Vec<_>>(), expected);
    }
    check("value_errors", &["value.errors", "value.errors"]);
    check("value_user_actions", &["user_actions"]);
    check("value_with_contacts_only", &["value without messages"]);
    check("status_without_a_name", &["status without a name", "status without an id", "status of an odd shape"]);
}

#[test]
fn odd_items_do_not_affect_other_items() {
    let events = fixture::events(fixture::bytes("batch_with_odd_items"));
    let seen: Vec<_> = events
        .iter()
        .map(|event| match event {
            WebhookEvent::Message(message) | WebhookEvent::StandbyMessage(message) => message.id.as_str(),
            WebhookEvent::MessageEcho(echo) | WebhookEvent::StandbyEcho(echo) => echo.id.as_str(),
            WebhookEvent::Identity(_) => "identity",
            WebhookEvent::Preference(preference) => &preference.value,
            WebhookEvent::Template(template) => &template.name,
            WebhookEvent::Account(account) => &account.field,
            WebhookEvent::Status(status) => status.id.as_str(),
            WebhookEvent::Call(call) => call.id.as_str(),
            WebhookEvent::Handover(handover) => &handover.change,
            WebhookEvent::Other(other) => &other.reason,
        })
        .collect();
    assert_eq!(
        seen,
        [
            "entry",
            "entry without changes",
            "changes",
            "change",
            "change without a field",
            "field:messages without a value",
            "value",
            "contacts",
            "messages",
            "statuses",
            "wamid.HBgLMzQ2MDAwMDAwMDAVAgASGBQzQTRBNjU5OUFFRTAz0040",
            "message without an id",
            "message of an odd shape",
            "message of an odd shape",
            "message without an id",
            "message without a phone number id",
            "status without a phone number id",
        ]
    );
}

#[test]
fn an_unknown_member_is_kept_next_to_known_ones() {
    let metadata = r#""metadata":{"phone_number_id":"1000001"}"#;
    for (field, known) in [
        ("messages", r#""messages":[{"id":"wamid.A","from":"34600000000","type":"text"}]"#),
        ("smb_message_echoes", r#""message_echoes":[{"id":"wamid.A","to":"34600000000","type":"text"}]"#),
        ("standby", r#""standby":{"messages":[{"id":"wamid.A","from":"34600000000","type":"text"}]}"#),
        ("calls", r#""calls":[{"id":"wacid.A","from":"34600000000","event":"connect"}]"#),
        (
            "user_preferences",
            r#""user_preferences":[{"wa_id":"34600000000","category":"marketing_messages","value":"stop"}]"#,
        ),
        ("user_id_update", r#""user_id_update":[{"user_id":{"previous":"ES.1","current":"ES.2"}}]"#),
    ] {
        let found = fixture::change(field, &format!(r#"{{{metadata},{known},"empty":[],"future":{{"a":1}}}}"#));
        let [used, WebhookEvent::Other(other)] = &found[..] else { panic!("{field}: {found:?}") };
        assert!(!matches!(used, WebhookEvent::Other(_)), "{field}: {used:?}");
        assert_eq!((other.reason.as_str(), &other.raw[..]), ("future", &br#"{"a":1}"#[..]), "{field}");
    }
}
