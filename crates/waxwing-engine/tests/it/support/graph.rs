//! Fake Graph API in memory, with responses that the test plans.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::sync::{Notify, Semaphore, watch};
use waxwing_client::FailureScope;
use waxwing_engine::{DownloadError, Downloaded, FailureKind, Graph, GraphError};
use waxwing_store::Upload;
use waxwing_types::{Address, CallId, GroupId, MediaId, MediaSource, MessageId, OutboundContent, OutboundMessage};

use super::patiently;

/// Graph API that records all calls. Accepts every send without a planned response.
#[derive(Debug, Default)]
pub(crate) struct FakeGraph {
    calls: watch::Sender<Calls>,
    responses: Mutex<Responses>,
}

/// Calls so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Calls {
    /// All sends.
    pub(crate) sends: Vec<OutboundMessage>,
    /// Accepted sends.
    pub(crate) taken: Vec<OutboundMessage>,
    pub(crate) uploads: Vec<Upload>,
    /// Ids of the messages that were marked as read with a typing indicator.
    pub(crate) typing: Vec<String>,
    /// Ids of the messages that were marked as read without one.
    pub(crate) receipts: Vec<String>,
    /// Ids of the groups whose subjects were asked for.
    pub(crate) groups: Vec<String>,
    /// Target files of downloads.
    pub(crate) downloads: Vec<PathBuf>,
    /// Ids of the calls that were to be rejected.
    pub(crate) rejections: Vec<String>,
    /// Phone numbers of the users whose conversations were passed.
    pub(crate) passed_threads: Vec<String>,
}

#[derive(Debug, Default)]
struct Responses {
    sends: VecDeque<Response>,
    /// Response to every send without a planned response.
    always: Option<GraphError>,
    /// Response to every send to these phone numbers.
    recipients: HashMap<String, Refusal>,
    typing_stalls: bool,
    uploads: VecDeque<GraphError>,
    /// Each upload takes a permit.
    upload_gate: Option<Arc<Semaphore>>,
    media: HashMap<String, VecDeque<Medium>>,
    /// Subject of every group. Requests fail without it.
    subject: Option<String>,
    call_rejections: VecDeque<GraphError>,
    messaging_limit: Option<u32>,
}

/// Response to a send.
#[derive(Debug)]
enum Response {
    Refuse(GraphError),
    Hold(Arc<Notify>),
    HoldAndRefuse(Arc<Notify>, GraphError),
}

/// Response to every send to a bad recipient.
#[derive(Debug, Clone)]
pub(crate) enum Refusal {
    /// Meta refuses at once.
    AtOnce(GraphError),
    /// The request has no response within this time.
    Hang(Duration),
}

/// Response to a download.
#[derive(Debug, Clone)]
pub(crate) enum Medium {
    Bytes(&'static [u8]),
    Fails(DownloadError),
    Stalls,
}

impl FakeGraph {
    /// Refuses one of the next sends.
    pub(crate) fn refuses(&self, error: GraphError) {
        self.responses.lock().unwrap().sends.push_back(Response::Refuse(error));
    }

    /// Refuses all sends from now on, or none.
    pub(crate) fn refuses_all(&self, error: impl Into<Option<GraphError>>) {
        self.responses.lock().unwrap().always = error.into();
    }

    /// Refuses all sends to a recipient from now on.
    pub(crate) fn refuses_recipient(&self, phone: &str, refusal: Refusal) {
        self.responses.lock().unwrap().recipients.insert(phone.to_owned(), refusal);
    }

    /// Lets calls that show the typing indicator hang from now on, or respond again.
    pub(crate) fn stalls_typing(&self, stalls: bool) {
        self.responses.lock().unwrap().typing_stalls = stalls;
    }

    /// Holds one of the next sends until the returned notification.
    pub(crate) fn holds(&self) -> Arc<Notify> {
        let go_on = Arc::new(Notify::new());
        self.responses.lock().unwrap().sends.push_back(Response::Hold(go_on.clone()));
        go_on
    }

    /// Holds one of the next sends until the returned notification, and refuses it then.
    pub(crate) fn holds_and_refuses(&self, error: GraphError) -> Arc<Notify> {
        let go_on = Arc::new(Notify::new());
        self.responses.lock().unwrap().sends.push_back(Response::HoldAndRefuse(go_on.clone(), error));
        go_on
    }

    /// Fails one of the next rejections of calls.
    pub(crate) fn refuses_calls(&self, error: GraphError) {
        self.responses.lock().unwrap().call_rejections.push_back(error);
    }

    /// Refuses one of the next uploads.
    pub(crate) fn refuses_upload(&self, error: GraphError) {
        self.responses.lock().unwrap().uploads.push_back(error);
    }

    /// Holds all uploads from now on. Each permit that is added lets one upload through.
    pub(crate) fn holds_uploads(&self) -> Arc<Semaphore> {
        let gate = Arc::new(Semaphore::new(0));
        self.responses.lock().unwrap().upload_gate = Some(gate.clone());
        gate
    }

    /// Plans the responses to the next downloads of a medium. The last response repeats.
    pub(crate) fn has(&self, id: &str, media: impl IntoIterator<Item = Medium>) {
        self.responses.lock().unwrap().media.insert(id.into(), media.into_iter().collect());
    }

    /// Gives all groups a subject.
    pub(crate) fn has_subject(&self, subject: &str) {
        self.responses.lock().unwrap().subject = Some(subject.into());
    }

    /// Limits the users to whom the business may write first.
    pub(crate) fn has_messaging_limit(&self, limit: u32) {
        self.responses.lock().unwrap().messaging_limit = Some(limit);
    }

    /// Returns the calls so far.
    pub(crate) fn calls(&self) -> Calls {
        self.calls.borrow().clone()
    }

    /// Waits until the calls fulfil a condition.
    pub(crate) async fn until(&self, what: &str, condition: impl FnMut(&Calls) -> bool) -> Calls {
        let mut calls = self.calls.subscribe();
        let found = patiently(what, calls.wait_for(condition)).await;
        found.unwrap().clone()
    }

    /// Waits until Meta accepted `count` messages, and returns all of them as text.
    pub(crate) async fn taken(&self, count: usize) -> Vec<String> {
        let what = format!("{count} messages");
        self.until(&what, |calls| calls.taken.len() >= count).await.taken.iter().map(words).collect()
    }
}

/// Returns a refusal of one message.
pub(crate) fn refusal(kind: FailureKind) -> GraphError {
    GraphError {
        kind,
        scope: FailureScope::Message,
        code: Some(1),
        message: "refused".into(),
        retry_after: None,
        allows_fallback: true,
    }
}

/// Formats a message as `recipient: text`.
fn words(message: &OutboundMessage) -> String {
    let to = match &message.to {
        Address::Phone(id) => id.as_str().to_owned(),
        Address::Bsuid(id) => format!("bsuid {}", id.as_str()),
        Address::Group(id) => format!("group {}", id.as_str()),
    };
    let content = match &message.content {
        OutboundContent::Text(text) => text.body.clone(),
        OutboundContent::Template(template) => format!("<template {}>", template.name),
        content => match content.media() {
            Some(MediaSource::Id(id)) => format!("<{} {}>", content.kind(), id.as_str()),
            other => panic!("{other:?}"),
        },
    };
    format!("{to}: {content}")
}

#[async_trait]
impl Graph for FakeGraph {
    async fn send(&self, message: &OutboundMessage) -> Result<MessageId, GraphError> {
        let bad = match &message.to {
            Address::Phone(id) => self.responses.lock().unwrap().recipients.get(id.as_str()).cloned(),
            _ => None,
        };
        if let Some(refusal) = bad {
            self.calls.send_modify(|calls| calls.sends.push(message.clone()));
            return Err(match refusal {
                Refusal::AtOnce(error) => error,
                Refusal::Hang(time) => {
                    super::pass(time).await;
                    GraphError {
                        kind: FailureKind::InDoubt,
                        scope: FailureScope::Service,
                        code: None,
                        message: "timed out".into(),
                        retry_after: None,
                        allows_fallback: true,
                    }
                }
            });
        }
        let response = {
            let mut responses = self.responses.lock().unwrap();
            responses.sends.pop_front().or_else(|| responses.always.clone().map(Response::Refuse))
        };
        self.calls.send_modify(|calls| calls.sends.push(message.clone()));
        match response {
            Some(Response::Refuse(error)) => return Err(error),
            Some(Response::Hold(go_on)) => go_on.notified().await,
            Some(Response::HoldAndRefuse(go_on, error)) => {
                go_on.notified().await;
                return Err(error);
            }
            None => {}
        }
        let mut id = String::new();
        self.calls.send_modify(|calls| {
            calls.taken.push(message.clone());
            id = format!("wamid.out.{}", calls.taken.len());
        });
        Ok(MessageId::new(id))
    }

    async fn upload(&self, upload: &Upload) -> Result<MediaId, GraphError> {
        let refusal = self.responses.lock().unwrap().uploads.pop_front();
        let mut id = String::new();
        self.calls.send_modify(|calls| {
            // A copy, because the engine waits for the end of the bytes.
            calls.uploads.push(Upload { bytes: Bytes::copy_from_slice(&upload.bytes), ..upload.clone() });
            id = format!("media.{}", calls.uploads.len());
        });
        let gate = self.responses.lock().unwrap().upload_gate.clone();
        if let Some(gate) = gate {
            gate.acquire().await.unwrap().forget();
        }
        refusal.map_or(Ok(MediaId::new(id)), Err)
    }

    async fn show_typing(&self, message: &MessageId) -> Result<(), GraphError> {
        self.calls.send_modify(|calls| calls.typing.push(message.as_str().to_owned()));
        let stalls = self.responses.lock().unwrap().typing_stalls;
        if stalls { std::future::pending().await } else { Ok(()) }
    }

    async fn messaging_limit(&self) -> Result<Option<u32>, GraphError> {
        Ok(self.responses.lock().unwrap().messaging_limit)
    }

    async fn reject_call(&self, call: &CallId) -> Result<(), GraphError> {
        let failure = self.responses.lock().unwrap().call_rejections.pop_front();
        self.calls.send_modify(|calls| calls.rejections.push(call.as_str().to_owned()));
        failure.map_or(Ok(()), Err)
    }

    async fn pass_thread(&self, user: &Address) -> Result<(), GraphError> {
        let Address::Phone(phone) = user else { panic!("{user:?}") };
        self.calls.send_modify(|calls| calls.passed_threads.push(phone.as_str().to_owned()));
        Ok(())
    }

    async fn mark_read(&self, message: &MessageId) -> Result<(), GraphError> {
        self.calls.send_modify(|calls| calls.receipts.push(message.as_str().to_owned()));
        Ok(())
    }

    async fn download(&self, media: &MediaId, max_bytes: u64, file: &Path) -> Result<Downloaded, DownloadError> {
        let medium = {
            let mut responses = self.responses.lock().unwrap();
            let media = responses.media.get_mut(media.as_str()).expect("a medium that exists");
            if media.len() > 1 { media.pop_front() } else { media.front().cloned() }
        };
        self.calls.send_modify(|calls| calls.downloads.push(file.to_owned()));
        match medium.unwrap() {
            Medium::Bytes(bytes) if bytes.len() as u64 > max_bytes => Err(DownloadError::TooLarge),
            Medium::Bytes(bytes) => {
                tokio::fs::write(file, Bytes::from_static(bytes)).await.unwrap();
                Ok(Downloaded {
                    len: bytes.len() as u64,
                    mime_type: Some("x/by-download".into()),
                    sha256: Sha256::digest(bytes).into(),
                })
            }
            Medium::Fails(error) => Err(error),
            Medium::Stalls => std::future::pending().await,
        }
    }

    async fn group_subject(&self, group: &GroupId) -> Result<Option<String>, GraphError> {
        self.calls.send_modify(|calls| calls.groups.push(group.as_str().to_owned()));
        self.responses.lock().unwrap().subject.clone().map(Some).ok_or_else(|| refusal(FailureKind::Transient))
    }

    fn send_timeout(&self) -> Duration {
        Duration::from_secs(10)
    }
}
