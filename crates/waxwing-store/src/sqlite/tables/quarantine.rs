//! Table `quarantine`: received data that could not be used.

use rusqlite::params;
use waxwing_types::PhoneNumberId;

use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;

/// Inserts an item.
pub(in crate::sqlite) fn insert(
    tx: &Tx<'_>,
    number: Option<&PhoneNumberId>,
    reason: &str,
    body: &[u8],
) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO quarantine (number, reason, body, received_at) VALUES (?1, ?2, ?3, ?4)",
        params![number.map(PhoneNumberId::as_str), reason, body, tx.now.as_millis()],
    )?;
    Ok(())
}
