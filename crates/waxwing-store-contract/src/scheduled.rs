//! Scheduled messages: campaigns of one.

use waxwing_store::{
    CampaignChange, CampaignId, CampaignKind, CampaignState, Error, IdempotencyKey, IdentityChange,
    MAX_SCHEDULED_PER_CONVERSATION, NewReminder, NewScheduledMessage, RecipientMessage, RecipientState, RunId, RunRef,
    WebhookItem,
};
use waxwing_types::{UserProfile, WaId};

use crate::campaigns::{feed, feed_with, named, recipients, scheduled, to_queue, visit};
use crate::fixture::{Fixture, accepted, from, message, phone, secs};

const ANA: &str = "34600000001";
const BEN: &str = "34600000002";

/// A scheduled message is a message like any other when its time has come.
pub async fn a_scheduled_message_is_sent_at_its_time(b: Fixture) {
    let to_ben = scheduled(BEN, 5);
    let scheduled = b.store.schedule_message(scheduled(ANA, 3600)).await.unwrap();
    let found = b.store.campaign(scheduled.campaign).await.unwrap();
    assert_eq!(
        (found.kind, found.state, found.starts_at),
        (CampaignKind::Scheduled, CampaignState::Running, Some(b.in_secs(3600)))
    );
    assert_eq!(visit(&b).await.next_due_in, Some(secs(3600)));
    b.pass(3600);
    let visits = visit(&b).await.visits;
    assert_eq!((visits[0].kind, &visits[0].waiting[0].data[..]), (CampaignKind::Scheduled, &b"see you"[..]));
    feed(&b, scheduled.campaign, 1).await;
    let send = b.send().await;
    assert_eq!((send.lease.conversation, send.source.is_campaign), (scheduled.conversation, false));
    b.record(&send, accepted("wamid.1")).await;
    let late = b.store.change_campaign(scheduled.campaign, CampaignChange::Cancel).await;
    assert!(matches!(late, Err(Error::WrongState { state: "finished" })), "{late:?}");
    let cancelled = b.store.schedule_message(to_ben).await.unwrap().campaign;
    b.store.change_campaign(cancelled, CampaignChange::Cancel).await.unwrap();
    b.pass(5);
    assert_eq!(visit(&b).await.finished, [scheduled.campaign]);
    assert_eq!(b.no_send().await, None);
    assert_eq!(b.store.campaigns(CampaignKind::Scheduled, None, 10).await.unwrap().len(), 2);
}

/// A message can wait in its send queue for hours, for example while the account is locked.
pub async fn a_queued_scheduled_message_is_visited_rarely(b: Fixture) {
    let id = b.store.schedule_message(scheduled(ANA, 0)).await.unwrap().campaign;
    assert_eq!(visit(&b).await.visits.len(), 1);
    feed(&b, id, 1).await;
    b.pass(1);
    assert_eq!(visit(&b).await.next_due_in, Some(secs(60)));
    b.record(&b.send().await, accepted("wamid.1")).await;
    b.pass(60);
    assert_eq!(visit(&b).await.finished, [id]);
}

/// A list of scheduled messages needs one read.
pub async fn recipients_of_several_messages_are_found_at_once(b: Fixture) {
    let [to_ana, to_ben] = [scheduled(ANA, 60), scheduled(BEN, 60)];
    let first = b.store.schedule_message(to_ana).await.unwrap().campaign;
    let second = b.store.schedule_message(to_ben).await.unwrap().campaign;
    b.store.change_campaign(second, CampaignChange::Cancel).await.unwrap();
    let draft = b.store.create_campaign(named("spring")).await.unwrap();
    let found = b.store.first_recipients(&[second, CampaignId(77), draft, first]).await.unwrap();
    let found: Vec<_> = found.into_iter().map(|found| found.map(|found| found.state)).collect();
    assert_eq!(found, [Some(RecipientState::Cancelled), None, None, Some(RecipientState::Waiting)]);
    assert_eq!(b.store.first_recipients(&[]).await.unwrap(), []);
    b.store.add_recipients(draft, recipients(&[BEN, ANA])).await.unwrap();
    let first = b.store.first_recipients(&[draft]).await.unwrap().remove(0).unwrap();
    assert_eq!((first.place, first.address.as_str()), (1, BEN));
}

/// A repeated request schedules nothing twice.
pub async fn a_scheduled_message_is_repeatable(b: Fixture) {
    let keyed = |request: u8| NewScheduledMessage {
        idempotency: Some(IdempotencyKey { scope: "caller".into(), key: "key".into(), request: [request; 32] }),
        ..scheduled(ANA, 60)
    };
    let first = b.store.schedule_message(keyed(1)).await.unwrap();
    let again = b.store.schedule_message(keyed(1)).await.unwrap();
    assert_eq!((again.campaign, again.is_repeated, first.is_repeated), (first.campaign, true, false));
    let other = b.store.schedule_message(keyed(2)).await;
    assert!(matches!(other, Err(Error::IdempotencyConflict)), "{other:?}");
}

/// One conversation cannot fill the store.
pub async fn a_conversation_has_a_limited_number_of_scheduled_messages(b: Fixture) {
    for _ in 0..MAX_SCHEDULED_PER_CONVERSATION {
        b.store.schedule_message(scheduled(ANA, 60)).await.unwrap();
    }
    let refused = b.store.schedule_message(scheduled(ANA, 60)).await;
    assert!(matches!(refused, Err(Error::LimitReached { .. })), "{refused:?}");
    b.store.schedule_message(scheduled(BEN, 60)).await.unwrap();
}

/// A repeated run finds the reminder. A run without its lease writes nothing.
pub async fn a_reminder_belongs_to_its_run(b: Fixture) {
    let claim = b.turn(message("remind me")).await;
    let run = RunId("run".into());
    let messages: Vec<_> = claim.pending.iter().map(|message| message.seq).collect();
    let reference = RunRef { lease: &claim.lease, run: &run, messages: &messages, agent: "shop" };
    let reminder = || NewReminder { key: "run/0".into(), data: "call Ben".into(), send_in: secs(60) };
    let first = b.store.schedule_reminder(reference, reminder()).await.unwrap();
    assert_eq!(b.store.schedule_reminder(reference, reminder()).await.unwrap(), first);
    assert_eq!(b.store.campaign(first).await.unwrap().kind, CampaignKind::Reminder);
    b.answer(&claim, "run", &["ok"]).await;
    let late = b.store.schedule_reminder(reference, NewReminder { key: "run/1".into(), ..reminder() }).await;
    crate::fixture::lost(&late);
}

/// The message goes to the user under the new ids.
pub async fn a_scheduled_message_follows_an_identity_change(b: Fixture) {
    let scheduled = b.store.schedule_message(scheduled(ANA, 60)).await.unwrap();
    b.receive(from(UserProfile::from(WaId::new("34600000009")), "my new number")).await;
    let change = IdentityChange {
        old: phone(ANA),
        new: phone("34600000009"),
        at: 1_767_225_600,
        body: bytes::Bytes::from_static(b"{}"),
    };
    b.store.accept(vec![WebhookItem::IdentityChange(change)]).await.unwrap();
    b.pass(60);
    feed_with(&b, scheduled.campaign, 1, RecipientMessage { busy: None, ..to_queue("see you") }).await;
    assert_eq!(b.send().await.to, WaId::new("34600000009").into());
}
