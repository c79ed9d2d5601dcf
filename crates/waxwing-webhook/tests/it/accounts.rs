//! Changes of accounts, numbers and their services.

use waxwing_types::{PhoneNumberId, WabaId};
use waxwing_webhook::{AccountChange, AccountEvent, WebhookEvent};

use crate::fixture;

/// Returns the account events of a webhook. Panics if it has others.
#[track_caller]
fn accounts(field: &str, value: &str) -> Vec<AccountEvent> {
    let account = |event| match event {
        WebhookEvent::Account(account) => account,
        event => panic!("{event:?}"),
    };
    fixture::change(field, value).into_iter().map(account).collect()
}

#[track_caller]
fn check(field: &str, value: &str, expected: &AccountChange) {
    let [event] = <[_; 1]>::try_from(accounts(field, value)).unwrap();
    assert_eq!((&*event.field, &event.raw[..]), (field, value.as_bytes()));
    assert_eq!((event.waba_id, event.phone_number_id), (Some(WabaId::new("1")), None));
    assert_eq!(event.change, *expected);
}

#[test]
fn changes_of_an_account_are_read() {
    let account = |event: &str, ban: Option<&str>, violation: Option<&str>, restrictions: &[&str]| {
        let restrictions = restrictions.iter().map(ToString::to_string).collect();
        let (ban_state, violation) = (ban.map(Into::into), violation.map(Into::into));
        AccountChange::Account { event: event.into(), ban_state, violation, restrictions }
    };
    let field = "account_update";
    let ban =
        r#"{"event":"DISABLED_UPDATE","ban_info":{"waba_ban_state":"DISABLE","waba_ban_date":"October 9, 2026"}}"#;
    check(field, ban, &account("DISABLED_UPDATE", Some("DISABLE"), None, &[]));
    let violation = r#"{"event":"ACCOUNT_VIOLATION","violation_info":{"violation_type":"SCAM"}}"#;
    check(field, violation, &account("ACCOUNT_VIOLATION", None, Some("SCAM"), &[]));
    let restriction = r#"{"event":"ACCOUNT_RESTRICTION","restriction_info":[{"restriction_type":"A","expiration":1},7,{"restriction_type":"B"}]}"#;
    check(field, restriction, &account("ACCOUNT_RESTRICTION", None, None, &["A", "B"]));
    check(field, r#"{"event":"FROM_TOMORROW","x":1}"#, &account("FROM_TOMORROW", None, None, &[]));
    check(
        "account_review_update",
        r#"{"decision":"APPROVED"}"#,
        &AccountChange::Review { decision: "APPROVED".into() },
    );
    check("business_capability_update", r#"{"max_phone_numbers_per_business":25}"#, &AccountChange::Capability);
}

#[test]
fn an_alert_is_read_in_both_forms() {
    let alert =
        AccountChange::Alert { kind: "OBA".into(), severity: Some("CRITICAL".into()), status: Some("ACTIVE".into()) };
    let details = r#""alert_severity":"CRITICAL","alert_status":"ACTIVE","alert_type":"OBA""#;
    check("account_alerts", &format!(r#"{{"entity_id":1,{details}}}"#), &alert);
    check("account_alerts", &format!(r#"{{"entity_id":1,"alert_info":{{{details}}}}}"#), &alert);
}

#[test]
fn changes_of_a_number_are_read() {
    let quality = |limit: &str| AccountChange::NumberQuality { event: "FLAGGED".into(), limit: Some(limit.into()) };
    let field = "phone_number_quality_update";
    check(field, r#"{"event":"FLAGGED","current_limit":"TIER_1K"}"#, &quality("TIER_1K"));
    check(field, r#"{"event":"FLAGGED","max_daily_conversations_per_business":250}"#, &quality("250"));
    let name = AccountChange::NumberName { decision: "REJECTED".into() };
    check("phone_number_name_update", r#"{"decision":"REJECTED","rejection_reason":"NAME_X"}"#, &name);
    let security = AccountChange::Security { event: "PIN_CHANGED".into() };
    check("security", r#"{"display_phone_number":1,"event":"PIN_CHANGED","requester":"1"}"#, &security);
}

#[test]
fn changes_of_services_are_read() {
    let flow = AccountChange::Flow { event: "ENDPOINT_LATENCY".into(), flow: Some("7".into()) };
    check("flows", r#"{"event":"ENDPOINT_LATENCY","flow_id":7,"threshold":1}"#, &flow);
    let payment = AccountChange::PaymentConfiguration { status: Some("Active".into()) };
    check("payment_configuration_update", r#"{"configuration_name":"a","status":"Active"}"#, &payment);
}

#[test]
fn each_group_and_each_status_of_a_call_is_an_event() {
    let metadata = r#""metadata":{"phone_number_id":"106540352242922"}"#;
    let groups = r#"[{"type":"group_create","group_id":"a"},{"type":"group_create","errors":[]}]"#;
    let events = accounts("group_lifecycle_update", &format!(r#"{{{metadata},"groups":{groups}}}"#));
    let group = |group: Option<&str>| AccountChange::Group {
        event: "group_create".into(),
        group: group.map(ToOwned::to_owned),
    };
    assert!(events.iter().all(|event| event.phone_number_id == Some(PhoneNumberId::new("106540352242922"))));
    assert_eq!(events.iter().map(|event| event.change.clone()).collect::<Vec<_>>(), [group(Some("a")), group(None)]);
    assert_eq!(&events[0].raw[..], br#"{"type":"group_create","group_id":"a"}"#);

    let statuses = r#""statuses":[{"id":"wacid.A","status":"RINGING"},{"id":"wacid.A","status":"ACCEPTED"}]"#;
    let events = accounts("calls", &format!("{{{metadata},{statuses}}}"));
    let call = |status: &str| AccountChange::Call { status: status.into(), call: "wacid.A".into() };
    assert_eq!(events.into_iter().map(|event| event.change).collect::<Vec<_>>(), [call("RINGING"), call("ACCEPTED")]);
}

/// The status `failed` of a payment says nothing about the delivery of the message.
#[test]
fn the_status_of_a_payment_is_no_status_of_a_message() {
    let status = r#"{"id":"wamid.A","status":"failed","type":"payment","payment":{"reference_id":"order-17"}}"#;
    let value = format!(r#"{{"metadata":{{"phone_number_id":"1"}},"statuses":[{status}]}}"#);
    let [event] = <[_; 1]>::try_from(accounts("messages", &value)).unwrap();
    let payment = AccountChange::Payment { status: "failed".into(), reference: Some("order-17".into()) };
    assert_eq!((event.change, &event.raw[..]), (payment, status.as_bytes()));
}

#[test]
fn a_change_that_does_not_say_what_changed_is_kept_whole() {
    #[track_caller]
    fn check(field: &str, value: &str) {
        let [WebhookEvent::Other(other)] = &fixture::change(field, value)[..] else { panic!("{field}") };
        assert_eq!((other.reason.clone(), &other.raw[..]), (format!("field:{field}"), value.as_bytes()));
    }
    check("account_update", "{}");
    check("account_update", "7");
    check("group_status_update", r#"{"groups":[]}"#);
    check("group_status_update", r#"{"groups":[{"type":"group_suspend"},7]}"#);
    check("partner_solutions", r#"{"event":"SOLUTION_CREATED"}"#);
    check("automatic_events", r#"{"automatic_events":[{"event_name":"LeadSubmitted"}]}"#);
}

#[test]
fn the_time_of_the_webhook_tells_equal_changes_apart() {
    let [WebhookEvent::Account(event)] = &fixture::events(fixture::bytes("field_account_update"))[..] else { panic!() };
    assert_eq!((event.waba_id.clone(), event.time), (Some(WabaId::new("102290129340398")), Some(1_767_225_600)));
}

#[test]
fn debug_hides_the_content() {
    let shown = format!("{:?}", accounts("security", r#"{"event":"PIN_CHANGED","requester":"hush"}"#));
    assert!(shown.contains("PIN_CHANGED") && !shown.contains("hush"), "{shown}");
}
