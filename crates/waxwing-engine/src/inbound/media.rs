//! Downloads the media of received messages.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;
use waxwing_agent::{Media, MediaKind, UserMessage};
use waxwing_backoff::Backoff;
use waxwing_store::{KeptMedium, Lease, MediaHash, MediaMessage, RunId};
use waxwing_webhook::InboundMedia;

use super::classify::ReceivedMessage;
use super::media_scan;
use crate::graph::{DownloadError, Downloaded, FailureKind, Graph, GraphError};
use crate::media_keeper::DownloadedFile;
use crate::settings::MediaSettings;

/// Longest time of a download without any content. Content extends the time by [`MIN_BYTES_PER_SECOND`].
const MAX_UNAVAILABLE: Duration = Duration::from_secs(10);

/// Slowest download that is waited for, in bytes per second. A slower one ends when its content falls 10 s behind this speed.
const MIN_BYTES_PER_SECOND: u64 = 256 * 1024;

/// Number of attempts after which a missing medium stays missing. The first one may have used an expired URL.
const MAX_NOT_FOUND: u32 = 2;

/// Backoff of a failed download.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(10));

/// The media files of one run. Dropping this value deletes the files.
#[derive(Debug)]
pub(crate) struct MediaFiles {
    settings: MediaSettings,
    dir: PathBuf,
    is_created: bool,
    /// Number of files.
    count: usize,
    /// Downloads that are not kept for later turns yet.
    downloads: Vec<DownloadedFile>,
}

impl MediaFiles {
    /// Creates the files of a run under one lease. A repeated run has another lease, so the end of the earlier run does not delete its files.
    pub(crate) fn new(settings: &MediaSettings, run: &RunId, lease: &Lease) -> Self {
        let dir = settings.dir.join(format!("{}-{}", run.0, lease.epoch));
        Self { settings: settings.clone(), dir, is_created: false, count: 0, downloads: Vec::new() }
    }

    /// Takes the files, leaving none.
    pub(crate) fn take(&mut self) -> Self {
        let (settings, dir) = (self.settings.clone(), self.dir.clone());
        let is_created = std::mem::take(&mut self.is_created);
        Self { settings, dir, is_created, count: self.count, downloads: Vec::new() }
    }

    /// Takes the downloads since the last call, to keep them for later turns.
    pub(crate) fn take_downloads(&mut self) -> Vec<DownloadedFile> {
        std::mem::take(&mut self.downloads)
    }

    /// Returns the path of a new file.
    ///
    /// # Errors
    ///
    /// Returns the error of the file system if the directory cannot be created.
    pub(crate) async fn next_file(&mut self) -> io::Result<PathBuf> {
        self.create().await?;
        self.count += 1;
        Ok(self.dir.join((self.count - 1).to_string()))
    }

    /// Adds to each message its medium, or the reason why the medium is missing. All downloads together take at most twice as long as one
    /// download may take; each scan has its own timeout.
    pub(crate) async fn fetch(&mut self, graph: &dyn Graph, received: &[ReceivedMessage]) -> Vec<UserMessage> {
        let end = Instant::now() + self.settings.timeout * 2;
        let mut messages = Vec::with_capacity(received.len());
        for ReceivedMessage { seq, message, medium, .. } in received {
            let mut message = message.clone();
            if let Some((kind, announced)) = medium {
                let time = end.saturating_duration_since(Instant::now()).min(self.settings.timeout);
                match self.download(graph, MediaMessage::Pending(*seq), *kind, announced, time).await {
                    Ok(media) => message.media = Some(media),
                    Err(problem) => {
                        tracing::warn!(problem, kind = kind.as_str(), "media download failed");
                        message.media_problem = Some(problem.into());
                    }
                }
            }
            messages.push(message);
        }
        messages
    }

    /// Downloads the medium of a message within `time`, scan excluded. The error describes the problem for the agent.
    pub(crate) async fn download(
        &mut self,
        graph: &dyn Graph,
        message: MediaMessage,
        kind: MediaKind,
        announced: &InboundMedia,
        time: Duration,
    ) -> Result<Media, &'static str> {
        let file = self.next_file().await.map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, dir = %self.dir.display(), "creating the media directory failed");
            "it could not be stored"
        })?;
        let limit = self.settings.limits.of(kind);
        let download = || graph.download(&announced.id, limit, &file);
        let downloaded = with_retries(time, &file, download).await?;
        if announced.sha256.as_deref().is_some_and(|digest| !downloaded.matches(digest)) {
            return Err("it was damaged during the download");
        }
        if let Some(scan) = &self.settings.scan {
            media_scan::scan(scan, &file).await?;
        }
        let mime_type =
            announced.mime_type.clone().or(downloaded.mime_type).unwrap_or_else(|| "application/octet-stream".into());
        let medium = KeptMedium { hash: MediaHash(downloaded.sha256), mime_type: mime_type.clone() };
        self.downloads.push(DownloadedFile { message, medium, path: file.clone() });
        Ok(described(Media::from_file(kind, mime_type, file, downloaded.len), announced))
    }

    async fn create(&mut self) -> io::Result<()> {
        if !self.is_created {
            let mut options = tokio::fs::DirBuilder::new();
            options.recursive(true);
            #[cfg(unix)]
            options.mode(0o700);
            options.create(&self.dir).await?;
            self.is_created = true;
        }
        Ok(())
    }
}

/// Adds to media what the webhook announced about them.
pub(crate) fn described(media: Media, announced: &InboundMedia) -> Media {
    let media = media.with_animation(announced.animated);
    match &announced.filename {
        Some(name) => media.with_filename(name.clone()),
        None => media,
    }
}

impl Drop for MediaFiles {
    fn drop(&mut self) {
        if !self.is_created {
            return;
        }
        // Files that stay because the process or its runtime ends now are deleted at the next start.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let dir = self.dir.clone();
            runtime.spawn_blocking(move || std::fs::remove_dir_all(dir));
        }
    }
}

/// Deletes the files that an earlier process left in `dir`. Must run before the first turn, when no file is in use.
pub(crate) fn delete_leftovers(dir: &Path) {
    match std::fs::remove_dir_all(dir) {
        Ok(()) => tracing::debug!("media of an earlier process deleted"),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, dir = %dir.display(), "deleting media of an earlier process failed");
        }
    }
}

/// Calls `download`, which writes to `file`, until it succeeds or fails permanently. Stops after `limit`, or earlier if the file does not
/// grow fast enough.
async fn with_retries<Fut>(limit: Duration, file: &Path, download: impl Fn() -> Fut) -> Result<Downloaded, &'static str>
where
    Fut: Future<Output = Result<Downloaded, DownloadError>>,
{
    let end = Instant::now() + limit;
    // Time since which the medium does not arrive.
    let mut since = Instant::now();
    let (mut attempt, mut not_found) = (0, 0);
    loop {
        attempt += 1;
        let result = tokio::select! {
            biased;
            result = download() => result,
            () = until_too_slow(since, end, file) => return Err("it took too long to download"),
        };
        let may_succeed_later = match &result {
            Err(DownloadError::NotFound) => {
                not_found += 1;
                not_found < MAX_NOT_FOUND
            }
            Err(DownloadError::Graph(error)) => is_retryable(error),
            _ => false,
        };
        if bytes_in(file).await >= MIN_BYTES_PER_SECOND {
            since = Instant::now();
        }
        let retry_at = Instant::now() + BACKOFF.delay(attempt);
        match result {
            Err(error) if may_succeed_later && retry_at < end.min(since + MAX_UNAVAILABLE) => {
                tracing::debug!(error = &error as &dyn std::error::Error, attempt, "media download failed; retrying");
                // The content of a failed attempt gives the next one no time.
                let _ = tokio::fs::remove_file(file).await;
                tokio::time::sleep_until(retry_at).await;
            }
            result => return result.map_err(|error| describe(&error)),
        }
    }
}

/// Completes at `end`, or when a download takes longer since `since` than its content allows.
async fn until_too_slow(since: Instant, end: Instant, file: &Path) {
    loop {
        let bytes = bytes_in(file).await;
        let time = MAX_UNAVAILABLE + Duration::from_millis(bytes.saturating_mul(1000) / MIN_BYTES_PER_SECOND);
        let deadline = end.min(since + time);
        if Instant::now() >= deadline {
            return;
        }
        tokio::time::sleep_until(deadline).await;
    }
}

/// Returns the size of a file that may not exist yet.
async fn bytes_in(file: &Path) -> u64 {
    tokio::fs::metadata(file).await.map_or(0, |metadata| metadata.len())
}

fn is_retryable(error: &GraphError) -> bool {
    matches!(error.kind, FailureKind::Transient | FailureKind::InDoubt)
}

/// Describes the problem for the agent.
fn describe(error: &DownloadError) -> &'static str {
    match error {
        DownloadError::TooLarge => "it is too large",
        DownloadError::Storage(_) => "it could not be stored",
        DownloadError::NotFound | DownloadError::Graph(_) => "it could not be downloaded",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::MockGraph;
    use waxwing_client::FailureScope;
    use waxwing_store::{ConversationId, InboxSeq};
    use waxwing_types::MediaId;

    /// Answer of Graph to a download.
    enum Answer {
        Bytes(u64),
        Fails(FailureKind),
        NotFound,
    }
    use Answer::{Bytes, Fails, NotFound};

    /// Fetches a picture. Graph gives these answers, one a call, and the test fails unless all are used.
    async fn fetched(answers: Vec<Answer>, sha256: Option<&str>) -> UserMessage {
        let mut answers = answers.into_iter();
        let mut graph = MockGraph::new();
        graph.expect_download().times(answers.len()).returning(move |_, _, _| match answers.next().unwrap() {
            Bytes(len) => Ok(Downloaded { len, mime_type: None, sha256: [7; 32] }),
            NotFound => Err(DownloadError::NotFound),
            Fails(kind) => {
                let scope = FailureScope::Message;
                Err(GraphError {
                    kind,
                    scope,
                    code: None,
                    message: "refused".into(),
                    retry_after: None,
                    allows_fallback: false,
                }
                .into())
            }
        });
        let settings = MediaSettings { dir: tempfile::tempdir().unwrap().keep(), ..MediaSettings::default() };
        let lease = Lease { conversation: ConversationId(1), epoch: 1 };
        let mut announced = waxwing_webhook::InboundMedia::new(MediaId::new("77"));
        announced.mime_type = Some("image/png".into());
        announced.sha256 = sha256.map(str::to_owned);
        let medium = Some((MediaKind::Image, announced));
        let received = ReceivedMessage {
            seq: InboxSeq(1),
            message: UserMessage::text("look"),
            medium,
            size: 4,
            age: Duration::ZERO,
        };
        let mut files = MediaFiles::new(&settings, &RunId("run".into()), &lease);
        let message = files.fetch(&graph, &[received]).await.remove(0);
        std::fs::remove_dir_all(&settings.dir).unwrap();
        message
    }

    #[tokio::test(start_paused = true)]
    async fn a_download_that_may_succeed_later_is_retried() {
        let message =
            fetched(vec![Fails(FailureKind::Transient), NotFound, Fails(FailureKind::InDoubt), Bytes(3)], None).await;
        assert_eq!(message.media.unwrap().len(), 3);
        assert_eq!(message.media_problem, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_download_is_reported_to_the_agent() {
        for (answers, digest, problem) in [
            (vec![Fails(FailureKind::Permanent)], None, "it could not be downloaded"),
            // The first URL may have expired. The second one has not.
            (vec![NotFound, NotFound], None, "it could not be downloaded"),
            // The retries end after 10 s: 0.25 s, 0.5 s, 1 s, 2 s and 4 s are waited for, and 8 s are not.
            ((0..6).map(|_| Fails(FailureKind::Transient)).collect(), None, "it could not be downloaded"),
            (vec![Bytes(3)], Some("00".repeat(32)), "it was damaged during the download"),
        ] {
            let message = fetched(answers, digest.as_deref()).await;
            assert!(message.media.is_none());
            assert_eq!((message.text.as_str(), message.media_problem.as_deref()), ("look", Some(problem)));
        }
    }

    /// Downloads at this speed, in bytes per second, and returns the problem and the seconds until the end.
    async fn at_speed(bytes_per_second: u64, len: u64) -> (Option<&'static str>, u64) {
        let dir = tempfile::tempdir().unwrap();
        let (file, start) = (dir.path().join("file"), Instant::now());
        let download = async || {
            let out = std::fs::File::create(&file).unwrap();
            let mut written = 0;
            while written < len {
                tokio::time::sleep(Duration::from_secs(1)).await;
                written += bytes_per_second;
                out.set_len(written).unwrap();
            }
            Ok(Downloaded { len, mime_type: None, sha256: [0; 32] })
        };
        let problem = with_retries(Duration::from_mins(1), &file, download).await.err();
        (problem, start.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn a_medium_that_does_not_arrive_costs_ten_seconds() {
        const MIB: u64 = 1024 * 1024;
        let too_slow = Some("it took too long to download");
        assert_eq!(at_speed(0, 1).await, (too_slow, 10));
        assert_eq!(at_speed(10, MIB).await, (too_slow, 10));
        assert_eq!(at_speed(MIB / 2, 20 * MIB).await, (None, 40));
        assert_eq!(at_speed(MIB, 100 * MIB).await, (too_slow, 60), "no download takes longer than the timeout");
    }
}
