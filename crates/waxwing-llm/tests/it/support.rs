//! Test doubles: runs that can be repeated, journals that crash, and scripted responses.

pub(crate) mod requests;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::Value;
use waxwing_agent::{
    Agent as _, AgentError, Conversation, Journal, MemoryJournal, Reply, ReplyPart, RunContext, Session, StepKey,
    StepStatus, Turn, UserMessage,
};
use waxwing_llm::{
    ChatMessage, ChatModel, ChatRequest, ChatResponse, ContentPart, LlmAgent, ModelError, ScriptedModel, ToolCall,
};

/// Surroundings of a run that can be repeated.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) journal: Arc<MemoryJournal>,
    new_messages: Mutex<Vec<UserMessage>>,
    transcripts: Arc<Mutex<Vec<(String, String)>>>,
    interim_messages: Arc<Mutex<Vec<Reply>>>,
}

impl World {
    /// Returns the context of the run, or of its repetition.
    pub(crate) fn run(&self) -> RunContext {
        self.run_in(Session::new("s"), self.journal.clone())
    }

    pub(crate) fn run_in(&self, session: Session, journal: Arc<dyn Journal>) -> RunContext {
        let new_messages = std::mem::take(&mut *self.new_messages.lock().unwrap());
        RunContext::builder("34600000000", session)
            .run_id("r1")
            .journal(journal)
            .conversation(Arc::new(TestConversation {
                new_messages: Mutex::new(new_messages),
                transcripts: self.transcripts.clone(),
                interim_messages: self.interim_messages.clone(),
            }))
            .build()
    }

    /// Adds a message that the user sends during the next run.
    pub(crate) fn meanwhile(&self, message: UserMessage) {
        self.new_messages.lock().unwrap().push(message);
    }

    /// Returns the interim messages since the last call.
    pub(crate) fn interim_messages(&self) -> Vec<Reply> {
        std::mem::take(&mut *self.interim_messages.lock().unwrap())
    }

    /// Returns the transcripts, with the ids of their messages, since the last call.
    pub(crate) fn transcripts(&self) -> Vec<(String, String)> {
        std::mem::take(&mut *self.transcripts.lock().unwrap())
    }
}

/// A journal that simulates the crash of its process.
pub(crate) struct CrashingJournal {
    inner: Arc<MemoryJournal>,
    before: &'static str,
    dead: AtomicBool,
}

impl CrashingJournal {
    /// Creates a journal that fails from the first step on whose name contains `before`.
    pub(crate) fn new(inner: &Arc<MemoryJournal>, before: &'static str) -> Self {
        Self { inner: inner.clone(), before, dead: AtomicBool::new(false) }
    }
}

#[async_trait]
impl Journal for CrashingJournal {
    async fn status(&self, key: &StepKey) -> Result<StepStatus, AgentError> {
        self.inner.status(key).await
    }

    async fn start(&self, key: &StepKey) -> Result<(), AgentError> {
        self.inner.start(key).await
    }

    async fn finish(&self, key: &StepKey, result: Vec<u8>) -> Result<(), AgentError> {
        if key.name.contains(self.before) || self.dead.load(Ordering::SeqCst) {
            self.dead.store(true, Ordering::SeqCst);
            return Err(AgentError::retryable("simulated crash"));
        }
        self.inner.finish(key, result).await
    }
}

struct TestConversation {
    new_messages: Mutex<Vec<UserMessage>>,
    transcripts: Arc<Mutex<Vec<(String, String)>>>,
    interim_messages: Arc<Mutex<Vec<Reply>>>,
}

#[async_trait]
impl Conversation for TestConversation {
    async fn send(&self, _key: &StepKey, interim: Reply) -> Result<(), AgentError> {
        self.interim_messages.lock().unwrap().push(interim);
        Ok(())
    }

    async fn new_messages(&self) -> Result<Vec<UserMessage>, AgentError> {
        Ok(std::mem::take(&mut *self.new_messages.lock().unwrap()))
    }

    fn record_transcript(&self, message: &str, words: &str) {
        self.transcripts.lock().unwrap().push((message.to_owned(), words.to_owned()));
    }
}

pub(crate) async fn run(agent: &LlmAgent, turn: impl Into<Turn>) -> Result<Reply, AgentError> {
    agent.run(turn.into(), &World::default().run()).await
}

pub(crate) fn markdown(reply: &Reply) -> &str {
    match reply.parts() {
        [ReplyPart::Markdown(text) | ReplyPart::Text(text), ..] => text,
        other => panic!("expected text first: {other:?}"),
    }
}

/// Returns a model that requests these tool calls, and then answers `done`.
pub(crate) fn model_calling(calls: &[(&str, Value)]) -> ScriptedModel {
    ScriptedModel::new([tool_calls(calls), ChatResponse::text("done")])
}

pub(crate) fn tool_calls(calls: &[(&str, Value)]) -> ChatResponse {
    ChatResponse::tool_calls(
        calls
            .iter()
            .enumerate()
            .map(|(nth, (name, arguments))| ToolCall::new(format!("c{nth}"), *name, arguments.clone())),
    )
}

/// Returns the tool results in a request.
pub(crate) fn tool_results(request: &ChatRequest) -> Vec<&str> {
    let results = request.messages.iter().filter_map(|message| match message {
        ChatMessage::Tools(results) => Some(results),
        _ => None,
    });
    results.flatten().map(|result| result.text.as_str()).collect()
}

/// Returns the parts of the last user message in a request. A message of a user that is only text is returned without its tag.
pub(crate) fn user_parts(request: &ChatRequest) -> Vec<&str> {
    match request.messages.iter().rev().find_map(|message| match message {
        ChatMessage::User(contents) => Some(contents),
        _ => None,
    }) {
        Some(contents) => contents
            .iter()
            .map(|content| match content {
                ContentPart::Text(text) => plain(text),
                ContentPart::Image(_) => "<image>",
                ContentPart::Audio(_) => "<audio>",
                _ => "<document>",
            })
            .collect(),
        None => panic!("no user message"),
    }
}

/// Returns the text of a message without attributes and further tags.
fn plain(part: &str) -> &str {
    let text = part.strip_prefix("<message>").and_then(|text| text.strip_suffix("</message>"));
    text.filter(|text| !text.contains('<')).unwrap_or(part)
}

/// A model that never responds.
pub(crate) struct HangingModel;

#[async_trait]
impl ChatModel for HangingModel {
    fn name(&self) -> &'static str {
        "hanging"
    }

    async fn chat(&self, _request: &ChatRequest) -> Result<ChatResponse, ModelError> {
        std::future::pending().await
    }
}
