//! What of the waiting messages one turn deals with.

use std::time::{Duration, SystemTime};

use waxwing_store::MAX_TURN_MESSAGES;
use waxwing_store::{InboxSeq, PendingMessage, Timestamp};

use crate::history::{self, NewHistoryEntry};
use crate::inbound::classify::{Command, Inbound, ReceivedMessage, classify, classify_paused};
use crate::log_once::LogOnce;
use crate::operator::NextResponder;
use crate::settings::{EngineSettings, OnStale};
use crate::system_messages::SystemMessages;

/// The messages of one turn: those up to the first command. A command takes its place among the messages around it: it is carried out alone, but
/// for a `/stop`, which takes with it what came before it. So does a person of the business who takes part; and while a person answers, there is nothing for
/// the agent at all.
#[derive(Debug, Default)]
pub(super) struct TurnInput {
    /// What the agent is to answer.
    pub(super) said: Vec<ReceivedMessage>,
    /// What a person of the business said, and what was said to them, for the history.
    pub(super) overheard: Vec<NewHistoryEntry>,
    /// Who answers then, as people of the business have decided.
    pub(super) answers: Option<NextResponder>,
    /// What will not be answered, and why.
    pub(super) skipped: Vec<Skipped>,
    /// What the engine is to do; then there is nothing that the agent is to answer.
    pub(super) command: Option<(InboxSeq, Command)>,
    /// Whether something waits behind it that belongs to a later turn.
    pub(super) is_cut: bool,
}

/// A message that will not be answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Skipped {
    pub(super) seq: InboxSeq,
    pub(super) reason: SkipReason,
}

/// Why a message will not be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SkipReason {
    /// No agent can take a message of this type, by Meta's name for it.
    Unreadable(String),
    /// It is too old.
    Late,
    /// The user has called it off.
    Stopped,
    /// A person of the business answers it, if anybody does.
    Person,
    /// A person of the business said or did it.
    OfPerson,
    /// It may be a part of an endless exchange between two bots.
    Loop,
}

impl SkipReason {
    /// As it is stored.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Unreadable(kind) => format!("type not supported: {kind}"),
            Self::Late => "too late".to_owned(),
            Self::Stopped => "stopped by the user".to_owned(),
            Self::Person => "a person answers".to_owned(),
            Self::OfPerson => "said by a person of the business".to_owned(),
            Self::Loop => "too many turns in a short time".to_owned(),
        }
    }
}

impl TurnInput {
    pub(super) fn of(
        pending: &[PendingMessage],
        (settings, texts): (&EngineSettings, &SystemMessages),
        is_paused: bool,
        now: Timestamp,
        log_once: &LogOnce,
    ) -> Self {
        let mut batch = Self { is_cut: pending.len() >= MAX_TURN_MESSAGES, ..Self::default() };
        let classify_one = |message| if is_paused { classify_paused(message) } else { classify(message, texts) };
        let heard: Vec<_> = pending.iter().map(classify_one).collect();
        // A stop, and a person, call off everything before them, also what stands before another command.
        let calls_off = |heard: &Inbound| matches!(heard, Inbound::Command(Command::Stop) | Inbound::Operator(_));
        let last = heard.iter().rposition(calls_off);
        let last_person = heard.iter().rposition(|heard| matches!(heard, Inbound::Operator(_)));
        for (nth, (message, heard)) in pending.iter().zip(heard).enumerate() {
            let is_cancelled = last.is_some_and(|last| nth < last);
            let is_for_person = is_paused || last_person.is_some_and(|last| nth < last);
            match heard {
                Inbound::Operator(act) => {
                    batch.overheard.extend(history::entry_of_person(&act, message.sent_at).map(NewHistoryEntry::from));
                    batch.answers =
                        Some(act.responder).filter(|answers| *answers != NextResponder::Unchanged).or(batch.answers);
                    batch.skip(message.seq, SkipReason::OfPerson);
                    if last == Some(nth) {
                        // What stands behind it is for whoever answers then.
                        batch.is_cut = true;
                        break;
                    }
                }
                Inbound::Command(Command::Stop) if is_cancelled => batch.skip(message.seq, SkipReason::Stopped),
                Inbound::Command(command) => {
                    if batch.said.is_empty() && (command == Command::Stop || batch.skipped.is_empty()) {
                        batch.command = Some((message.seq, command));
                    }
                    batch.is_cut = true;
                    break;
                }
                Inbound::Message(said) if is_for_person => {
                    batch.overheard.push(history::overheard(&said));
                    batch.skip(message.seq, SkipReason::Person);
                }
                Inbound::Unsupported(_) if is_for_person => batch.skip(message.seq, SkipReason::Person),
                _ if is_cancelled => batch.skip(message.seq, SkipReason::Stopped),
                Inbound::Unsupported(kind) => {
                    log_once.once("type", &kind, || {
                        tracing::info!(kind, "a type of message came in that agents cannot take");
                    });
                    batch.skip(message.seq, SkipReason::Unreadable(kind));
                }
                Inbound::Message(mut said) => {
                    // What a run has begun to answer is not late: it was taken up in time.
                    let late = late(message, settings, now).filter(|_| message.run.is_none());
                    if late.is_some() && settings.on_stale == OnStale::Skip {
                        batch.skip(message.seq, SkipReason::Late);
                        continue;
                    }
                    said.message.stale_age = late.filter(|_| settings.on_stale == OnStale::Tell);
                    batch.said.push(*said);
                }
            }
        }
        batch
    }

    fn skip(&mut self, seq: InboxSeq, reason: SkipReason) {
        self.skipped.push(Skipped { seq, reason });
    }
}

/// How old a message is, where it is late.
fn late(message: &PendingMessage, settings: &EngineSettings, now: Timestamp) -> Option<Duration> {
    let sent = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(message.sent_at).unwrap_or(0));
    let age = now.since(Timestamp::from(sent));
    (age >= settings.stale_after).then_some(age)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use serde_json::json;
    use waxwing_store::{Origin, UserIdentity};
    use waxwing_types::MessageId;

    const NOW: i64 = 1_000_000;

    fn batch(texts: &[&str], on_stale: OnStale) -> TurnInput {
        let pending: Vec<_> = (1..).zip(texts).map(|(seq, text)| message(seq, text)).collect();
        let settings = EngineSettings { on_stale, ..EngineSettings::default() };
        of(&pending, &settings, false)
    }

    fn of(pending: &[PendingMessage], settings: &EngineSettings, is_paused: bool) -> TurnInput {
        let now = Timestamp::from_millis(NOW * 1000);
        TurnInput::of(pending, (settings, &SystemMessages::default()), is_paused, now, &LogOnce::default())
    }

    /// What is said to the agent, what is kept for the history, how many are passed over, and the command. A text that begins with `>` was typed by a person.
    #[track_caller]
    fn check_person(texts: &[&str], is_paused: bool, expected: (&[&str], &[&str], usize, Option<&Command>)) {
        let pending = (1..).zip(texts).map(|(seq, text)| match text.strip_prefix('>') {
            Some(typed) => PendingMessage { origin: Origin::BusinessApp, ..message(seq, typed) },
            None => message(seq, text),
        });
        let batch = of(&pending.collect::<Vec<_>>(), &EngineSettings::default(), is_paused);
        let said: Vec<_> = batch.said.iter().map(|said| said.message.text.as_str()).collect();
        let overheard: Vec<_> = batch.overheard.iter().map(|noted| noted.entry.text.as_str()).collect();
        let command = batch.command.as_ref().map(|(_, command)| command);
        assert_eq!((&said[..], &overheard[..], batch.skipped.len(), command), expected, "{texts:?}");
    }

    /// What is said, what is passed over, and the command.
    #[track_caller]
    fn check(texts: &[&str], said: &[&str], skipped: usize, command: Option<&Command>) {
        let batch = batch(texts, OnStale::Tell);
        let found: Vec<_> = batch.said.iter().map(|said| said.message.text.as_str()).collect();
        assert_eq!(found, said, "{texts:?}");
        assert_eq!(batch.skipped.len(), skipped, "{texts:?}");
        assert_eq!(batch.command.as_ref().map(|(_, command)| command), command, "{texts:?}");
    }

    fn message(seq: i64, text: &str) -> PendingMessage {
        let kind = if text == "?" { "poll" } else { "text" };
        PendingMessage {
            seq: InboxSeq(seq),
            id: MessageId::new("wamid.A"),
            origin: Origin::User,
            sender: UserIdentity::default(),
            sent_at: if text == "old" { NOW - 7200 } else { NOW },
            received_at: Timestamp::from_millis(0),
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
    fn a_stop_calls_off_what_stands_before_it() {
        check(&["a", "?", "/stop", "b"], &[], 2, Some(&Command::Stop));
        check(&["/stop"], &[], 0, Some(&Command::Stop));
        check(&["a", "/stop", "b", "/stop", "c"], &[], 3, Some(&Command::Stop));
        check(&["a", "/new", "b", "/stop"], &[], 1, None);
        check(&["/new", "b", "/stop"], &[], 0, Some(&Command::NewSession));
    }

    #[test]
    fn a_person_calls_off_what_stands_before_them() {
        check_person(&["a", "?", ">b", "c"], false, (&[], &["a", "b"], 3, None));
        check_person(&[">a", "b", ">c", "d"], false, (&[], &["a", "b", "c"], 3, None));
        check_person(&["/new", "a", ">b"], false, (&[], &[], 0, Some(&Command::NewSession)));
        check_person(&["a", "/new", "b", ">c"], false, (&[], &["a"], 1, None));
        check_person(&["a", ">b", "c", "/stop", "d"], false, (&[], &["a", "b"], 3, Some(&Command::Stop)));
        check_person(&["a", "/stop", "b", ">c", "d"], false, (&[], &["a", "b", "c"], 4, None));
    }

    #[test]
    fn while_a_person_answers_there_is_nothing_for_the_agent() {
        check_person(&["a", "?", "/new", "/stop", "b"], true, (&[], &["a", "/new", "/stop", "b"], 5, None));
        check_person(&["a", "/bot", "b"], true, (&[], &["a"], 1, None));
        check_person(&["/Bot ", "b"], true, (&[], &[], 0, Some(&Command::Resume)));
        check_person(&["a", ">b", "c"], true, (&[], &["a", "b"], 2, None));
    }

    #[test]
    fn what_is_late_is_told_or_passed_over() {
        let late = |on_stale| {
            let batch = batch(&["old", "new"], on_stale);
            let said: Vec<_> = batch.said.iter().map(|said| said.message.stale_age.map(|age| age.as_secs())).collect();
            (said, batch.skipped.into_iter().map(|passed| passed.reason).collect::<Vec<_>>())
        };
        assert_eq!(late(OnStale::Answer), (vec![None, None], vec![]));
        assert_eq!(late(OnStale::Tell), (vec![Some(7200), None], vec![]));
        assert_eq!(late(OnStale::Skip), (vec![None], vec![SkipReason::Late]));
    }
}
