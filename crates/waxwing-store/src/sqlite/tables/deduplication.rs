//! Table `deduplication`: hashes of stored items.

use rusqlite::params;
use sha2::{Digest, Sha256};

use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;

/// Length of a stored hash in bytes. Half a SHA-256 is unique among all webhooks and halves the size of the index.
const HASH_LENGTH: usize = 16;

/// Stores the hash of an item, given by its parts. Returns false if the item is a duplicate.
pub(in crate::sqlite) fn insert(tx: &Tx<'_>, parts: &[&[u8]]) -> Result<bool, Fault> {
    let changed = tx.run(
        "INSERT INTO deduplication (hash, stored_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        params![hash(parts), tx.now.as_millis()],
    )?;
    Ok(changed == 1)
}

/// Returns whether an item is stored.
pub(in crate::sqlite) fn contains(tx: &Tx<'_>, parts: &[&[u8]]) -> Result<bool, Fault> {
    let found = tx.first("SELECT 1 FROM deduplication WHERE hash = ?1", [hash(parts)], |_| Ok(()))?;
    Ok(found.is_some())
}

/// Removes the hash of an item, so that the item can be stored again.
pub(in crate::sqlite) fn remove(tx: &Tx<'_>, parts: &[&[u8]]) -> Result<(), Fault> {
    tx.run("DELETE FROM deduplication WHERE hash = ?1", [hash(parts)])?;
    Ok(())
}

/// Returns the hash of an item, given by its parts.
pub(in crate::sqlite) fn hash(parts: &[&[u8]]) -> [u8; HASH_LENGTH] {
    let mut hash = Sha256::new();
    for part in parts {
        // The length distinguishes ("ab", "c") from ("a", "bc").
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    std::array::from_fn(|i| digest[i])
}
