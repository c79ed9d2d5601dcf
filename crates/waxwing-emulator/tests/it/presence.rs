//! Visibility of users in webhooks. Meta: business-scoped user ids.

use std::time::Duration;

use serde_json::{Value, json};
use waxwing_emulator::{Emulator, FaultEffect, Persona};

use crate::support::{Graph, WebhookServer, start};

const DAY: Duration = Duration::from_hours(24);
const PHONE: &str = "34600000000";

/// Returns a user with a username. The business has never seen the phone number.
fn hidden() -> Persona {
    Persona::phone(PHONE).with_bsuid("ES.1").parent_bsuid("ES.ENT.1").name("Ana").username("ana.b").hides_phone()
}

/// Returns `from`, `from_user_id` and `from_parent_user_id` of the last message, and its contact.
async fn last_message(emulator: &Emulator, server: &WebhookServer) -> ([Value; 3], Value) {
    emulator.expect_idle().await;
    let value = server
        .posts()
        .iter()
        .rev()
        .map(crate::support::Post::value)
        .find(|value| value["messages"].is_array())
        .unwrap();
    let message = &value["messages"][0];
    let ids = ["from", "from_user_id", "from_parent_user_id"].map(|key| message[key].clone());
    (ids, value["contacts"][0].clone())
}

/// Returns `recipient_id`, `recipient_user_id` and `recipient_parent_user_id` of each new status, and its contact.
async fn statuses(emulator: &Emulator, server: &WebhookServer, seen: &mut usize) -> Vec<([Value; 3], Value)> {
    emulator.expect_idle().await;
    let all = server.statuses();
    let new = all[*seen..].iter().map(|value| {
        let status = &value["statuses"][0];
        let keys = ["recipient_id", "recipient_user_id", "recipient_parent_user_id"];
        (
            keys.map(|key| status[key].clone()),
            value.get("contacts").map(|contacts| contacts[0].clone()).unwrap_or_default(),
        )
    });
    let new = new.collect();
    *seen = all.len();
    new
}

async fn send(graph: &Graph, address: Value) {
    let mut body = address;
    body["type"] = "text".into();
    body["text"] = json!({"body": "a"});
    let (status, answer) = graph.post(body).await;
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test]
async fn a_username_hides_the_phone_number() {
    let (emulator, server, _graph) = start().await;
    emulator.user(hidden()).says("hi").await;
    let (ids, contact) = last_message(&emulator, &server).await;
    assert_eq!(ids, [Value::Null, json!("ES.1"), json!("ES.ENT.1")]);
    assert_eq!(
        contact,
        json!({"profile": {"name": "Ana", "username": "ana.b"}, "user_id": "ES.1", "parent_user_id": "ES.ENT.1"})
    );
}

#[tokio::test]
async fn a_number_that_the_business_wrote_to_shows_for_30_days_and_then_by_the_contact_book() {
    for contact_book in [false, true] {
        let (emulator, server, graph) = start().await;
        emulator.change_behavior(|behavior| behavior.contact_book = contact_book);
        let ana = emulator.user(hidden());
        ana.says("hi").await;
        send(&graph, json!({"to": PHONE})).await;
        ana.says("now you know it").await;
        assert_eq!(last_message(&emulator, &server).await.0[0], PHONE);
        emulator.advance(29 * DAY);
        ana.says("this renews it").await;
        assert_eq!(last_message(&emulator, &server).await.0[0], PHONE);
        emulator.advance(29 * DAY);
        ana.says("still").await;
        assert_eq!(last_message(&emulator, &server).await.0[0], PHONE);
        emulator.advance(31 * DAY);
        ana.says("forget_phone?").await;
        let expected = if contact_book { json!(PHONE) } else { Value::Null };
        assert_eq!(last_message(&emulator, &server).await.0[0], expected);
    }
}

#[tokio::test]
async fn statuses_identify_the_user_by_the_address_of_the_message() {
    let (emulator, server, graph) = start().await;
    let ana = emulator.user(hidden());
    ana.says("hi").await;
    let mut seen = 0;

    send(&graph, json!({"recipient": "ES.1"})).await;
    let bsuid_only = [Value::Null, json!("ES.1"), json!("ES.ENT.1")];
    let posted = statuses(&emulator, &server, &mut seen).await;
    assert!(posted.len() == 2 && posted.iter().all(|(ids, _)| *ids == bsuid_only), "{posted:?}");
    assert_eq!(posted[0].1["profile"]["username"], Value::Null, "not in sent");
    assert_eq!(posted[1].1["profile"]["username"], "ana.b");
    assert!(posted.iter().all(|(_, contact)| contact.get("wa_id").is_none() && contact["user_id"] == "ES.1"));

    for (address, expected) in [
        (json!({"recipient": "ES.1"}), bsuid_only.clone()),
        (json!({"to": PHONE}), [json!(PHONE), Value::Null, Value::Null]),
    ] {
        emulator.next_send(FaultEffect::AcceptThenFail { code: 131_026 });
        send(&graph, address).await;
        assert_eq!(statuses(&emulator, &server, &mut seen).await, [(expected, Value::Null)], "failed");
    }

    send(&graph, json!({"to": PHONE})).await;
    let everything = [json!(PHONE), json!("ES.1"), json!("ES.ENT.1")];
    let posted = statuses(&emulator, &server, &mut seen).await;
    assert!(posted.len() == 2 && posted.iter().all(|(ids, _)| *ids == everything), "{posted:?}");
    assert!(posted.iter().all(|(_, contact)| contact["wa_id"] == PHONE));
}

/// Meta: statuses.
#[tokio::test]
async fn statuses_contain_pricing_and_conversation() {
    let (emulator, server, graph) = start().await;
    emulator.user(hidden()).says("hi").await;
    send(&graph, json!({"recipient": "ES.1"})).await;
    emulator.expect_idle().await;
    let posted: Vec<_> = server.statuses().iter().map(|value| value["statuses"][0].clone()).collect();
    for status in &posted {
        let pricing = json!({"billable": true, "pricing_model": "PMP", "type": "regular", "category": "service"});
        assert_eq!(status["pricing"], pricing);
        assert_eq!(status["conversation"]["origin"]["type"], "service");
    }
    assert!(posted[0]["conversation"]["expiration_timestamp"].is_string());
    assert!(posted[1]["conversation"].get("expiration_timestamp").is_none());
    emulator.change_behavior(|behavior| behavior.conversations = false);
    send(&graph, json!({"recipient": "ES.1"})).await;
    emulator.expect_idle().await;
    assert!(server.statuses().last().unwrap()["statuses"][0].get("conversation").is_none());
}

#[tokio::test]
async fn a_reaction_gets_no_status_after_sent() {
    let (emulator, server, graph) = start().await;
    let ana = emulator.user(hidden());
    let hi = ana.says("hi").await;
    let reaction = json!({"recipient": "ES.1", "type": "reaction", "reaction": {"message_id": hi, "emoji": "👍"}});
    assert_eq!(graph.post(reaction).await.0, 200);
    emulator.expect_idle().await;
    ana.reads_all();
    emulator.expect_idle().await;
    let names: Vec<_> = server.statuses().iter().map(|value| value["statuses"][0]["status"].clone()).collect();
    assert_eq!(names, ["sent"]);
}
