//! Received media: fetched into files that live as long as their run.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;
use waxwing_agent::{Media, MediaKind, UserMessage};
use waxwing_store::{Lease, RunId};

use crate::graph::{DownloadError, Downloaded, FailureKind, Graph, GraphError};
use crate::inbound::classify::ReceivedMessage;
use crate::settings::MediaSettings;

/// How long to wait after the first failure of a download; twice as long after each further one.
const PAUSE: Duration = Duration::from_millis(250);

/// The longest wait between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The files of one run; deleted when it is dropped.
#[derive(Debug)]
pub(crate) struct MediaFiles {
    settings: MediaSettings,
    dir: PathBuf,
    created: bool,
    /// How many were fetched.
    count: usize,
}

impl MediaFiles {
    /// The files of a run under one lease, so that a repeated run cannot lose its files to the end of the earlier one. Both names are ours.
    pub(crate) fn new(settings: &MediaSettings, run: &RunId, lease: &Lease) -> Self {
        let dir = settings.dir.join(format!("{}-{}", run.0, lease.epoch));
        Self { settings: settings.clone(), dir, created: false, count: 0 }
    }

    /// Completes messages with the media that they came with, or with why these cannot be had. All together take at most twice as long as
    /// one may take.
    pub(crate) async fn fetch(&mut self, graph: &dyn Graph, said: &[ReceivedMessage]) -> Vec<UserMessage> {
        let end = Instant::now() + self.settings.timeout * 2;
        let mut messages = Vec::with_capacity(said.len());
        for ReceivedMessage { message, medium, .. } in said {
            let mut message = message.clone();
            if let Some((kind, announced)) = medium {
                let time = end.saturating_duration_since(Instant::now()).min(self.settings.timeout);
                match self.download(graph, *kind, announced, time).await {
                    Ok(media) => message.media = Some(media),
                    Err(problem) => {
                        tracing::warn!(problem, kind = kind.as_str(), "a received medium cannot be had");
                        message.media_problem = Some(problem.into());
                    }
                }
            }
            messages.push(message);
        }
        messages
    }

    async fn download(
        &mut self,
        graph: &dyn Graph,
        kind: MediaKind,
        announced: &waxwing_webhook::InboundMedia,
        time: Duration,
    ) -> Result<Media, &'static str> {
        self.create().await.map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, dir = %self.dir.display(), "the media directory cannot be written");
            "it could not be stored"
        })?;
        let file = self.dir.join(self.count.to_string());
        self.count += 1;
        let download = || graph.download(&announced.id, self.settings.max_bytes, &file);
        let downloaded = with_retries(time, download).await?;
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

impl MediaFiles {
    /// Deletes the files.
    pub(crate) fn delete(&mut self) {
        if !std::mem::take(&mut self.created) {
            return;
        }
        // What is left behind, because the process or its runtime ends just now, is swept at the next start.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let dir = self.dir.clone();
            runtime.spawn_blocking(move || std::fs::remove_dir_all(dir));
        }
    }
}

impl Drop for MediaFiles {
    fn drop(&mut self) {
        self.delete();
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

/// Calls until it succeeds, fails for good, or `limit` is over, with growing pauses.
async fn with_retries<Fut>(limit: Duration, call: impl Fn() -> Fut) -> Result<Downloaded, &'static str>
where
    Fut: Future<Output = Result<Downloaded, DownloadError>>,
{
    let (end, mut pause) = (Instant::now() + limit, PAUSE);
    loop {
        let result = tokio::time::timeout_at(end, call()).await.map_err(|_| "it took too long to download")?;
        match result {
            Err(DownloadError::Graph(error)) if may_pass(&error) && Instant::now() + pause < end => {
                tracing::debug!(error = &error as &dyn std::error::Error, "a download failed and is tried again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            result => return result.map_err(|error| explain(&error)),
        }
    }
}

fn may_pass(error: &GraphError) -> bool {
    matches!(error.kind, FailureKind::Transient | FailureKind::InDoubt)
}

fn explain(error: &DownloadError) -> &'static str {
    match error {
        DownloadError::TooLarge => "it is too large",
        DownloadError::Storage(_) => "it could not be stored",
        DownloadError::Graph(_) => "it could not be downloaded",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{FailureScope, MockGraph};
    use waxwing_store::{ConversationId, InboxSeq};
    use waxwing_types::MediaId;

    type Answer = Result<u64, FailureKind>;

    /// Fetches a picture of which Graph gives these answers, one a call; each must be asked for.
    async fn fetched(answers: Vec<Answer>, sha256: Option<&str>) -> UserMessage {
        let mut answers = answers.into_iter();
        let mut graph = MockGraph::new();
        graph.expect_download().times(answers.len()).returning(move |_, _, _| match answers.next().unwrap() {
            Ok(len) => Ok(Downloaded { len, mime_type: None, sha256: [7; 32] }),
            Err(kind) => {
                let scope = FailureScope::Message;
                Err(GraphError { kind, scope, code: None, message: "refused".into(), retry_after: None }.into())
            }
        });
        let settings = MediaSettings { dir: tempfile::tempdir().unwrap().keep(), ..MediaSettings::default() };
        let lease = Lease { conversation: ConversationId(1), epoch: 1 };
        let announced = waxwing_webhook::InboundMedia {
            id: MediaId::new("77"),
            mime_type: Some("image/png".into()),
            sha256: sha256.map(str::to_owned),
            caption: None,
            filename: None,
            voice: false,
            animated: false,
        };
        let medium = Some((MediaKind::Image, announced));
        let said = ReceivedMessage { seq: InboxSeq(1), message: UserMessage::text("look"), medium };
        let mut files = MediaFiles::new(&settings, &RunId("run".into()), &lease);
        let message = files.fetch(&graph, &[said]).await.remove(0);
        std::fs::remove_dir_all(&settings.dir).unwrap();
        message
    }

    #[tokio::test(start_paused = true)]
    async fn a_download_that_may_succeed_later_is_tried_again() {
        let message = fetched(vec![Err(FailureKind::Transient), Err(FailureKind::InDoubt), Ok(3)], None).await;
        assert_eq!(message.media.unwrap().len(), 3);
        assert_eq!(message.media_problem, None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_had_is_told_and_costs_no_further_call() {
        for (answers, digest, problem) in [
            (vec![Err(FailureKind::Permanent)], None, "it could not be downloaded"),
            // For as long as there is time for another try.
            (vec![Err(FailureKind::Transient); 11], None, "it could not be downloaded"),
            (vec![Ok(3)], Some("00".repeat(32)), "it was damaged on the way"),
        ] {
            let message = fetched(answers, digest.as_deref()).await;
            assert!(message.media.is_none());
            assert_eq!((message.text.as_str(), message.media_problem.as_deref()), ("look", Some(problem)));
        }
    }
}
