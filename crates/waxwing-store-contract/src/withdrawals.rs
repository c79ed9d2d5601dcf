//! Messages of campaigns that are taken back.

use waxwing_store::{
    CampaignChange, CampaignId, ConversationTarget, Error, FeedOutcome, IdentityChange, NewOperatorAction, OutboxState,
    PauseReason, RecipientState, SendOutcome, WebhookItem,
};
use waxwing_types::{Text, WaId};

use crate::campaigns::{feed, recipients, scheduled, start, states, visit};
use crate::fixture::{Fixture, body, both, from, held, hidden, in_doubt, message, phone, retry, secs};

const ANA: &str = "34600000001";
const BEN: &str = "34600000002";
const EVA: &str = "34600000003";

const PAUSE: CampaignChange = CampaignChange::Pause(PauseReason::Operator);

async fn change(b: &Fixture, id: CampaignId, change: CampaignChange) {
    b.store.change_campaign(id, change).await.unwrap();
}

/// The message waits in the send queue of the old conversation, and is in the history of the new one.
pub async fn a_message_of_a_joined_conversation_is_taken_back(b: Fixture) {
    let id = start(&b, &[ANA]).await;
    feed(&b, id, 1).await;
    let claim = b.turn(from(hidden("ES.2"), "a")).await;
    b.answer(&claim, "run", &[]).await;
    let (old, new) = (phone(ANA), both(BEN, "ES.2"));
    let identity = IdentityChange { old, new, at: 4_000_000_000, body: "{}".into() };
    b.store.accept(vec![WebhookItem::IdentityChange(identity)]).await.unwrap();
    change(&b, id, PAUSE).await;
    assert_eq!(states(&b, id).await, [RecipientState::Waiting]);
    assert_eq!(b.no_send().await, None);
    let claim = b.turn(from(hidden("ES.2"), "b")).await;
    let session = b.store.session(&claim.lease, "agent", "label", 10).await.unwrap();
    let contents: Vec<_> = session.entries.iter().map(|entry| &entry.content[..]).collect();
    assert_eq!(contents, [b"the body of a"], "the history has no message that was taken back");
    b.answer(&claim, "run 2", &[]).await;
    change(&b, id, CampaignChange::Resume).await;
    assert!(matches!(feed(&b, id, 1).await, FeedOutcome::Queued(_)));
    assert_eq!(b.send().await.to, WaId::new(BEN).into());
}

/// The first attempt may have been accepted, so the user may have the message.
pub async fn a_scheduled_message_with_an_attempt_is_not_taken_back(b: Fixture) {
    let id = b.store.schedule_message(scheduled(ANA, 0)).await.unwrap().campaign;
    feed(&b, id, 1).await;
    b.record(&b.send().await, in_doubt()).await;
    b.pass(11);
    b.record(&b.send().await, retry(60)).await;
    let late = b.store.change_campaign(id, CampaignChange::Cancel).await;
    assert!(matches!(late, Err(Error::WrongState { state: "finished" })), "{late:?}");
    assert_eq!(b.states().await, [OutboxState::Queued]);
    b.pass(60);
    assert_eq!(body(&b.send().await), "news");
}

/// A message without an attempt certainly did not arrive.
pub async fn a_scheduled_message_without_an_attempt_is_taken_back(b: Fixture) {
    let id = b.store.schedule_message(scheduled(ANA, 0)).await.unwrap().campaign;
    feed(&b, id, 1).await;
    b.record(&b.send().await, SendOutcome::NotAttempted { after: secs(60) }).await;
    change(&b, id, CampaignChange::Cancel).await;
    assert_eq!(states(&b, id).await, [RecipientState::Cancelled]);
    assert_eq!(b.states().await, []);
}

/// The attempt runs while the campaign is paused, and Meta certainly did not accept the message.
pub async fn a_message_that_fails_after_a_pause_waits_again(b: Fixture) {
    let id = start(&b, &[ANA]).await;
    for outcome in [retry(60), held(60), SendOutcome::NotAttempted { after: secs(60) }] {
        let name = format!("{outcome:?}");
        feed(&b, id, 1).await;
        let send = b.send().await;
        change(&b, id, PAUSE).await;
        assert!(b.record(&send, outcome).await.is_none());
        assert_eq!(states(&b, id).await, [RecipientState::Waiting], "{name}");
        assert_eq!((b.states().await, b.no_send().await), (vec![], None), "{name}");
        change(&b, id, CampaignChange::Resume).await;
    }
    let claim = b.turn(message("a")).await;
    let session = b.store.session(&claim.lease, "agent", "label", 10).await.unwrap();
    assert_eq!(session.entries.len(), 0, "the history has no message that was taken back");
}

/// The messages behind it go on.
pub async fn a_message_that_fails_after_a_cancellation_is_not_sent(b: Fixture) {
    let id = start(&b, &[ANA, BEN]).await;
    feed(&b, id, 1).await;
    let send = b.send().await;
    let target = ConversationTarget::Conversation(send.lease.conversation);
    let content = Some(Text::new("from a person").into());
    let action = NewOperatorAction { target, id: "act".into(), content, needs_window: false, body: "act".into() };
    b.store.record_operator_action(action).await.unwrap();
    change(&b, id, CampaignChange::Cancel).await;
    assert_eq!(states(&b, id).await, [RecipientState::Queued, RecipientState::Cancelled]);
    let next = b.record(&send, retry(60)).await.unwrap();
    assert_eq!(body(&next), "from a person");
    assert_eq!(states(&b, id).await, [RecipientState::Cancelled; 2]);
    assert_eq!(b.states().await, [OutboxState::Sending]);
}

/// Some recipients have quiet hours, and others do not.
pub async fn single_recipients_are_taken_back(b: Fixture) {
    let id = start(&b, &[ANA, BEN, EVA]).await;
    feed(&b, id, 1).await;
    let send = b.send().await;
    for place in [2, 3] {
        feed(&b, id, place).await;
    }
    let unsent = || async {
        let unsent = b.store.unsent_recipients(id).await.unwrap();
        unsent.into_iter().map(|recipient| (recipient.place, recipient.data)).collect::<Vec<_>>()
    };
    let data = |place: u32| (place, recipients(&[ANA, BEN, EVA])[place as usize - 1].data.clone());
    assert_eq!(unsent().await, [data(2), data(3)], "the first message is being sent");
    b.store.take_back_recipients(id, vec![1, 2, 9]).await.unwrap();
    assert_eq!(states(&b, id).await, [RecipientState::Queued, RecipientState::Waiting, RecipientState::Queued]);
    // The attempt failed in the meantime.
    b.record(&send, retry(60)).await;
    assert_eq!(unsent().await, [data(1), data(3)]);
    b.store.take_back_recipients(id, vec![1]).await.unwrap();
    assert_eq!(states(&b, id).await, [RecipientState::Waiting, RecipientState::Waiting, RecipientState::Queued]);
    assert_eq!(b.rows().await.len(), 1);
    b.pass(1);
    let visits = visit(&b).await.visits;
    assert_eq!(visits[0].waiting.iter().map(|recipient| recipient.place).collect::<Vec<_>>(), [1, 2]);
}
