//! Events for other systems.

use std::time::Duration;

use serde_json::{Value, json};
use waxwing_store::{
    DeliveryFailure, EVENT_AGE, EVENT_PARTITIONS, Error, EventBatch, EventCursor, EventId, EventPosition, EventSubject,
    EventType, IdentityChange, MarketingChoice, MarketingPreference, NewOutgoingEvent, NewSubscription, PendingEvent,
    ResponderChange, Retention, SendError, SendOutcome, StatusKind, Subscription, TurnCommit, UserKey, WebhookItem,
};
use waxwing_types::WaId;

use crate::fixture::{Fixture, answer, from, hidden, message, number, phone, status_of};

const ALL: &str = "all";

/// Time after which a failing subscription is disabled.
const DAY: Duration = Duration::from_hours(24);

pub(crate) async fn subscribe(b: &Fixture, name: &str, types: &[EventType]) {
    let all = b.store.subscriptions().await.unwrap().into_iter();
    let mut all: Vec<_> = all.map(|known| NewSubscription { name: known.name, types: known.types }).collect();
    all.retain(|known| known.name != name);
    all.push(NewSubscription { name: name.into(), types: types.to_vec() });
    b.store.set_subscriptions(all).await.unwrap();
}

async fn subscription(b: &Fixture, name: &str) -> Subscription {
    b.store.subscriptions().await.unwrap().into_iter().find(|found| found.name == name).unwrap()
}

/// Returns the undelivered events of each partition that has some.
async fn batches(b: &Fixture, name: &str) -> Vec<EventBatch> {
    let Subscription { delivered, epoch, .. } = subscription(b, name).await;
    assert_eq!(delivered.len(), usize::from(EVENT_PARTITIONS));
    let positions = (0..).zip(delivered).map(|(partition, after)| EventPosition { partition, after }).collect();
    let batches = b.store.next_events(name, epoch, positions, 100).await.unwrap();
    assert_eq!(batches.len(), usize::from(EVENT_PARTITIONS));
    batches.into_iter().filter(|batch| !batch.events.is_empty()).collect()
}

/// Returns the undelivered events in the order of their keys.
pub(crate) async fn events(b: &Fixture, name: &str) -> Vec<PendingEvent> {
    let mut events: Vec<_> = batches(b, name).await.into_iter().flat_map(|batch| batch.events).collect();
    events.sort_by_key(|event| event.id);
    events
}

async fn types(b: &Fixture, name: &str) -> Vec<EventType> {
    events(b, name).await.into_iter().map(|pending| pending.event.kind).collect()
}

async fn cursor(b: &Fixture, name: &str, partition: u8) -> EventCursor {
    EventCursor { subscription: name.into(), epoch: subscription(b, name).await.epoch, partition }
}

/// Delivers all events.
async fn deliver_all(b: &Fixture, name: &str) {
    for batch in batches(b, name).await {
        let cursor = cursor(b, name, batch.partition).await;
        b.store.record_delivery(&cursor, batch.events.last().unwrap().id).await.unwrap();
    }
}

fn failure(reason: &str, gives_up_after: Duration) -> DeliveryFailure {
    DeliveryFailure { reason: reason.into(), gives_up_after }
}

fn alarm(data: Value) -> NewOutgoingEvent {
    NewOutgoingEvent { kind: EventType::AlarmRaised, conversation: None, number: Some(number()), data }
}

/// Events without a subscriber cost nothing, and a new subscriber does not get the past.
pub async fn only_subscribed_types_are_stored(b: Fixture) {
    b.receive(message("before")).await;
    subscribe(&b, "failures", &[EventType::MessageFailed]).await;
    b.receive(message("unsubscribed")).await;
    subscribe(&b, ALL, EventType::ALL).await;
    assert_eq!(types(&b, ALL).await, []);
    b.receive(message("subscribed")).await;
    assert_eq!(types(&b, ALL).await, [EventType::MessageReceived]);
    assert_eq!(types(&b, "failures").await, []);
}

/// The text comes from the message, and is not stored a second time.
pub async fn a_received_message_is_an_event(b: Fixture) {
    subscribe(&b, ALL, EventType::ALL).await;
    let before = *b.store.stored_events().borrow();
    let received = message("hi");
    let (id, body) = (received.id.clone(), received.body.clone());
    let conversation = b.receive(received.clone()).await;
    b.accept([received]).await;
    assert_ne!(*b.store.stored_events().borrow(), before);
    let [event] = <[_; 1]>::try_from(events(&b, ALL).await).unwrap();
    assert_eq!(event.event.conversation, Some(conversation));
    assert_eq!(event.event.number, Some(number()));
    assert_eq!(event.event.at, b.now());
    assert!(event.event_id.starts_with("evt_") && event.event_id.ends_with(&format!("_{}", event.id.0)));
    assert_eq!(event.conversation_key.unwrap().len(), 16);
    assert!(!event.user.unwrap().label().is_empty());
    let EventSubject::Received { id: found, body: raw, .. } = event.subject else { panic!("{:?}", event.subject) };
    assert_eq!((found, raw), (id, body));
}

/// Each state is reported once, also if Meta skips states.
pub async fn the_states_of_a_message_are_events(b: Fixture) {
    subscribe(&b, ALL, EventType::ALL).await;
    let send = b.send_accepted().await;
    deliver_all(&b, ALL).await;
    for status in [StatusKind::Sent, StatusKind::Read, StatusKind::Delivered, StatusKind::Played] {
        b.store.accept(vec![WebhookItem::Status(status_of(status, "wamid.S", &send))]).await.unwrap();
    }
    let events = events(&b, ALL).await;
    assert_eq!(
        events.iter().map(|event| event.event.kind).collect::<Vec<_>>(),
        [EventType::MessageDelivered, EventType::MessageRead]
    );
    assert_eq!(events[0].event.data["outbox"], json!(send.id.0));
    let EventSubject::Sent { id, content, is_from_operator, .. } = &events[0].subject else { panic!() };
    assert_eq!((*id, *is_from_operator), (send.id, false));
    assert!(content.is_some());
}

/// The reason says which message failed, and why.
pub async fn a_refused_message_is_an_event(b: Fixture) {
    subscribe(&b, ALL, &[EventType::MessageFailed, EventType::MarketingStopped]).await;
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    let error = SendError { code: Some(131_050), message: "the user stopped marketing messages".into() };
    b.record(&send, SendOutcome::Refused { error: error.clone(), use_fallback: false }).await;
    let events = events(&b, ALL).await;
    let kinds: Vec<_> = events.iter().map(|event| event.event.kind).collect();
    assert_eq!(kinds, [EventType::MarketingStopped, EventType::MessageFailed]);
    assert_eq!(events[1].event.data["code"], json!(131_050));
    let EventSubject::Sent { error: found, .. } = &events[1].subject else { panic!() };
    assert_eq!(found.as_ref(), Some(&error));
}

/// A choice that changes nothing is no event.
pub async fn a_choice_is_an_event_once(b: Fixture) {
    subscribe(&b, ALL, EventType::ALL).await;
    b.pass(1000);
    for (choice, at) in [
        (MarketingChoice::Stop, 10),
        (MarketingChoice::Stop, 20),
        (MarketingChoice::Resume, 15),
        (MarketingChoice::Resume, 30),
    ] {
        let (number, user) = (number(), phone("34600000001"));
        let preference = MarketingPreference { number, user, choice, at, body: format!("{choice:?} {at}").into() };
        b.store.accept(vec![WebhookItem::MarketingPreference(preference)]).await.unwrap();
    }
    assert_eq!(types(&b, ALL).await, [EventType::MarketingStopped, EventType::MarketingResumed]);
}

/// A longer handoff is not a second one.
pub async fn a_handoff_is_an_event_until_it_ends(b: Fixture) {
    subscribe(&b, ALL, &[EventType::HandoffStarted, EventType::HandoffEnded]).await;
    let hour = ResponderChange::HumanFor(Duration::from_hours(1));
    for (nth, responder) in [hour, ResponderChange::HumanUntilResumed, ResponderChange::Agent, ResponderChange::Agent]
        .into_iter()
        .enumerate()
    {
        let claim = b.turn(message(&format!("{nth}"))).await;
        let commit = TurnCommit { responder: Some(responder), ..answer(&claim, &format!("{nth}"), &[]) };
        b.store.commit_turn(&claim.lease, commit).await.unwrap();
    }
    let events = events(&b, ALL).await;
    let kinds: Vec<_> = events.iter().map(|event| event.event.kind).collect();
    assert_eq!(kinds, [EventType::HandoffStarted, EventType::HandoffEnded]);
    assert_eq!(events[0].event.data["until"], json!(b.in_secs(3600).as_millis()));
}

/// Events that were not delivered belong to the conversation that goes on.
pub async fn a_joined_identity_is_an_event_with_both_keys(b: Fixture) {
    subscribe(&b, ALL, EventType::ALL).await;
    let old = b.receive(from(hidden("ES.1"), "a")).await;
    let new = b.receive(from(hidden("ES.2"), "b")).await;
    let change = IdentityChange {
        old: hidden("ES.1"),
        new: hidden("ES.2"),
        at: b.now().as_millis() / 1000 - 1,
        body: "joined".into(),
    };
    b.store.accept(vec![WebhookItem::IdentityChange(change)]).await.unwrap();
    let events = events(&b, ALL).await;
    let joined = events.iter().find(|event| event.event.kind == EventType::IdentityJoined).unwrap();
    assert_eq!(joined.event.data["conversations"], json!([old.0.to_string(), new.0.to_string()]));
    let keys = joined.event.data["conversation_keys"].as_array().unwrap();
    assert_eq!(keys[1].as_str(), joined.conversation_key.as_deref());
    assert!(keys[0] != keys[1]);
    assert!(events.iter().all(|event| event.event.conversation == Some(new)), "{events:?}");
    assert!(events.iter().all(|event| event.subject != EventSubject::Removed));
}

/// Meta repeats webhooks.
pub async fn an_event_of_a_webhook_is_stored_once(b: Fixture) {
    subscribe(&b, ALL, EventType::ALL).await;
    let item = |time: &'static str| WebhookItem::Event(alarm(json!({ "alarm": "account_banned" })), time.into());
    for time in ["1", "1", "2"] {
        b.store.accept(vec![item(time)]).await.unwrap();
    }
    let events = events(&b, ALL).await;
    assert_eq!(events.len(), 2);
    assert_eq!(events[0].event.data, json!({ "alarm": "account_banned" }));
    assert_eq!((events[0].event.number.clone(), &events[0].subject), (Some(number()), &EventSubject::None));
}

/// Events of a conversation are in one partition, and a delivery moves the cursor of this partition only.
pub async fn events_are_delivered_in_order(b: Fixture) {
    subscribe(&b, ALL, &[EventType::MessageReceived]).await;
    for nth in 0..3 {
        for user in 1..=9 {
            b.receive(from(phone(&format!("3460000000{user}")), &format!("{nth}.{user}"))).await;
        }
    }
    let found = batches(&b, ALL).await;
    assert_eq!(found.iter().map(|batch| batch.events.len()).sum::<usize>(), 27);
    for batch in &found {
        assert!(batch.events.is_sorted_by_key(|event| event.id));
        assert_eq!(batch.examined, batch.events.last().unwrap().id);
    }
    let first = &found[0];
    let at = cursor(&b, ALL, first.partition).await;
    b.store.record_delivery(&at, first.events[0].id).await.unwrap();
    let after = batches(&b, ALL).await;
    assert_eq!(after[0].events, first.events[1..]);
    assert_eq!(after[1..], found[1..]);
    let position = EventPosition { partition: first.partition, after: EventId(0) };
    let limited = b.store.next_events(ALL, at.epoch, vec![position], 2).await.unwrap().remove(0);
    assert_eq!((limited.events.len(), limited.examined), (2, first.events[1].id));
}

/// An operator finds out by another subscription.
pub async fn a_failing_subscription_is_disabled_after_its_time(b: Fixture) {
    subscribe(&b, ALL, EventType::ALL).await;
    subscribe(&b, "watch", &[EventType::AlarmRaised]).await;
    b.receive(message("hi")).await;
    let partition = batches(&b, ALL).await[0].partition;
    let at = cursor(&b, ALL, partition).await;
    let since = b.now();
    for failures in 1..=3 {
        let failed = b.store.record_delivery_failure(&at, failure("status 500", DAY)).await.unwrap();
        assert_eq!((failed.failures, failed.is_disabled), (failures, false));
        b.pass(60);
    }
    assert_eq!(subscription(&b, ALL).await.failing_since, Some(since));
    b.pass(24 * 3600);
    assert!(b.store.record_delivery_failure(&at, failure("status 500", DAY)).await.unwrap().is_disabled);
    let disabled = subscription(&b, ALL).await;
    assert_eq!(disabled.disabled, Some((b.now(), "status 500".into())));
    let late = b.store.record_delivery(&at, EventId(1)).await;
    assert!(matches!(late, Err(Error::LeaseLost)), "{late:?}");
    let late = b.store.next_events(ALL, disabled.epoch, Vec::new(), 10).await;
    assert!(matches!(late, Err(Error::LeaseLost)), "{late:?}");
    let [alarm] = <[_; 1]>::try_from(events(&b, "watch").await).unwrap();
    assert_eq!(alarm.event.data["alarm"], json!("subscription_disabled"));
    assert_eq!((&alarm.event.data["subscription"], &alarm.event.data["reason"]), (&json!(ALL), &json!("status 500")));

    b.store.enable_subscription(ALL).await.unwrap();
    let enabled = subscription(&b, ALL).await;
    assert_eq!((enabled.disabled, enabled.failing_since), (None, None));
    assert!(types(&b, ALL).await.contains(&EventType::MessageReceived));
    assert!(matches!(b.store.enable_subscription("other").await, Err(Error::NotFound)));
}

/// A receiver that is gone gets nothing more.
pub async fn a_failure_can_disable_at_once(b: Fixture) {
    subscribe(&b, ALL, EventType::ALL).await;
    let at = cursor(&b, ALL, 0).await;
    let failed = b.store.record_delivery_failure(&at, failure("status 410", Duration::ZERO)).await.unwrap();
    assert!(failed.is_disabled);
    let late = b.store.record_delivery_failure(&at, failure("status 410", Duration::ZERO)).await;
    assert!(matches!(late, Err(Error::LeaseLost)), "{late:?}");
}

/// The time of failures starts again.
pub async fn a_delivery_ends_a_failure(b: Fixture) {
    subscribe(&b, ALL, EventType::ALL).await;
    b.receive(message("hi")).await;
    let batch = batches(&b, ALL).await.remove(0);
    let at = cursor(&b, ALL, batch.partition).await;
    b.store.record_delivery_failure(&at, failure("timeout", DAY)).await.unwrap();
    b.pass(25 * 3600);
    b.store.record_delivery(&at, batch.events[0].id).await.unwrap();
    assert_eq!(subscription(&b, ALL).await.failing_since, None);
    let failed = b.store.record_delivery_failure(&at, failure("timeout", DAY)).await.unwrap();
    assert_eq!((failed.failures, failed.is_disabled), (1, false));
}

/// A delivery that began before a redelivery does not move the cursor past the events to repeat.
pub async fn a_subscription_can_be_set_back(b: Fixture) {
    subscribe(&b, ALL, EventType::ALL).await;
    b.receive(message("early")).await;
    b.pass(60);
    let since = b.now();
    b.receive(message("late")).await;
    let batch = batches(&b, ALL).await.remove(0);
    let stale = cursor(&b, ALL, batch.partition).await;
    deliver_all(&b, ALL).await;
    b.store.redeliver_events(ALL, since).await.unwrap();
    assert_eq!(events(&b, ALL).await, batch.events[1..]);
    let late = b.store.record_delivery(&stale, batch.events[1].id).await;
    assert!(matches!(late, Err(Error::LeaseLost)), "{late:?}");
    b.store.redeliver_events(ALL, b.in_secs(60)).await.unwrap();
    assert_eq!(events(&b, ALL).await, batch.events[1..], "undelivered events stay due");
    assert!(matches!(b.store.redeliver_events("other", since).await, Err(Error::NotFound)));
}

/// The configuration no longer has the subscription.
pub async fn a_removed_subscription_ends(b: Fixture) {
    subscribe(&b, ALL, EventType::ALL).await;
    let at = cursor(&b, ALL, 0).await;
    b.store.set_subscriptions(Vec::new()).await.unwrap();
    assert_eq!(b.store.subscriptions().await.unwrap(), []);
    let gone = b.store.next_events(ALL, at.epoch, Vec::new(), 10).await;
    assert!(matches!(gone, Err(Error::LeaseLost)), "{gone:?}");
    assert!(matches!(b.store.record_delivery(&at, EventId(1)).await, Err(Error::LeaseLost)));
}

/// Events do not pile up while a receiver is away.
pub async fn events_are_kept_for_three_days(b: Fixture) {
    subscribe(&b, ALL, EventType::ALL).await;
    b.receive(message("old")).await;
    b.pass(EVENT_AGE.as_secs() - 60);
    b.store.raise_event(alarm(json!({}))).await.unwrap();
    b.pass(60);
    let removed = b.store.apply_retention(&Retention::default(), 1000).await.unwrap();
    assert_eq!(removed.events, 1);
    assert_eq!(types(&b, ALL).await, [EventType::AlarmRaised]);
}

/// Neither the events of a user's conversation nor other events with an id of the user are left.
pub async fn an_erasure_removes_events(b: Fixture) {
    subscribe(&b, ALL, EventType::ALL).await;
    b.receive(from(phone("34600000001"), "a")).await;
    b.receive(from(phone("34600000002"), "b")).await;
    b.store.raise_event(alarm(json!({ "from": "34600000001" }))).await.unwrap();
    b.store.erase_user(&UserKey::Phone(WaId::new("34600000001"))).await.unwrap();
    let [left] = <[_; 1]>::try_from(events(&b, ALL).await).unwrap();
    assert_eq!(left.user.unwrap().label(), "34600000002");
}

/// A watcher sees each event at once, without a subscription.
pub async fn live_events_need_no_subscription(b: Fixture) {
    let mut live = b.store.live_events();
    let conversation = b.receive(message("hi")).await;
    let event = live.try_recv().unwrap();
    assert_eq!((event.kind, event.conversation), (EventType::MessageReceived, Some(conversation)));
    assert_eq!(event.data["message"], json!(message("hi").id.as_str()));
    assert!(live.try_recv().is_err());
}
