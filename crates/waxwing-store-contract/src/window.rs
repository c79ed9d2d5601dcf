//! Customer service window.

use std::time::Duration;

use waxwing_store::OutboxState::{Accepted, DeadLetter, Failed, Parked, Queued, Sending};
use waxwing_store::{
    ConversationTarget, Disposition, Error, InboxMessage, MAX_PARKED, NewOperatorAction, Origin, PARKED_FOR, SendError,
    SendOutcome, StatusKind, StatusUpdate, TurnCommit, WebhookItem,
};
use waxwing_types::{OutboundContent, TemplateMessage, Text};

use crate::fixture::{
    Fixture, accepted, answer, body, from, in_group, message, number, phone, secs, status, status_of, text,
};

const DAY: u64 = 24 * 3600;

fn closed() -> SendError {
    SendError { code: None, message: "the window is closed".into() }
}

fn refused_by_meta() -> SendError {
    SendError { code: Some(131_047), ..closed() }
}

/// Returns the outcome of a message that is parked without a request.
fn parked() -> SendOutcome {
    SendOutcome::Park { error: closed(), replacement: None, was_attempted: false }
}

fn template(name: &str) -> OutboundContent {
    TemplateMessage::new(name, "en").into()
}

/// Returns a message of Ana that she sends now.
fn sent_now(b: &Fixture, id: &str) -> InboxMessage {
    InboxMessage { sent_at: b.now().as_millis() / 1000, ..message(id) }
}

/// Claims a turn, and returns the rest of its window before it is committed.
async fn window_of(b: &Fixture, message: InboxMessage) -> Duration {
    let claim = b.turn(message).await;
    b.answer(&claim, "run", &[]).await;
    claim.service_window
}

/// The window counts from the newest message of the user.
pub async fn a_message_opens_the_window_for_a_day(b: Fixture) {
    assert_eq!(window_of(&b, message("a")).await, secs(DAY));
    b.pass(3600);
    assert_eq!(window_of(&b, message("late")).await, secs(DAY - 3600), "the time of sending counts");
    assert_eq!(window_of(&b, sent_now(&b, "b")).await, secs(DAY));
    let of_tomorrow = InboxMessage { sent_at: b.in_secs(DAY).as_millis() / 1000, ..message("c") };
    assert_eq!(window_of(&b, of_tomorrow).await, secs(DAY), "a clock that is ahead does not lengthen the window");
}

/// A message that arrives during a turn, or while the turn waits, counts as well.
pub async fn a_message_to_a_held_conversation_opens_the_window(b: Fixture) {
    let claim = b.turn(message("a")).await;
    b.pass(3600);
    b.accept([sent_now(&b, "b")]).await;
    let commit = TurnCommit { reply: vec![text("1")], ..answer(&claim, "run 1", &[]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
    b.pass(DAY - 60);
    let send = b.send().await;
    assert_eq!(send.service_window, secs(60));
    assert_eq!(b.claim().await.service_window, secs(60));
}

/// Reactions, edits, message echoes and ignored messages do not open the window.
pub async fn other_messages_do_not_open_the_window(b: Fixture) {
    let unopening = |id: &str| InboxMessage { opens_window: false, ..message(id) };
    b.receive(InboxMessage { disposition: Disposition::Change, ..unopening("reaction") }).await;
    b.receive(unopening("reaction for the agent")).await;
    b.accept([InboxMessage { disposition: Disposition::Ignored("system".into()), ..message("system") }]).await;
    b.store.accept(vec![WebhookItem::MessageEcho(message("echo"))]).await.unwrap();
    assert_eq!(b.claim().await.service_window, Duration::ZERO);
}

/// In a group, every participant opens the window.
pub async fn a_group_has_one_window(b: Fixture) {
    let ana = b.turn(in_group("g", message("a"))).await;
    b.answer(&ana, "run", &[]).await;
    b.pass(DAY);
    let cleo = InboxMessage { sent_at: b.now().as_millis() / 1000, ..from(phone("34600000003"), "c") };
    assert_eq!(b.turn(in_group("g", cleo)).await.service_window, secs(DAY));
}

/// The sender decides by the window of the claim.
pub async fn a_send_knows_the_window(b: Fixture) {
    b.queue("run", &["1", "2"]).await;
    let first = b.send().await;
    assert_eq!(first.service_window, secs(DAY));
    b.pass(30);
    let second = b.record(&first, accepted("wamid.1")).await.unwrap();
    assert_eq!(second.service_window, secs(DAY - 30));
}

/// Meta knows better.
pub async fn a_refusal_closes_the_window(b: Fixture) {
    b.queue("run", &["1", "2"]).await;
    let first = b.send().await;
    b.pass(10);
    let outcome = SendOutcome::Refused { error: refused_by_meta(), use_fallback: false };
    let second = b.record(&first, outcome).await.unwrap();
    assert_eq!(second.service_window, Duration::ZERO);
}

/// The message may be sent in another way at once.
pub async fn a_retry_can_close_the_window(b: Fixture) {
    b.queue("run", &["1"]).await;
    let first = b.send().await;
    b.record(&first, SendOutcome::Retry { after: Duration::ZERO, error: refused_by_meta() }).await;
    assert_eq!(b.send().await.service_window, Duration::ZERO);
}

/// The user wrote while the message was on its way.
pub async fn a_refusal_does_not_close_a_newer_window(b: Fixture) {
    b.queue("run", &["1", "2"]).await;
    let first = b.send().await;
    b.pass(100);
    b.accept([sent_now(&b, "new")]).await;
    let outcome = SendOutcome::Refused { error: refused_by_meta(), use_fallback: false };
    let second = b.record(&first, outcome).await.unwrap();
    assert_eq!(second.service_window, secs(DAY));
}

/// Meta reports most refusals by a status.
pub async fn a_late_refusal_closes_the_window(b: Fixture) {
    let send = b.send_accepted().await;
    b.pass(100);
    let failed = StatusUpdate {
        error: Some((131_047, "re-engagement message".into())),
        allows_fallback: false,
        ..status_of(StatusKind::Failed, "wamid.1", &send)
    };
    b.status(failed).await;
    let reaction = InboxMessage { disposition: Disposition::Change, opens_window: false, ..message("reaction") };
    assert_eq!(b.turn(reaction).await.service_window, Duration::ZERO);
}

/// Later messages, such as a template, do not wait for a parked one.
pub async fn a_parked_row_leaves_the_queue(b: Fixture) {
    b.queue("run", &["1", "2"]).await;
    let first = b.send().await;
    let second = b.record(&first, parked()).await.expect("the next message is sent at once");
    assert_eq!(body(&second), "2");
    assert_eq!(b.states().await, [Parked, Sending]);
    assert_eq!(b.rows().await[0].error, Some(closed()));
    b.record(&second, accepted("wamid.2")).await;
    b.pass(DAY);
    assert_eq!(b.no_send().await, None);
}

/// One template asks the user to write, however many messages wait.
pub async fn the_first_parked_row_is_replaced(b: Fixture) {
    b.queue("run", &["1", "2"]).await;
    b.queue("run 2", &["3"]).await;
    let park = || SendOutcome::Park { error: closed(), replacement: Some(template("news")), was_attempted: false };
    let first = b.send().await;
    let knock = b.record(&first, park()).await.unwrap();
    assert_eq!((knock.content.kind(), &knock.to), ("template", &first.to));
    assert_ne!(knock.id, first.id);
    let second = b.record(&knock, accepted("wamid.1")).await.unwrap();
    let third = b.record(&second, park()).await.unwrap();
    assert_eq!((body(&second), body(&third)), ("2", "3"));
    assert!(b.record(&third, park()).await.is_none());
    assert_eq!(b.states().await, [Parked, Parked, Parked, Accepted]);
}

/// An attempt that Meta refused keeps its number, and an attempt that was not made does not.
pub async fn a_refused_attempt_of_a_parked_row_is_kept(b: Fixture) {
    b.queue("run", &["1", "2"]).await;
    let first = b.send().await;
    let refused = SendOutcome::Park { error: refused_by_meta(), replacement: None, was_attempted: true };
    let second = b.record(&first, refused).await.unwrap();
    assert_eq!(second.service_window, Duration::ZERO, "the refusal closes the window");
    b.record(&second, parked()).await;
    let ids: Vec<_> = b.rows().await.iter().map(|row| row.id).collect();
    for (id, attempts) in ids.into_iter().zip([1, 0]) {
        assert_eq!(b.store.outbox_record(id).await.unwrap().attempts.len(), attempts);
        b.store.requeue(id).await.unwrap();
    }
    let again = b.send().await;
    assert_eq!((body(&again), again.attempt, again.attempts_since_queued), ("1", 2, 1));
    assert_eq!(b.record(&again, accepted("wamid.1")).await.unwrap().attempt, 1);
}

/// The agent decides when the user writes: here it sends them.
pub async fn parked_rows_are_sent_before_the_reply(b: Fixture) {
    b.queue("run", &["1", "+2"]).await;
    let first = b.send().await;
    let second = b.record(&first, parked()).await.unwrap();
    b.record(&second, parked()).await;
    b.pass(2 * DAY);
    let claim = b.turn(sent_now(&b, "back")).await;
    let told: Vec<_> = claim.undelivered.iter().map(|lost| (lost.content.text(), lost.is_parked)).collect();
    assert_eq!(told, [(Some("1"), true), (Some("+2"), true)]);
    let reported_undelivered = claim.undelivered.iter().map(|lost| lost.id).collect();
    let commit = TurnCommit { reported_undelivered, sends_parked: true, ..answer(&claim, "run 2", &["3"]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
    assert_eq!(b.states().await, [Queued, Queued, Queued]);
    let mut sent = Vec::new();
    let mut next = Some(b.send().await);
    while let Some(send) = next {
        sent.push(body(&send).to_owned());
        next = b.record(&send, accepted(&format!("wamid.{}", sent.len()))).await;
    }
    assert_eq!(sent, ["1", "+2", "3"]);
}

/// Without a decision to send them, they are given up, and reported once.
pub async fn parked_rows_are_given_up_by_a_commit(b: Fixture) {
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.record(&send, parked()).await;
    let claim = b.turn(sent_now(&b, "back")).await;
    let reported_undelivered = claim.undelivered.iter().map(|lost| lost.id).collect();
    let commit = TurnCommit { reported_undelivered, ..answer(&claim, "run 2", &[]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
    assert_eq!(b.states().await, [DeadLetter]);
    assert!(b.turn(sent_now(&b, "again")).await.undelivered.is_empty());
}

/// A turn that the user did not start cannot send them.
pub async fn parked_rows_are_not_reported_while_the_window_is_closed(b: Fixture) {
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.record(&send, parked()).await;
    b.pass(DAY);
    let reaction = InboxMessage { disposition: Disposition::Change, opens_window: false, ..message("reaction") };
    let claim = b.turn(reaction).await;
    assert!(claim.undelivered.is_empty());
    b.answer(&claim, "run 2", &[]).await;
    assert_eq!(b.states().await, [Parked]);
    assert_eq!(b.turn(sent_now(&b, "back")).await.undelivered.len(), 1);
}

/// News of last week confuse.
pub async fn a_row_is_parked_for_a_week(b: Fixture) {
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.record(&send, parked()).await;
    b.pass(PARKED_FOR.as_secs() + 1);
    let mut deliveries = b.store.delivery_events();
    let claim = b.turn(sent_now(&b, "back")).await;
    assert_eq!(deliveries.try_recv().unwrap().state, DeadLetter);
    let told: Vec<_> = claim.undelivered.iter().map(|lost| (lost.content.text(), lost.is_parked)).collect();
    assert_eq!(told, [(Some("1"), false)]);
    assert_eq!(b.states().await, [DeadLetter]);
}

/// A message above the limit fails at once.
pub async fn a_limited_number_of_rows_is_parked(b: Fixture) {
    let texts: Vec<_> = (0..=MAX_PARKED).map(|n| n.to_string()).collect();
    b.queue("run", &texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut next = Some(b.send().await);
    while let Some(send) = next {
        next = b.record(&send, parked()).await;
    }
    let states = b.states().await;
    assert_eq!(states.iter().filter(|state| **state == Parked).count(), MAX_PARKED as usize);
    assert_eq!(states.last(), Some(&Failed));
}

/// The user has stopped the agent, whose messages must not come later.
pub async fn a_discard_covers_parked_rows(b: Fixture) {
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.record(&send, parked()).await;
    let claim = b.turn(sent_now(&b, "/stop")).await;
    let commit = TurnCommit { discard_unsent: Some("stopped"), ..answer(&claim, "run 2", &[]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
    assert_eq!(b.states().await, [DeadLetter]);
}

/// An operator can give a parked message up.
pub async fn an_operator_discards_a_parked_row(b: Fixture) {
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.record(&send, parked()).await;
    b.store.discard(send.id).await.unwrap();
    assert_eq!(b.states().await, [DeadLetter]);
    b.status(status(StatusKind::Sent, "wamid.unknown")).await;
}

/// A message of an operator that Meta would refuse is refused at once.
pub async fn an_operator_message_needs_the_window(b: Fixture) {
    let target = || ConversationTarget::User(number(), phone("34600000001"));
    let action = |id: &str, content: OutboundContent, needs_window| NewOperatorAction {
        target: target(),
        id: id.into(),
        content: Some(content),
        needs_window,
        body: "{}".into(),
    };
    let refused = b.store.record_operator_action(action("1", Text::new("hi").into(), true)).await;
    assert!(matches!(refused, Err(Error::WindowClosed)), "{refused:?}");
    assert!(b.rows().await.is_empty());
    b.store.record_operator_action(action("2", template("hello"), false)).await.unwrap();
    let claim = b.claim().await;
    assert_eq!(claim.pending[0].origin, Origin::Operator);
    b.answer(&claim, "run", &[]).await;
    let claim = b.turn(sent_now(&b, "hi")).await;
    b.answer(&claim, "run 2", &[]).await;
    b.store.record_operator_action(action("3", Text::new("hi").into(), true)).await.unwrap();
    assert_eq!(b.states().await, [Queued, Queued]);
}
