//! The Cloud API client as the implementation of the Graph trait.

use std::io;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use waxwing_client::{Client, Error, ErrorKind, RetryAdvice, TemplateFilter, ThreadAction};
use waxwing_store::Upload;
use waxwing_types::{Address, CallId, GroupId, MediaId, MessageId, OutboundMessage, WabaId};

use crate::graph::{DownloadError, Downloaded, FailureKind, Graph, GraphError, TemplateVersion};

/// Largest number of definitions that are read to find a template. Meta's filter also finds templates whose names contain the name.
const MAX_DEFINITIONS: usize = 500;

#[async_trait]
impl Graph for Client {
    async fn send(&self, message: &OutboundMessage) -> Result<MessageId, GraphError> {
        Ok(self.send(message).await?.id)
    }

    async fn upload(&self, upload: &Upload) -> Result<MediaId, GraphError> {
        let upload =
            waxwing_client::MediaUpload::new(&upload.mime_type, upload.bytes.clone()).filename(&upload.filename);
        Ok(self.upload(upload).await?)
    }

    async fn show_typing(&self, message: &MessageId) -> Result<(), GraphError> {
        Ok(self.mark_read_with_typing(message).await?)
    }

    async fn mark_read(&self, message: &MessageId) -> Result<(), GraphError> {
        Ok(self.mark_read(message).await?)
    }

    async fn download(&self, media: &MediaId, max_bytes: u64, file: &Path) -> Result<Downloaded, DownloadError> {
        let info = self.media(media).await?;
        let mut download = self.download(&info, max_bytes).await?;
        let mut out = tokio::fs::File::create(file).await?;
        let (mut len, mut digest) = (0, Sha256::new());
        while let Some(chunk) = download.chunk().await? {
            len += chunk.len() as u64;
            digest.update(&chunk);
            out.write_all(&chunk).await?;
        }
        out.flush().await?;
        Ok(Downloaded { len, mime_type: info.mime_type, sha256: digest.finalize().into() })
    }

    async fn group_subject(&self, group: &GroupId) -> Result<Option<String>, GraphError> {
        Ok(self.group(group.clone()).info().await?.subject)
    }

    async fn template(&self, account: &WabaId, name: &str) -> Result<Option<Vec<TemplateVersion>>, GraphError> {
        let account = self.waba(account.clone());
        let mut definitions = account.templates(&TemplateFilter::default().name(name));
        let mut versions = Vec::new();
        for _ in 0..MAX_DEFINITIONS {
            let Some(definition) = definitions.next().await else { return Ok(Some(versions)) };
            let definition = definition?;
            if definition.name == name {
                versions.push(TemplateVersion { layout: definition.layout(), status: definition.status });
            }
        }
        // Versions may be missing, so the template cannot be checked.
        Ok(None)
    }

    async fn messaging_limit(&self) -> Result<Option<u32>, GraphError> {
        Ok(self.phone_number().await?.messaging_limit())
    }

    async fn reject_call(&self, call: &CallId) -> Result<(), GraphError> {
        Ok(self.number(self.phone_number_id().clone()).call(call.clone()).reject().await?)
    }

    async fn pass_thread(&self, user: &Address) -> Result<(), GraphError> {
        let number = self.number(self.phone_number_id().clone());
        Ok(number.control_thread(user, ThreadAction::Pass, None).await?)
    }

    fn send_timeout(&self) -> Duration {
        self.timeout()
    }
}

impl From<Error> for GraphError {
    fn from(error: Error) -> Self {
        let kind = match error.retry_advice() {
            _ if error.may_have_been_accepted() => FailureKind::InDoubt,
            RetryAdvice::Backoff => FailureKind::Transient,
            RetryAdvice::Wait => FailureKind::Blocked,
            RetryAdvice::Never => FailureKind::Permanent,
        };
        Self {
            kind,
            scope: error.failure_scope(),
            code: error.api().map(|api| api.code),
            retry_after: error.retry_after(),
            allows_fallback: error.allows_fallback(),
            message: error.to_string(),
        }
    }
}

impl From<Error> for DownloadError {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::TooLarge => Self::TooLarge,
            _ if error.status() == Some(404) => Self::NotFound,
            _ => Self::Graph(error.into()),
        }
    }
}

impl From<io::Error> for DownloadError {
    fn from(error: io::Error) -> Self {
        Self::Storage(error.to_string())
    }
}
