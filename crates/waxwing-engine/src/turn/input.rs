//! Sorts the pending messages of a conversation into the input of one turn.

use std::ops::ControlFlow;
use std::time::{Duration, SystemTime};

use waxwing_store::{InboxSeq, LogEntry, MarketingState, Outage, PendingMessage, Timestamp, is_full_turn};

use crate::inbound::accept::CHANGES;
use crate::inbound::classify::{
    Command, Inbound, MessageChange, ReceivedMessage, apply_edit, classify, classify_paused,
};
use crate::log_once::LogOnce;
use crate::operator::NextResponder;
use crate::settings::{EngineSettings, OnStale, Reactions};
use crate::system_messages::SystemMessages;

/// The messages of one turn, up to the first command.
///
/// - A command is executed in a turn of its own, in order with the messages around it, or before messages that wait until the business opens. A stop
///   command takes the messages before it into its turn.
/// - An operator who takes part in the conversation takes the messages before them as well.
/// - While an operator answers the conversation, the agent gets no message.
#[derive(Debug, Default)]
pub(super) struct TurnInput {
    /// Messages for the agent.
    pub(super) messages: Vec<ReceivedMessage>,
    /// Changes of messages of earlier turns, as the conversation log will have them.
    pub(super) changes: Vec<LogEntry>,
    /// The responder that operators chose.
    pub(super) next_responder: Option<NextResponder>,
    /// Messages that get no answer.
    pub(super) skipped: Vec<Skipped>,
    /// A command to execute. A turn with a command has no messages for the agent.
    pub(super) command: Option<(InboxSeq, Command)>,
    /// True if a message that belongs to a later turn waits.
    pub(super) is_cut: bool,
}

/// A message that gets no answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Skipped {
    pub(super) seq: InboxSeq,
    pub(super) reason: SkipReason,
}

/// Why a message gets no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SkipReason {
    /// Agents cannot take messages of this type, by Meta's name of it.
    Unsupported(String),
    /// The message is stale.
    Stale,
    /// The user sent the stop command.
    Stopped,
    /// An operator answers the conversation.
    HumanAnswers,
    /// Another app answers the conversation.
    OtherAppAnswers,
    /// The message is from an operator.
    FromOperator,
    /// The message changes an earlier message, or is a reaction that needs no answer.
    Change,
    /// The user deleted the message.
    Deleted,
    /// The message of a group is not addressed to the business.
    NotAddressed,
    /// The loop guard tripped.
    Loop,
    /// The customer service window is closed, and every message outside it fails.
    WindowClosed,
}

impl SkipReason {
    /// Returns the reason as the store keeps it.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Unsupported(kind) => format!("unsupported type: {kind}"),
            Self::Stale => "stale".to_owned(),
            Self::Stopped => "stopped by the user".to_owned(),
            Self::HumanAnswers => "an operator answers".to_owned(),
            Self::OtherAppAnswers => "another app answers the conversation".to_owned(),
            Self::FromOperator => "sent by an operator".to_owned(),
            Self::Change => "a change of an earlier message, or a reaction".to_owned(),
            Self::Deleted => "deleted by the user".to_owned(),
            Self::NotAddressed => "not addressed to the business".to_owned(),
            Self::Loop => "loop guard: too many turns in a short time".to_owned(),
            Self::WindowClosed => "the customer service window is closed".to_owned(),
        }
    }
}

/// The rules by which messages are sorted.
#[derive(Debug, Clone, Copy)]
pub(super) struct InputRules<'a> {
    /// Outage of the agent that delayed the turn.
    pub(super) outage: Option<Outage>,
    pub(super) marketing: MarketingState,
    pub(super) settings: &'a EngineSettings,
    pub(super) system_messages: &'a SystemMessages,
    /// True while an operator or another app answers the conversation.
    pub(super) is_paused: bool,
    /// True while another app owns the conversation.
    pub(super) is_with_other_app: bool,
    pub(super) now: Timestamp,
    /// True if messages of users wait until the business opens.
    pub(super) waits_for_opening: bool,
    /// Time of the opening for which the messages have waited.
    pub(super) opened_at: Option<Timestamp>,
    pub(super) log_once: &'a LogOnce,
}

/// The place of a message relative to the stop commands and the operators of the turn.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// True before the last message that cancels earlier ones.
    is_cancelled: bool,
    /// True for the last message that cancels earlier ones.
    is_last_cancel: bool,
    /// True if the message is for an operator.
    is_for_human: bool,
}

impl TurnInput {
    /// Sorts pending messages.
    pub(super) fn new(pending: &[PendingMessage], rules: InputRules<'_>) -> Self {
        let mut input = Self { is_cut: is_full_turn(pending), ..Self::default() };
        let classify_one = |message: &PendingMessage| {
            if rules.is_paused {
                classify_paused(message)
            } else {
                classify(message, rules.system_messages, rules.marketing)
            }
        };
        let inbound: Vec<_> = pending.iter().map(classify_one).collect();
        let cancels = |inbound: &Inbound| matches!(inbound, Inbound::Command(Command::Stop) | Inbound::Operator(_));
        let last_cancel = inbound.iter().rposition(cancels);
        let last_operator = inbound.iter().rposition(|inbound| matches!(inbound, Inbound::Operator(_)));
        for (nth, (message, inbound)) in pending.iter().zip(inbound).enumerate() {
            let place = Place {
                is_cancelled: last_cancel.is_some_and(|last| nth < last),
                is_last_cancel: last_cancel == Some(nth),
                is_for_human: rules.is_paused || last_operator.is_some_and(|last| nth < last),
            };
            if input.add(message, inbound, place, rules).is_break() {
                input.is_cut = true;
                break;
            }
        }
        input
    }

    /// Adds a message. Breaks if the messages after it belong to a later turn.
    fn add(
        &mut self,
        message: &PendingMessage,
        inbound: Inbound,
        place: Place,
        rules: InputRules<'_>,
    ) -> ControlFlow<()> {
        match inbound {
            Inbound::Operator(responder) => {
                let changed = Some(responder).filter(|next| *next != NextResponder::Unchanged);
                self.next_responder = changed.or(self.next_responder);
                self.skip(message.seq, SkipReason::FromOperator);
                if place.is_last_cancel {
                    return ControlFlow::Break(());
                }
            }
            Inbound::Command(Command::Stop) if place.is_cancelled => self.skip(message.seq, SkipReason::Stopped),
            Inbound::Command(command) => {
                if rules.waits_for_opening && self.is_from_users() {
                    // The command does not wait. The messages before it stay pending, with their changes.
                    *self = Self::default();
                }
                if self.messages.is_empty() && (command == Command::Stop || self.skipped.is_empty()) {
                    self.command = Some((message.seq, command));
                }
                return ControlFlow::Break(());
            }
            // A change that cannot be read needs no apology.
            Inbound::Unsupported(kind) if CHANGES.contains(&kind.as_str()) => {
                self.skip(message.seq, SkipReason::Change);
            }
            Inbound::Change(change) => {
                if !self.change(*change) {
                    self.changes.push(entry(message));
                }
                self.skip(message.seq, SkipReason::Change);
            }
            Inbound::Reaction(_) if rules.settings.reactions != Reactions::Run => {
                self.skip(message.seq, SkipReason::Change);
            }
            Inbound::Message(_) | Inbound::Reaction(_) | Inbound::Unsupported(_) if place.is_for_human => {
                let is_with_other_app = rules.is_with_other_app;
                self.skip(
                    message.seq,
                    if is_with_other_app { SkipReason::OtherAppAnswers } else { SkipReason::HumanAnswers },
                );
            }
            _ if place.is_cancelled => self.skip(message.seq, SkipReason::Stopped),
            Inbound::Unsupported(kind) => {
                rules.log_once.once("type", &kind, || tracing::info!(kind, "message type not supported"));
                self.skip(message.seq, SkipReason::Unsupported(kind));
            }
            Inbound::Message(received) | Inbound::Reaction(received) => self.add_for_agent(message, *received, rules),
        }
        ControlFlow::Continue(())
    }

    /// Returns true if the agent would get messages, and all of them are from users.
    fn is_from_users(&self) -> bool {
        !self.messages.is_empty() && self.messages.iter().all(ReceivedMessage::is_from_user)
    }

    fn add_for_agent(&mut self, message: &PendingMessage, mut received: ReceivedMessage, rules: InputRules<'_>) {
        // A message that an unfinished run handles was in time when the run began.
        let stale = stale_age(message, rules).filter(|_| message.run.is_none());
        if stale.is_some() && rules.settings.on_stale == OnStale::Skip {
            return self.skip(message.seq, SkipReason::Stale);
        }
        received.message.stale_age = stale.filter(|_| rules.settings.on_stale == OnStale::Tell);
        self.messages.push(received);
    }

    /// Changes a message of this turn. Returns false if the message is not of this turn.
    fn change(&mut self, change: MessageChange) -> bool {
        let position = self.messages.iter().position(|received| received.message.id == change.target);
        let Some(nth) = position else { return false };
        if let Some(edited) = change.edited {
            apply_edit(&mut self.messages[nth].message, edited);
        } else {
            let deleted = self.messages.remove(nth);
            self.skip(deleted.seq, SkipReason::Deleted);
        }
        true
    }

    fn skip(&mut self, seq: InboxSeq, reason: SkipReason) {
        self.skipped.push(Skipped { seq, reason });
    }
}

/// Returns a pending message as an entry of the conversation log.
fn entry(message: &PendingMessage) -> LogEntry {
    LogEntry {
        seq: message.seq.0,
        origin: message.origin,
        author: None,
        kind: message.kind.clone(),
        user: Some(message.sender.clone()),
        at: Timestamp::from_millis(message.sent_at.saturating_mul(1000)),
        run: None,
        content: message.body.clone(),
        medium: None,
        is_handled: false,
    }
}

/// Returns the age of a stale message.
fn stale_age(message: &PendingMessage, rules: InputRules<'_>) -> Option<Duration> {
    let sent = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(message.sent_at).unwrap_or(0));
    // The time in which the agent could not work does not make a message stale.
    let outage = rules.outage.map_or(Duration::ZERO, |outage| outage.lasts);
    // The time in which the business was closed does not either.
    let since = rules.opened_at.unwrap_or(Timestamp::from(sent)).max(Timestamp::from(sent));
    let age = rules.now.since(since).saturating_sub(outage);
    (age >= rules.settings.stale_after).then_some(age)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use serde_json::json;
    use waxwing_store::{Origin, UserIdentity};
    use waxwing_types::MessageId;

    const NOW: i64 = 1_000_000;

    fn input(texts: &[&str], on_stale: OnStale) -> TurnInput {
        let pending: Vec<_> = (1..).zip(texts).map(|(seq, text)| message(seq, text)).collect();
        sort(&pending, &EngineSettings { on_stale, ..EngineSettings::default() }, false, false)
    }

    fn sort(
        pending: &[PendingMessage],
        settings: &EngineSettings,
        is_paused: bool,
        waits_for_opening: bool,
    ) -> TurnInput {
        let now = Timestamp::from_millis(NOW * 1000);
        let (system_messages, log_once) = (&SystemMessages::default(), &LogOnce::default());
        TurnInput::new(
            pending,
            InputRules {
                outage: None,
                marketing: MarketingState::default(),
                settings,
                system_messages,
                is_paused,
                is_with_other_app: false,
                now,
                waits_for_opening,
                opened_at: None,
                log_once,
            },
        )
    }

    /// Checks the messages for the agent, the number of skipped messages, and the command. A text with `>` in front is from an operator.
    #[track_caller]
    fn check_operator(texts: &[&str], is_paused: bool, expected: (&[&str], usize, Option<&Command>)) {
        let pending = (1..).zip(texts).map(|(seq, text)| match text.strip_prefix('>') {
            Some(typed) => PendingMessage { origin: Origin::BusinessApp, ..message(seq, typed) },
            None => message(seq, text),
        });
        let input = sort(&pending.collect::<Vec<_>>(), &EngineSettings::default(), is_paused, false);
        let messages: Vec<_> = input.messages.iter().map(|received| received.message.text.as_str()).collect();
        let command = input.command.as_ref().map(|(_, command)| command);
        assert_eq!((&messages[..], input.skipped.len(), command), expected, "{texts:?}");
    }

    /// Checks the messages for the agent, the number of skipped messages, and the command.
    #[track_caller]
    fn check(texts: &[&str], messages: &[&str], skipped: usize, command: Option<&Command>) {
        let input = input(texts, OnStale::Tell);
        let found: Vec<_> = input.messages.iter().map(|received| received.message.text.as_str()).collect();
        assert_eq!(found, messages, "{texts:?}");
        assert_eq!(input.skipped.len(), skipped, "{texts:?}");
        assert_eq!(input.command.as_ref().map(|(_, command)| command), command, "{texts:?}");
    }

    fn message(seq: i64, text: &str) -> PendingMessage {
        let kind = if text == "?" { "location" } else { "text" };
        PendingMessage {
            seq: InboxSeq(seq),
            id: MessageId::new("wamid.A"),
            origin: Origin::User,
            sender: UserIdentity::default(),
            sent_at: if text == "old" { NOW - 7200 } else { NOW },
            age: Duration::ZERO,
            received_at: waxwing_store::Timestamp::from_millis(0),
            kind: kind.into(),
            body: Bytes::from(json!({"id":"wamid.A","type":kind,"text":{"body":text}}).to_string()),
            run: None,
        }
    }

    #[test]
    fn a_command_splits_a_burst() {
        check(&["a", "b"], &["a", "b"], 0, None);
        check(&["a", "/new", "b"], &["a"], 0, None);
        check(&["/new", "b"], &[], 0, Some(&Command::NewSession));
        check(&["?", "/new"], &[], 1, None);
        check(&["a", "?", "b"], &["a", "b"], 1, None);
    }

    #[test]
    fn a_command_passes_messages_that_wait_for_the_opening() {
        for (texts, messages, skipped, command) in [
            (&["a", "b"][..], 2, 0, None),
            (&["a", "?", "/new", "b", "/human"], 0, 0, Some((InboxSeq(3), Command::NewSession))),
            // The message that gets no answer does not wait.
            (&["?", "/new"], 0, 1, None),
            (&["a", "/stop"], 0, 1, Some((InboxSeq(2), Command::Stop))),
        ] {
            let pending: Vec<_> = (1..).zip(texts).map(|(seq, text)| message(seq, text)).collect();
            let input = sort(&pending, &EngineSettings::default(), false, true);
            assert_eq!((input.messages.len(), input.skipped.len()), (messages, skipped), "{texts:?}");
            assert_eq!(input.command, command, "{texts:?}");
        }
    }

    #[test]
    fn a_stop_command_cancels_the_messages_before_it() {
        check(&["a", "?", "/stop", "b"], &[], 2, Some(&Command::Stop));
        check(&["/stop"], &[], 0, Some(&Command::Stop));
        check(&["a", "/stop", "b", "/stop", "c"], &[], 3, Some(&Command::Stop));
        check(&["a", "/new", "b", "/stop"], &[], 1, None);
        check(&["/new", "b", "/stop"], &[], 0, Some(&Command::NewSession));
    }

    #[test]
    fn an_operator_cancels_the_messages_before_their_own() {
        check_operator(&["a", "?", ">b", "c"], false, (&[], 3, None));
        check_operator(&[">a", "b", ">c", "d"], false, (&[], 3, None));
        check_operator(&["/new", "a", ">b"], false, (&[], 0, Some(&Command::NewSession)));
        check_operator(&["a", "/new", "b", ">c"], false, (&[], 1, None));
        check_operator(&["a", ">b", "c", "/stop", "d"], false, (&[], 3, Some(&Command::Stop)));
        check_operator(&["a", "/stop", "b", ">c", "d"], false, (&[], 4, None));
    }

    #[test]
    fn while_an_operator_answers_the_agent_gets_no_message() {
        check_operator(&["a", "?", "/new", "/stop", "b"], true, (&[], 5, None));
        check_operator(&["a", "/bot", "b"], true, (&[], 1, None));
        check_operator(&["/Bot ", "b"], true, (&[], 0, Some(&Command::Resume)));
        check_operator(&["a", ">b", "c"], true, (&[], 2, None));
    }

    #[test]
    fn a_stale_message_is_answered_marked_or_skipped() {
        let sorted = |on_stale| {
            let input = input(&["old", "new"], on_stale);
            let ages = input.messages.iter().map(|received| received.message.stale_age.map(|age| age.as_secs()));
            (ages.collect::<Vec<_>>(), input.skipped.into_iter().map(|skipped| skipped.reason).collect::<Vec<_>>())
        };
        assert_eq!(sorted(OnStale::Answer), (vec![None, None], vec![]));
        assert_eq!(sorted(OnStale::Tell), (vec![Some(7200), None], vec![]));
        assert_eq!(sorted(OnStale::Skip), (vec![None], vec![SkipReason::Stale]));
    }
}
