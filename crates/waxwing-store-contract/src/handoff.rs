//! Human handoff, message echoes, operator actions.

use bytes::Bytes;
use waxwing_store::{
    ConversationFilter, ConversationId, ConversationTarget, Error, InboxMessage, NewOperatorAction, Origin, Responder,
    ResponderChange, TurnClaim, TurnCommit, UserKey, WebhookItem,
};
use waxwing_types::{Bsuid, Text, UserProfile, WaId};

use crate::fixture::{
    Fixture, accepted, all_writes_are_refused, answer, body, from, hidden, in_group, message, number, other_number,
    phone, secs,
};

/// Accepts echoes.
pub(crate) async fn echo(b: &Fixture, echoes: impl IntoIterator<Item = InboxMessage>) -> waxwing_store::AcceptSummary {
    b.store.accept(echoes.into_iter().map(WebhookItem::MessageEcho).collect()).await.unwrap()
}

/// Returns an operator's action.
pub(crate) fn action(to: ConversationTarget, id: &str, content: Option<&str>) -> NewOperatorAction {
    NewOperatorAction {
        target: to,
        id: id.into(),
        content: content.map(|text| Text::new(text).into()),
        needs_window: false,
        body: Bytes::from_static(b"act"),
    }
}

/// Ends a turn with this change of the responder.
pub(crate) async fn end(b: &Fixture, claim: &TurnClaim, change: Option<ResponderChange>) {
    let run = format!("run {}", claim.lease.epoch);
    b.store.commit_turn(&claim.lease, TurnCommit { responder: change, ..answer(claim, &run, &[]) }).await.unwrap();
}

fn pending(claim: &TurnClaim) -> Vec<(&str, Origin)> {
    claim.pending.iter().map(|message| (message.id.as_str(), message.origin)).collect()
}

/// A human handoff lasts until its time is over or a commit changes it.
pub async fn a_human_handoff_lasts_until_it_is_changed(b: Fixture) {
    let at = |seconds| Responder::Human { rest: Some(secs(seconds)) };
    let forever = Responder::Human { rest: None };
    let steps = [
        (None, Responder::Agent),
        (Some(ResponderChange::HumanFor(secs(60))), at(60)),
        (None, at(60)),
        (Some(ResponderChange::HumanForAtLeast(secs(50))), at(60)),
        (Some(ResponderChange::HumanForAtLeast(secs(70))), at(70)),
        (Some(ResponderChange::HumanFor(secs(10))), at(10)),
        (Some(ResponderChange::HumanUntilResumed), forever),
        (Some(ResponderChange::HumanForAtLeast(secs(70))), forever),
        (Some(ResponderChange::Agent), Responder::Agent),
        (Some(ResponderChange::HumanAsked(Some(secs(30)))), at(30)),
        (Some(ResponderChange::HumanAsked(None)), forever),
        (Some(ResponderChange::Agent), Responder::Agent),
        (Some(ResponderChange::HumanForAtLeast(secs(60))), at(60)),
    ];
    let mut claim = b.turn(message("first")).await;
    for (nth, (change, expected)) in steps.into_iter().enumerate() {
        end(&b, &claim, change).await;
        claim = b.turn(message(&nth.to_string())).await;
        assert_eq!(claim.responder, expected, "{change:?}");
    }
    end(&b, &claim, None).await;
    b.pass(60);
    assert_eq!(b.turn(message("later")).await.responder, Responder::Agent);
}

/// An echo is a duplicate of an echo or a message with the same id.
pub async fn an_echo_is_stored_once(b: Fixture) {
    let first = echo(&b, [message("a")]).await;
    assert_eq!((first.messages, first.conversations.len()), (1, 1));
    assert_eq!(echo(&b, [message("a")]).await.duplicates, 1);
    assert_eq!(b.accept([message("a")]).await.duplicates, 1);
    let claim = b.claim().await;
    assert_eq!(pending(&claim), [("a", Origin::BusinessApp)]);
    end(&b, &claim, None).await;
    assert_eq!(echo(&b, [message("a")]).await.duplicates, 1);
    assert!(b.claims(10).await.is_empty());
}

/// An echo is ordered among messages by time, reaches a running turn, and gets one outcome.
pub async fn an_echo_is_ordered_by_time(b: Fixture) {
    let at = |sent_at, id: &str| InboxMessage { sent_at, ..message(id) };
    b.accept([at(30, "c"), at(10, "a")]).await;
    echo(&b, [at(20, "b")]).await;
    let claim = b.claim().await;
    assert_eq!(pending(&claim), [("a", Origin::User), ("b", Origin::BusinessApp), ("c", Origin::User)]);
    echo(&b, [at(40, "d")]).await;
    let newest = claim.pending.iter().map(|message| message.seq).max().unwrap();
    let news = b.store.new_messages(&claim.lease, newest).await.unwrap();
    assert_eq!(news.iter().map(|message| message.origin).collect::<Vec<_>>(), [Origin::BusinessApp]);
    end(&b, &claim, None).await;
    all_writes_are_refused(&b, &claim.lease, &claim).await;
    assert_eq!(pending(&b.claim().await), [("d", Origin::BusinessApp)]);
}

/// The business can write first in the WhatsApp Business app.
pub async fn an_echo_can_create_a_conversation(b: Fixture) {
    let begun = echo(&b, [from(hidden("ES.1"), "a")]).await.conversations[0];
    assert_eq!(b.receive(from(hidden("ES.1"), "b")).await, begun);
    let claim = b.claim().await;
    assert_eq!(pending(&claim), [("a", Origin::BusinessApp), ("b", Origin::User)]);
    assert_eq!(claim.pending[0].sender.bsuid, Some(Bsuid::new("ES.1")));
}

/// An operator's message is sent after all queued messages, and belongs to the next turn.
pub async fn an_operator_message_is_sent_in_order(b: Fixture) {
    b.queue("run", &["1"]).await;
    let id = b.rows().await[0].conversation;
    let (conversation, row) =
        b.store.record_operator_action(action(ConversationTarget::Conversation(id), "p1", Some("2"))).await.unwrap();
    assert_eq!((conversation, row), (id, Some(b.rows().await[1].id)));
    let claim = b.claim().await;
    assert_eq!(pending(&claim), [("p1", Origin::Operator)]);
    assert_eq!(claim.pending[0].body, "act");
    assert_eq!(claim.pending[0].sender.wa_id, Some(WaId::new("34600000001")));
    // An action without a message.
    assert_eq!(
        b.store.record_operator_action(action(ConversationTarget::Conversation(id), "p2", None)).await.unwrap(),
        (id, None)
    );
    assert_eq!(b.store.pending_messages(&claim.lease).await.unwrap().len(), 2);
    b.answer(&claim, "run 2", &["3"]).await;
    assert_eq!(pending(&b.claim().await), [("p2", Origin::Operator)]);
    let mut said = Vec::new();
    let mut send = b.send().await;
    loop {
        said.push(body(&send).to_owned());
        match b.record(&send, accepted(&format!("wamid.{}", said.len()))).await {
            Some(next) => send = next,
            None => break,
        }
    }
    assert_eq!(said, ["1", "2", "3"]);
}

/// An operator's action in a group has no user.
pub async fn an_operator_can_write_to_a_group(b: Fixture) {
    let claim = b.turn(in_group("g", message("a"))).await;
    end(&b, &claim, None).await;
    b.store
        .record_operator_action(action(ConversationTarget::Conversation(claim.conversation.id), "p", Some("hi")))
        .await
        .unwrap();
    let claim = b.claim().await;
    assert_eq!(pending(&claim), [("p", Origin::Operator)]);
    assert_eq!(claim.pending[0].sender, waxwing_store::UserIdentity::default());
    assert!(b.send().await.to.is_group());
}

/// An operator can write to a user who has not written yet.
pub async fn an_operator_can_create_a_conversation(b: Fixture) {
    let to = |sender: UserProfile| ConversationTarget::User(number(), sender);
    let (begun, _) = b.store.record_operator_action(action(to(phone("34600000001")), "p1", Some("hi"))).await.unwrap();
    assert_eq!(b.receive(message("a")).await, begun);
    assert_eq!(
        b.store.record_operator_action(action(to(phone("34600000001")), "p2", None)).await.unwrap(),
        (begun, None)
    );
    assert_eq!(body(&b.send().await), "hi");
    assert_eq!(b.claim().await.pending.len(), 3);
}

/// A refused action stores nothing.
pub async fn an_action_on_an_unknown_conversation_is_refused(b: Fixture) {
    let refused = b
        .store
        .record_operator_action(action(ConversationTarget::Conversation(ConversationId(7)), "p", Some("hi")))
        .await;
    assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
    let nobody = b
        .store
        .record_operator_action(action(ConversationTarget::User(number(), UserProfile::default()), "p", Some("hi")))
        .await;
    assert!(matches!(nobody, Err(Error::NotFound)), "{nobody:?}");
    assert!(b.rows().await.is_empty());
    assert!(b.store.conversations(&ConversationFilter::All, 10).await.unwrap().is_empty());
}

/// Conversations are found by key, by user, and by human handoff.
pub async fn conversations_are_listed_by_filter(b: Fixture) {
    let ana = b.receive(message("a")).await;
    let bea = b.receive(from(hidden("ES.2"), "b")).await;
    let elsewhere = b.receive(InboxMessage { number: other_number(), ..message("c") }).await;
    let ids = async |which: ConversationFilter| {
        let rows = b.store.conversations(&which, 10).await.unwrap();
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(ConversationFilter::All).await, [elsewhere, bea, ana]);
    assert_eq!(ids(ConversationFilter::Id(bea)).await, [bea]);
    assert_eq!(ids(ConversationFilter::User(UserKey::Phone(WaId::new("34600000001")))).await, [elsewhere, ana]);
    assert_eq!(ids(ConversationFilter::User(UserKey::Phone(WaId::new("1")))).await, []);
    assert_eq!(ids(ConversationFilter::User(UserKey::Bsuid(Bsuid::new("ES.2")))).await, [bea]);
    assert_eq!(b.store.conversations(&ConversationFilter::All, 1).await.unwrap()[0].id, elsewhere);

    let until = b.in_secs(60);
    let claims = b.claims(10).await;
    end(&b, &claims[0], Some(ResponderChange::HumanFor(secs(60)))).await;
    let paused = b.store.conversations(&ConversationFilter::Paused, 10).await.unwrap();
    assert_eq!(paused.len(), 1);
    assert_eq!((paused[0].id, paused[0].paused_until, paused[0].waiting), (ana, Some(until), 0));
    assert_eq!(b.store.conversations(&ConversationFilter::Id(bea), 10).await.unwrap()[0].waiting, 1);
    b.pass(60);
    assert_eq!(ids(ConversationFilter::Paused).await, []);
    assert_eq!(b.store.conversations(&ConversationFilter::Id(ana), 1).await.unwrap()[0].paused_until, None);
}
