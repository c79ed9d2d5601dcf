//! Leases on conversations.

use std::time::Duration;

use rusqlite::Connection;

use super::fault::Fault;
use super::tables::conversation;
use super::tx::Tx;
use crate::{Error, Lease};

/// Fails with [`Error::LeaseLost`] if a lease is no longer held.
pub(super) fn check(conn: &Connection, lease: &Lease) -> Result<(), Fault> {
    if conversation::is_held(conn, lease)? { Ok(()) } else { Err(Fault::Refused(Error::LeaseLost)) }
}

/// Extends a lease to `length` from now.
pub(super) fn renew(tx: &Tx<'_>, lease: &Lease, length: Duration) -> Result<(), Fault> {
    check(tx.conn, lease)?;
    conversation::set_lease_end(tx, lease.conversation, tx.now.after(length))
}

/// Records that the run of the holder is the only run of its process.
pub(super) fn isolate(tx: &Tx<'_>, lease: &Lease) -> Result<(), Fault> {
    check(tx.conn, lease)?;
    conversation::set_isolated(tx, lease.conversation, true)
}
