//! Conversations that several apps share.

use waxwing_store::{
    AcceptSummary, ConversationFilter, Disposition, FeedOutcome, IdentityChange, InboxMessage, MessageOutcome, Origin,
    RecipientMessage, Responder, ResponderChange, StandbyMessage, ThreadChange, TurnCommit, UserKey, WebhookItem,
};

use crate::campaigns::{feed, feed_with, start, to_queue};
use crate::fixture::{
    Fixture, all_writes_are_refused, answer, both, entry, from, hidden, message, number, phone, secs,
};

/// Time of the messages of the fixture.
const AT: i64 = 1_767_225_600;

pub(crate) fn standby(id: &str, is_from_app: bool, at: i64) -> WebhookItem {
    let disposition = Disposition::Context("another app answers".into());
    let message = InboxMessage { disposition, sent_at: at, ..message(id) };
    WebhookItem::Standby(StandbyMessage { message, is_from_app })
}

fn change(to_other_app: bool, at: i64) -> WebhookItem {
    WebhookItem::ThreadChange(thread_change(to_other_app, at))
}

fn thread_change(to_other_app: bool, at: i64) -> ThreadChange {
    let origin = if to_other_app { Origin::Operator } else { Origin::External };
    ThreadChange {
        number: number(),
        user: phone("34600000001"),
        to_other_app,
        ends_handoff: false,
        at,
        log: entry(if to_other_app { "taken" } else { "passed" }),
        item: (origin, format!("thread-{at}"), "item".into()),
        body: format!("{to_other_app} at {at}").into(),
    }
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

/// No standby message showed the other owner.
pub async fn a_first_pass_runs_the_agent(b: Fixture) {
    assert_eq!(accept(&b, change(false, AT)).await.conversations.len(), 1);
    let claim = b.claim().await;
    assert_eq!((claim.responder, claim.pending.len()), (Responder::Agent, 1));
    b.answer(&claim, "run", &[]).await;
    accept(&b, standby("late", false, AT - 1)).await;
    assert!(!is_with_other_app(&b).await, "the message is older than the pass");
    // A pass that is older than a message, and a second report of the pass.
    let claim = b.turn(InboxMessage { sent_at: AT + 5, ..message("a") }).await;
    for at in [AT, AT + 5] {
        let again = ThreadChange { body: format!("again at {at}").into(), ..thread_change(false, at) };
        assert_eq!(accept(&b, WebhookItem::ThreadChange(again)).await.conversations, []);
    }
    b.answer(&claim, "run 2", &[]).await;
    accept(&b, change(false, AT + 6)).await;
    assert_eq!(b.claim().await.pending.len(), 1, "the conversation was passed once more");
}

/// Webhooks of different fields overtake each other, whatever the conversation does at the time.
pub async fn a_late_standby_message_changes_no_owner(b: Fixture) {
    for (nth, state) in ["idle", "due", "held"].into_iter().enumerate() {
        let at = AT + 100 * i64::try_from(nth).unwrap();
        b.receive(InboxMessage { sent_at: at, ..message(state) }).await;
        let earlier = if state == "held" { Some(b.claim().await) } else { None };
        if state != "idle" {
            b.receive(InboxMessage { sent_at: at + 20, ..message(&format!("{state} again")) }).await;
        }
        let standby_at = if state == "idle" { at - 1 } else { at + 10 };
        let accepted = accept(&b, standby(&format!("{state} late"), false, standby_at)).await;
        assert_eq!(accepted.conversations, [], "{state}");
        assert!(!is_with_other_app(&b).await, "{state}");
        if let Some(claim) = earlier {
            b.answer(&claim, state, &[]).await;
        }
        let claim = b.claim().await;
        assert_eq!(claim.responder, Responder::Agent, "{state}");
        b.answer(&claim, &format!("{state} run"), &[]).await;
    }
}

/// Each message that is sent takes the conversation back.
pub async fn a_standby_message_ends_a_running_answer(b: Fixture) {
    let claim = b.turn(message("a")).await;
    let accepted = accept(&b, standby("b", true, AT + 1)).await;
    assert_eq!((accepted.messages, &accepted.conversations[..]), (1, &[claim.conversation.id][..]));
    all_writes_are_refused(&b, &claim.lease, &claim).await;
    let again = b.claim().await;
    assert_eq!((again.responder, again.failures, again.crash_count), (Responder::OtherApp, 0, 0));
    assert_eq!(again.pending.iter().map(|message| message.id.as_str()).collect::<Vec<_>>(), ["a"]);
    assert_eq!(accept(&b, standby("c", true, AT + 2)).await.conversations, [], "the owner is known");
    b.answer(&again, "run", &[]).await;
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

/// The users turned out to be one, in either order of the signs.
pub async fn joined_conversations_have_the_owner_of_the_newest_sign(b: Fixture) {
    let signs = [
        ((true, AT), (false, AT + 10), false),
        ((false, AT + 10), (true, AT), false),
        ((true, AT + 10), (false, AT), true),
    ];
    for (nth, (old, new, expected)) in signs.into_iter().enumerate() {
        let users = [phone(&format!("3460000000{nth}")), hidden(&format!("ES.{nth}"))];
        for (user, (is_standby, sent_at)) in users.iter().zip([old, new]) {
            let disposition =
                if is_standby { Disposition::Context("another app".into()) } else { Disposition::Pending };
            let message = InboxMessage { disposition, sent_at, ..from(user.clone(), &format!("{nth} {is_standby}")) };
            let is_from_app = false;
            let standby = || WebhookItem::Standby(StandbyMessage { message: message.clone(), is_from_app });
            accept(&b, if is_standby { standby() } else { WebhookItem::Message(message.clone()) }).await;
        }
        let [old, new] = users;
        let new = both(&format!("3460000001{nth}"), new.bsuid.unwrap().as_str());
        let change = IdentityChange { old, new: new.clone(), at: 4_000_000_000, body: nth.to_string().into() };
        accept(&b, WebhookItem::IdentityChange(change)).await;
        let of_user = ConversationFilter::User(UserKey::Bsuid(new.bsuid.unwrap()));
        let rows = b.store.conversations(&of_user, 9).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.is_with_other_app).collect::<Vec<_>>(), [expected], "{nth}");
    }
}

/// Each message that is sent takes the conversation back. A scheduled message comes at its time anyway.
pub async fn a_campaign_leaves_the_conversations_of_other_apps(b: Fixture) {
    let id = start(&b, &["34600000001"]).await;
    accept(&b, standby("a", false, AT)).await;
    assert_eq!(feed(&b, id, 1).await, FeedOutcome::Later);
    let patient = RecipientMessage { busy: None, ..to_queue("see you") };
    assert!(matches!(feed_with(&b, id, 1, patient).await, FeedOutcome::Queued(_)));
}

/// Meta does not report that another app releases a conversation.
pub async fn a_campaign_takes_a_conversation_that_another_app_left_for_a_day(b: Fixture) {
    let id = start(&b, &["34600000001"]).await;
    accept(&b, standby("a", false, b.now().as_millis() / 1000)).await;
    b.pass(24 * 3600 - 1);
    assert_eq!(feed(&b, id, 1).await, FeedOutcome::Later);
    b.pass(2);
    assert!(matches!(feed(&b, id, 1).await, FeedOutcome::Queued(_)));
}

/// The other app was the person who answered.
pub async fn a_passed_conversation_ends_the_handoff_that_gave_it_away(b: Fixture) {
    let claim = b.turn(InboxMessage { sent_at: AT, ..message("a") }).await;
    let handoff = TurnCommit { responder: Some(ResponderChange::HumanAsked(None)), ..answer(&claim, "run", &[]) };
    b.store.commit_turn(&claim.lease, handoff).await.unwrap();
    let ending = |at: i64| match change(false, at) {
        WebhookItem::ThreadChange(change) => WebhookItem::ThreadChange(ThreadChange { ends_handoff: true, ..change }),
        other => other,
    };
    accept(&b, change(false, AT + 1)).await;
    let claim = b.claim().await;
    assert_eq!(claim.responder, Responder::Human { rest: None }, "no handoff ends");
    b.store.commit_turn(&claim.lease, answer(&claim, "known", &[])).await.unwrap();
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
    let handoff = TurnCommit { responder: Some(ResponderChange::HumanAsked(None)), ..answer(&claim, "run", &[]) };
    b.store.commit_turn(&claim.lease, handoff).await.unwrap();
    let WebhookItem::ThreadChange(passed) = change(false, AT + 1) else { unreachable!("a change of the owner") };
    let accepted = accept(&b, WebhookItem::ThreadChange(ThreadChange { ends_handoff: true, ..passed })).await;
    assert_eq!(accepted.conversations.len(), 1);
    assert_eq!(b.claim().await.responder, Responder::Agent);
}

/// A handoff by an operator gave no conversation away, so the operator goes on.
pub async fn a_passed_conversation_stays_with_the_operator_who_took_it(b: Fixture) {
    let claim = b.turn(InboxMessage { sent_at: AT, ..message("a") }).await;
    let handoff = TurnCommit { responder: Some(ResponderChange::HumanUntilResumed), ..answer(&claim, "run", &[]) };
    b.store.commit_turn(&claim.lease, handoff).await.unwrap();
    let WebhookItem::ThreadChange(passed) = change(false, AT + 1) else { unreachable!("a change of the owner") };
    accept(&b, WebhookItem::ThreadChange(ThreadChange { ends_handoff: true, ..passed })).await;
    assert_eq!(b.claim().await.responder, Responder::Human { rest: None });
}
