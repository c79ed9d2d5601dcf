//! Conversations that several apps share.

use waxwing_store::{
    AcceptSummary, ConversationFilter, Disposition, InboxMessage, MessageOutcome, Origin, Responder, ResponderChange,
    StandbyMessage, ThreadChange, TurnCommit, WebhookItem,
};

use crate::fixture::{Fixture, answer, entry, message, number, phone, secs};

/// Time of the messages of the fixture.
const AT: i64 = 1_767_225_600;

fn standby(id: &str, is_from_app: bool, at: i64) -> WebhookItem {
    let disposition = Disposition::Context("another app answers".into());
    let message = InboxMessage { disposition, sent_at: at, ..message(id) };
    WebhookItem::Standby(StandbyMessage { message, is_from_app })
}

fn change(to_other_app: bool, at: i64) -> WebhookItem {
    let origin = if to_other_app { Origin::Operator } else { Origin::External };
    WebhookItem::ThreadChange(ThreadChange {
        number: number(),
        user: phone("34600000001"),
        to_other_app,
        ends_handoff: false,
        at,
        log: entry(if to_other_app { "taken" } else { "passed" }),
        item: (origin, format!("thread-{at}"), "item".into()),
        body: format!("{to_other_app} at {at}").into(),
    })
}

async fn accept(b: &Fixture, item: WebhookItem) -> AcceptSummary {
    b.store.accept(vec![item]).await.unwrap()
}

async fn is_with_other_app(b: &Fixture) -> bool {
    let rows = b.store.conversations(&ConversationFilter::All, 9).await.unwrap();
    assert_eq!(rows.len(), 1);
    rows[0].is_with_other_app
}

/// The history names the writers, and no turn runs.
pub async fn messages_in_standby_are_context(b: Fixture) {
    let accepted = accept(&b, standby("a", false, AT)).await;
    assert_eq!((accepted.messages, accepted.conversations.len()), (1, 0));
    accept(&b, standby("b", true, AT + 1)).await;
    assert_eq!(accept(&b, standby("b", true, AT + 1)).await.duplicates, 1);
    assert_eq!(b.next_turn_due_in().await, None);
    b.pass(60);
    let claim = b.turn(InboxMessage { sent_at: AT + 60, ..message("c") }).await;
    assert_eq!(claim.responder, Responder::Agent);
    let session = b.store.session(&claim.lease, "agent", "label", 9).await.unwrap();
    let found: Vec<_> = session.entries.iter().map(|entry| (entry.origin, &entry.content[..])).collect();
    assert_eq!(found, [(Origin::User, &b"the body of a"[..]), (Origin::OtherApp, b"the body of b")]);
}

/// A standby message is a sign, too. The window counts once the conversation comes back.
pub async fn the_owner_of_a_conversation_is_known(b: Fixture) {
    accept(&b, standby("a", false, AT)).await;
    assert!(is_with_other_app(&b).await);
    b.pass(60);
    accept(&b, change(false, AT + 1)).await;
    assert!(!is_with_other_app(&b).await);
    let claim = b.claim().await;
    assert_eq!(claim.service_window, secs(24 * 3600 - 60));
    assert_eq!(claim.responder, Responder::Agent);
    assert_eq!(claim.pending[0].origin, Origin::External);
}

/// The turn that handles the change is not repeated.
pub async fn a_change_of_the_owner_is_stored_once(b: Fixture) {
    assert_eq!(accept(&b, change(true, AT)).await.conversations.len(), 1);
    assert_eq!(accept(&b, change(true, AT)).await.duplicates, 1);
    // Another report of the same owner.
    let accepted = accept(&b, change(true, AT + 1)).await;
    assert_eq!((accepted.duplicates, accepted.conversations.len()), (0, 0));
    assert_eq!(b.claim().await.pending.len(), 1);
}

/// Webhooks come in any order.
pub async fn an_old_change_of_the_owner_is_dropped(b: Fixture) {
    accept(&b, change(true, AT)).await;
    accept(&b, change(false, AT + 10)).await;
    accept(&b, change(true, AT + 5)).await;
    assert!(!is_with_other_app(&b).await);
    accept(&b, standby("late", false, AT + 7)).await;
    assert!(!is_with_other_app(&b).await);
    accept(&b, standby("new", false, AT + 11)).await;
    assert!(is_with_other_app(&b).await);
}

/// Meta reports no release.
pub async fn a_message_outside_of_standby_ends_it(b: Fixture) {
    accept(&b, standby("a", false, AT + 5)).await;
    b.receive(InboxMessage { sent_at: AT, ..message("late") }).await;
    assert!(is_with_other_app(&b).await, "the message is older");
    b.receive(InboxMessage { sent_at: AT + 6, ..message("b") }).await;
    assert!(!is_with_other_app(&b).await);
}

/// The turn skips messages that came before, and the history has the change.
pub async fn a_turn_learns_that_another_app_took_the_conversation(b: Fixture) {
    b.receive(message("a")).await;
    accept(&b, change(true, AT + 1)).await;
    let claim = b.claim().await;
    assert_eq!(claim.responder, Responder::OtherApp);
    let origins: Vec<_> = claim.pending.iter().map(|message| message.origin).collect();
    assert_eq!(origins, [Origin::User, Origin::Operator]);
    let skipped = MessageOutcome::Ignored("another app answers".into());
    let outcomes = claim.pending.iter().map(|message| (message.seq, skipped.clone())).collect();
    b.store.commit_turn(&claim.lease, TurnCommit { outcomes, ..answer(&claim, "run", &[]) }).await.unwrap();
    let claim = b.turn(InboxMessage { sent_at: AT + 2, ..message("b") }).await;
    let session = b.store.session(&claim.lease, "agent", "label", 9).await.unwrap();
    let contents: Vec<_> = session.entries.iter().map(|entry| &entry.content[..]).collect();
    assert!(contents.contains(&&b"taken"[..]) && contents.contains(&&b"the body of a"[..]), "{contents:?}");
}

/// The other app was the person who answered.
pub async fn a_passed_conversation_ends_the_handoff_that_gave_it_away(b: Fixture) {
    let claim = b.turn(InboxMessage { sent_at: AT, ..message("a") }).await;
    let handoff = TurnCommit { responder: Some(ResponderChange::HumanUntilResumed), ..answer(&claim, "run", &[]) };
    b.store.commit_turn(&claim.lease, handoff).await.unwrap();
    let ending = |at: i64| match change(false, at) {
        WebhookItem::ThreadChange(change) => WebhookItem::ThreadChange(ThreadChange { ends_handoff: true, ..change }),
        other => other,
    };
    accept(&b, change(false, AT + 1)).await;
    assert_eq!(b.next_turn_due_in().await, None, "no handoff ends, and the owner is the same");
    accept(&b, change(true, AT + 10)).await;
    let claim = b.claim().await;
    assert_eq!(claim.responder, Responder::OtherApp);
    b.store.commit_turn(&claim.lease, answer(&claim, "taken", &[])).await.unwrap();
    assert_eq!(accept(&b, ending(AT + 5)).await.conversations.len(), 0, "an old sign");
    accept(&b, ending(AT + 20)).await;
    assert_eq!(b.claim().await.responder, Responder::Agent);
}

/// The pass by a handoff itself is no sign, since Meta does not report it to the app that passes.
pub async fn a_handoff_that_comes_back_at_once_ends(b: Fixture) {
    let claim = b.turn(InboxMessage { sent_at: AT, ..message("a") }).await;
    let handoff = TurnCommit { responder: Some(ResponderChange::HumanUntilResumed), ..answer(&claim, "run", &[]) };
    b.store.commit_turn(&claim.lease, handoff).await.unwrap();
    let WebhookItem::ThreadChange(passed) = change(false, AT + 1) else { unreachable!("a change of the owner") };
    let accepted = accept(&b, WebhookItem::ThreadChange(ThreadChange { ends_handoff: true, ..passed })).await;
    assert_eq!(accepted.conversations.len(), 1);
    assert_eq!(b.claim().await.responder, Responder::Agent);
}
