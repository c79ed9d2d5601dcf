//! Calls of users.

use waxwing_store::{ConversationFilter, IncomingCall, WebhookItem};
use waxwing_types::{CallId, Text};

use crate::fixture::{Fixture, body, entry, message, number, phone, secs};
use crate::standby::standby;

fn call(b: &Fixture, id: &str, text: Option<&str>) -> WebhookItem {
    WebhookItem::Call(IncomingCall {
        number: number(),
        id: CallId::new(id),
        user: phone("34600000001"),
        at: b.now().as_millis() / 1000,
        message: text.map(|text| (Text::new(text).into(), entry(text))),
        body: format!("the body of {id}").into(),
    })
}

/// A call has no turn.
pub async fn a_call_opens_the_service_window(b: Fixture) {
    b.turn(message("a")).await;
    b.pass(26 * 3600);
    let accepted = b.store.accept(vec![call(&b, "c1", None)]).await.unwrap();
    assert_eq!((accepted.conversations.len(), accepted.wakes_sends), (0, false));
    b.pass(3600);
    let rest = b.claim().await.service_window;
    assert_eq!(rest, secs(23 * 3600));
}

/// Meta repeats webhooks.
pub async fn a_message_about_a_call_is_queued_once(b: Fixture) {
    let first = b.store.accept(vec![call(&b, "c1", Some("no calls"))]).await.unwrap();
    assert!(first.wakes_sends && first.conversations.is_empty());
    let again = b.store.accept(vec![call(&b, "c1", Some("no calls"))]).await.unwrap();
    assert_eq!((again.wakes_sends, again.duplicates), (false, 1));
    assert_eq!(body(&b.send().await), "no calls");
    assert_eq!(b.states().await.len(), 1);
    let claim = b.turn(message("a")).await;
    let session = b.store.session(&claim.lease, "agent", "label", 9).await.unwrap();
    assert_eq!(session.entries.iter().map(|entry| &entry.content[..]).collect::<Vec<_>>(), [b"no calls"]);
    b.store.accept(vec![call(&b, "c2", Some("still none"))]).await.unwrap();
    assert_eq!(b.states().await.len(), 2, "another call has a message of its own");
}

/// The message would take the conversation from the other app.
pub async fn a_call_of_another_app_gets_no_message(b: Fixture) {
    b.store.accept(vec![standby("a", false, b.now().as_millis() / 1000)]).await.unwrap();
    let accepted = b.store.accept(vec![call(&b, "c1", Some("no calls"))]).await.unwrap();
    assert_eq!((accepted.wakes_sends, accepted.duplicates), (false, 0));
    assert_eq!(b.states().await, []);
}

/// The user has never written.
pub async fn a_call_can_create_a_conversation(b: Fixture) {
    b.store.accept(vec![call(&b, "c1", None)]).await.unwrap();
    assert_eq!(b.store.conversations(&ConversationFilter::All, 9).await.unwrap().len(), 1);
}
