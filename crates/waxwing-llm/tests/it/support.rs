//! What runs have around them in these tests.

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

/// A run that can be repeated.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) journal: Arc<MemoryJournal>,
    news: Mutex<Vec<UserMessage>>,
    heard: Arc<Mutex<Vec<(String, String)>>>,
    spoken: Arc<Mutex<Vec<Reply>>>,
}

impl World {
    /// The context of a run, or of its repetition.
    pub(crate) fn run(&self) -> RunContext {
        self.run_in(Session::new("s"), self.journal.clone())
    }

    pub(crate) fn run_in(&self, session: Session, journal: Arc<dyn Journal>) -> RunContext {
        let news = std::mem::take(&mut *self.news.lock().unwrap());
        RunContext::builder("34600000000", session)
            .run_id("r1")
            .journal(journal)
            .conversation(Arc::new(Talk {
                news: Mutex::new(news),
                heard: self.heard.clone(),
                spoken: self.spoken.clone(),
            }))
            .build()
    }

    /// Lets the user say something while the next run goes on.
    pub(crate) fn meanwhile(&self, message: UserMessage) {
        self.news.lock().unwrap().push(message);
    }

    /// What was said before runs ended, since this was last asked for.
    pub(crate) fn spoken(&self) -> Vec<Reply> {
        std::mem::take(&mut *self.spoken.lock().unwrap())
    }

    /// What was put into words since this was last asked for.
    pub(crate) fn heard(&self) -> Vec<(String, String)> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }
}

/// A journal whose process dies.
pub(crate) struct Dying {
    kept: Arc<MemoryJournal>,
    before: &'static str,
    dead: AtomicBool,
}

impl Dying {
    /// Dies before it records the end of a step whose name has this in it.
    pub(crate) fn new(kept: &Arc<MemoryJournal>, before: &'static str) -> Self {
        Self { kept: kept.clone(), before, dead: AtomicBool::new(false) }
    }
}

#[async_trait]
impl Journal for Dying {
    async fn status(&self, key: &StepKey) -> Result<StepStatus, AgentError> {
        self.kept.status(key).await
    }

    async fn start(&self, key: &StepKey) -> Result<(), AgentError> {
        self.kept.start(key).await
    }

    async fn finish(&self, key: &StepKey, result: Vec<u8>) -> Result<(), AgentError> {
        if key.name.contains(self.before) || self.dead.load(Ordering::SeqCst) {
            self.dead.store(true, Ordering::SeqCst);
            return Err(AgentError::retryable("the process died"));
        }
        self.kept.finish(key, result).await
    }
}

struct Talk {
    news: Mutex<Vec<UserMessage>>,
    heard: Arc<Mutex<Vec<(String, String)>>>,
    spoken: Arc<Mutex<Vec<Reply>>>,
}

#[async_trait]
impl Conversation for Talk {
    async fn send(&self, _key: &StepKey, interim: Reply) -> Result<(), AgentError> {
        self.spoken.lock().unwrap().push(interim);
        Ok(())
    }

    async fn new_messages(&self) -> Result<Vec<UserMessage>, AgentError> {
        Ok(std::mem::take(&mut *self.news.lock().unwrap()))
    }

    fn record_transcript(&self, message: &str, words: &str) {
        self.heard.lock().unwrap().push((message.to_owned(), words.to_owned()));
    }
}

pub(crate) async fn run(agent: &LlmAgent, turn: impl Into<Turn>) -> Result<Reply, AgentError> {
    agent.run(turn.into(), &World::default().run()).await
}

pub(crate) fn markdown(reply: &Reply) -> &str {
    match reply.parts() {
        [ReplyPart::Markdown(text) | ReplyPart::Text(text), ..] => text,
        other => panic!("words first: {other:?}"),
    }
}

/// A model that asks for these tools, and then says `done`.
pub(crate) fn asking(calls: &[(&str, Value)]) -> ScriptedModel {
    ScriptedModel::new([asks(calls), ChatResponse::text("done")])
}

pub(crate) fn asks(calls: &[(&str, Value)]) -> ChatResponse {
    ChatResponse::tool_calls(
        calls
            .iter()
            .enumerate()
            .map(|(nth, (name, arguments))| ToolCall::new(format!("c{nth}"), *name, arguments.clone())),
    )
}

/// What the model read of the tools in this request.
pub(crate) fn results(request: &ChatRequest) -> Vec<&str> {
    let results = request.messages.iter().filter_map(|message| match message {
        ChatMessage::Tools(results) => Some(results),
        _ => None,
    });
    results.flatten().map(|result| result.text.as_str()).collect()
}

/// The last words of the user in this request, and what came with them.
pub(crate) fn said(request: &ChatRequest) -> Vec<&str> {
    match request.messages.iter().rev().find_map(|message| match message {
        ChatMessage::User(contents) => Some(contents),
        _ => None,
    }) {
        Some(contents) => contents
            .iter()
            .map(|content| match content {
                ContentPart::Text(text) => text,
                ContentPart::Image(_) => "<image>",
                ContentPart::Audio(_) => "<audio>",
                _ => "<document>",
            })
            .collect(),
        None => panic!("the user said nothing"),
    }
}

/// A model that never answers.
pub(crate) struct Silent;

#[async_trait]
impl ChatModel for Silent {
    fn name(&self) -> &'static str {
        "silent"
    }

    async fn chat(&self, _request: &ChatRequest) -> Result<ChatResponse, ModelError> {
        std::future::pending().await
    }
}
