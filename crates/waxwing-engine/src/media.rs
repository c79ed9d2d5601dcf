//! Received media: fetched into files that live as long as their run.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use waxwing_agent::{Media, MediaKind, Message};
use waxwing_store::{Lease, RunId};

use crate::engine::{Route, Shared};
use crate::graph::{DownloadError, Downloaded, Verdict};
use crate::inbound::Said;

/// How often a download is tried.
const ATTEMPTS: u32 = 3;

/// How long to wait after the first failure; longer after each further one.
const PAUSE: Duration = Duration::from_millis(250);

/// The files of one run; deleted when it is dropped.
#[derive(Debug)]
pub(crate) struct MediaFiles {
    dir: PathBuf,
    created: bool,
}

impl MediaFiles {
    /// The files of a run under one lease, so that a repeated run cannot lose its files to the end of the earlier one. Both names are ours.
    pub(crate) fn new(shared: &Shared, run: &RunId, lease: &Lease) -> Self {
        Self { dir: shared.settings.media.dir.join(format!("{}-{}", run.0, lease.epoch)), created: false }
    }

    /// Completes a message with the medium that it came with, or with why it cannot be had.
    pub(crate) async fn fetch(&mut self, shared: &Shared, route: &Route, said: Said, nth: usize) -> Message {
        let mut message = said.message;
        let Some((kind, announced)) = said.medium else { return message };
        match self.download(shared, route, kind, &announced, nth).await {
            Ok(media) => message.media = Some(media),
            Err(problem) => {
                tracing::warn!(problem, kind = kind.as_str(), "a received medium cannot be had");
                message.media_problem = Some(problem.into());
            }
        }
        message
    }

    async fn download(
        &mut self,
        shared: &Shared,
        route: &Route,
        kind: MediaKind,
        announced: &waxwing_webhook::Media,
        nth: usize,
    ) -> Result<Media, &'static str> {
        self.create().await.map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, dir = %self.dir.display(), "the media directory cannot be written");
            "it could not be stored"
        })?;
        let file = self.dir.join(nth.to_string());
        let settings = &shared.settings.media;
        let download = with_retries(|| route.graph.download(&announced.id, settings.max_bytes, &file));
        let downloaded = tokio::time::timeout(settings.timeout, download)
            .await
            .map_err(|_| "it took too long to download")?
            .map_err(|error| explain(&error))?;
        if announced.sha256.as_deref().is_some_and(|digest| !downloaded.matches(digest)) {
            return Err("it was damaged on the way");
        }
        let mime_type =
            announced.mime_type.clone().or(downloaded.mime_type).unwrap_or_else(|| "application/octet-stream".into());
        let media = Media::from_file(kind, mime_type, file, downloaded.len);
        Ok(match &announced.filename {
            Some(name) => media.named(name.clone()),
            None => media,
        })
    }

    async fn create(&mut self) -> io::Result<()> {
        if !self.created {
            let mut options = tokio::fs::DirBuilder::new();
            options.recursive(true);
            #[cfg(unix)]
            options.mode(0o700);
            options.create(&self.dir).await?;
            self.created = true;
        }
        Ok(())
    }
}

impl Drop for MediaFiles {
    fn drop(&mut self) {
        if !self.created {
            return;
        }
        // What is left behind, because the process or its runtime ends just now, is swept at the next start.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let dir = std::mem::take(&mut self.dir);
            runtime.spawn_blocking(move || std::fs::remove_dir_all(dir));
        }
    }
}

/// Deletes what the runs of an earlier process left in `dir`. Called before the first turn, so nothing in it is in use.
pub(crate) fn sweep(dir: &Path) {
    match std::fs::remove_dir_all(dir) {
        Ok(()) => tracing::debug!("media of earlier runs were deleted"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, dir = %dir.display(), "media of earlier runs could not be deleted");
        }
    }
}

async fn with_retries<Fut>(call: impl Fn() -> Fut) -> Result<Downloaded, DownloadError>
where
    Fut: Future<Output = Result<Downloaded, DownloadError>>,
{
    for attempt in 1..ATTEMPTS {
        match call().await {
            Err(DownloadError::Graph(error)) if matches!(error.verdict, Verdict::Retry | Verdict::InDoubt) => {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    attempt,
                    "a download failed and is tried again"
                );
                tokio::time::sleep(PAUSE * attempt).await;
            }
            result => return result,
        }
    }
    call().await
}

fn explain(error: &DownloadError) -> &'static str {
    match error {
        DownloadError::TooLarge => "it is too large",
        DownloadError::Storage(_) => "it could not be stored",
        DownloadError::Graph(_) => "it could not be downloaded",
    }
}
