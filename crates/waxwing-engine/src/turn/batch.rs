//! What of the waiting messages one turn deals with.

use std::time::{Duration, SystemTime};

use waxwing_store::turn::BURST;
use waxwing_store::{InboxSeq, PendingMessage, Timestamp};

use crate::inbound::{Command, Heard, Said, hear};
use crate::notice::Notices;
use crate::settings::{Settings, WhenLate};
use crate::texts::Texts;

/// The messages of one turn: those up to the first command. A command takes its place among the messages around it: it is carried out alone, but
/// for a `/stop`, which takes with it what came before it.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// What the agent is to answer.
    pub(super) said: Vec<Said>,
    /// What will not be answered, and why.
    pub(super) passed_over: Vec<PassedOver>,
    /// What the engine is to do; then there is nothing that the agent is to answer.
    pub(super) command: Option<(InboxSeq, Command)>,
    /// Whether something waits behind it that belongs to a later turn.
    pub(super) is_cut: bool,
}

/// A message that will not be answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PassedOver {
    pub(super) seq: InboxSeq,
    pub(super) reason: Reason,
}

/// Why a message will not be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reason {
    /// No agent can take a message of this type, by Meta's name for it.
    Unreadable(String),
    /// It is too old.
    Late,
    /// The user has called it off.
    Stopped,
    /// It may be a part of an endless exchange between two bots.
    Loop,
}

impl Reason {
    /// As it is stored.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Unreadable(kind) => format!("type not supported: {kind}"),
            Self::Late => "too late".to_owned(),
            Self::Stopped => "stopped by the user".to_owned(),
            Self::Loop => "too many turns in a short time".to_owned(),
        }
    }
}

impl Batch {
    pub(super) fn of(
        pending: &[PendingMessage],
        (settings, texts): (&Settings, &Texts),
        now: Timestamp,
        notices: &Notices,
    ) -> Self {
        let mut batch = Self { is_cut: pending.len() >= BURST, ..Self::default() };
        let heard: Vec<_> = pending.iter().map(|message| hear(message, texts)).collect();
        // A stop calls off everything before it, also what stands before another command.
        let is_stop = |heard: &Heard| matches!(heard, Heard::Command(Command::Stop));
        let stop = heard.iter().rposition(is_stop);
        for (nth, (message, heard)) in pending.iter().zip(heard).enumerate() {
            let is_stopped = stop.is_some_and(|stop| nth < stop);
            match heard {
                Heard::Command(Command::Stop) if is_stopped => batch.pass_over(message.seq, Reason::Stopped),
                Heard::Command(command) => {
                    if batch.said.is_empty() && (command == Command::Stop || batch.passed_over.is_empty()) {
                        batch.command = Some((message.seq, command));
                    }
                    batch.is_cut = true;
                    break;
                }
                _ if is_stopped => batch.pass_over(message.seq, Reason::Stopped),
                Heard::Unreadable(kind) => {
                    notices.once("type", &kind, || {
                        tracing::info!(kind, "a type of message came in that agents cannot take");
                    });
                    batch.pass_over(message.seq, Reason::Unreadable(kind));
                }
                Heard::Said(mut said) => {
                    // What a run has begun to answer is not late: it was taken up in time.
                    let late = late(message, settings, now).filter(|_| message.run.is_none());
                    if late.is_some() && settings.when_late == WhenLate::Skip {
                        batch.pass_over(message.seq, Reason::Late);
                        continue;
                    }
                    said.message.late = late.filter(|_| settings.when_late == WhenLate::Tell);
                    batch.said.push(*said);
                }
            }
        }
        batch
    }

    fn pass_over(&mut self, seq: InboxSeq, reason: Reason) {
        self.passed_over.push(PassedOver { seq, reason });
    }
}

/// How old a message is, where it is late.
fn late(message: &PendingMessage, settings: &Settings, now: Timestamp) -> Option<Duration> {
    let sent = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(message.sent_at).unwrap_or(0));
    let age = now.since(Timestamp::from(sent));
    (age >= settings.late_after).then_some(age)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use serde_json::json;
    use waxwing_store::{Origin, Person};
    use waxwing_types::MessageId;

    const NOW: i64 = 1_000_000;

    fn batch(texts: &[&str], when_late: WhenLate) -> Batch {
        let pending: Vec<_> = (1..).zip(texts).map(|(seq, text)| message(seq, text)).collect();
        let settings = Settings { when_late, ..Settings::default() };
        Batch::of(&pending, (&settings, &Texts::default()), Timestamp::from_millis(NOW * 1000), &Notices::default())
    }

    /// What is said, what is passed over, and the command.
    #[track_caller]
    fn check(texts: &[&str], said: &[&str], passed_over: usize, command: Option<&Command>) {
        let batch = batch(texts, WhenLate::Tell);
        let found: Vec<_> = batch.said.iter().map(|said| said.message.text.as_str()).collect();
        assert_eq!(found, said, "{texts:?}");
        assert_eq!(batch.passed_over.len(), passed_over, "{texts:?}");
        assert_eq!(batch.command.as_ref().map(|(_, command)| command), command, "{texts:?}");
    }

    fn message(seq: i64, text: &str) -> PendingMessage {
        let kind = if text == "?" { "poll" } else { "text" };
        PendingMessage {
            seq: InboxSeq(seq),
            id: MessageId::new("wamid.A"),
            origin: Origin::User,
            sender: Person::default(),
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
    fn what_is_late_is_told_or_passed_over() {
        let late = |when_late| {
            let batch = batch(&["old", "new"], when_late);
            let said: Vec<_> = batch.said.iter().map(|said| said.message.late.map(|age| age.as_secs())).collect();
            (said, batch.passed_over.into_iter().map(|passed| passed.reason).collect::<Vec<_>>())
        };
        assert_eq!(late(WhenLate::Answer), (vec![None, None], vec![]));
        assert_eq!(late(WhenLate::Tell), (vec![Some(7200), None], vec![]));
        assert_eq!(late(WhenLate::Skip), (vec![None], vec![Reason::Late]));
    }
}
