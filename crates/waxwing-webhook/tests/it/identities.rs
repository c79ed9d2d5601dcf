//! Changes of user ids.

use waxwing_types::{Bsuid, PhoneNumberId, UserProfile, WaId};
use waxwing_webhook::{IdentityEvent, WebhookEvent};

use crate::fixture;

fn identities(events: Vec<WebhookEvent>) -> Vec<IdentityEvent> {
    events
        .into_iter()
        .filter_map(|event| if let WebhookEvent::Identity(change) = event { Some(change) } else { None })
        .collect()
}

fn ids(wa_id: Option<&str>, bsuid: Option<&str>) -> UserProfile {
    let mut user = UserProfile::new();
    user.wa_id = wa_id.map(WaId::new);
    user.bsuid = bsuid.map(Bsuid::new);
    user
}

#[test]
fn identity_events_name_old_and_new_ids() {
    #[track_caller]
    fn check(name: &str, count: usize, old: &UserProfile, new: &UserProfile) {
        let events = fixture::events(fixture::bytes(name));
        assert_eq!(events.len(), count);
        let [change] = &identities(events)[..] else { panic!("one change") };
        assert_eq!((&change.old, &change.new, change.timestamp), (old, new, 1_767_225_600));
        assert_eq!(change.phone_number_id, Some(PhoneNumberId::new("106540352242922")));
        let shown = format!("{change:?}");
        assert!(!shown.contains("34600000000") && !shown.contains("ES."), "{shown}");
    }
    let phone = ids(Some("34600000000"), None);
    // The system message is a message event, too.
    check("system_user_changed_number", 2, &phone, &ids(Some("34611111111"), Some("ES.999")));
    check("field_user_id_update", 1, &ids(None, Some("ES.1")), &ids(Some("34600000000"), Some("ES.2")));
}

/// Checks the identity event of a system message with these members.
#[track_caller]
fn check(message: &str, expected: Option<(&UserProfile, &UserProfile)>) {
    let message = format!(r#"{{"id":"wamid.1","timestamp":"7","type":"system",{message}}}"#);
    let value = format!(r#"{{"metadata":{{"phone_number_id":"1"}},"messages":[{message}]}}"#);
    let found = identities(fixture::change("messages", &value)).pop();
    assert_eq!(found.as_ref().map(|change| (&change.old, &change.new)), expected);
}

#[test]
fn system_messages_of_every_version_are_read() {
    let (phone, other_phone) = (ids(Some("1"), None), ids(Some("2"), None));
    let (bsuid, other_bsuid) = (ids(None, Some("ES.1")), ids(None, Some("ES.2")));
    let (number, id) = (Some((&phone, &other_phone)), Some((&bsuid, &other_bsuid)));
    check(r#""from":"1","system":{"type":"customer_changed_number","new_wa_id":"2","customer":"9"}"#, number);
    check(r#""system":{"type":"user_changed_number","wa_id":"2","customer":"1"}"#, number);
    check(r#""from_user_id":"ES.1","system":{"type":"user_changed_user_id","user_id":"ES.2"}"#, id);
    check(r#""system":{"type":"user_changed_user_id","user_id":"ES.2","previous_user_id":"ES.1"}"#, id);
}

#[test]
fn ids_in_a_text_are_ignored() {
    check(r#""system":{"type":"user_changed_user_id","user_id":"ES.2","body":"Ana changed from ES.1 to ES.2"}"#, None);
    check(r#""from":"1","system":{"type":"customer_identity_changed","wa_id":"2"}"#, None);
    check(r#""from":"1","system":{"type":"user_changed_number"}"#, None);
    check(r#""from":"1","system":"user_changed_number""#, None);
}

#[test]
fn updates_without_ids_are_kept() {
    #[track_caller]
    fn check(value: &str, expected: &str) {
        let events = fixture::change("user_id_update", value);
        assert!(matches!(&events[..], [WebhookEvent::Other(other)] if other.reason == expected), "{events:?}");
    }
    check("{}", "field:user_id_update");
    check(r#"{"user_id_update":[]}"#, "field:user_id_update");
    check(r#"{"user_id_update":[7]}"#, "id update of an odd shape");
    check(r#"{"user_id_update":[{"user_id":{"current":"ES.2"}}]}"#, "id update without ids");
}
