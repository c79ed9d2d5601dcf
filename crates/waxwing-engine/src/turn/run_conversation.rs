//! A run's own ways to write while it goes on: interim messages and recorded steps, each checked against the lease; and to hear what came since.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use waxwing_agent::{AgentError, Conversation, HumanHandoff, Journal, Reply, StepStatus, UserMessage};
use waxwing_store::MAX_TURN_MESSAGES;
use waxwing_store::{Error, InboxSeq, Lease, RunId, RunRef, StepKey, StepRecord};
use waxwing_types::Address;

use crate::graph::Graph;
use crate::history::{NewHistoryEntry, entry_of_agent, entry_of_user};
use crate::inbound::classify::ReceivedMessage;
use crate::inbound::media::MediaFiles;
use crate::outbound::compile::compile;
use crate::shared::Shared;

/// One run, as its agent can reach it.
pub(crate) struct Run {
    shared: Arc<Shared>,
    way: Way,
    lease: Lease,
    id: RunId,
    recorded: HashMap<StepKey, Option<Bytes>>,
    files: tokio::sync::Mutex<MediaFiles>,
    asking: tokio::sync::Mutex<()>,
    course: Mutex<Course>,
}

/// The way to the user, and back.
pub(crate) struct Way {
    pub(crate) graph: Arc<dyn Graph>,
    pub(crate) address: Address,
    /// What stands in the place of a medium that cannot be sent.
    pub(crate) unsupported_media: String,
}

/// What has happened in a run so far.
#[derive(Default)]
struct Course {
    /// Whether it has begun a step that must not be taken twice.
    has_begun: bool,
    /// Whether it has been called off: it writes nothing any more.
    is_sealed: bool,
    /// The messages that it answers.
    messages: Vec<InboxSeq>,
    /// What came in since it began, and has not been asked for.
    offered: VecDeque<ReceivedMessage>,
    /// For the session.
    entries: Vec<NewHistoryEntry>,
    /// What an interim message has asked for.
    handoff: Option<HumanHandoff>,
}

impl Run {
    pub(crate) fn new(shared: Arc<Shared>, way: Way, lease: Lease, id: RunId, steps: Vec<StepRecord>) -> Self {
        let recorded: HashMap<_, _> = steps.into_iter().map(|step| (step.key, step.result)).collect();
        Self {
            files: MediaFiles::new(&shared.settings.media, &id, &lease).into(),
            // Which of the recorded steps must not be taken twice is not known.
            course: Mutex::new(Course { has_begun: !recorded.is_empty(), ..Course::default() }),
            asking: tokio::sync::Mutex::default(),
            shared,
            way,
            lease,
            id,
            recorded,
        }
    }

    /// Makes messages part of the run.
    pub(crate) fn begin(&self, messages: &[InboxSeq]) {
        self.course().messages.extend(messages);
    }

    /// Makes messages part of the run once everything that came with them is fetched.
    pub(crate) async fn take_up(&self, said: &[ReceivedMessage]) -> Vec<UserMessage> {
        let mut files = self.files.lock().await;
        let messages = files.fetch(&*self.way.graph, said).await;
        drop(files);
        let mut course = self.course();
        course.messages.extend(said.iter().map(|said| said.seq));
        let noted = |(said, message): (&ReceivedMessage, &UserMessage)| {
            NewHistoryEntry::said(said.seq, entry_of_user(message), message)
        };
        course.entries.extend(said.iter().zip(&messages).map(noted));
        messages
    }

    /// Lets the agent have messages that came in since, if it asks for them; as many as one turn takes.
    pub(crate) fn offer(&self, said: Vec<ReceivedMessage>) {
        let mut course = self.course();
        let room = MAX_TURN_MESSAGES.saturating_sub(course.messages.len() + course.offered.len());
        course.offered.extend(said.into_iter().take(room));
    }

    /// The messages that it answers.
    pub(crate) fn messages(&self) -> Vec<InboxSeq> {
        self.course().messages.clone()
    }

    /// What was said, for the session.
    pub(crate) fn take_entries(&self) -> Vec<NewHistoryEntry> {
        std::mem::take(&mut self.course().entries)
    }

    /// The hand-over to a person that it has asked for on the way.
    pub(crate) fn handoff(&self) -> Option<HumanHandoff> {
        self.course().handoff
    }

    /// Lets it write nothing any more.
    pub(crate) fn seal(&self) {
        self.course().is_sealed = true;
    }

    /// The same, unless it has begun a step that must not be taken twice: then it should come to its end. Tells whether it is sealed.
    pub(crate) fn seal_unless_begun(&self) -> bool {
        let mut course = self.course();
        course.is_sealed |= !course.has_begun;
        course.is_sealed
    }

    /// The messages that it answers, for a write; an error if it has been called off.
    fn writes(&self) -> Result<Vec<InboxSeq>, AgentError> {
        Ok(self.open_course()?.messages.clone())
    }

    /// The same for the beginning of a step that must not be taken twice.
    fn writes_for_good(&self) -> Result<Vec<InboxSeq>, AgentError> {
        let mut course = self.open_course()?;
        course.has_begun = true;
        Ok(course.messages.clone())
    }

    /// An error if the run has been called off.
    fn open_course(&self) -> Result<MutexGuard<'_, Course>, AgentError> {
        let course = self.course();
        if course.is_sealed {
            return Err(AgentError::new("the run has been called off"));
        }
        Ok(course)
    }

    /// Deletes the files that came with its messages.
    pub(crate) async fn close(&self) {
        self.files.lock().await.delete();
    }

    fn course(&self) -> MutexGuard<'_, Course> {
        self.course.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Conversation for Run {
    async fn send(&self, key: &waxwing_agent::StepKey, interim: Reply) -> Result<(), AgentError> {
        let said = entry_of_agent(&interim, self.shared.clock.now());
        let handoff = interim.handoff().copied();
        let messages = self.writes()?;
        let run = RunRef { lease: &self.lease, run: &self.id, messages: &messages };
        for (part, draft) in
            compile(interim, &self.way.address, &self.way.unsupported_media).await?.into_iter().enumerate()
        {
            let key = format!("{}:{}:{part}", key.name, key.nth);
            self.shared.store.enqueue(run, &key, draft).await.map_err(refused)?;
            self.shared.sends_due.notify_one();
        }
        let mut course = self.course();
        course.entries.extend(said.map(NewHistoryEntry::from));
        course.handoff = handoff.or(course.handoff);
        Ok(())
    }

    async fn new_messages(&self) -> Result<Vec<UserMessage>, AgentError> {
        let _one_at_a_time = self.asking.lock().await;
        self.writes()?;
        // Whoever asks may give up before all is fetched: then it is still there for the next time.
        let offered: Vec<_> = self.course().offered.iter().cloned().collect();
        let messages = self.take_up(&offered).await;
        self.course().offered.drain(..offered.len());
        Ok(messages)
    }

    fn record_transcript(&self, message: &str, words: &str) {
        let mut course = self.course();
        let said = course.entries.iter_mut().find(|noted| noted.message.as_ref().is_some_and(|(_, id)| id == message));
        // Several agents of a team may have heard the same.
        if let Some(NewHistoryEntry { entry, .. }) = said.filter(|noted| !noted.entry.text.ends_with(words)) {
            let lines: Vec<_> = [&entry.text, words].into_iter().filter(|line| !line.is_empty()).collect();
            entry.text = lines.join("\n");
        }
    }
}

#[async_trait]
impl Journal for Run {
    async fn status(&self, key: &waxwing_agent::StepKey) -> Result<StepStatus, AgentError> {
        Ok(match self.recorded.get(&stored(key)) {
            None => StepStatus::NotStarted,
            Some(None) => StepStatus::Started,
            Some(Some(result)) => StepStatus::Finished(result.to_vec()),
        })
    }

    async fn start(&self, key: &waxwing_agent::StepKey) -> Result<(), AgentError> {
        let messages = self.writes_for_good()?;
        let run = RunRef { lease: &self.lease, run: &self.id, messages: &messages };
        self.shared.store.begin_step(run, &stored(key)).await.map_err(refused)
    }

    async fn finish(&self, key: &waxwing_agent::StepKey, result: Vec<u8>) -> Result<(), AgentError> {
        let messages = self.writes()?;
        let run = RunRef { lease: &self.lease, run: &self.id, messages: &messages };
        self.shared.store.finish_step(run, &stored(key), result.into()).await.map_err(refused)
    }
}

fn stored(key: &waxwing_agent::StepKey) -> StepKey {
    StepKey { name: key.name.clone(), nth: key.nth }
}

fn refused(error: Error) -> AgentError {
    AgentError::retryable(error.to_string()).with_source(error)
}
