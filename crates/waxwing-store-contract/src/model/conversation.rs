//! A conversation of the model.

use std::time::Duration;

use waxwing_store::Timestamp;

use super::policy::REQUEST;

/// Age from which a failure that a status reports queues no fallback.
const LATE_FALLBACK_MAX_AGE: Duration = Duration::from_mins(10);

/// A lock in the model.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lock {
    pub(super) epoch: i64,
    pub(super) held_until: Option<Timestamp>,
}

#[derive(Debug, Default)]
pub(super) struct Conversation {
    pub(super) turn: Lock,
    /// Time at which the messages are due while no lease is held.
    pub(super) due: Option<Timestamp>,
    pub(super) failures: u32,
    pub(super) crash_count: u32,
    /// Number of runs that failed because of an outage.
    pub(super) outage_runs: u32,
    pub(super) pending: Vec<String>,
    pub(super) send_queue: Lock,
    /// True from a failed attempt until a message is accepted.
    pub(super) is_failing: bool,
    /// Rows in queue order.
    pub(super) rows: Vec<Row>,
}

#[derive(Debug)]
pub(super) struct Row {
    /// Text of the message, which names the row.
    pub(super) label: String,
    pub(super) state: RowState,
    pub(super) attempts: u32,
    pub(super) uncounted_attempts: u32,
    /// Time at which the row was queued or requeued.
    pub(super) queued_at: Timestamp,
    /// Label of the row that this row continues.
    pub(super) needs: Option<String>,
    /// Label of the row that takes the place of this row if Meta refuses it.
    pub(super) fallback: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum RowState {
    Queued(Timestamp),
    Sending,
    InDoubt(Timestamp),
    Taken,
    Failed,
    /// Refused or given up.
    Lost,
}

impl Row {
    /// Creates a row that is queued now.
    pub(super) fn queued(label: String, now: Timestamp) -> Self {
        Self {
            label,
            state: RowState::Queued(now),
            attempts: 0,
            uncounted_attempts: 0,
            queued_at: now,
            needs: None,
            fallback: None,
        }
    }
}

impl RowState {
    pub(super) fn is_open(self) -> bool {
        matches!(self, Self::Queued(_) | Self::Sending | Self::InDoubt(_))
    }
}

impl Conversation {
    pub(super) fn row(&mut self, text: &str) -> &mut Row {
        self.rows.iter_mut().find(|row| row.label == text).unwrap()
    }

    pub(super) fn turn_due(&self) -> Option<Timestamp> {
        self.turn.held_until.or(self.due)
    }

    pub(super) fn send_due(&self) -> Option<Timestamp> {
        let head = self.rows.iter().map(|row| row.state).find(|state| state.is_open());
        let due = match head {
            Some(RowState::Queued(at) | RowState::InDoubt(at)) => Some(at),
            _ => None,
        };
        self.send_queue.held_until.or(due)
    }

    /// Starts the attempt that the next claim returns.
    pub(super) fn advance(&mut self, now: Timestamp) -> Option<(String, u32)> {
        self.send_queue.held_until = None;
        let head = self.rows.iter_mut().find(|row| row.state.is_open())?;
        match head.state {
            RowState::Sending => {
                head.state = RowState::InDoubt(now.after(REQUEST.in_doubt_window));
                return None;
            }
            RowState::Queued(at) | RowState::InDoubt(at) if at > now => return None,
            _ => {}
        }
        head.state = RowState::Sending;
        head.attempts += 1;
        self.send_queue.epoch += 1;
        self.send_queue.held_until = Some(now.after(REQUEST.lease));
        Some((head.label.clone(), head.attempts))
    }

    /// Ends the failures of the queue if a row that was open turns out to be accepted.
    pub(super) fn note_accepted(&mut self, text: &str, was_open: bool) {
        self.is_failing &= !(was_open && matches!(self.row(text).state, RowState::Taken | RowState::Failed));
    }

    /// Ends a row without delivery. Its fallback takes its position; without one, the rows that need it end as well.
    pub(super) fn end(&mut self, text: &str, use_fallback: bool, now: Timestamp) {
        self.row(text).state = RowState::Lost;
        let at = self.rows.iter().position(|row| row.label == text).unwrap();
        if !(use_fallback && self.queue_fallback(at, at + 1, now)) {
            self.end_dependents(text);
        }
    }

    /// Handles a failure that a status reports after the acceptance.
    pub(super) fn fail_late(&mut self, text: &str, use_fallback: bool, now: Timestamp) {
        let row = self.row(text);
        let had_ended = matches!(row.state, RowState::Lost | RowState::Failed);
        let is_young = now.since(row.queued_at) < LATE_FALLBACK_MAX_AGE;
        row.state = RowState::Failed;
        let at = self.rows.iter().position(|row| row.label == text).unwrap();
        if !(use_fallback && is_young && !had_ended && self.queue_fallback(at, self.rows.len(), now)) {
            self.end_dependents(text);
        }
    }

    fn queue_fallback(&mut self, at: usize, to: usize, now: Timestamp) -> bool {
        let row = &mut self.rows[at];
        let Some(label) = row.fallback.take() else { return false };
        let (ended, needs) = (row.label.clone(), row.needs.clone());
        for row in self.rows.iter_mut().filter(|row| matches!(row.state, RowState::Queued(_))) {
            if row.needs.as_ref() == Some(&ended) {
                row.needs = Some(label.clone());
            }
        }
        self.rows.insert(to, Row { needs, ..Row::queued(label, now) });
        true
    }

    fn end_dependents(&mut self, text: &str) {
        let mut ended = vec![text.to_owned()];
        while let Some(label) = ended.pop() {
            for row in &mut self.rows {
                if row.needs.as_ref() == Some(&label) && matches!(row.state, RowState::Queued(_)) {
                    row.state = RowState::Lost;
                    ended.push(row.label.clone());
                }
            }
        }
    }
}
