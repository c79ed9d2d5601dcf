//! Changed identities. Meta: business-scoped user ids.

use std::time::Duration;

use serde_json::{Value, json};
use waxwing_emulator::ActionOutcome;
use waxwing_emulator::{Action, Emulator, Persona, Rotation, RotationSignal};

use crate::support::{WebhookServer, start};

const PHONE: &str = "34600000000";

fn rotate(emulator: &Emulator, signal: RotationSignal) -> ActionOutcome {
    let mut rotation = Rotation::new("Ana", signal);
    rotation.bsuid = Some("ES.2".to_owned());
    emulator.perform(Action::Rotate(rotation)).unwrap()
}

/// Returns field and value of the last change that was posted.
async fn last(emulator: &Emulator, server: &WebhookServer) -> (Value, Value) {
    emulator.expect_idle().await;
    let mut change = server.changes().pop().unwrap();
    (change["field"].take(), change["value"].take())
}

/// Returns the last message that was posted, without the fields that differ between runs.
async fn signal(emulator: &Emulator, server: &WebhookServer) -> Value {
    let (field, mut value) = last(emulator, server).await;
    assert_eq!(field, "messages");
    assert!(value.get("contacts").is_none(), "system messages have none");
    let mut message = value["messages"][0].take();
    let object = message.as_object_mut().unwrap();
    assert!(object.remove("id").unwrap().is_string() && object.remove("timestamp").unwrap().is_string());
    let body = message["system"].as_object_mut().unwrap().remove("body").unwrap();
    assert!(body.as_str().is_some_and(|body| !body.is_empty()));
    message
}

/// Rotates Ana's BSUID with a signal, and restores the old BSUID without a signal.
fn rotate_and_restore(emulator: &Emulator, signal: RotationSignal) {
    rotate(emulator, signal);
    let mut back = Rotation::new("Ana", RotationSignal::Silent);
    back.bsuid = Some("ES.1".to_owned());
    emulator.perform(Action::Rotate(back)).unwrap();
}

#[tokio::test]
async fn each_rotation_signal_has_its_form() {
    #[track_caller]
    fn check(got: &Value, expected: &Value) {
        assert_eq!(got, expected);
    }
    let (emulator, server, _graph) = start().await;
    emulator.user(Persona::phone(PHONE).with_bsuid("ES.1").name("Ana"));
    let number = |kind: &str| {
        let system = json!({"type": kind, "wa_id": PHONE, "user_id": "ES.2"});
        json!({"from": PHONE, "type": "system", "system": system})
    };
    rotate_and_restore(&emulator, RotationSignal::UserChangedNumber);
    let mut changed = number("user_changed_number");
    changed["system"]["previous_user_id"] = "ES.1".into();
    check(&signal(&emulator, &server).await, &changed);
    rotate_and_restore(&emulator, RotationSignal::CustomerChangedNumber);
    check(&signal(&emulator, &server).await, &number("customer_changed_number"));
    rotate_and_restore(&emulator, RotationSignal::ChangedNumberLegacy);
    let legacy = json!({"type": "user_changed_number", "new_wa_id": PHONE, "customer": PHONE});
    check(&signal(&emulator, &server).await, &json!({"from": PHONE, "type": "system", "system": legacy}));

    let system = json!({"type": "user_changed_user_id", "user_id": "ES.2"});
    let previous = json!({"type": "user_changed_user_id", "user_id": "ES.2", "previous_user_id": "ES.1"});
    rotate_and_restore(&emulator, RotationSignal::UserChangedUserId);
    check(&signal(&emulator, &server).await, &json!({"from_user_id": "ES.1", "type": "system", "system": previous}));
    rotate_and_restore(&emulator, RotationSignal::UserChangedUserIdBare);
    check(&signal(&emulator, &server).await, &json!({"type": "system", "system": system}));
    rotate_and_restore(&emulator, RotationSignal::UserChangedUserIdPrevious);
    check(&signal(&emulator, &server).await, &json!({"type": "system", "system": previous}));

    rotate_and_restore(&emulator, RotationSignal::UserIdUpdate);
    let (field, value) = last(&emulator, &server).await;
    assert_eq!(field, "user_id_update");
    let update = &value["user_id_update"][0];
    assert_eq!(
        (&update["wa_id"], &update["user_id"]),
        (&json!(PHONE), &json!({"previous": "ES.1", "current": "ES.2"}))
    );
    assert_eq!(value["contacts"], json!([{"profile": {"name": "Ana"}}]), "only the profile");
}

#[tokio::test]
async fn security_signals_contain_the_identity() {
    let (emulator, server, _graph) = start().await;
    let ana = emulator.user(Persona::phone(PHONE).with_bsuid("ES.1").name("Ana"));
    rotate_and_restore(&emulator, RotationSignal::CustomerIdentityChanged);
    let message = signal(&emulator, &server).await;
    assert_eq!(message["system"]["type"], "customer_identity_changed");
    assert!(message["system"]["identity"].is_string());

    rotate(&emulator, RotationSignal::MessageIdentity);
    let posts = server.posts().len();
    ana.says("hi").await;
    let (_, value) = last(&emulator, &server).await;
    assert_eq!(server.posts().len(), posts + 1, "the message is the signal");
    let identity = &value["messages"][0]["identity"];
    assert!(
        identity["hash"].is_string() && identity["acknowledged"] == true && identity["created_timestamp"].is_string()
    );
    ana.says("and no more").await;
    assert!(last(&emulator, &server).await.1["messages"][0].get("identity").is_none());
}

#[tokio::test]
async fn a_changed_number_is_reported_from_the_old_number() {
    let (emulator, server, graph) = start().await;
    let ana = emulator.user(Persona::phone(PHONE).with_bsuid("ES.1").parent_bsuid("ES.ENT.1").name("Ana"));
    ana.says("hi").await;
    let mut rotation = Rotation::new("Ana", RotationSignal::UserChangedNumber);
    rotation.phone = Some("+34 600 000 009".to_owned());
    rotation.parent_bsuid = Some("ES.ENT.2".to_owned());
    emulator.perform(Action::Rotate(rotation)).unwrap();
    let message = signal(&emulator, &server).await;
    assert_eq!(message["from"], PHONE);
    assert_eq!(message["system"]["wa_id"], "34600000009");
    assert_eq!(message["system"]["parent_user_id"], "ES.ENT.2");
    assert_eq!(message["system"]["user_id"], json!(ana.bsuid()));
    assert_ne!(ana.bsuid().as_deref(), Some("ES.1"));

    graph.text("34600000009", "to the new number").await;
    ana.expect_text("to the new number").await;
    let (status, _) = graph.post(json!({"recipient": "ES.1", "type": "text", "text": {"body": "a"}})).await;
    assert_eq!(status, 400, "the old BSUID is invalid");
}

#[tokio::test]
async fn signals_never_contain_a_hidden_number() {
    let (emulator, server, _graph) = start().await;
    emulator.user(Persona::phone(PHONE).with_bsuid("ES.1").name("Ana").username("ana.b").hides_phone());
    rotate(&emulator, RotationSignal::UserChangedNumber);
    let message = signal(&emulator, &server).await;
    let system = json!({"type": "user_changed_number", "user_id": "ES.2", "previous_user_id": "ES.1"});
    assert_eq!(message, json!({"type": "system", "system": system}));
    assert!(!server.posts().iter().any(|post| String::from_utf8_lossy(&post.body).contains(PHONE)));
}

/// Webhooks are unordered.
#[tokio::test]
async fn a_message_can_overtake_the_signal() {
    let (emulator, server, _graph) = start().await;
    let ana = emulator.user(Persona::phone(PHONE).with_bsuid("ES.1").name("Ana"));
    let mut rotation = Rotation::new("ES.1", RotationSignal::UserIdUpdate);
    rotation.bsuid = Some("ES.2".to_owned());
    rotation.after_next_message = true;
    emulator.perform(Action::Rotate(rotation)).unwrap();
    ana.says("it is still me").await;
    emulator.expect_idle().await;
    let changes = server.changes();
    assert_eq!(changes.len(), 2);
    assert_eq!(changes[0]["value"]["messages"][0]["from_user_id"], "ES.2");
    assert_eq!(changes[1]["field"], "user_id_update");
}

/// The same `wa_id` gets another BSUID.
#[tokio::test]
async fn a_number_can_be_recycled() {
    let (emulator, server, graph) = start().await;
    let ana = emulator.user(Persona::phone(PHONE).name("Ana"));
    ana.says("it was mine").await;
    let recycle = Action::Recycle { phone: PHONE.to_owned(), name: Some("Ben".to_owned()), bsuid: None };
    let done = emulator.perform(recycle).unwrap();
    let ben = emulator.user_by_id(done.user.unwrap()).unwrap();
    assert_ne!(ben.id(), ana.id());
    ben.says("it is mine now").await;
    emulator.expect_idle().await;
    let messages = server.messages();
    assert_eq!((&messages[0]["from"], &messages[1]["from"]), (&json!(PHONE), &json!(PHONE)));
    assert_ne!(messages[0]["from_user_id"], messages[1]["from_user_id"]);
    graph.text(PHONE, "for the new owner").await;
    ben.expect_text("for the new owner").await;
    ana.expect_nothing_more_than(0);
    ana.says("from a number-less phone").await;
    emulator.expect_idle().await;
    assert!(server.messages().last().unwrap().get("from").is_none());
}

/// The BSUID does not change with the username.
#[tokio::test]
async fn a_username_can_be_adopted_and_dropped() {
    let (emulator, server, _graph) = start().await;
    emulator.change_behavior(|behavior| behavior.contact_book = false);
    let ana = emulator.user(Persona::phone(PHONE).with_bsuid("ES.1").name("Ana"));
    let username = |username: Option<&str>, forget_phone| {
        let username = username.map(str::to_owned);
        emulator.perform(Action::Username { user: "Ana".to_owned(), username, forget_phone }).unwrap();
    };
    let seen = async || {
        ana.says("hi").await;
        let (_, value) = last(&emulator, &server).await;
        assert_eq!(value["messages"][0]["from_user_id"], "ES.1");
        (value["messages"][0]["from"].clone(), value["contacts"][0]["profile"]["username"].clone())
    };
    assert_eq!(seen().await, (json!(PHONE), Value::Null));
    username(Some("ana.b"), false);
    assert_eq!(seen().await, (json!(PHONE), json!("ana.b")), "known for 30 days");
    emulator.advance(Duration::from_hours(31 * 24));
    assert_eq!(seen().await, (Value::Null, json!("ana.b")));
    username(None, false);
    assert_eq!(seen().await, (json!(PHONE), Value::Null));
    username(Some("ana.c"), true);
    assert_eq!(seen().await, (Value::Null, json!("ana.c")));
}
