//! Expectations: matchers, any order, no messages.

use std::time::Duration;

use serde_json::json;
use waxwing_emulator::matcher::{any, document, image, media, other, reaction, sticker, template, text, voice_note};
use waxwing_emulator::{MediaKind, RedeliveryPolicy};

use crate::support::{Graph, PNG, WebhookServer, builder, panic_of, start};

const ANA: &str = "+34600000000";
const BEN: &str = "+34600000001";

#[tokio::test]
async fn matchers_match_and_describe_themselves() {
    let (emulator, _server, graph) = start().await;
    let ana = emulator.user(ANA);
    let hi = ana.says("hi").await;
    let quote = json!({"to": ANA, "type": "text", "text": {"body": "hello there"}, "context": {"message_id": hi}});
    graph.post(quote).await;
    let (_, uploaded) = graph.upload(PNG.to_vec(), "image/png").await;
    graph.post(json!({"to": ANA, "type": "image", "image": {"id": uploaded["id"], "caption": "my cat"}})).await;
    graph.post(json!({"to": ANA, "type": "reaction", "reaction": {"message_id": hi, "emoji": "👋"}})).await;
    graph.post(json!({"to": ANA, "type": "location", "location": {"latitude": 1.5, "longitude": 2.5}})).await;

    for (wanted, described) in [
        (text().containing("bye"), r#"a text that contains "bye""#.to_owned()),
        (text().saying("hello"), r#"a text that says "hello""#.to_owned()),
        ("hello".into(), r#"the text "hello""#.to_owned()),
        (text().starting_with("there"), r#"a text that starts with "there""#.to_owned()),
        (
            text().containing("hello").quoting("wamid.x"),
            r#"a text that contains "hello" and quotes wamid.x"#.to_owned(),
        ),
        (text().quoting_nothing(), "a text that quotes nothing".to_owned()),
        (any().offering("Yes"), r#"a message that offers "Yes""#.to_owned()),
        (image().captioned("x"), r#"an image that has the caption "x""#.to_owned()),
        (document().named("a.pdf"), r#"a document that has the name "a.pdf""#.to_owned()),
        (voice_note(), "a voice note".to_owned()),
        (sticker(), "a sticker".to_owned()),
        (media(MediaKind::Video), "a video".to_owned()),
        (template("hello"), "the template hello".to_owned()),
        (reaction(&hi, "👋"), format!("the reaction \"👋\" to {hi}")),
        (other("contacts"), "a message of type contacts".to_owned()),
        (text().that("is long", |_| false), "a text that is long".to_owned()),
    ] {
        let panic = panic_of(ana.expect(wanted)).await;
        let expected = format!(r#"Ana (+34600000000) expected {described}, got the text "hello there" quoting {hi}"#);
        assert!(panic.contains(&expected) && panic.contains("tests/it/expectations.rs"), "{expected}\n{panic}");
    }

    ana.expect(text().containing("there").starting_with("hello").quoting(&hi)).await;
    let picture = ana.expect(image().captioned("my cat").quoting_nothing()).await;
    assert_eq!(picture.media().map(|media| &media.bytes[..]), Some(PNG));
    ana.expect(reaction(&hi, "👋")).await;
    ana.expect(other("location")).await;
}

#[tokio::test]
async fn messages_can_be_expected_in_any_order() {
    let (emulator, _server, graph) = start().await;
    let (ana, ben) = (emulator.user(ANA), emulator.user(BEN));
    ana.says("hi").await;
    ben.says("hi").await;
    let business = async {
        for (to, text) in [(BEN, "one"), (ANA, "apple pie"), (ANA, "pie"), (BEN, "two"), (ANA, "tart")] {
            graph.text(to, text).await;
        }
    };
    // Both of the first two matchers match "apple pie"; only one assignment is complete.
    let anas = ana.expect_in_any_order([text().containing("pie"), text().containing("apple"), "tart".into()]);
    let bens = async {
        ben.expect("one").await;
        ben.expect("two").await;
    };
    let (found, (), ()) = tokio::join!(anas, bens, business);
    assert_eq!(found.iter().map(|message| message.text().unwrap()).collect::<Vec<_>>(), ["pie", "apple pie", "tart"]);

    graph.text(ANA, "four").await;
    let panic = panic_of(ana.expect_in_any_order(["five", "six"])).await;
    assert!(panic.contains(r#"expected in any order the text "five"; the text "six", got the text "four""#), "{panic}");
    ana.expect("four").await;
}

#[tokio::test]
async fn expect_nothing_waits_until_the_emulator_is_idle() {
    let (emulator, server, graph) = start().await;
    let ana = emulator.user(ANA);
    ana.says("hi").await;
    ana.expect_nothing().await;
    assert_eq!(server.posts().len(), 1, "the webhook was acknowledged before");
    graph.text(ANA, "surprise").await;
    let panic = panic_of(ana.expect_nothing()).await;
    assert!(panic.contains(r#"expected nothing more, got the text "surprise""#), "{panic}");
    ana.expect("surprise").await;
    ana.expect_nothing_for(Duration::from_hours(1)).await;
}

#[tokio::test]
async fn expect_nothing_for_an_hour_takes_no_real_time() {
    let hour = Duration::from_hours(1);
    let slow = RedeliveryPolicy::default().with_initial_backoff(hour).with_max_backoff(hour);
    let emulator = builder().redelivery(slow).start().await.unwrap();
    let server = WebhookServer::start(&emulator).await;
    server.will_respond(&[500]);
    let ana = emulator.user(ANA);
    let hi = ana.says("hi").await;
    ana.expect_attempts(&hi, 1).await;
    emulator.advance(hour);
    ana.expect_acknowledged(&hi).await;
    ana.expect_nothing_for(hour).await;
    assert_eq!(server.posts().len(), 2);
}

#[tokio::test]
async fn expect_nothing_fails_if_the_emulator_does_not_become_idle() {
    let emulator = builder().deadline(Duration::from_millis(20)).start().await.unwrap();
    let ana = emulator.user(ANA);
    ana.says("to nobody").await;
    let panic = panic_of(ana.expect_nothing()).await;
    assert!(
        panic.contains("expected nothing more, but webhooks or messages were still in transit within 20ms"),
        "{panic}"
    );
}

#[tokio::test]
async fn steps_can_be_spawned() {
    let (emulator, _server, graph) = start().await;
    let ana = emulator.user(ANA);
    ana.says("hi").await;
    let step = tokio::spawn(emulator.user(ANA).expect(text().containing(String::from("x"))));
    Graph::text(&graph, ANA, "xyz").await;
    assert_eq!(step.await.unwrap().text(), Some("xyz"));
}
