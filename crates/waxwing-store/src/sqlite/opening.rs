//! Opening of a database file.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::connection::{READER_CACHE_KIB, WRITER_CACHE_KIB, connect};
use super::content::ContentConnection;
use super::database::Database;
use super::events::EventChannels;
use super::fault::Fault;
use super::file_watch::FileWatch;
use super::lock::{Lock, ProcessState};
use super::quick_check::{CheckResult, QuickCheck};
use super::{SqliteOptions, compaction, permissions, recovery, schema};
use crate::Error;
use crate::vault::Vault;

/// Longest time of the check of the database structure. The check of a larger database is not completed.
const CHECK_TIMEOUT: Duration = Duration::from_secs(5);

/// Everything that is needed to open a database, once or again.
#[derive(Debug)]
pub(super) struct Opening {
    /// Canonical path.
    pub(super) path: PathBuf,
    pub(super) options: SqliteOptions,
    pub(super) channels: EventChannels,
    pub(super) vault: Arc<Vault>,
}

/// An open database.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) database: Database,
    pub(super) reader: ContentConnection,
    pub(super) watch: FileWatch,
}

impl Opening {
    /// Opens the database. The first time, the work of an earlier process is recovered.
    pub(super) fn open(&self, is_first: bool, lock: &Lock) -> Result<Opened, Fault> {
        permissions::tighten(&self.path);
        let mut conn = ContentConnection::new(connect(&self.path, WRITER_CACHE_KIB)?, Arc::clone(&self.vault));
        #[cfg(any(test, feature = "test-util"))]
        self.options.limit_pages(&conn)?;
        self.check(&conn)?;
        schema::migrate(&mut conn)?;
        if let Some(host) = &self.options.graph_host {
            schema::check_graph_host(&conn, host)?;
        }
        conn.check_keys()?;
        let namespace = schema::namespace(&conn)?;
        if is_first {
            // Without a recorded end the process was killed.
            let has_crashed = matches!(lock.last_state(), None | Some(ProcessState::Running));
            recovery::run(&conn, self.options.clock.now(), has_crashed)?;
            compaction::run_or_log(&conn);
        }
        let reader = connect(&self.path, READER_CACHE_KIB)?;
        reader.pragma_update(None, "query_only", true)?;
        // The writer decides whether a checkpoint is safe.
        reader.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        let reader = ContentConnection::new(reader, Arc::clone(&self.vault));
        let watch = FileWatch::new(&self.path, &conn)?;
        let database = Database::new(conn, self.options.clone(), namespace, self.channels.clone());
        Ok(Opened { database, reader, watch })
    }

    /// Checks the structure of the database.
    fn check(&self, conn: &Connection) -> Result<(), Fault> {
        let damage = match QuickCheck::start(&self.path)?.wait(CHECK_TIMEOUT).map(|(result, _)| result) {
            Some(CheckResult::Intact) => return Ok(()),
            Some(CheckResult::Unknown(fault)) if fault.storage().is_none() => return Ok(()),
            Some(CheckResult::Unknown(fault)) => return Err(fault),
            Some(CheckResult::Corrupt(damage)) => damage,
            None => {
                let seconds = CHECK_TIMEOUT.as_secs();
                tracing::info!(seconds, "database is too large for a complete check at start");
                return Ok(());
            }
        };
        // A checkpoint could do more damage.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        Err(Fault::Refused(Error::Corrupt { database: self.path.display().to_string(), source: damage.into() }))
    }
}
