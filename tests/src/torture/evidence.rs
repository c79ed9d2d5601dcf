//! What the servers' logs, their database and Meta tell.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::Path;
use std::time::SystemTime;

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use waxwing_simulator::timeline::{EventKind, Subject};
use waxwing_simulator::{Simulator, User};

use super::DOUBT;
use super::verdict::Heard;

/// What a server logs of a send whose fate it does not know.
const DOUBTFUL: &str = "nobody knows whether a message was taken; waiting for a status";

/// Everything that is left of the servers.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// Row and number of each attempt that a server has called doubtful.
    doubtful: BTreeSet<(i64, i64)>,
    /// When a server first acknowledged a status of each message.
    told: HashMap<String, SystemTime>,
    /// The last event of the simulator's that was looked at.
    last: u64,
    attempts: Vec<Attempt>,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Attempt {
    row: i64,
    number: i64,
    /// Whoever made it has told how it ended.
    is_settled: bool,
    /// Meta is known to have taken it.
    is_taken: bool,
}

#[derive(Debug)]
struct Row {
    id: i64,
    recipient: String,
    /// How it is shown.
    text: String,
}

impl Evidence {
    /// Takes in the log of a server that has ended.
    pub(super) fn hear(&mut self, log: &str) {
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let doubtful = lines.filter(|line| line["message"] == DOUBTFUL);
        self.doubtful.extend(doubtful.filter_map(|line| Some((line["outbox"].as_i64()?, line["attempt"].as_i64()?))));
    }

    /// Takes in what has happened since the last time; the simulator does not remember everything.
    pub(super) fn watch(&mut self, sim: &Simulator) {
        let seen = self.last;
        for event in sim.timeline().into_iter().filter(|event| event.seq > seen) {
            self.last = event.seq;
            if let EventKind::Attempt { about: Subject::Status { message, .. }, status: Some(200), .. } = event.kind {
                self.told.entry(message).or_insert(event.at);
            }
        }
    }

    /// Everything that a user got, in order.
    pub(super) fn heard_by(&self, user: &User) -> Vec<Heard> {
        let messages = user.messages().into_iter().map(|message| Heard {
            text: message.text().unwrap_or_default().to_owned(),
            is_told_in_time: self.told.get(&message.id).is_some_and(|told| *told <= message.at + DOUBT),
        });
        messages.collect()
    }

    /// Takes in a database that no server uses any more.
    pub(super) fn read(&mut self, database: &Path) {
        let database = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let mut attempts =
            database.prepare("SELECT outbox, attempt, settled, message_id IS NOT NULL FROM attempt").unwrap();
        let attempts = attempts.query_map([], |row| {
            Ok(Attempt { row: row.get(0)?, number: row.get(1)?, is_settled: row.get(2)?, is_taken: row.get(3)? })
        });
        self.attempts = attempts.unwrap().collect::<Result<_, _>>().unwrap();
        let mut rows = database
            .prepare("SELECT id, conversation, position, state, content, recipient, error FROM outbox ORDER BY conversation, position")
            .unwrap();
        let rows = rows.query_map([], |row| {
            let (id, conversation, position) = (row.get(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?);
            let state: String = row.get(3)?;
            let (content, recipient): (Vec<u8>, Vec<u8>) = (row.get(4)?, row.get(5)?);
            let content = String::from_utf8_lossy(&content);
            let error: Option<String> = row.get(6)?;
            let text =
                format!("row {id}, conversation {conversation}, position {position}: {state}, {content}, {error:?}");
            Ok(Row { id, recipient: String::from_utf8_lossy(&recipient).into_owned(), text })
        });
        self.rows = rows.unwrap().collect::<Result<_, _>>().unwrap();
    }

    /// How many sends whose fate was unknown were settled by a status, and how many were made again.
    pub(super) fn doubts(&self) -> (usize, usize) {
        let doubtful = || self.attempts.iter().filter(|attempt| self.is_doubtful(attempt));
        let is_repeated = |attempt: &&Attempt| {
            self.attempts.iter().any(|later| later.row == attempt.row && later.number > attempt.number)
        };
        (doubtful().filter(|attempt| attempt.is_taken).count(), doubtful().filter(is_repeated).count())
    }

    /// An attempt that nobody settled was under way when its server was killed.
    fn is_doubtful(&self, attempt: &Attempt) -> bool {
        !attempt.is_settled || self.doubtful.contains(&(attempt.row, attempt.number))
    }

    /// The rows of a user, with their attempts, for a person who reads a failed test.
    pub(super) fn outbox_of(&self, user: &User) -> String {
        let names: Vec<_> = [user.phone(), user.bsuid()].into_iter().flatten().collect();
        let mut text = "the outbox:\n".to_owned();
        for row in self.rows.iter().filter(|row| names.iter().any(|name| row.recipient.contains(name))) {
            let attempts = self.attempts.iter().filter(|attempt| attempt.row == row.id);
            let attempts: Vec<_> = attempts.map(|attempt| self.describe(attempt)).collect();
            writeln!(text, "  {}; {}", row.text, attempts.join(", ")).unwrap();
        }
        text
    }

    fn describe(&self, attempt: &Attempt) -> String {
        let fate = match (self.is_doubtful(attempt), attempt.is_taken) {
            (true, true) => "in doubt, then taken",
            (true, false) => "in doubt",
            (false, true) => "taken",
            (false, false) => "not taken",
        };
        format!("attempt {} {fate}", attempt.number)
    }
}
