//! Refusals of messages by Meta.

use waxwing_store::OutboxState::{Accepted, Delivered, Failed, Queued, Sending};
use waxwing_store::{Draft, InboxMessage, SendAttempt, SendError, SendOutcome, StatusKind};
use waxwing_types::{OutboundContent, Text};

use crate::fixture::{
    Fixture, accepted, answer, body, error, in_doubt, message, picture, refused, status, status_of, text,
};

/// Returns a picture with its caption as fallback.
fn captioned(caption: &str) -> Draft {
    Draft { fallback: Some(Text::new(caption).into()), ..picture(caption) }
}

async fn queue(b: &Fixture, run: &str, drafts: Vec<Draft>) {
    let claim = b.turn(message(&format!("for {run}"))).await;
    let commit = waxwing_store::TurnCommit { reply: drafts, ..answer(&claim, run, &[]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
}

/// Returns the kind of an attempt's content with its text.
fn shown(send: &SendAttempt) -> (&str, Option<&str>) {
    (send.content.kind(), send.content.text())
}

/// Later messages do not wait for a refused one.
pub async fn a_refused_row_leaves_the_queue_at_once(b: Fixture) {
    b.queue("run 1", &["1", "2"]).await;
    let first = b.send().await;
    let second = b.record(&first, refused()).await.expect("the next message is sent at once");
    assert_eq!(body(&second), "2");
    assert_eq!(b.states().await, [Failed, Sending]);
    assert_eq!(b.rows().await[0].error, Some(error("refused")));
}

/// The fallback is sent next, before rows that were queued later.
pub async fn a_fallback_takes_the_position_of_its_row(b: Fixture) {
    queue(&b, "run 1", vec![captioned("look"), text("2")]).await;
    b.queue("run 2", &["3"]).await;
    let first = b.send().await;
    assert_eq!(shown(&first), ("image", Some("look")));
    let fallback = b.record(&first, refused()).await.expect("the fallback is sent at once");
    assert_eq!((shown(&fallback), fallback.upload_bytes), (("text", Some("look")), None));
    assert_eq!((fallback.attempt, fallback.attempts_since_queued), (1, 1));
    assert_ne!(fallback.id, first.id);
    assert_eq!(b.states().await, [Failed, Queued, Queued, Sending]);
    let second = b.record(&fallback, accepted("wamid.1")).await.unwrap();
    let third = b.record(&second, accepted("wamid.2")).await.unwrap();
    assert_eq!((body(&second), body(&third)), ("2", "3"));
}

/// A second refusal, or a refusal after a requeue, sends no further fallback.
pub async fn a_fallback_is_sent_once(b: Fixture) {
    queue(&b, "run", vec![captioned("look")]).await;
    let first = b.send().await;
    let fallback = b.record(&first, refused()).await.unwrap();
    assert!(b.record(&fallback, refused()).await.is_none());
    b.store.requeue(first.id).await.unwrap();
    let again = b.send().await;
    assert_eq!(again.id, first.id);
    assert!(b.record(&again, refused()).await.is_none());
    assert_eq!(b.states().await, [Failed, Failed]);
}

/// A text would be refused as well.
pub async fn a_refusal_that_allows_no_fallback_is_final(b: Fixture) {
    queue(&b, "run", vec![captioned("look"), text("2")]).await;
    let first = b.send().await;
    let outcome = SendOutcome::Refused { error: error("window closed"), use_fallback: false };
    let next = b.record(&first, outcome).await.unwrap();
    assert_eq!(body(&next), "2");
    assert_eq!(b.states().await, [Failed, Sending]);
}

/// Parts that continue a refused part fail with it; other parts go on.
pub async fn rows_that_need_a_refused_row_fail_with_it(b: Fixture) {
    b.queue("run", &["1", "+2", "+3", "4"]).await;
    let first = b.send().await;
    let next = b.record(&first, refused()).await.unwrap();
    assert_eq!(body(&next), "4");
    assert_eq!(b.states().await, [Failed, Failed, Failed, Sending]);
    let reasons: Vec<_> = b.rows().await[1..3].iter().map(|row| row.error.clone().unwrap().message).collect();
    assert_eq!(reasons, ["part 0 was refused", "part 1 was refused"]);
}

/// The fallback stands for the part that others continue.
pub async fn rows_that_need_a_replaced_row_go_on(b: Fixture) {
    queue(&b, "run", vec![captioned("look"), text("+2")]).await;
    let first = b.send().await;
    let fallback = b.record(&first, refused()).await.unwrap();
    assert_eq!(b.states().await, [Failed, Queued, Sending]);
    assert!(b.record(&fallback, refused()).await.is_none(), "the part that continues the fallback fails with it");
    assert_eq!(b.states().await, [Failed, Failed, Failed]);
}

/// An earlier attempt in doubt may have arrived.
pub async fn a_refused_row_can_turn_out_delivered(b: Fixture) {
    b.queue("run", &["1"]).await;
    let first = b.send().await;
    b.record(&first, in_doubt()).await;
    b.pass(10);
    let second = b.send().await;
    b.record(&second, refused()).await;
    assert_eq!(b.states().await, [Failed]);
    b.status(status_of(StatusKind::Sent, "wamid.1", &first)).await;
    b.status(status_of(StatusKind::Delivered, "wamid.1", &first)).await;
    assert_eq!(b.states().await, [Delivered]);
}

/// A failure that a status reports cannot keep the position.
pub async fn a_late_failure_queues_the_fallback_last(b: Fixture) {
    queue(&b, "run", vec![captioned("look"), text("2"), text("3")]).await;
    let first = b.send().await;
    let second = b.record(&first, accepted("wamid.1")).await.unwrap();
    assert!(b.status(status(StatusKind::Failed, "wamid.1")).await, "the send queue may continue");
    assert!(!b.status(status(StatusKind::Failed, "wamid.1")).await, "a repeated status changes nothing");
    let third = b.record(&second, accepted("wamid.2")).await.unwrap();
    assert_eq!(body(&third), "3");
    let fallback = b.record(&third, accepted("wamid.3")).await.unwrap();
    assert_eq!(shown(&fallback), ("text", Some("look")));
    assert_eq!(b.states().await, [Failed, Accepted, Accepted, Sending]);
}

/// A text that answers a question of long ago confuses.
pub async fn a_late_failure_of_an_old_message_queues_no_fallback(b: Fixture) {
    queue(&b, "run", vec![captioned("look")]).await;
    let first = b.send().await;
    b.record(&first, accepted("wamid.1")).await;
    b.pass(600);
    assert!(!b.status(status(StatusKind::Failed, "wamid.1")).await);
    assert_eq!(b.states().await, [Failed]);
}

/// Meta would refuse the text.
pub async fn a_late_failure_queues_no_fallback_after_the_window(b: Fixture) {
    let day = 24 * 3600;
    let old = message("old");
    let claim = b.turn(InboxMessage { sent_at: old.sent_at - day + 30, ..old }).await;
    let commit = waxwing_store::TurnCommit { reply: vec![captioned("look")], ..answer(&claim, "run", &[]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
    let first = b.send().await;
    b.record(&first, accepted("wamid.1")).await;
    assert!(!b.status(status(StatusKind::Failed, "wamid.1")).await);
    assert_eq!(b.states().await, [Failed]);
}

/// The status may arrive before the response of the send, without a token.
pub async fn an_early_failure_queues_the_fallback(b: Fixture) {
    queue(&b, "run", vec![captioned("look")]).await;
    let first = b.send().await;
    b.status(status(StatusKind::Failed, "wamid.1")).await;
    let fallback = b.record(&first, accepted("wamid.1")).await.expect("the fallback is sent");
    assert_eq!(shown(&fallback), ("text", Some("look")));
}

/// The agent learns whether the user got the text at least.
pub async fn a_replaced_message_is_reported_as_replaced(b: Fixture) {
    queue(&b, "run", vec![captioned("look"), text("2")]).await;
    let first = b.send().await;
    let fallback = b.record(&first, refused()).await.unwrap();
    let second = b.record(&fallback, accepted("wamid.1")).await.unwrap();
    b.record(&second, refused()).await;
    let told = b.turn(message("next")).await.undelivered;
    let told: Vec<_> = told.iter().map(|lost| (lost.content.kind(), lost.is_replaced, lost.error.clone())).collect();
    let why = SendError { ..error("refused") };
    assert_eq!(told, [("image", true, why.clone()), ("text", false, why)]);
    assert!(matches!(first.content, OutboundContent::Image(_)));
}
