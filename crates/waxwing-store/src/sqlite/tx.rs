//! One operation inside the writer's transaction.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::{Connection, OptionalExtension, Params, Row};

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
}

impl Tx<'_> {
    /// Runs `op` in a savepoint of its own: if it fails or panics, what it wrote is taken back and nothing else.
    pub(super) fn nested<T>(&self, op: impl FnOnce(&Self) -> Result<T, Fault>) -> Result<T, Fault> {
        self.run("SAVEPOINT op", ())?;
        // Rolling back to the savepoint restores the database, the only state that both sides of the panic share.
        let result = catch_unwind(AssertUnwindSafe(|| op(self))).unwrap_or(Err(Fault::Panicked));
        if let Err(fault) = result {
            // SQLite itself gives the transaction up on a full disk, an I/O error and the like.
            if self.conn.is_autocommit() {
                return Err(fault.lost());
            }
            self.undo().map_err(|error| Fault::Sql(error).lost())?;
            return Err(fault);
        }
        self.run("RELEASE op", ())?;
        result
    }

    fn undo(&self) -> rusqlite::Result<()> {
        self.conn.prepare_cached("ROLLBACK TO op")?.execute(())?;
        self.conn.prepare_cached("RELEASE op")?.execute(())?;
        Ok(())
    }

    /// Runs a statement that returns no rows; tells how many it changed.
    pub(super) fn run(&self, sql: &str, params: impl Params) -> Result<usize, Fault> {
        Ok(self.conn.prepare_cached(sql)?.execute(params)?)
    }

    /// The first row of a query, if it has one.
    pub(super) fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, Fault> {
        Ok(self.conn.prepare_cached(sql)?.query_row(params, read).optional()?)
    }

    /// The only row of a query that always has one.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Fault> {
        Ok(self.conn.prepare_cached(sql)?.query_row(params, read)?)
    }

    /// All rows of a query.
    pub(super) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Fault> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map(params, read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
