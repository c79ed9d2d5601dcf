//! Connection through which all content passes.

pub(super) mod keys;

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use bytes::Bytes;
use rusqlite::types::{Type, ValueRef};
use rusqlite::{Connection, Row};

use super::fault::Fault;
use crate::vault::{Column, ContentKey, PLAIN_OVERHEAD, StoredContent, Vault, VaultError, WrappedKey, plain};
use crate::{ConversationId, Error};

/// A connection with the vault of its database, which seals and opens content.
#[derive(Debug)]
pub(super) struct ContentConnection {
    conn: Connection,
    vault: Arc<Vault>,
}

impl ContentConnection {
    pub(super) fn new(conn: Connection, vault: Arc<Vault>) -> Self {
        Self { conn, vault }
    }

    pub(super) fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Returns the connection without the vault.
    pub(super) fn into_inner(self) -> Connection {
        self.conn
    }

    /// Returns content as it is stored: sealed with the key of the conversation, if a storage key is set. The first content creates the key.
    pub(super) fn seal(
        &self,
        column: Column,
        conversation: Option<ConversationId>,
        content: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        if !self.vault.seals() {
            return Ok(plain(content));
        }
        self.key_of(conversation)?.seal(column, content).map_err(Fault::Content)
    }

    /// Opens the content of a column.
    pub(super) fn open(&self, column: Column, stored: &[u8]) -> rusqlite::Result<Vec<u8>> {
        match StoredContent::parse(stored) {
            Ok(StoredContent::Plain(content)) => Ok(content.to_vec()),
            Ok(StoredContent::Sealed(key)) => self.open_sealed(column, key, stored.to_vec()),
            Err(error) => Err(unreadable(error)),
        }
    }

    /// Opens content without a second copy of it.
    pub(super) fn open_owned(&self, column: Column, stored: Vec<u8>) -> rusqlite::Result<Bytes> {
        match StoredContent::parse(&stored) {
            Ok(StoredContent::Plain(_)) => Ok(Bytes::from(stored).slice(PLAIN_OVERHEAD..)),
            Ok(StoredContent::Sealed(key)) => self.open_sealed(column, key, stored).map(Bytes::from),
            Err(error) => Err(unreadable(error)),
        }
    }

    /// Opens the content in a column of a row.
    pub(super) fn read(&self, column: Column, row: &Row<'_>, index: usize) -> rusqlite::Result<Vec<u8>> {
        self.open(column, row.get_ref(index)?.as_blob()?)
    }

    /// Opens the content in a column of a row, if there is content.
    pub(super) fn read_optional(
        &self,
        column: Column,
        row: &Row<'_>,
        index: usize,
    ) -> rusqlite::Result<Option<Vec<u8>>> {
        match row.get_ref(index)? {
            ValueRef::Null => Ok(None),
            value => self.open(column, value.as_blob()?).map(Some),
        }
    }

    fn open_sealed(&self, column: Column, key: i64, stored: Vec<u8>) -> rusqlite::Result<Vec<u8>> {
        let key = if let Some(key) = self.vault.cached(key) {
            key
        } else {
            let wrapped = keys::get(&self.conn, key)?.ok_or_else(|| unreadable(VaultError::NoContentKey))?;
            self.vault.unwrap(&wrapped).map_err(unreadable)?
        };
        key.open(column, stored).map_err(unreadable)
    }

    /// Returns the key that seals new content of a conversation.
    fn key_of(&self, conversation: Option<ConversationId>) -> Result<Arc<ContentKey>, Fault> {
        // The table is asked each time, because a key in memory may be one of a transaction that was rolled back.
        let Some(wrapped) = keys::of(&self.conn, conversation)? else {
            let (key, wrapped) = self.vault.create().map_err(Fault::Content)?;
            keys::insert(&self.conn, conversation, &wrapped)?;
            return Ok(key);
        };
        match self.vault.cached(wrapped.id) {
            Some(key) => Ok(key),
            None => self.vault.unwrap(&wrapped).map_err(Fault::Content),
        }
    }

    /// Wraps a key with the current storage key.
    pub(super) fn rewrap(&self, key: &WrappedKey) -> Result<(), Fault> {
        keys::set_wrapped(&self.conn, &self.vault.rewrap(key).map_err(Fault::Content)?)
    }

    /// Refuses a database that needs a storage key which is not known.
    pub(super) fn check_keys(&self) -> Result<(), Fault> {
        for id in keys::storage_keys(&self.conn)? {
            if !self.vault.knows(&id) {
                let current = self.vault.current().map(str::to_owned);
                return Err(Fault::Refused(Error::StorageKeyMissing { needed: id, current }));
            }
        }
        Ok(())
    }
}

impl Deref for ContentConnection {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.conn
    }
}

impl DerefMut for ContentConnection {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.conn
    }
}

fn unreadable(error: VaultError) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Blob, Box::new(error))
}
