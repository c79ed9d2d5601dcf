//! Upload of the medium of a message.

use sha2::{Digest as _, Sha256};
use waxwing_store::{MediaDigest, Retention, SendAttempt, Upload};
use waxwing_types::{MediaId, MediaSource, OutboundMessage};

use crate::graph::{FailureKind, GraphError};
use crate::media_memory::MediaPermit;
use crate::shared::{Route, Shared};
use crate::store_log::log_store_error;

/// Codes by which Meta may refuse a medium that it does not keep any more.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>
const MEDIUM_CODES: [i64; 4] = [100, 131_009, 131_052, 131_053];

/// Why the medium of a message was not uploaded.
pub(super) enum UploadFailure {
    /// The store could not return the medium. No request was made.
    Store,
    Graph(GraphError),
}

/// A medium that was uploaded for an earlier message.
pub(super) struct Reused {
    media: MediaId,
    digest: MediaDigest,
}

/// Puts Meta's id of the medium into the message, if the message has a medium without an id. Uploads the medium unless the number has
/// uploaded the same content before.
pub(super) async fn upload(
    shared: &Shared,
    route: &Route,
    send: &SendAttempt,
    message: &mut OutboundMessage,
    memory: MediaPermit,
) -> Result<Option<Reused>, UploadFailure> {
    let (Some(_), Some(source)) = (send.upload_bytes, message.content.media_mut()) else { return Ok(None) };
    let outbox = send.id.0;
    let mut upload = shared.store.upload(send).await.map_err(|error| {
        log_store_error!(error, outbox, "reading a medium failed; retrying");
        UploadFailure::Store
    })?;
    upload.bytes = memory.hold(upload.bytes);
    drop(memory);
    let (upload, digest) = with_digest(upload).await.ok_or(UploadFailure::Store)?;
    let known = shared.store.find_upload(&send.number, &digest, Retention::MAX_UPLOADS).await;
    if let Some(media) = known.unwrap_or_else(|error| {
        log_store_error!(error, outbox, "looking for an uploaded medium failed");
        None
    }) {
        *source = MediaSource::Id(media.clone());
        return Ok(Some(Reused { media, digest }));
    }
    let id = route.graph.upload(&upload).await.map_err(UploadFailure::Graph)?;
    drop(upload);
    record(shared, send, &id, &digest).await;
    *source = MediaSource::Id(id);
    Ok(None)
}

impl Reused {
    /// Records that the message has the medium. Until then each attempt looks for the medium again.
    pub(super) async fn accepted(self, shared: &Shared, send: &SendAttempt) {
        record(shared, send, &self.media, &self.digest).await;
    }

    /// Forgets the medium if Meta may not keep it any more. Returns true if another upload may help.
    pub(super) async fn forget_if_gone(self, shared: &Shared, send: &SendAttempt, error: &GraphError) -> bool {
        let is_of_medium = error.code.is_some_and(|code| MEDIUM_CODES.contains(&code));
        if error.kind != FailureKind::Permanent || !is_of_medium {
            return false;
        }
        match shared.store.forget_upload(&self.media).await {
            Ok(()) => true,
            Err(error) => {
                log_store_error!(error, outbox = send.id.0, "forgetting an uploaded medium failed");
                false
            }
        }
    }
}

async fn record(shared: &Shared, send: &SendAttempt, id: &MediaId, digest: &MediaDigest) {
    if let Err(error) = shared.store.record_upload(send, id, digest).await {
        let outbox = send.id.0;
        tracing::warn!(error = &error as &dyn std::error::Error, outbox, "recording a media upload failed");
    }
}

/// Returns the medium with the digest of its type and content. The digest of a large medium takes some time.
async fn with_digest(upload: Upload) -> Option<(Upload, MediaDigest)> {
    let work = move || {
        let digest =
            Sha256::new().chain_update(&upload.mime_type).chain_update([0]).chain_update(&upload.bytes).finalize();
        (upload, digest.into())
    };
    tokio::task::spawn_blocking(work).await.ok()
}
