//! One event of an engine.

use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};
use waxwing_agent::{RunEvent, reported_text};
use waxwing_store::{ConversationId, Draft, OutgoingEvent, SendAttempt, SendError, SendOutcome, Timestamp};

/// Event of an engine. `Debug` output contains no data of users.
///
/// The serialized form is the event format of the project: an object with `name`, `at` (milliseconds since the Unix epoch),
/// `number`, `conversation`, `user`, `turn` and `data`. The last five are left out if they do not apply.
#[derive(Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct EngineEvent {
    /// Time of the event.
    #[serde(serialize_with = "millis")]
    pub at: Timestamp,
    /// Business number of an event that concerns a number and no conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Conversation of the event.
    #[serde(serialize_with = "conversation", skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
    /// Phone number of the user in digits, or the BSUID. `None` in groups and for events of no user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Opaque id of the turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turn: Option<String>,
    /// Name and data of the event.
    #[serde(flatten)]
    pub kind: EngineEventKind,
}

/// Name and data of an [`EngineEvent`].
#[derive(Clone, PartialEq, Serialize)]
#[serde(tag = "name", content = "data")]
#[non_exhaustive]
pub enum EngineEventKind {
    /// A message was committed to the inbox.
    #[serde(rename = "message.received")]
    MessageReceived {
        /// Id of the message.
        message: String,
        /// Meta's name of the message type.
        #[serde(rename = "type")]
        kind: String,
        /// True if the message was known already. `None` if this is unknown, because its webhook had new and known items.
        is_duplicate: Option<bool>,
    },
    /// A turn claimed the pending messages of a conversation.
    #[serde(rename = "turn.started")]
    TurnStarted {
        /// Ids of the messages.
        messages: Vec<String>,
        /// Number of earlier turns that failed with these messages.
        failures: u32,
    },
    /// A turn waits for the rest of a burst of messages.
    #[serde(rename = "turn.waiting")]
    TurnWaiting {
        /// Number of messages so far.
        messages: usize,
        /// Longest time until the turn goes on without another message.
        #[serde(serialize_with = "duration")]
        milliseconds: Duration,
    },
    /// The agent of a turn was called.
    #[serde(rename = "agent.started")]
    AgentStarted {
        /// Name of the agent.
        agent: String,
        /// Id of the run.
        run: String,
        /// Number of messages.
        messages: usize,
        /// Number of entries of the history.
        history: usize,
    },
    /// The agent of a turn returned, or its run was cancelled.
    #[serde(rename = "agent.finished")]
    AgentFinished {
        /// `replied`, `failed` or `cancelled`.
        outcome: &'static str,
        /// Duration of the call.
        #[serde(serialize_with = "duration")]
        milliseconds: Duration,
        /// Cost of models and tools, in the currency of the prices.
        cost: f64,
        /// Why the run failed, without data of the user.
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// A message was committed to the outbox.
    #[serde(rename = "message.queued")]
    MessageQueued {
        /// Meta's name of the message type.
        #[serde(rename = "type")]
        kind: &'static str,
        /// True if the agent is still running.
        is_interim: bool,
        /// Text or caption of the message.
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// A turn ended.
    #[serde(rename = "turn.finished")]
    TurnFinished {
        /// `committed`, `released` if the messages are claimed again later, or `failed`.
        outcome: &'static str,
        /// Duration of the turn.
        #[serde(serialize_with = "duration")]
        milliseconds: Duration,
    },
    /// The cost of a day reached 80 % of a limit.
    #[serde(rename = "limit.approached")]
    LimitApproached {
        /// `server` for all conversations, `user` for the conversation.
        scope: &'static str,
        /// Cost on this day.
        cost: f64,
        /// The limit.
        limit: f64,
    },
    /// The cost of a day reached a limit. Agents do not answer until the day ends.
    #[serde(rename = "limit.reached")]
    LimitReached {
        /// `server` for all conversations, `user` for the conversation.
        scope: &'static str,
        /// Cost on this day.
        cost: f64,
        /// The limit.
        limit: f64,
    },
    /// Meta's charges reached 80 % of a budget.
    #[serde(rename = "budget.approached")]
    BudgetApproached(BudgetReport),
    /// Meta's charges reached a budget.
    #[serde(rename = "budget.reached")]
    BudgetReached(BudgetReport),
    /// An attempt to send a message ended.
    #[serde(rename = "message.attempted")]
    MessageAttempted {
        /// Key of the outbox row.
        outbox: i64,
        /// Number of the attempt, counted from 1.
        attempt: u32,
        /// Meta's name of the message type.
        #[serde(rename = "type")]
        kind: &'static str,
        /// `accepted`, `retry`, `in_doubt`, `refused`, `parked`, `dead_letter`, or `delayed` if no request was made.
        outcome: &'static str,
        /// Duration of the attempt, with the wait for the rate limit.
        #[serde(serialize_with = "duration")]
        milliseconds: Duration,
        /// Time until the next attempt.
        #[serde(serialize_with = "optional_duration", skip_serializing_if = "Option::is_none")]
        retry_milliseconds: Option<Duration>,
        /// Id of the accepted message.
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// Meta's error code.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<i64>,
        /// Reason of a failure, without data of the user.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// The watcher was too slow, and lost events.
    #[serde(rename = "events.missed")]
    Missed {
        /// Number of lost events.
        count: u64,
    },
    /// Event that other systems can subscribe to.
    #[serde(untagged)]
    Outgoing(OutgoingReport),
    /// Event of the agent.
    #[serde(untagged)]
    Run(RunEvent),
}

/// An event that other systems can subscribe to. `Debug` output contains no data of users.
#[derive(Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OutgoingReport {
    /// Name, such as `message.delivered`.
    pub name: &'static str,
    /// Data of the event, without texts of messages.
    pub data: serde_json::Value,
}

impl fmt::Debug for OutgoingReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingReport").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A budget of a business number with Meta's charges in its period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BudgetReport {
    /// Id of the business number.
    pub number: String,
    /// `day` or `month`, in UTC.
    pub period: &'static str,
    /// Charges of the period, as a decimal number.
    pub charged: String,
    /// The budget, as a decimal number.
    pub budget: String,
    /// Currency of the rates, as a code of ISO 4217.
    pub currency: String,
    /// Charged messages without a rate, whose price is not part of the charges.
    pub without_rate: u64,
    /// Whether the used budget stops the answers to users.
    pub is_hard: bool,
}

impl EngineEventKind {
    /// Creates the event of a draft that was committed to the outbox.
    pub(crate) fn queued(draft: &Draft, is_interim: bool) -> Self {
        let text = draft.content.text().map(reported_text);
        Self::MessageQueued { kind: draft.content.kind(), is_interim, text }
    }

    /// Creates the event of an attempt to send a message.
    pub(crate) fn attempted(send: &SendAttempt, outcome: &SendOutcome, milliseconds: Duration) -> Self {
        let (name, error) = outcome_name(outcome);
        let message = match outcome {
            SendOutcome::Accepted(id) => Some(id.as_str().to_owned()),
            _ => None,
        };
        let retry_milliseconds = match outcome {
            SendOutcome::Retry { after, .. }
            | SendOutcome::RetryUncounted { after, .. }
            | SendOutcome::NotAttempted { after } => Some(*after),
            _ => None,
        };
        Self::MessageAttempted {
            outbox: send.id.0,
            attempt: send.attempt,
            kind: send.content.kind(),
            outcome: name,
            milliseconds,
            retry_milliseconds,
            message,
            code: error.and_then(|error| error.code),
            reason: error.map(|error| error.message.clone()),
        }
    }

    /// Returns the name of the event, such as `turn.started`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::MessageReceived { .. } => "message.received",
            Self::TurnStarted { .. } => "turn.started",
            Self::TurnWaiting { .. } => "turn.waiting",
            Self::AgentStarted { .. } => "agent.started",
            Self::AgentFinished { .. } => "agent.finished",
            Self::MessageQueued { .. } => "message.queued",
            Self::TurnFinished { .. } => "turn.finished",
            Self::LimitApproached { .. } => "limit.approached",
            Self::LimitReached { .. } => "limit.reached",
            Self::BudgetApproached(_) => "budget.approached",
            Self::BudgetReached(_) => "budget.reached",
            Self::MessageAttempted { .. } => "message.attempted",
            Self::Missed { .. } => "events.missed",
            Self::Outgoing(event) => event.name,
            Self::Run(event) => event.name(),
        }
    }
}

/// Returns the name of an outcome, as events have it, and the error.
pub(crate) fn outcome_name(outcome: &SendOutcome) -> (&'static str, Option<&SendError>) {
    match outcome {
        SendOutcome::Accepted(_) => ("accepted", None),
        SendOutcome::Retry { error, .. } | SendOutcome::RetryUncounted { error, .. } => ("retry", Some(error)),
        SendOutcome::Refused { error, .. } => ("refused", Some(error)),
        SendOutcome::DeadLetter { error, .. } => ("dead_letter", Some(error)),
        SendOutcome::InDoubt(error) => ("in_doubt", Some(error)),
        SendOutcome::Park { error, .. } => ("parked", Some(error)),
        SendOutcome::NotAttempted { .. } => ("delayed", None),
    }
}

impl EngineEvent {
    /// Creates the event of lost events. Their times are unknown, so it has the time of the system.
    pub(super) fn missed(count: u64) -> Self {
        let at = std::time::SystemTime::now().into();
        Self { at, number: None, conversation: None, user: None, turn: None, kind: EngineEventKind::Missed { count } }
    }
}

impl From<OutgoingEvent> for EngineEvent {
    fn from(event: OutgoingEvent) -> Self {
        Self {
            at: event.at,
            number: event.number.map(|number| number.as_str().to_owned()),
            conversation: event.conversation,
            user: None,
            turn: None,
            kind: EngineEventKind::Outgoing(OutgoingReport { name: event.kind.as_str(), data: event.data }),
        }
    }
}

impl fmt::Debug for EngineEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineEvent")
            .field("at", &self.at)
            .field("conversation", &self.conversation)
            .field("turn", &self.turn)
            .field("name", &self.kind.name())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for EngineEventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EngineEventKind({})", self.name())
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde requires this signature")]
fn millis<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i64(at.as_millis())
}

/// Serializes a conversation as a text: readers must not calculate with it.
#[expect(clippy::ref_option, reason = "serde requires this signature")]
fn conversation<S: Serializer>(id: &Option<ConversationId>, serializer: S) -> Result<S::Ok, S::Error> {
    id.map(|id| id.0.to_string()).serialize(serializer)
}

#[expect(clippy::ref_option, reason = "serde requires this signature")]
fn optional_duration<S: Serializer>(optional: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    optional.map(|it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX)).serialize(serializer)
}

fn duration<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(duration.as_millis().try_into().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use waxwing_agent::ToolCallReport;
    use waxwing_store::EventType;

    use super::*;

    fn event(kind: EngineEventKind) -> EngineEvent {
        let user = Some("34600000000".to_owned());
        EngineEvent {
            at: Timestamp::from_millis(7),
            number: None,
            conversation: Some(ConversationId(3)),
            user,
            turn: Some("3.1".into()),
            kind,
        }
    }

    #[test]
    fn events_are_serialized_in_the_event_format() {
        let waiting = EngineEventKind::TurnWaiting { messages: 2, milliseconds: Duration::from_millis(300) };
        let expected = json!({
            "name": "turn.waiting", "at": 7, "conversation": "3", "user": "34600000000", "turn": "3.1",
            "data": { "messages": 2, "milliseconds": 300 },
        });
        assert_eq!(serde_json::to_value(event(waiting)).unwrap(), expected);
        let call = ToolCallReport { tool: "weather".into(), ..ToolCallReport::default() };
        let called = serde_json::to_value(event(EngineEventKind::Run(RunEvent::ToolCalled(call)))).unwrap();
        assert_eq!((&called["name"], &called["data"]["tool"]), (&json!("tool.called"), &json!("weather")));
    }

    /// The page is the contract for other programs.
    #[test]
    fn the_events_page_lists_the_names() {
        const PAGE: &str = include_str!("../../../../docs/events.md");
        let source = [include_str!("event.rs"), include_str!("../../../waxwing-agent/src/run_event.rs")].concat();
        let renamed =
            source.lines().filter_map(|line| line.trim().strip_prefix("#[serde(rename = \"")?.split('"').next());
        let stored = EventType::ALL.iter().map(|kind| kind.as_str());
        let mut names: Vec<_> = renamed.filter(|name| name.contains('.')).chain(stored).collect();
        names.sort_unstable();
        names.dedup();
        let rows = PAGE.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        let mut listed: Vec<_> = rows.filter(|name| name.contains('.')).collect();
        listed.sort_unstable();
        assert_eq!(listed, names);
    }

    #[test]
    fn debug_output_has_no_data_of_users() {
        let queued = EngineEventKind::MessageQueued { kind: "text", is_interim: false, text: Some("secret".into()) };
        let shown = format!("{queued:?} {:?}", event(queued.clone()));
        assert!(!shown.contains("secret") && !shown.contains("34600000000"), "{shown}");
    }
}
