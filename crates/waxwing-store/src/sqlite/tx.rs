//! Context of one operation in the writer's transaction.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use rusqlite::{Connection, OptionalExtension, Params, Row, Statement, StatementStatus};

use super::content::ContentConnection;
use super::events::Events;
use super::fault::Fault;
use crate::Timestamp;

/// Context of an operation.
#[derive(Debug)]
pub(super) struct Tx<'a> {
    pub(super) conn: &'a ContentConnection,
    /// Time of the operation.
    pub(super) now: Timestamp,
    /// Prefix of the tokens of attempts.
    pub(super) namespace: &'a str,
    /// Time of the last webhook in this process.
    pub(super) last_webhook: &'a Cell<Option<Timestamp>>,
    /// Time of the last commit that wrote something.
    pub(super) last_write: Option<Instant>,
    /// Whether a compaction follows the transaction.
    pub(super) compaction: &'a Cell<bool>,
    pub(super) events: &'a Events,
    /// Scope of a rollback if the operation fails.
    pub(super) scope: RollbackScope,
}

/// Scope of a rollback after a failed operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RollbackScope {
    /// The whole transaction, if the operation has written. Failures are rare, and a savepoint costs as much as an operation, because SQLite
    /// copies every page that changes within it.
    Transaction,
    /// The savepoint of the operation.
    Savepoint,
}

impl RollbackScope {
    /// Runs an operation, or a part of one. On an error none of its writes remains, except with [`Fault::NeedsSavepoint`]: then the caller must
    /// roll back the transaction.
    pub(super) fn run<T>(
        self,
        conn: &Connection,
        events: &Events,
        op: impl FnOnce() -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let counts = events.counts();
        let result = match self {
            Self::Transaction => without_savepoint(conn, op),
            Self::Savepoint => in_savepoint(conn, op),
        };
        if result.is_err() {
            events.truncate(counts);
        }
        result
    }
}

fn without_savepoint<T>(conn: &Connection, op: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    let before = conn.total_changes();
    match catch_unwind(AssertUnwindSafe(op)).unwrap_or(Err(Fault::Panicked)) {
        // SQLite itself rolls back the transaction on a full disk or an I/O error.
        Err(fault) if conn.is_autocommit() => Err(fault.lost()),
        Err(_) if conn.total_changes() != before => Err(Fault::NeedsSavepoint),
        result => result,
    }
}

fn in_savepoint<T>(conn: &Connection, op: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    let run = |sql| conn.prepare_cached(sql)?.execute(()).map(|_| ());
    run("SAVEPOINT op")?;
    // A rollback to the savepoint restores the database, the only state that outlives a panic.
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
    /// Runs a part of the operation that takes effect completely or not at all.
    pub(super) fn atomically<T>(&self, op: impl FnOnce(&Self) -> Result<T, Fault>) -> Result<T, Fault> {
        self.scope.run(self.conn, self.events, || op(self))
    }

    /// Runs a statement that returns no rows. Returns the number of changed rows.
    pub(super) fn run(&self, sql: &str, params: impl Params) -> Result<usize, Fault> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let changed = statement.execute(params)?;
        assert_cheap(&statement, sql);
        Ok(changed)
    }

    /// Returns the first row of a query, if there is one.
    pub(super) fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, Fault> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let row = statement.query_row(params, read).optional()?;
        assert_cheap(&statement, sql);
        Ok(row)
    }

    /// Returns the row of a query that always has one.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Fault> {
        self.first(sql, params, read)?.ok_or(Fault::Sql(rusqlite::Error::QueryReturnedNoRows))
    }

    /// Returns all rows of a query.
    pub(super) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Fault> {
        self.all_until(sql, params, |row| read(row).map(Some))
    }

    /// Returns the rows of a query before the first row for which `read` returns `None`. Later rows are not read.
    pub(super) fn all_until<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<Option<T>>,
    ) -> Result<Vec<T>, Fault> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map(params, read)?.map_while(Result::transpose).collect::<Result<_, _>>()?;
        assert_cheap(&statement, sql);
        Ok(rows)
    }
}

/// Number of allowed recompilations of a statement. SQLite recompiles a statement after a schema change, which only tests make.
const MAX_RECOMPILATIONS: i32 = 8;

/// Makes tests fail on a statement that scans a table, sorts rows, or is recompiled for each execution, because its cost grows with the
/// amount of stored data.
fn assert_cheap(statement: &Statement<'_>, sql: &str) {
    debug_assert_eq!(statement.get_status(StatementStatus::FullscanStep), 0, "scans a table: {sql}");
    debug_assert_eq!(statement.get_status(StatementStatus::AutoIndex), 0, "needs an index: {sql}");
    debug_assert_eq!(statement.get_status(StatementStatus::Sort), 0, "sorts rows: {sql}");
    debug_assert!(
        statement.get_status(StatementStatus::RePrepare) <= MAX_RECOMPILATIONS,
        "recompiled for each execution: {sql}"
    );
}
