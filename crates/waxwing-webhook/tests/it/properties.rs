//! Property tests of the parser.

use bytes::Bytes;
use proptest::prelude::*;
use waxwing_webhook::{InboundMessage, MessageEchoEvent, MessageEvent, Notification, VerifiedBody, WebhookEvent};

use crate::fixture;

/// Parses a body with its messages, and checks that every raw part is a slice of the body.
fn read(body: Bytes) {
    let whole = body.as_ptr_range();
    let Ok(notification) = Notification::parse(&VerifiedBody::unsigned(body)) else { return };
    let Notification::WhatsApp(events) = notification else { return };
    for event in events {
        let raw = event.raw();
        let part = raw.as_ptr_range();
        assert!(whole.start <= part.start && part.end <= whole.end, "a raw part was copied");
        if let WebhookEvent::Message(MessageEvent { id, .. }) | WebhookEvent::MessageEcho(MessageEchoEvent { id, .. }) =
            &event
        {
            assert_eq!(InboundMessage::parse(raw).unwrap().id, *id);
        }
    }
}

#[test]
fn every_fixture_is_read_in_place() {
    for body in fixture::all() {
        read(body);
    }
}

/// Generates items of `messages[]`, valid and invalid ones.
fn item() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z0-9]{1,8}".prop_map(|id| format!(r#"{{"id":"wamid.{id}","from":"34600000000","type":"text","text":{{"body":"hi"}}}}"#)),
        1 => prop::sample::select(vec![
            "null", "7", "true", "[]", "{}", r#""text""#, r#"{"id":null}"#, r#"{"id":{}}"#, r#"{"id":"x","id":""}"#,
            r#"{"\ud83d":"\ude00","id":"a","type":7}"#, r#"[[[[{"id":"b"}]]]]"#,
        ]).prop_map(str::to_owned),
    ]
}

proptest! {
    #[test]
    fn arbitrary_bytes_do_not_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        read(body.into());
    }

    #[test]
    fn arbitrary_json_text_does_not_panic(body in r#"[\[\]{}":,a0\\ud8é]{0,60}"#) {
        read(format!(r#"{{"object":"whatsapp_business_account","entry":{body}}}"#).into());
    }

    #[test]
    fn mutated_webhooks_do_not_panic(
        body in prop::sample::select(fixture::all()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(b"{}[]\":,\\0n \xff".to_vec())), 1..4),
        cut in any::<prop::sample::Index>(),
        short in any::<bool>(),
    ) {
        let mut body = body.to_vec();
        for (at, byte) in changes {
            let at = at.index(body.len());
            body[at] = byte;
        }
        if short {
            body.truncate(cut.index(body.len()));
        }
        read(body.into());
    }

    #[test]
    fn a_batch_gives_one_event_per_message(batches in prop::collection::vec(prop::collection::vec(item(), 1..20), 1..4)) {
        let total: usize = batches.iter().map(Vec::len).sum();
        let changes: Vec<_> = batches
            .iter()
            .map(|items| format!(
                r#"{{"field":"messages","value":{{"metadata":{{"phone_number_id":"1"}},"messages":[{}]}}}}"#,
                items.join(",")
            ))
            .collect();
        let body = format!(r#"{{"object":"whatsapp_business_account","entry":[{{"changes":[{}]}}]}}"#, changes.join(","));
        prop_assert_eq!(fixture::events(body.clone().into()).len(), total);
        read(body.into());
    }
}

/// 1,000 messages and 1,000 contacts in opposite order: matching by position would give wrong names.
#[test]
fn a_full_batch_is_matched_by_id() {
    let contacts: Vec<_> =
        (0..1000).map(|n| format!(r#"{{"wa_id":"{n}","user_id":"ES.{n}","profile":{{"name":"n{n}"}}}}"#)).collect();
    let messages: Vec<_> = (0..1000).rev().map(|n| format!(r#"{{"id":"wamid.{n}","from":"{n}"}}"#)).collect();
    let body = format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"changes":[{{"field":"messages","value":{{
            "metadata":{{"phone_number_id":"1"}},"contacts":[{}],"messages":[{}]}}}}]}}]}}"#,
        contacts.join(","),
        messages.join(","),
    );
    let events = fixture::events(body.into());
    assert_eq!(events.len(), 1000);
    for (n, event) in (0..1000).rev().zip(&events) {
        let WebhookEvent::Message(message) = event else { panic!("{event:?}") };
        assert_eq!(message.sender.name.as_deref(), Some(&*format!("n{n}")));
    }
}
