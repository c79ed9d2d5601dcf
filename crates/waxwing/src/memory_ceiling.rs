//! The worst case of a server's memory, as its settings allow it.

use std::fmt;

use waxwing_engine::{EngineSettings, MAX_CONVERSION_MEMORY};
use waxwing_store::{MAX_HISTORY_BYTES, MAX_TURN_BYTES};

use crate::http_settings::HttpSettings;
use crate::settings::ApiSettings;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// Code, threads, page caches and tables, in bytes.
const PROGRAM: u64 = 64 * MIB;

/// Buffers and state of one connection, in bytes.
const CONNECTION: u64 = 64 * KIB;

/// A message on its way to Meta with its connection, in bytes.
const SEND: u64 = 256 * KIB;

/// Copies of a message in a turn: as received, as read, as the agent gets it, as the history keeps it, in the commit, and in an interim message.
const MESSAGE_COPIES: u64 = 6;

/// Copies of a history: as stored, as read, and as the agent gets it.
const HISTORY_COPIES: u64 = 3;

/// Copies of the texts of a reply: from the agent, within the limit, in messages, and in the commit.
const REPLY_COPIES: u64 = 4;

/// Copies of a file of the API: as received, and in the commit.
const FILE_COPIES: u64 = 2;

/// The largest resident memory of a server in bytes, as the sum of what each setting allows.
///
/// Memory of agents is not included: language models, HTTP agents and agents of your own hold requests, responses and media as they need
/// them, at most [`EngineSettings::max_runs`] at a time.
///
/// ```
/// use waxwing::engine::EngineSettings;
/// use waxwing::{HttpSettings, MemoryCeiling};
///
/// let mut engine = EngineSettings::default();
/// let default = MemoryCeiling::new(&HttpSettings::default(), &engine);
/// engine.max_runs = 32;
/// assert!(MemoryCeiling::new(&HttpSettings::default(), &engine).total() < default.total());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryCeiling {
    /// The program itself, with the page caches of the database.
    pub program: u64,
    /// Open connections of the webhook listener.
    pub connections: u64,
    /// Webhooks whose signature is not checked yet.
    pub unverified_bodies: u64,
    /// Verified webhooks that are not stored yet, with their items.
    pub verified_bodies: u64,
    /// Turns with their messages, histories and replies.
    pub turns: u64,
    /// Messages that are being sent.
    pub sends: u64,
    /// Media of replies and of uploads.
    pub media: u64,
    /// Conversions of media.
    pub conversions: u64,
    /// Files that other systems upload.
    pub api_files: u64,
    /// Memory that the allocator holds in addition.
    pub allocator: u64,
}

impl MemoryCeiling {
    /// Returns the worst case for these settings.
    pub fn new(http: &HttpSettings, engine: &EngineSettings) -> Self {
        let copies = |count: u64, bytes: usize| count.saturating_mul(bytes as u64);
        let turn = copies(MESSAGE_COPIES, MAX_TURN_BYTES.saturating_add(engine.max_message_bytes))
            .saturating_add(copies(HISTORY_COPIES, MAX_HISTORY_BYTES))
            .saturating_add(copies(REPLY_COPIES, engine.reply.max_text_bytes));
        let times = |count: usize, bytes: u64| (count as u64).saturating_mul(bytes);
        let unverified_bodies = http.max_unverified_bytes as u64;
        let mut ceiling = Self {
            program: PROGRAM,
            connections: times(http.connections.max_connections, CONNECTION),
            unverified_bodies,
            verified_bodies: unverified_bodies,
            turns: times(engine.max_runs.saturating_add(engine.media.max_downloads), turn),
            // Slow and failing sends have as many slots again.
            sends: times(engine.max_sends.saturating_mul(2), SEND),
            media: engine.media.max_memory as u64,
            conversions: MAX_CONVERSION_MEMORY,
            api_files: times(ApiSettings::MAX_FILES, FILE_COPIES * ApiSettings::MAX_FILE as u64),
            allocator: 0,
        };
        ceiling.allocator = ceiling.total() / 4;
        ceiling
    }

    /// Returns the sum in bytes.
    pub fn total(&self) -> u64 {
        self.items().iter().fold(0, |sum, (_, bytes)| sum.saturating_add(*bytes))
    }

    fn items(&self) -> [(&'static str, u64); 10] {
        [
            ("program", self.program),
            ("connections", self.connections),
            ("unverified bodies", self.unverified_bodies),
            ("verified bodies", self.verified_bodies),
            ("turns", self.turns),
            ("sends", self.sends),
            ("media", self.media),
            ("conversions", self.conversions),
            ("API files", self.api_files),
            ("allocator", self.allocator),
        ]
    }
}

/// One line for each item and one for the sum, in MiB.
impl fmt::Display for MemoryCeiling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, bytes) in self.items() {
            writeln!(f, "{name:<17} {:>6} MiB", bytes.div_ceil(MIB))?;
        }
        write!(f, "{:<17} {:>6} MiB", "total", self.total().div_ceil(MIB))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_raises_the_ceiling() {
        let ceiling = |http: &HttpSettings, engine: &EngineSettings| MemoryCeiling::new(http, engine).total();
        let (http, engine) = (HttpSettings::default(), EngineSettings::default());
        let base = ceiling(&http, &engine);
        let with_http = |change: fn(&mut HttpSettings)| {
            let mut http = http;
            change(&mut http);
            ceiling(&http, &engine) - base
        };
        assert_eq!(with_http(|http| http.connections.max_connections += 64), 5 * MIB);
        assert_eq!(with_http(|http| http.max_unverified_bytes += 4 << 20), 10 * MIB);
        let with_engine = |change: fn(&mut EngineSettings)| {
            let mut engine = engine.clone();
            change(&mut engine);
            ceiling(&http, &engine) > base
        };
        let changes: [fn(&mut EngineSettings); 6] = [
            |engine| engine.max_runs += 1,
            |engine| engine.media.max_downloads += 1,
            |engine| engine.max_message_bytes += 1024,
            |engine| engine.reply.max_text_bytes += 1024,
            |engine| engine.max_sends += 1,
            |engine| engine.media.max_memory += 1024,
        ];
        for (nth, change) in changes.into_iter().enumerate() {
            assert!(with_engine(change), "{nth}");
        }
    }

    #[test]
    fn docs_contain_the_worst_case_of_the_defaults() {
        let ceiling = MemoryCeiling::new(&HttpSettings::default(), &EngineSettings::default()).to_string();
        let page = include_str!("../../../docs/reliability.md");
        assert!(page.contains(&ceiling), "docs/reliability.md needs these lines:\n{ceiling}");
    }
}
