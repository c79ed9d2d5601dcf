//! Keeps received media for later turns.

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::RwLock;
use waxwing_store::{Error, KeptMedium, Lease, MediaHash, MediaMessage, MediaStore, Store};
use waxwing_types::MediaId;

/// Largest number of remembered downloads.
const MAX_TRIED: usize = 4096;

/// Number of hashes that one call asks the store about.
const HASHES_PER_CALL: usize = 500;

/// Puts media into the media store, records the messages that they belong to, and removes media without a message.
pub(crate) struct MediaKeeper {
    store: Arc<dyn Store>,
    /// `None` if media are not kept.
    media: Option<Arc<dyn MediaStore>>,
    /// Held for reading while media are put that no message refers to yet.
    recording: RwLock<()>,
    /// Media of earlier messages that were downloaded again, or could not be.
    tried: Mutex<HashSet<MediaId>>,
}

/// A downloaded medium.
#[derive(Debug)]
pub(crate) struct DownloadedFile {
    pub(crate) message: MediaMessage,
    pub(crate) medium: KeptMedium,
    pub(crate) path: PathBuf,
}

impl MediaKeeper {
    pub(crate) fn new(store: Arc<dyn Store>, media: Option<Arc<dyn MediaStore>>) -> Self {
        Self { store, media, recording: RwLock::default(), tried: Mutex::default() }
    }

    /// Returns whether media are kept.
    pub(crate) fn is_enabled(&self) -> bool {
        self.media.is_some()
    }

    /// Keeps files. A file that cannot be kept is missing in later turns.
    pub(crate) async fn keep(&self, lease: &Lease, files: Vec<DownloadedFile>) {
        let Some(media) = self.media.as_deref().filter(|_| !files.is_empty()) else { return };
        let recording = self.recording.read().await;
        let mut kept = Vec::with_capacity(files.len());
        for DownloadedFile { message, medium, path } in files {
            match media.put(medium.hash, &path).await {
                Ok(true) => kept.push((message, medium)),
                Ok(false) => tracing::debug!("medium is larger than the media store keeps"),
                Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "keeping a medium failed"),
            }
        }
        let hashes: Vec<_> = kept.iter().map(|(_, medium)| medium.hash).collect();
        if kept.is_empty() {
            return;
        }
        let recorded = self.store.record_media(lease, kept).await;
        drop(recording);
        if let Err(error) = recorded {
            tracing::debug!(error = &error as &dyn std::error::Error, "recording media failed; they are removed");
            if let Err(error) = self.remove_unused_among(media, hashes).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "removing a medium failed");
            }
        }
    }

    /// Places a kept medium at the path `file`. Returns its size in bytes, or none if it is missing.
    pub(crate) async fn get(&self, hash: MediaHash, file: &Path) -> Option<u64> {
        match self.media.as_deref()?.get(hash, file).await {
            Ok(len) => len,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "reading a kept medium failed");
                None
            }
        }
    }

    /// Removes all media that no message refers to. Returns their number.
    ///
    /// # Errors
    ///
    /// Those of the stores.
    pub(crate) async fn remove_unused(&self) -> Result<usize, Error> {
        let Some(media) = self.media.as_deref() else { return Ok(0) };
        let all = media.list().await.map_err(store_error)?;
        let mut candidates = Vec::new();
        for hashes in all.chunks(HASHES_PER_CALL) {
            candidates.extend(self.store.unused_media(hashes.to_vec()).await?);
        }
        let mut removed = 0;
        for hashes in candidates.chunks(HASHES_PER_CALL) {
            removed += self.remove_unused_among(media, hashes.to_vec()).await?;
        }
        Ok(removed)
    }

    /// Removes those of these media that no message refers to. Media that are put at this moment are waited for.
    async fn remove_unused_among(&self, media: &dyn MediaStore, hashes: Vec<MediaHash>) -> Result<usize, Error> {
        let _recording = self.recording.write().await;
        let unused = self.store.unused_media(hashes).await?;
        for hash in &unused {
            media.delete(*hash).await.map_err(store_error)?;
        }
        Ok(unused.len())
    }

    /// Remembers the download of a medium, so that later turns do not wait for it again, whether it failed or the medium could not be kept.
    pub(crate) fn record_try(&self, medium: &MediaId) {
        let mut tried = self.tried();
        if tried.len() == MAX_TRIED {
            tried.clear();
        }
        tried.insert(medium.clone());
    }

    /// Returns whether a medium of an earlier message was downloaded before.
    pub(crate) fn was_tried(&self, medium: &MediaId) -> bool {
        self.tried().contains(medium)
    }

    fn tried(&self) -> MutexGuard<'_, HashSet<MediaId>> {
        self.tried.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn store_error(error: std::io::Error) -> Error {
    Error::Database(Box::new(error))
}

impl fmt::Debug for MediaKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaKeeper").field("media", &self.media).finish_non_exhaustive()
    }
}
