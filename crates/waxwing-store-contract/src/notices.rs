//! Notices to users, such as that the business is closed.

use waxwing_store::{
    ClosedRelease, ConversationTarget, InboxMessage, MAX_TURN_MESSAGES, NewFirstContact, NewNotices, NewOperatorAction,
    ReleaseReason, RunId, RunRef, SentNotices, TurnClaim, TurnCommit, TurnRelease, UserKey,
};
use waxwing_types::WaId;

use crate::fixture::{Fixture, answer, body, entry, message, messages, notice, secs, text};

fn first_contact(version: &str) -> NewFirstContact {
    NewFirstContact { version: version.into(), messages: 1 }
}

async fn close(b: &Fixture, claim: &TurnClaim, seconds: u64, away: Option<&str>) {
    let seen = messages(claim).into_iter().max().unwrap();
    let reason = ReleaseReason::Closed(Box::new(ClosedRelease { seen, away: away.map(notice) }));
    let release = TurnRelease::new(secs(seconds), reason);
    b.store.release(&claim.lease, release).await.unwrap();
}

/// Each notice has its own time, and a reply without notices leaves all as they are.
pub async fn a_reply_records_its_notices(b: Fixture) {
    let claim = b.turn(message("a")).await;
    assert_eq!(claim.notices, SentNotices::default());
    let notices = NewNotices { is_away: true, first_contact: Some(first_contact("1")), ..NewNotices::default() };
    b.store.commit_turn(&claim.lease, TurnCommit { notices, ..answer(&claim, "a", &["closed"]) }).await.unwrap();
    b.pass(10);
    let claim = b.turn(message("b")).await;
    let expected = SentNotices { apology: None, away: Some(secs(10)), first_contact: Some("1".into()) };
    assert_eq!(claim.notices, expected);
    let notices = NewNotices { is_apology: true, ..NewNotices::default() };
    b.store.commit_turn(&claim.lease, TurnCommit { notices, ..answer(&claim, "b", &[]) }).await.unwrap();
    b.pass(10);
    let claim = b.turn(message("c")).await;
    let expected = SentNotices { apology: Some(secs(10)), away: Some(secs(20)), ..expected };
    assert_eq!(claim.notices, expected);
    let notices = NewNotices { first_contact: Some(first_contact("2")), ..NewNotices::default() };
    b.store.commit_turn(&claim.lease, TurnCommit { notices, ..answer(&claim, "c", &["new text"]) }).await.unwrap();
    assert_eq!(b.turn(message("d")).await.notices, SentNotices { first_contact: Some("2".into()), ..expected });
}

/// A user who comes back is a new user.
pub async fn an_erased_user_has_no_notices(b: Fixture) {
    let claim = b.turn(message("a")).await;
    let notices = NewNotices { first_contact: Some(first_contact("1")), ..NewNotices::default() };
    b.store.commit_turn(&claim.lease, TurnCommit { notices, ..answer(&claim, "a", &[]) }).await.unwrap();
    b.store.erase_user(&UserKey::Phone(WaId::new("34600000001"))).await.unwrap();
    assert_eq!(b.turn(message("b")).await.notices, SentNotices::default());
}

/// The wait counts no failure and is no outage.
pub async fn a_turn_waits_until_the_business_opens(b: Fixture) {
    let claim = b.turn(message("a")).await;
    close(&b, &claim, 3600, None).await;
    assert_eq!(b.next_turn_due_in().await, Some(secs(3600)));
    b.pass(3600);
    let claim = b.claim().await;
    assert_eq!((claim.failures, claim.outage, claim.notices.away), (0, None, None));
    assert_eq!(claim.pending.len(), 1);
}

/// The message can be a command.
pub async fn a_message_ends_the_wait_for_the_opening(b: Fixture) {
    let claim = b.turn(message("a")).await;
    close(&b, &claim, 3600, None).await;
    b.receive(InboxMessage { wakes: false, ..message("b") }).await;
    assert_eq!(b.next_turn_due_in().await, Some(secs(3600)));
    let claim = b.turn(message("c")).await;
    assert_eq!(claim.pending.len(), 3);
}

/// An operator takes over at once.
pub async fn an_operator_ends_the_wait_for_the_opening(b: Fixture) {
    let claim = b.turn(message("a")).await;
    close(&b, &claim, 3600, None).await;
    let target = ConversationTarget::Conversation(claim.conversation.id);
    let (id, body) = ("act".to_owned(), "act".into());
    let action = NewOperatorAction { target, id, content: None, needs_window: false, body };
    b.store.record_operator_action(action).await.unwrap();
    assert_eq!(b.claim().await.pending.len(), 2);
}

/// A held conversation does not become due, so the release has to see the message.
pub async fn a_message_that_no_turn_has_seen_does_not_wait_for_the_opening(b: Fixture) {
    let claim = b.turn(message("a")).await;
    b.receive(InboxMessage { sent_at: 1, ..message("b") }).await;
    close(&b, &claim, 3600, Some("closed")).await;
    let claim = b.claim().await;
    assert_eq!(claim.pending.len(), 2);
    close(&b, &claim, 3600, None).await;
    assert_eq!(b.next_turn_due_in().await, Some(secs(3600)), "the second turn has seen both");
}

/// The messages that fit into no turn yet would end each wait at once.
pub async fn messages_that_exceed_a_turn_wait_for_the_opening(b: Fixture) {
    b.accept((0..=MAX_TURN_MESSAGES).map(|nth| message(&nth.to_string()))).await;
    let claim = b.claim().await;
    assert_eq!(claim.pending.len(), MAX_TURN_MESSAGES);
    close(&b, &claim, 3600, None).await;
    assert_eq!(b.next_turn_due_in().await, Some(secs(3600)));
}

/// A run that fails after the opening waits whatever arrives.
pub async fn a_claim_ends_the_wait_for_the_opening(b: Fixture) {
    let claim = b.turn(message("a")).await;
    close(&b, &claim, 60, None).await;
    b.pass(60);
    let claim = b.claim().await;
    b.store.release(&claim.lease, TurnRelease::new(secs(60), ReleaseReason::RunFailed)).await.unwrap();
    b.receive(message("b")).await;
    assert_eq!(b.next_turn_due_in().await, Some(secs(60)));
}

/// The text is in the history before the answer.
pub async fn the_away_text_of_a_wait_is_sent_and_recorded(b: Fixture) {
    let claim = b.turn(message("a")).await;
    close(&b, &claim, 60, Some("closed")).await;
    assert_eq!(body(&b.send().await), "closed");
    b.pass(60);
    let claim = b.claim().await;
    assert_eq!(claim.notices.away, Some(secs(60)));
    b.answer(&claim, "run", &[]).await;
    let claim = b.turn(message("b")).await;
    let session = b.store.session(&claim.lease, "agent", "label", 9).await.unwrap();
    let contents: Vec<_> = session.entries.iter().map(|entry| &entry.content[..]).collect();
    assert_eq!(contents, [&b"the body of a"[..], b"closed"]);
}

/// The text survives the run, which may be abandoned.
pub async fn a_first_contact_text_is_sent_before_an_interim_message(b: Fixture) {
    let claim = b.turn(message("a")).await;
    let (run, answers) = (RunId("run".into()), vec![claim.pending[0].seq]);
    b.store.queue_first_contact(&claim.lease, "1", notice("I am a machine.")).await.unwrap();
    let writes = RunRef { lease: &claim.lease, run: &run, messages: &answers, agent: "shop" };
    b.store.enqueue(writes, "0", text("one moment"), Some(entry("one moment"))).await.unwrap();
    assert_eq!(body(&b.send().await), "I am a machine.");
    b.store.abandon_run(&claim.lease, None).await.unwrap();
    b.store.release(&claim.lease, TurnRelease::new(secs(0), ReleaseReason::PutOff)).await.unwrap();
    assert_eq!(b.claim().await.notices.first_contact.as_deref(), Some("1"));
    let states = b.states().await;
    assert_eq!(states.len(), 2, "{states:?}");
}
