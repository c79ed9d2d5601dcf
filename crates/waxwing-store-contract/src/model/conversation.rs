//! A conversation of the model.

use waxwing_store::Timestamp;

use super::policy::REQUEST;

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
    pub(super) run: String,
    pub(super) state: RowState,
    pub(super) attempts: u32,
    pub(super) uncounted_attempts: u32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum RowState {
    Queued(Timestamp),
    Sending,
    InDoubt(Timestamp),
    Taken,
    Failed,
    DeadLetter,
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

    pub(super) fn dead_letter(&mut self, text: &str) {
        let at = self.rows.iter().position(|row| row.label == text).unwrap();
        let run = self.rows[at].run.clone();
        self.rows[at].state = RowState::DeadLetter;
        for row in &mut self.rows[at..] {
            if row.run == run && matches!(row.state, RowState::Queued(_)) {
                row.state = RowState::DeadLetter;
            }
        }
    }
}
