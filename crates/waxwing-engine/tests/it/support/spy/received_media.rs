//! References from messages to kept media, through a spy.

use async_trait::async_trait;
use waxwing_store::{Error, KeptMedium, Lease, MediaHash, MediaMessage, ReceivedMediaStore};

use super::{Op, Spy};

#[async_trait]
impl ReceivedMediaStore for Spy {
    async fn record_media(&self, lease: &Lease, media: Vec<(MediaMessage, KeptMedium)>) -> Result<(), Error> {
        self.pass(Op::RecordMedia, self.inner.record_media(lease, media)).await
    }

    async fn unused_media(&self, hashes: Vec<MediaHash>) -> Result<Vec<MediaHash>, Error> {
        self.inner.unused_media(hashes).await
    }
}
