//! Human handoffs over time.

use std::time::Duration;

use serde_json::json;
use waxwing_store::{
    ConversationFilter, ConversationTarget, DueHandoffs, EventType, IdentityChange, ResponderChange, WebhookItem,
};

use crate::events::{ALL, events, subscribe, types};
use crate::fixture::{Fixture, from, hidden, message, secs};
use crate::handoff::{action, echo, end};

const REMINDER: Option<Duration> = Some(Duration::from_mins(1));

const TYPES: &[EventType] = &[EventType::HandoffStarted, EventType::HandoffUnanswered, EventType::HandoffEnded];

/// Changes the responder in a turn.
async fn change(b: &Fixture, id: &str, change: ResponderChange) {
    let claim = b.turn(message(id)).await;
    end(b, &claim, Some(change)).await;
}

async fn due(b: &Fixture) -> DueHandoffs {
    b.store.record_due_handoffs(REMINDER, 10).await.unwrap()
}

/// A handoff whose time is over ends with an event, once, and an earlier change of the responder tells it as well.
pub async fn a_handoff_ends_when_its_time_is_over(b: Fixture) {
    subscribe(&b, ALL, TYPES).await;
    assert_eq!(due(&b).await, DueHandoffs::default());
    change(&b, "a", ResponderChange::HumanFor(secs(10))).await;
    assert_eq!(due(&b).await.next_in, Some(secs(10)));
    b.pass(10);
    assert_eq!(due(&b).await, DueHandoffs { recorded: 1, next_in: None });
    assert_eq!(due(&b).await.recorded, 0);
    assert_eq!(types(&b, ALL).await, [EventType::HandoffStarted, EventType::HandoffEnded]);
    change(&b, "b", ResponderChange::HumanFor(secs(10))).await;
    b.pass(10);
    change(&b, "c", ResponderChange::HumanUntilResumed).await;
    let all = types(&b, ALL).await;
    assert_eq!(all[2..], [EventType::HandoffStarted, EventType::HandoffEnded, EventType::HandoffStarted]);
    assert_eq!(due(&b).await, DueHandoffs::default());
    let paused = b.store.conversations(&ConversationFilter::Paused, 10).await.unwrap();
    assert_eq!(paused.len(), 1);
}

/// A request for a person that nobody answers is reported once for each handoff.
pub async fn an_unanswered_handoff_is_an_event_once(b: Fixture) {
    subscribe(&b, ALL, TYPES).await;
    change(&b, "a", ResponderChange::HumanAsked(None)).await;
    let asked_at = b.now();
    b.pass(59);
    assert_eq!(due(&b).await, DueHandoffs { recorded: 0, next_in: Some(secs(1)) });
    b.pass(1);
    // The user asks again, and so does the agent: the first request counts.
    change(&b, "b", ResponderChange::HumanAsked(None)).await;
    assert_eq!(due(&b).await, DueHandoffs { recorded: 1, next_in: None });
    b.pass(3600);
    assert_eq!(due(&b).await.recorded, 0);
    let unanswered = events(&b, ALL).await.remove(1).event;
    assert_eq!(
        (unanswered.kind, unanswered.data),
        (EventType::HandoffUnanswered, json!({ "since": asked_at.as_millis() }))
    );
    change(&b, "c", ResponderChange::Agent).await;
    change(&b, "d", ResponderChange::HumanAsked(Some(secs(600)))).await;
    b.pass(60);
    due(&b).await;
    let all = types(&b, ALL).await;
    assert_eq!(all[2..], [EventType::HandoffEnded, EventType::HandoffStarted, EventType::HandoffUnanswered]);
}

/// The time of a handoff can be over before that of the reminder, and both while no server runs.
pub async fn a_handoff_that_ends_without_an_answer_is_an_event(b: Fixture) {
    let expected = [EventType::HandoffStarted, EventType::HandoffUnanswered, EventType::HandoffEnded];
    subscribe(&b, ALL, TYPES).await;
    for (nth, lasts) in [20, 70].into_iter().enumerate() {
        change(&b, &nth.to_string(), ResponderChange::HumanAsked(Some(secs(lasts)))).await;
        b.pass(3600);
        assert_eq!(due(&b).await, DueHandoffs { recorded: 1, next_in: None });
        assert_eq!(types(&b, ALL).await[nth * 3..], expected);
    }
    change(&b, "2", ResponderChange::HumanAsked(Some(secs(20)))).await;
    b.pass(3600);
    b.store.record_due_handoffs(None, 10).await.unwrap();
    assert_eq!(
        types(&b, ALL).await[6..],
        [EventType::HandoffStarted, EventType::HandoffEnded],
        "no reminder is wanted"
    );
}

/// An operator and a person in the Business app call the event off.
pub async fn an_answer_calls_the_event_off(b: Fixture) {
    subscribe(&b, ALL, &[EventType::HandoffUnanswered]).await;
    let conversation = b.receive(message("a")).await;
    end(&b, &b.claim().await, Some(ResponderChange::HumanAsked(None))).await;
    b.pass(30);
    // The answer does not change the responder.
    let answer = action(ConversationTarget::Conversation(conversation), "p", Some("hi"));
    b.store.record_operator_action(answer).await.unwrap();
    end(&b, &b.claim().await, None).await;
    b.pass(30);
    assert_eq!(due(&b).await.recorded, 1);
    change(&b, "b", ResponderChange::Agent).await;
    change(&b, "c", ResponderChange::HumanAsked(None)).await;
    echo(&b, [message("d")]).await;
    end(&b, &b.claim().await, None).await;
    b.pass(60);
    assert_eq!(due(&b).await.recorded, 1);
    change(&b, "e", ResponderChange::Agent).await;
    change(&b, "g", ResponderChange::HumanAsked(None)).await;
    change(&b, "h", ResponderChange::HumanForAtLeast(secs(600))).await;
    b.pass(60);
    due(&b).await;
    assert_eq!(types(&b, ALL).await, []);
}

/// A person who takes a conversation over knows of it.
pub async fn a_person_who_took_over_was_not_asked(b: Fixture) {
    subscribe(&b, ALL, &[EventType::HandoffUnanswered]).await;
    change(&b, "a", ResponderChange::HumanUntilResumed).await;
    b.pass(3600);
    assert_eq!(due(&b).await, DueHandoffs::default());
    assert_eq!(types(&b, ALL).await, []);
}

/// Without a time, the request waits until there is one.
pub async fn the_event_needs_a_time(b: Fixture) {
    subscribe(&b, ALL, &[EventType::HandoffUnanswered]).await;
    change(&b, "a", ResponderChange::HumanAsked(None)).await;
    b.pass(3600);
    assert_eq!(b.store.record_due_handoffs(None, 10).await.unwrap(), DueHandoffs::default());
    assert_eq!(types(&b, ALL).await, []);
    assert_eq!(due(&b).await.recorded, 1);
    assert_eq!(types(&b, ALL).await, [EventType::HandoffUnanswered]);
}

/// A request survives the union of two conversations.
pub async fn the_later_request_of_a_joined_user_counts(b: Fixture) {
    subscribe(&b, ALL, &[EventType::HandoffUnanswered]).await;
    let claim = b.turn(from(hidden("ES.1"), "a")).await;
    end(&b, &claim, Some(ResponderChange::HumanAsked(None))).await;
    let to = b.receive(from(hidden("ES.2"), "b")).await;
    end(&b, &b.claim().await, None).await;
    let change = IdentityChange {
        old: hidden("ES.1"),
        new: hidden("ES.2"),
        at: b.now().as_millis() / 1000 - 1,
        body: "joined".into(),
    };
    b.store.accept(vec![WebhookItem::IdentityChange(change)]).await.unwrap();
    b.pass(60);
    assert_eq!(due(&b).await.recorded, 1);
    assert_eq!(events(&b, ALL).await[0].event.conversation, Some(to));
}
