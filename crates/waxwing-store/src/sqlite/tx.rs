//! One operation inside the writer's transaction.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::{Connection, OptionalExtension, Params, Row, Statement, StatementStatus};

use super::events::Events;
use super::fault::Fault;
use crate::Timestamp;

/// What an operation works with.
#[derive(Debug)]
pub(super) struct Tx<'a> {
    pub(super) conn: &'a Connection,
    /// The time of the operation.
    pub(super) now: Timestamp,
    /// What the tokens of this database's attempts begin with.
    pub(super) namespace: &'a str,
    /// When a webhook came in last, in this process.
    pub(super) heard: &'a Cell<Option<Timestamp>>,
    /// Set where the file is to be written anew after the transaction.
    pub(super) compaction: &'a Cell<bool>,
    /// Takes what happened to messages.
    pub(super) events: &'a Events,
    /// How it stands to the other operations of the transaction.
    pub(super) footing: Footing,
}

/// How an operation stands to the others of its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Footing {
    /// Together with them: if it fails after it has written something, all of them are taken back. Nearly none does, and a savepoint costs
    /// about as much as an operation: within it SQLite keeps a copy of every page as it was.
    Together,
    /// In a savepoint of its own: if it fails, what it wrote is taken back and nothing else.
    Apart,
}

impl Footing {
    /// Runs an operation, or a part of one. On an error nothing of what it wrote remains, except with [`Fault::Entangled`]: then the whole
    /// transaction must be taken back.
    pub(super) fn run<T>(
        self,
        conn: &Connection,
        events: &Events,
        op: impl FnOnce() -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mark = events.mark();
        let result = match self {
            Self::Together => together(conn, op),
            Self::Apart => apart(conn, op),
        };
        if result.is_err() {
            events.take_back(mark);
        }
        result
    }
}

fn together<T>(conn: &Connection, op: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    let before = conn.total_changes();
    match catch_unwind(AssertUnwindSafe(op)).unwrap_or(Err(Fault::Panicked)) {
        // SQLite itself gives the whole transaction up on a full disk, an I/O error and the like.
        Err(fault) if conn.is_autocommit() => Err(fault.lost()),
        Err(_) if conn.total_changes() != before => Err(Fault::Entangled),
        result => result,
    }
}

fn apart<T>(conn: &Connection, op: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    let run = |sql| conn.prepare_cached(sql)?.execute(()).map(|_| ());
    run("SAVEPOINT op")?;
    // Rolling back to the savepoint restores the database, which is all that both sides of a panic share.
    match catch_unwind(AssertUnwindSafe(op)).unwrap_or(Err(Fault::Panicked)) {
        Ok(value) => {
            run("RELEASE op").map_err(|error| Fault::Sql(error).lost())?;
            Ok(value)
        }
        Err(fault) if conn.is_autocommit() => Err(fault.lost()),
        Err(fault) => {
            run("ROLLBACK TO op").and_then(|()| run("RELEASE op")).map_err(|error| Fault::Sql(error).lost())?;
            Err(fault)
        }
    }
}

impl Tx<'_> {
    /// Runs a part of the operation that takes effect as a whole or not at all.
    pub(super) fn whole<T>(&self, op: impl FnOnce(&Self) -> Result<T, Fault>) -> Result<T, Fault> {
        self.footing.run(self.conn, self.events, || op(self))
    }

    /// Runs a statement that returns no rows; tells how many it changed.
    pub(super) fn run(&self, sql: &str, params: impl Params) -> Result<usize, Fault> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let changed = statement.execute(params)?;
        must_be_cheap(&statement, sql);
        Ok(changed)
    }

    /// The first row of a query, if it has one.
    pub(super) fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, Fault> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let row = statement.query_row(params, read).optional()?;
        must_be_cheap(&statement, sql);
        Ok(row)
    }

    /// The only row of a query that always has one.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Fault> {
        self.first(sql, params, read)?.ok_or(Fault::Sql(rusqlite::Error::QueryReturnedNoRows))
    }

    /// All rows of a query.
    pub(super) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Fault> {
        self.all_until(sql, params, |row| read(row).map(Some))
    }

    /// The rows of a query before the first one of which `read` makes nothing. Those behind it are not looked at.
    pub(super) fn all_until<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<Option<T>>,
    ) -> Result<Vec<T>, Fault> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map(params, read)?.map_while(Result::transpose).collect::<Result<_, _>>()?;
        must_be_cheap(&statement, sql);
        Ok(rows)
    }
}

/// How often a statement may be compiled again: whenever the tables change, which only tests do to an open database.
const RECOMPILED: i32 = 8;

/// Makes tests fail on a statement that goes through a whole table, sorts what it finds, or is compiled each time: what a message costs must
/// not grow with what is stored, nor be spent on the planner.
fn must_be_cheap(statement: &Statement<'_>, sql: &str) {
    debug_assert_eq!(statement.get_status(StatementStatus::FullscanStep), 0, "goes through a whole table: {sql}");
    debug_assert_eq!(statement.get_status(StatementStatus::AutoIndex), 0, "lacks an index: {sql}");
    debug_assert_eq!(statement.get_status(StatementStatus::Sort), 0, "sorts: {sql}");
    debug_assert!(statement.get_status(StatementStatus::RePrepare) <= RECOMPILED, "is compiled each time: {sql}");
}
