//! References from messages to kept media.

use async_trait::async_trait;

use super::fault::Fault;
use super::tables::{entry, entry_media, inbox};
use super::tx::Tx;
use super::writer::Priority;
use super::{SqliteStore, lease};
use crate::{ConversationId, Error, KeptMedium, Lease, MediaHash, MediaMessage, ReceivedMediaStore};

#[async_trait]
impl ReceivedMediaStore for SqliteStore {
    async fn record_media(&self, lease: &Lease, media: Vec<(MediaMessage, KeptMedium)>) -> Result<(), Error> {
        let lease = lease.clone();
        self.writer
            .run(Priority::Write, move |tx| {
                lease::check(tx.conn, &lease)?;
                media.iter().try_for_each(|(message, medium)| record(tx, lease.conversation, *message, medium))
            })
            .await
    }

    async fn unused_media(&self, hashes: Vec<MediaHash>) -> Result<Vec<MediaHash>, Error> {
        self.reader.run(move |conn| entry_media::unused(conn, &hashes)).await
    }
}

/// Records the medium of a message, unless the message is gone.
fn record(tx: &Tx<'_>, conversation: ConversationId, message: MediaMessage, medium: &KeptMedium) -> Result<(), Fault> {
    let entry = match message {
        MediaMessage::Pending(seq) => inbox::entry_of(tx, conversation, seq)?,
        MediaMessage::Logged(place) => entry::at_place(tx, conversation, place)?,
    };
    entry.map_or(Ok(()), |entry| entry_media::set(tx, conversation, entry, medium))
}
