//! Users who want no marketing messages.

use super::conversation_key::{conversation_id, conversation_key};
use super::fault::Fault;
use super::tables::conversation::marketing;
use super::tx::Tx;
use crate::{Error, OptOut};

/// Returns users who want no marketing messages, after the conversation with a key.
pub(super) fn list(tx: &Tx<'_>, after: Option<&str>, limit: usize) -> Result<Vec<OptOut>, Fault> {
    let after = match after {
        Some(key) => conversation_id(tx.namespace, key).ok_or(Fault::Refused(Error::NotFound))?.0,
        None => 0,
    };
    marketing::stopped(tx, after, limit, |id| conversation_key(tx.namespace, id))
}
