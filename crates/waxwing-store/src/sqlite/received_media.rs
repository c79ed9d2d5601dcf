//! References from messages to kept media.

use async_trait::async_trait;

use super::tables::entry_media;
use super::writer::Priority;
use super::{SqliteStore, lease};
use crate::{Error, KeptMedium, Lease, MediaHash, MediaMessage, ReceivedMediaStore};

#[async_trait]
impl ReceivedMediaStore for SqliteStore {
    async fn record_media(&self, lease: &Lease, media: Vec<(MediaMessage, KeptMedium)>) -> Result<(), Error> {
        let lease = lease.clone();
        self.writer
            .run(Priority::Write, move |tx| {
                lease::check(tx.conn, &lease)?;
                media
                    .iter()
                    .try_for_each(|(message, medium)| entry_media::set(tx, lease.conversation, *message, medium))
            })
            .await
    }

    async fn unused_media(&self, hashes: Vec<MediaHash>) -> Result<Vec<MediaHash>, Error> {
        self.reader.run(move |conn| entry_media::unused(conn, &hashes)).await
    }
}
