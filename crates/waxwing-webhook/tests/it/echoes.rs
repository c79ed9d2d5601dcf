//! Message echoes.

use waxwing_types::{Bsuid, WaId};
use waxwing_webhook::{InboundContent, InboundMessage, MessageEchoEvent, WebhookEvent};

use crate::fixture;

fn echoes(events: &[WebhookEvent]) -> Vec<&MessageEchoEvent> {
    events
        .iter()
        .filter_map(|event| if let WebhookEvent::MessageEcho(echo) = event { Some(echo) } else { None })
        .collect()
}

#[test]
fn a_message_echo_names_the_recipient() {
    let events = fixture::events(fixture::bytes("echoes"));
    let echoes = echoes(&events);
    let [text, image, nobody] = echoes[..] else { panic!("{events:?}") };
    assert_eq!((text.phone_number_id.as_str(), text.kind.as_str()), ("106540352242922", "text"));
    assert_eq!(
        (text.id.as_str(), text.timestamp),
        ("wamid.HBgLMzQ2MDAwMDAwMDAVAgASGBQzQTRBRUNITzAwMDE", 1_767_225_660)
    );
    assert_eq!(text.recipient.wa_id, Some(WaId::new("34600000000")));
    assert_eq!(text.recipient.bsuid, Some(Bsuid::new("ES.13491208655302741918")));
    let said = InboundMessage::parse(&text.raw).unwrap().content;
    assert_eq!(said, InboundContent::Text { body: "Soy Marta, te ayudo yo.".into() });

    assert_eq!((image.recipient.wa_id.as_ref(), image.recipient.bsuid.as_ref()), (None, Some(&Bsuid::new("ES.2"))));
    assert!(matches!(InboundMessage::parse(&image.raw).unwrap().content, InboundContent::Image(_)));
    assert_eq!((nobody.recipient.wa_id.as_ref(), nobody.timestamp), (None, 0));
    let shown = format!("{text:?}");
    assert!(!shown.contains("Marta") && !shown.contains("34600000000"), "{shown}");
}

#[test]
fn odd_echoes_are_kept() {
    #[track_caller]
    fn check(value: &str, expected: &str) {
        let events = fixture::change("smb_message_echoes", value);
        assert!(matches!(&events[..], [WebhookEvent::Other(other)] if other.reason == expected), "{events:?}");
    }
    let others: Vec<_> = fixture::events(fixture::bytes("echoes"))
        .into_iter()
        .filter_map(|event| match event {
            WebhookEvent::Other(other) => Some(other.reason),
            _ => None,
        })
        .collect();
    assert_eq!(others, ["echo without an id", "echo of an odd shape"]);
    check("7", "field:smb_message_echoes");
    check("{}", "field:smb_message_echoes");
    check(r#"{"message_echoes":[]}"#, "field:smb_message_echoes");
    check(r#"{"message_echoes":{"id":"1"}}"#, "message_echoes");
    check(r#"{"message_echoes":[{"id":"1","to":"2"}]}"#, "echo without a phone number id");
}
