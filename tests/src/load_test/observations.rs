//! Observations of a load test from logs, the database, and the emulator.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use waxwing_emulator::{DeliveryState, Emulator, TimelineEventKind, User, WebhookSubject};

/// Log message of a send that is in doubt.
const IN_DOUBT: &str = "send outcome unknown; waiting for a status webhook";

/// Data about the servers of a load test.
#[derive(Debug, Default)]
pub(crate) struct Observations {
    /// Outbox id and attempt number of each attempt that a server logged as in doubt.
    in_doubt: BTreeSet<(i64, i64)>,
    /// Time at which a server first acknowledged a status of a message, by message id.
    told: HashMap<String, SystemTime>,
    /// Error code of each message that Meta accepted and did not deliver, by message id. The server may or may not have received the
    /// status.
    failed: HashMap<String, i64>,
    /// Sequence number of the last recorded event of the emulator.
    last: u64,
    attempts: Vec<Attempt>,
    rows: Vec<Row>,
    dead_letters: u32,
}

/// Message that a user received.
#[derive(Debug, Clone)]
pub(crate) struct ReceivedReply {
    pub(crate) text: String,
    /// Position in the outbox. `None` if the outbox does not have the message.
    pub(crate) position: Option<i64>,
    /// Whether a status arrived within the in-doubt window.
    pub(crate) is_told_in_time: bool,
}

/// Reply that the server or Meta gave up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AbandonedReply {
    /// Number of the message that the reply answers.
    pub(crate) number: usize,
    /// Error code of this reply part, or of the earlier part that caused it to be given up.
    pub(crate) code: Option<i64>,
}

/// Numbers of sends, over all users.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sends {
    /// Attempts that Meta refused.
    pub(crate) refused: usize,
    /// Attempts that were in doubt until a status arrived.
    pub(crate) reconciled: usize,
    /// Attempts that were in doubt, and then repeated.
    pub(crate) resent: usize,
}

#[derive(Debug)]
struct Attempt {
    row: i64,
    number: i64,
    /// Whether the process recorded the outcome of the attempt.
    is_settled: bool,
    /// Whether Meta is known to have accepted the message.
    is_taken: bool,
}

#[derive(Debug)]
struct Row {
    id: i64,
    conversation: i64,
    position: i64,
    run: String,
    state: String,
    code: Option<i64>,
    error: Option<String>,
    message: Option<String>,
    recipient: String,
    content: String,
}

impl Row {
    /// Returns the number of the message that the row answers.
    fn answers(&self) -> Option<usize> {
        let content: Value = serde_json::from_str(&self.content).ok()?;
        [&content["text"]["body"], &content["image"]["caption"]].into_iter().find_map(|text| number(text.as_str()?))
    }

    fn is_given_up(&self) -> bool {
        self.state == "dead_letter" || self.state == "failed"
    }
}

impl Observations {
    /// Records the log of a server that has ended.
    pub(crate) fn record_log(&mut self, log: &str) {
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let in_doubt = lines.filter(|line| line["message"] == IN_DOUBT);
        self.in_doubt.extend(in_doubt.filter_map(|line| Some((line["outbox"].as_i64()?, line["attempt"].as_i64()?))));
    }

    /// Records the events of the emulator since the last call. The emulator keeps a limited number of events.
    pub(crate) fn record_timeline(&mut self, emulator: &Emulator) {
        let seen = self.last;
        for event in emulator.timeline().into_iter().filter(|event| event.seq > seen) {
            self.last = event.seq;
            match event.kind {
                TimelineEventKind::WebhookAttempt {
                    subject: WebhookSubject::Status { message, .. },
                    status: Some(200),
                    ..
                } => {
                    self.told.entry(message).or_insert(event.at);
                }
                TimelineEventKind::Status { message, state: DeliveryState::Failed { code }, .. } => {
                    self.failed.insert(message, code.into());
                }
                _ => {}
            }
        }
    }

    /// Reads a database that no server uses any more.
    pub(crate) fn read(&mut self, database: &Path) {
        let database = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let count = "SELECT count(*) FROM inbox WHERE outcome = 'dead_lettered' AND reason <> ''";
        self.dead_letters = database.query_row(count, [], |row| row.get(0)).unwrap();
        let mut attempts =
            database.prepare("SELECT outbox, attempt, outcome_recorded, message_id IS NOT NULL FROM attempt").unwrap();
        let attempts = attempts.query_map([], |row| {
            Ok(Attempt { row: row.get(0)?, number: row.get(1)?, is_settled: row.get(2)?, is_taken: row.get(3)? })
        });
        self.attempts = attempts.unwrap().collect::<Result<_, _>>().unwrap();
        let mut rows = database
            .prepare(
                "SELECT id, conversation, position, run, state, error_code, error, message_id,
                     CAST(recipient AS TEXT), CAST(substr(content, 2) AS TEXT)
                 FROM outbox ORDER BY conversation, position",
            )
            .unwrap();
        let rows = rows.query_map([], |row| {
            Ok(Row {
                id: row.get(0)?,
                conversation: row.get(1)?,
                position: row.get(2)?,
                run: row.get(3)?,
                state: row.get(4)?,
                code: row.get(5)?,
                error: row.get(6)?,
                message: row.get(7)?,
                recipient: row.get(8)?,
                content: row.get(9)?,
            })
        });
        self.rows = rows.unwrap().collect::<Result<_, _>>().unwrap();
    }

    /// Returns the messages that a user received, in order.
    pub(crate) fn received_by(&self, user: &User, in_doubt_window: Duration) -> Vec<ReceivedReply> {
        let places: HashMap<_, _> = self.rows_of(user).filter_map(|row| Some((row.answers()?, row.position))).collect();
        let messages = user.messages().into_iter().map(|message| {
            let text = message.text().unwrap_or_default().to_owned();
            let position = number(&text).and_then(|number| places.get(&number).copied());
            let is_told_in_time = self.told.get(&message.id).is_some_and(|told| *told <= message.at + in_doubt_window);
            ReceivedReply { text, position, is_told_in_time }
        });
        messages.collect()
    }

    /// Returns the replies to a user that were given up.
    pub(crate) fn abandoned(&self, user: &User) -> Vec<AbandonedReply> {
        let abandoned = |row: &Row| {
            let failed = row.message.as_ref().and_then(|message| self.failed.get(message).copied());
            let code = if row.is_given_up() { self.code_of(row) } else { Some(failed?) };
            Some(AbandonedReply { number: row.answers()?, code })
        };
        self.rows_of(user).filter_map(abandoned).collect()
    }

    /// Returns the error code for which a row was given up: its own, or that of an earlier part of the same reply.
    fn code_of(&self, row: &Row) -> Option<i64> {
        let mut reply = self.rows.iter().filter(|other| other.run == row.run && other.position <= row.position);
        row.code.or_else(|| reply.find_map(|other| other.code.filter(|_| other.is_given_up())))
    }

    /// Returns the number of inbox messages that the servers dead-lettered with a reason.
    pub(crate) fn dead_letters(&self) -> usize {
        usize::try_from(self.dead_letters).expect("no more than an usize")
    }

    /// Returns the numbers of sends.
    pub(crate) fn sends(&self) -> Sends {
        let mut sends = Sends::default();
        let mut latest: HashMap<i64, i64> = HashMap::new();
        for attempt in &self.attempts {
            let number = latest.entry(attempt.row).or_default();
            *number = attempt.number.max(*number);
        }
        for attempt in &self.attempts {
            if self.is_in_doubt(attempt) {
                sends.reconciled += usize::from(attempt.is_taken);
                sends.resent += usize::from(latest[&attempt.row] > attempt.number);
            } else {
                sends.refused += usize::from(!attempt.is_taken);
            }
        }
        sends
    }

    /// Whether an attempt is in doubt. An attempt without a recorded outcome was in progress when its server was killed.
    fn is_in_doubt(&self, attempt: &Attempt) -> bool {
        !attempt.is_settled || self.in_doubt.contains(&(attempt.row, attempt.number))
    }

    fn rows_of(&self, user: &User) -> impl Iterator<Item = &Row> {
        let names: Vec<_> = [user.phone(), user.bsuid()].into_iter().flatten().collect();
        self.rows.iter().filter(move |row| names.iter().any(|name| row.recipient.contains(name)))
    }

    /// Describes the outbox rows of a user with their attempts, for the message of a failed test.
    pub(crate) fn outbox_of(&self, user: &User) -> String {
        let mut text = "the outbox:\n".to_owned();
        for row in self.rows_of(user) {
            let Row { id, conversation, position, run, state, content, code, error, .. } = row;
            let attempts = self.attempts.iter().filter(|attempt| attempt.row == *id);
            let attempts: Vec<_> = attempts.map(|attempt| self.describe(attempt)).collect();
            let attempts = attempts.join(", ");
            writeln!(
                text,
                "  row {id}, conversation {conversation}, position {position}, run {run}: {state}, {content}, {code:?} {error:?}; {attempts}"
            )
            .unwrap();
        }
        text
    }

    fn describe(&self, attempt: &Attempt) -> String {
        let fate = match (self.is_in_doubt(attempt), attempt.is_taken) {
            (true, true) => "in doubt, then accepted",
            (true, false) => "in doubt",
            (false, true) => "accepted",
            (false, false) => "not accepted",
        };
        format!("attempt {} {fate}", attempt.number)
    }
}

/// Returns the number of the message that a reply answers. Text after the number is ignored.
pub(crate) fn number(text: &str) -> Option<usize> {
    let said = text.strip_prefix("echo ")?;
    let end = said.find(|char: char| !char.is_ascii_digit()).unwrap_or(said.len());
    said[..end].parse().ok()
}
