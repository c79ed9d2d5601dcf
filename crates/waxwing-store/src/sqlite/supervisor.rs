//! Supervision of the open database: latches its faults, recovers from them.

use std::fmt::Display;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;

use super::database::Database;
use super::fault::Fault;
use super::file_watch::{FileWatch, Files};
use super::health::Health;
use super::lock::{Lock, ProcessState};
use super::opening::{Opened, Opening};
use super::quick_check::{CheckResult, QuickCheck};
use super::reader::ReaderSlot;
use crate::{Error, StoreFault};

/// Shortest time between two attempts to recover.
const RECOVERY_INTERVAL: Duration = Duration::from_secs(1);

/// Share of the time that checks and attempts to recover may take: one in this number.
const IDLE_SHARE: u32 = 10;

/// How long operations wait for a check after another program has written to the files. The check of a large database continues without them.
const CHECK_WAIT: Duration = Duration::from_millis(100);

/// Watch over a database and its files.
pub(super) struct Supervisor {
    opening: Opening,
    lock: Arc<Lock>,
    /// State in the lock file; `None` before the database was open.
    process_state: Option<ProcessState>,
    /// `None` while the database could not be opened.
    database: Option<Database>,
    /// Kept while the database is closed, so that another file is not opened in its place.
    watch: Option<FileWatch>,
    reader: Arc<ReaderSlot>,
    health: Arc<Health>,
    check: Option<QuickCheck>,
    /// Whether another program has written to the files since the last check began.
    is_touched: bool,
    /// Whether the latched fault is damage of the files, which the open connections survive.
    is_file_damage: bool,
    recover_at: Instant,
    check_at: Instant,
}

impl Supervisor {
    /// Opens the database. With a full disk the supervisor starts with a latched fault.
    pub(super) fn start(
        opening: Opening,
        lock: Arc<Lock>,
        reader: Arc<ReaderSlot>,
        health: Arc<Health>,
    ) -> Result<Self, Error> {
        let now = Instant::now();
        let mut supervisor = Self {
            opening,
            lock,
            process_state: None,
            database: None,
            watch: None,
            reader,
            health,
            check: None,
            is_touched: false,
            is_file_damage: false,
            recover_at: now + RECOVERY_INTERVAL,
            check_at: now,
        };
        match supervisor.open() {
            Err(fault) if fault.storage() == Some(StoreFault::Disk) => {
                supervisor.latch(StoreFault::Disk, &fault);
            }
            result => result?,
        }
        supervisor.record_state();
        Ok(supervisor)
    }

    /// Returns the database if it accepts writes. Tries to recover from a fault from time to time.
    pub(super) fn ready(&mut self) -> Result<&Database, StoreFault> {
        if self.health.fault().is_none() {
            self.inspect();
        }
        if self.health.fault().is_some() && Instant::now() >= self.recover_at {
            self.recover();
        }
        self.record_state();
        match (&self.database, self.health.fault()) {
            (Some(database), None) => Ok(database),
            (_, fault) => Err(fault.unwrap_or(StoreFault::Write)),
        }
    }

    /// Takes the result of a transaction. Returns the fault that it shows: then the transaction counts as failed.
    pub(super) fn finish(&mut self, result: &Result<(), Fault>) -> Option<StoreFault> {
        if let Err(fault) = result {
            let storage = fault.storage()?;
            self.latch(storage, fault);
            return Some(storage);
        }
        let (Some(database), Some(watch)) = (&self.database, &mut self.watch) else { return None };
        match watch.record(&database.conn) {
            Ok(files) => self.is_touched |= files == Files::Touched,
            Err(damage) => return Some(self.latch_damage(&damage)),
        }
        None
    }

    /// Closes the database. Moves the write-ahead log into the database file, unless the files are damaged.
    pub(super) fn close(mut self) {
        self.check = None;
        if self.process_state.is_some() {
            self.lock.record(ProcessState::Stopped);
        }
        let Some(database) = self.database.take() else { return };
        if self.health.fault() == Some(StoreFault::Integrity) {
            forbid_checkpoint(&database);
            return;
        }
        // A closed database is one file. A remaining log is read at the next start.
        if let Err(error) = database.conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(())) {
            tracing::warn!(%error, "write-ahead log checkpoint failed at close");
        }
    }

    fn open(&mut self) -> Result<(), Fault> {
        let Opened { database, reader, watch } = self.opening.open(self.watch.is_none(), &self.lock)?;
        self.reader.set(Some(reader));
        (self.database, self.watch) = (Some(database), Some(watch));
        Ok(())
    }

    /// Keeps the state in the lock file up to date. Before the database was open, the file has the state of the earlier process, whose work is not
    /// recovered yet.
    fn record_state(&mut self) {
        let state = if self.health.fault().is_some() { ProcessState::Faulted } else { ProcessState::Running };
        if self.watch.is_some() && self.process_state != Some(state) {
            self.lock.record(state);
            self.process_state = Some(state);
        }
    }

    /// Looks for damage of the files, and checks the database after another program has written to it.
    fn inspect(&mut self) {
        let (Some(database), Some(watch)) = (&self.database, &mut self.watch) else { return };
        match watch.inspect(&database.conn) {
            Ok(files) => self.is_touched |= files == Files::Touched,
            Err(damage) => {
                self.latch_damage(&damage);
                return;
            }
        }
        let mut wait = Duration::ZERO;
        if self.is_touched && self.check.is_none() && Instant::now() >= self.check_at {
            (self.is_touched, wait) = (false, CHECK_WAIT);
            match QuickCheck::start(&self.opening.path) {
                Ok(check) => self.check = Some(check),
                Err(fault) => self.latch_if_storage(&fault),
            }
        }
        if let Some((result, time)) = self.check.as_ref().and_then(|check| check.wait(wait)) {
            self.check = None;
            self.check_at = Instant::now() + time * IDLE_SHARE;
            match result {
                CheckResult::Intact => {}
                CheckResult::Corrupt(damage) => self.latch(StoreFault::Integrity, &damage),
                CheckResult::Unknown(fault) => self.latch_if_storage(&fault),
            }
        }
    }

    fn recover(&mut self) {
        let started_at = Instant::now();
        match self.try_recover() {
            Ok(()) => {
                self.is_file_damage = false;
                self.health.clear();
            }
            Err(fault) => self.latch(fault.storage().unwrap_or(StoreFault::Write), &fault),
        }
        self.recover_at = Instant::now() + RECOVERY_INTERVAL.max(started_at.elapsed() * IDLE_SHARE);
    }

    /// Repairs what can be repaired, and makes a test write.
    fn try_recover(&mut self) -> Result<(), Fault> {
        let fault = self.health.fault();
        if let Some(watch) = &mut self.watch {
            match &self.database {
                Some(database) => self.is_touched |= watch.inspect(&database.conn)? == Files::Touched,
                None => watch.check_identity()?,
            }
        }
        // After an I/O error or corruption, the page caches may differ from the file.
        let must_reopen = fault != Some(StoreFault::Disk) && !self.is_file_damage;
        if must_reopen || self.database.is_none() {
            self.check = None;
            self.reader.set(None);
            if let Some(database) = self.database.take() {
                forbid_checkpoint(&database);
            }
            self.open()?;
        }
        let (Some(database), Some(watch)) = (&self.database, &mut self.watch) else { return Ok(()) };
        database.test_write(fault == Some(StoreFault::Disk))?;
        watch.record(&database.conn)?;
        Ok(())
    }

    fn latch(&mut self, fault: StoreFault, cause: &dyn Display) {
        if self.health.fault().is_none() {
            self.recover_at = Instant::now() + RECOVERY_INTERVAL;
        }
        self.health.latch(fault, cause);
    }

    fn latch_if_storage(&mut self, fault: &Fault) {
        if let Some(storage) = fault.storage() {
            self.latch(storage, fault);
        }
    }

    fn latch_damage(&mut self, damage: &dyn Display) -> StoreFault {
        self.is_file_damage = true;
        self.latch(StoreFault::Integrity, damage);
        StoreFault::Integrity
    }
}

/// Keeps SQLite from copying the write-ahead log into a damaged file when the connection is closed.
fn forbid_checkpoint(database: &Database) {
    if let Err(error) = database.conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true) {
        tracing::warn!(%error, "checkpoint at close could not be disabled");
    }
}
