//! A run, as its agent sees it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::time::Instant;
use waxwing_agent::{
    AgentError, Conversation, HumanHandoff, Journal, Media, Reminder, Reply, StepStatus, Template, TemplateMismatch,
    ToolRound, UserMessage,
};
use waxwing_store::{
    Error, InboxSeq, Lease, MAX_TURN_BYTES, MAX_TURN_MESSAGES, MediaMessage, NewLogEntry, NewReminder, QueuedNotice,
    RunId, RunRef, StepKey, StepRecord,
};
use waxwing_types::{Address, PhoneNumberId};

use super::compiled_reply;
use super::context::TurnContext;
use super::first_contact::FirstContact;
use super::reminders::{self, ScheduledTime};
use super::templates;
use crate::events::{EngineEventKind, TurnEvents};
use crate::graph::Graph;
use crate::history::{self, EarlierMedium, QuoteTargets};
use crate::inbound::classify::ReceivedMessage;
use crate::inbound::media::MediaFiles;
use crate::outbound::compile::{ReplyRules, compile};
use crate::shared::Shared;

/// Maximum number of entries that a run adds to the conversation log in addition to its messages. Later ones are left out.
const MAX_LOG_ENTRIES: usize = 256;

/// One run, as its agent sees it. The store checks the lease at every write.
pub(super) struct RunConversation {
    shared: Arc<Shared>,
    events: TurnEvents,
    graph: Arc<dyn Graph>,
    number: PhoneNumberId,
    lease: Lease,
    run: RunId,
    address: Address,
    /// Name of the agent.
    agent: String,
    /// Id of the user in this session. `None` in a group.
    user_id: Option<String>,
    reply_rules: ReplyRules,
    /// The steps that an earlier process recorded. A step without a result was started and never finished.
    recorded: HashMap<StepKey, Option<Bytes>>,
    files: tokio::sync::Mutex<MediaFiles>,
    /// Messages that the messages of the run refer to.
    targets: Mutex<QuoteTargets>,
    /// Held while new messages are fetched for the agent.
    fetching: tokio::sync::Mutex<()>,
    progress: Mutex<Progress>,
}

/// The progress of a run.
#[derive(Default)]
struct Progress {
    /// True if the run started a step, which must not be executed twice.
    has_started_step: bool,
    /// True if the run was cancelled: it writes nothing any more.
    is_sealed: bool,
    /// The messages that the run handles.
    messages: Vec<InboxSeq>,
    /// Ids of the messages that the run answers.
    message_ids: Vec<String>,
    /// Size of these messages in bytes.
    bytes: usize,
    /// Messages that arrived during the run, for the agent to ask for.
    offered: VecDeque<ReceivedMessage>,
    /// Number of messages that arrived during the run for later turns.
    arrived: usize,
    /// New entries of the conversation log.
    log: Vec<NewLogEntry>,
    /// The handoff that an interim message asked for.
    handoff: Option<HumanHandoff>,
    /// The first-contact text, which comes before an interim message.
    first_contact: Option<(Arc<FirstContact>, QueuedNotice)>,
}

/// The results of a run, apart from its reply.
pub(super) struct RunRecord {
    pub(super) messages: Vec<InboxSeq>,
    /// Number of messages that arrived during the run for later turns.
    pub(super) arrived: usize,
    pub(super) log: Vec<NewLogEntry>,
    pub(super) handoff: Option<HumanHandoff>,
    pub(super) files: MediaFiles,
}

impl RunConversation {
    pub(super) fn new(context: &TurnContext, run: RunId, address: Address, steps: Vec<StepRecord>) -> Self {
        let recorded: HashMap<_, _> = steps.into_iter().map(|step| (step.key, step.result)).collect();
        let lease = context.lease().clone();
        Self {
            files: MediaFiles::new(&context.shared.settings.media, &run, &lease).into(),
            progress: Mutex::new(Progress { has_started_step: !recorded.is_empty(), ..Progress::default() }),
            fetching: tokio::sync::Mutex::default(),
            shared: context.shared.clone(),
            events: context.events.clone(),
            graph: context.route.graph.clone(),
            number: context.route.number.clone(),
            agent: context.route.agent.name().to_owned(),
            reply_rules: context.reply_rules(),
            lease,
            run,
            address,
            user_id: None,
            targets: Mutex::default(),
            recorded,
        }
    }

    /// Sets the id of the user in this session. Without one, messages keep the ids of their senders.
    pub(super) fn with_user_id(mut self, user_id: Option<String>) -> Self {
        self.user_id = user_id;
        self
    }

    /// Sets the first-contact text, if it is due.
    pub(super) async fn with_first_contact(self, context: &TurnContext) -> Self {
        if context.due_first_contact().await.is_none() {
            return self;
        }
        let notice = compiled_reply::notice(context, &context.first_contact_text()).await;
        self.progress().first_contact = notice.map(|notice| (context.first_contact().clone(), notice));
        self
    }

    /// Sets the messages that the messages of the run refer to, as far as they are known.
    pub(super) fn set_targets(&self, targets: QuoteTargets) {
        *self.targets() = targets;
    }

    /// Notes that the run answers these messages, also while their media are still being fetched.
    pub(super) fn note(&self, received: &[ReceivedMessage]) {
        self.progress().message_ids.extend(received.iter().map(|received| received.message.id.clone()));
    }

    /// Returns true if the run answers the message with this id.
    pub(super) fn answers(&self, message: &str) -> bool {
        self.progress().message_ids.iter().any(|id| id == message)
    }

    /// Adds messages to those that the run handles.
    pub(super) fn handle(&self, messages: &[InboxSeq]) {
        self.progress().messages.extend(messages);
    }

    /// Adds messages to those that the run handles, after their media are fetched.
    pub(super) async fn take_up(&self, received: &[ReceivedMessage]) -> Vec<UserMessage> {
        let mut files = self.files.lock().await;
        let mut messages = files.fetch(&*self.graph, received).await;
        drop(files);
        self.keep_downloads().await;
        for message in &mut messages {
            if let Some(id) = &self.user_id {
                id.clone_into(&mut message.sender.id);
            }
            if !self.reply_rules.form_tokens.bind(message) {
                tracing::warn!(run = self.run.0, "answer to a form that was not sent in this conversation");
            }
        }
        let mut progress = self.progress();
        progress.messages.extend(received.iter().map(|received| received.seq));
        progress.bytes += received.iter().map(|received| received.size).sum::<usize>();
        messages
    }

    /// Keeps the media that were downloaded since the last call for later turns.
    pub(super) async fn keep_downloads(&self) {
        let downloads = self.files.lock().await.take_downloads();
        self.shared.media.keep(&self.lease, downloads).await;
    }

    /// Returns the medium of an earlier message, if it is kept.
    pub(super) async fn kept_medium(&self, medium: &EarlierMedium) -> Option<Media> {
        let kept = medium.kept.as_ref()?;
        let file = self.files.lock().await.next_file().await.ok()?;
        let len = self.shared.media.get(kept.hash, &file).await?;
        medium.placed(file, len)
    }

    /// Downloads the medium of an earlier message within `time`. Each medium is tried once in a process.
    pub(super) async fn download_earlier(&self, medium: &EarlierMedium, time: Duration) -> Option<Media> {
        let EarlierMedium { seq, kind, announced, .. } = medium;
        let mut files = self.files.lock().await;
        let downloaded = files.download(&*self.graph, MediaMessage::Logged(*seq), *kind, announced, time).await;
        self.shared.media.record_try(&announced.id);
        downloaded
            .inspect_err(|problem| {
                tracing::debug!(problem, kind = kind.as_str(), "medium of an earlier message is not available");
            })
            .ok()
    }

    /// Offers messages that arrived during the run, up to the size of one turn.
    pub(super) fn offer(&self, received: Vec<ReceivedMessage>) {
        let mut progress = self.progress();
        let room = MAX_TURN_MESSAGES.saturating_sub(progress.messages.len() + progress.offered.len());
        let mut bytes = progress.bytes + progress.offered.iter().map(|offered| offered.size).sum::<usize>();
        for received in received.into_iter().take(room) {
            if bytes >= MAX_TURN_BYTES {
                break;
            }
            bytes += received.size;
            progress.offered.push_back(received);
        }
    }

    /// Counts messages that arrived during the run and wait for later turns.
    pub(super) fn count_arrived(&self, count: usize) {
        self.progress().arrived += count;
    }

    /// Makes all further writes of the run fail.
    pub(super) fn seal(&self) {
        self.progress().is_sealed = true;
    }

    /// Makes all further writes of the run fail, unless the run started a step, which must not be executed twice. Returns true if the run is
    /// sealed.
    pub(super) fn seal_unless_step_started(&self) -> bool {
        let mut progress = self.progress();
        progress.is_sealed |= !progress.has_started_step;
        progress.is_sealed
    }

    /// Takes the results of the run.
    pub(super) async fn close(&self) -> RunRecord {
        let files = self.files.lock().await.take();
        let mut progress = self.progress();
        RunRecord {
            messages: progress.messages.clone(),
            arrived: progress.arrived + progress.offered.len(),
            log: std::mem::take(&mut progress.log),
            handoff: progress.handoff.clone(),
            files,
        }
    }

    /// Returns the messages of the run for a write. Fails if the run was cancelled.
    fn begin_write(&self) -> Result<Vec<InboxSeq>, AgentError> {
        Ok(self.open_progress()?.messages.clone())
    }

    /// Returns the messages of the run for the start of a step. Fails if the run was cancelled.
    fn begin_step_write(&self) -> Result<Vec<InboxSeq>, AgentError> {
        let mut progress = self.open_progress()?;
        progress.has_started_step = true;
        Ok(progress.messages.clone())
    }

    fn open_progress(&self) -> Result<MutexGuard<'_, Progress>, AgentError> {
        let progress = self.progress();
        if progress.is_sealed {
            return Err(AgentError::new("the run was cancelled"));
        }
        Ok(progress)
    }

    /// Adds an entry to the conversation log, unless the log of the run is full.
    fn record(&self, entry: NewLogEntry) {
        let mut progress = self.progress();
        if progress.log.len() < MAX_LOG_ENTRIES {
            progress.log.push(entry);
        }
    }

    fn route(&self) -> (&PhoneNumberId, &dyn Graph) {
        (&self.number, &*self.graph)
    }

    fn run_ref<'a>(&'a self, messages: &'a [InboxSeq]) -> RunRef<'a> {
        RunRef { lease: &self.lease, run: &self.run, messages, agent: &self.agent }
    }

    /// Adds what messages that arrived during the run refer to. A failed store costs the quotes, not the messages.
    async fn add_quotes(&self, messages: &mut [UserMessage]) {
        let unknown = self.targets().unknown(messages.iter());
        let found = match unknown.as_slice() {
            [] => Ok(Vec::new()),
            unknown => self.shared.store.find_messages(&self.lease, unknown).await,
        };
        let mut targets = self.targets();
        match found {
            Ok(found) => targets.add(found),
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "reading quoted messages failed");
            }
        }
        targets.resolve(messages);
    }

    fn targets(&self) -> MutexGuard<'_, QuoteTargets> {
        self.targets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Conversation for RunConversation {
    async fn send(&self, key: &waxwing_agent::StepKey, interim: Reply) -> Result<(), AgentError> {
        templates::check_reply(&self.shared, self.route(), &self.reply_rules, &interim).await?;
        let mut entry = history::agent_reply(&self.agent, &interim);
        let handoff = interim.handoff().cloned();
        let drafts = compile(interim, &self.address, &self.reply_rules).await;
        // The run may have been cancelled while its media waited for memory.
        let messages = self.begin_write()?;
        let is_closed = self.reply_rules.fails_from.is_some_and(|end| Instant::now() >= end);
        if is_closed && drafts.iter().any(|draft| draft.content.needs_service_window()) {
            return Err(AgentError::window_closed());
        }
        let first_contact = self.progress().first_contact.clone().filter(|_| !drafts.is_empty());
        if let Some((due, notice)) = first_contact {
            due.queue(&*self.shared.store, &self.lease, &notice).await.map_err(store_error)?;
        }
        for (part, draft) in drafts.into_iter().enumerate() {
            let key = format!("{}:{}:{part}", key.name, key.nth);
            let queued = self.events.has_watchers().then(|| EngineEventKind::queued(&draft, true));
            self.shared.store.enqueue(self.run_ref(&messages), &key, draft, entry.take()).await.map_err(store_error)?;
            if let Some(queued) = queued {
                self.events.publish(|| queued);
            }
            self.shared.due.sends.notify_one();
        }
        let mut progress = self.progress();
        progress.handoff = handoff.or_else(|| progress.handoff.take());
        Ok(())
    }

    async fn schedule(&self, key: &waxwing_agent::StepKey, reminder: Reminder) -> Result<(), AgentError> {
        let now = self.shared.clock.now();
        let at = ScheduledTime { at: reminder.at.into(), now, fails_from: self.reply_rules.fails_from };
        let (data, send_in) = reminders::prepare(&self.agent, &reminder, at)?;
        // A recorded step keeps the run: another run would schedule the message once more.
        self.start(&reminders::step(key)).await?;
        let messages = self.begin_write()?;
        let key = format!("{}/{}/{}", self.run.0, key.name, key.nth);
        let new = NewReminder { key, data, send_in };
        self.shared.store.schedule_reminder(self.run_ref(&messages), new).await.map_err(reminders::error)?;
        self.shared.due.campaigns.due.notify_one();
        Ok(())
    }

    async fn check_template(&self, template: &Template) -> Result<(), TemplateMismatch> {
        templates::check(&self.shared, self.route(), &self.reply_rules, template).await
    }

    async fn new_messages(&self) -> Result<Vec<UserMessage>, AgentError> {
        let _one_at_a_time = self.fetching.lock().await;
        self.begin_write()?;
        // The caller may drop this future while media are fetched. The messages stay on offer until they are fetched.
        let offered: Vec<_> = self.progress().offered.iter().cloned().collect();
        self.note(&offered);
        let mut messages = self.take_up(&offered).await;
        self.add_quotes(&mut messages).await;
        self.progress().offered.drain(..offered.len());
        Ok(messages)
    }

    fn record_transcript(&self, message: &str, transcript: &str) {
        self.record(history::transcript(message, transcript));
    }

    fn record_tool_round(&self, round: ToolRound) {
        self.record(history::tool_round(&self.agent, round));
    }
}

#[async_trait]
impl Journal for RunConversation {
    async fn status(&self, key: &waxwing_agent::StepKey) -> Result<StepStatus, AgentError> {
        Ok(match self.recorded.get(&store_key(key)) {
            None => StepStatus::NotStarted,
            Some(None) => StepStatus::Started,
            Some(Some(result)) => StepStatus::Finished(result.to_vec()),
        })
    }

    async fn start(&self, key: &waxwing_agent::StepKey) -> Result<(), AgentError> {
        let messages = self.begin_step_write()?;
        self.shared.store.begin_step(self.run_ref(&messages), &store_key(key)).await.map_err(store_error)
    }

    async fn finish(&self, key: &waxwing_agent::StepKey, result: Vec<u8>) -> Result<(), AgentError> {
        let messages = self.begin_write()?;
        let result = result.into();
        self.shared.store.finish_step(self.run_ref(&messages), &store_key(key), result).await.map_err(store_error)
    }
}

fn store_key(key: &waxwing_agent::StepKey) -> StepKey {
    StepKey { name: key.name.clone(), nth: key.nth }
}

fn store_error(error: Error) -> AgentError {
    AgentError::retryable(error.to_string()).with_source(error)
}
