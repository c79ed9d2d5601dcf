//! Contexts of runs, with a fake agent program.

use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use async_trait::async_trait;
use serde_json::{Value, json};
use waxwing_agent::{
    Agent as _, AgentError, Conversation, Journal, MemoryJournal, Reminder, Reply, RunContext, Session, StepKey, Turn,
};
use waxwing_http_agent::{HttpAgent, HttpAgentBuilder, SharedSecret, wire};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

pub(crate) const SECRET: &str = "a secret of the tests";

/// A run that can be repeated: its journal and its conversation.
#[derive(Default)]
pub(crate) struct TestRun {
    pub(crate) journal: Arc<MemoryJournal>,
    /// Interim messages, also those that were sent twice.
    pub(crate) interim: Arc<SentMessages>,
}

#[derive(Default)]
pub(crate) struct SentMessages(Mutex<Vec<(StepKey, Reply)>>, Mutex<Vec<(StepKey, Reminder)>>);

#[async_trait]
impl Conversation for SentMessages {
    async fn send(&self, key: &StepKey, interim: Reply) -> Result<(), AgentError> {
        self.0.lock().unwrap().push((key.clone(), interim));
        Ok(())
    }

    async fn schedule(&self, key: &StepKey, reminder: Reminder) -> Result<(), AgentError> {
        match reminder.text.as_str() {
            "refused" => return Err(AgentError::new("the time of the message is past")),
            "later" => return Err(AgentError::retryable("the database is busy")),
            _ => self.1.lock().unwrap().push((key.clone(), reminder)),
        }
        Ok(())
    }
}

impl TestRun {
    pub(crate) fn ctx(&self) -> RunContext {
        self.ctx_with(self.journal.clone())
    }

    pub(crate) fn ctx_with(&self, journal: Arc<dyn Journal>) -> RunContext {
        RunContext::builder("34600000001", Session::new("s"))
            .run_id("r1")
            .journal(journal)
            .conversation(self.interim.clone())
            .build()
    }

    /// Returns the scheduled messages with their keys, also those that were scheduled twice.
    pub(crate) fn scheduled(&self) -> Vec<(StepKey, Reminder)> {
        self.interim.1.lock().unwrap().clone()
    }

    /// Returns the interim messages with their keys.
    pub(crate) fn sent(&self) -> Vec<(StepKey, Reply)> {
        self.interim.0.lock().unwrap().clone()
    }
}

/// Fake agent program. Its answers are used in order, and the last answer is repeated.
pub(crate) struct Program(Mutex<Vec<Box<Answering>>>);

type Answering = dyn Fn(&str) -> ResponseTemplate + Send;

impl Respond for Program {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let key = request.headers.get("idempotency-key").unwrap().to_str().unwrap();
        let mut answers = self.0.lock().unwrap();
        let answer = if answers.len() > 1 { answers.remove(0)(key) } else { answers[0](key) };
        drop(answers);
        answer
    }
}

/// Starts a program with these answers. Each answer is a function of the key of the call.
pub(crate) async fn program<F: Fn(&str) -> ResponseTemplate + Send + 'static>(
    answers: impl IntoIterator<Item = F>,
) -> MockServer {
    let server = MockServer::start().await;
    let answers = answers.into_iter().map(|answer| -> Box<Answering> { Box::new(answer) }).collect();
    Mock::given(method("POST")).respond_with(Program(Mutex::new(answers))).mount(&server).await;
    server
}

pub(crate) fn builder(url: &str) -> HttpAgentBuilder {
    HttpAgent::builder("shop").url(url).secret(SECRET)
}

pub(crate) fn agent(server: &MockServer) -> HttpAgent {
    builder(&server.uri()).build().unwrap()
}

pub(crate) async fn ask(server: &MockServer) -> Result<Reply, AgentError> {
    agent(server).run(Turn::from("hi"), &TestRun::default().ctx()).await
}

pub(crate) fn sign(parts: &[&str]) -> String {
    let parts: Vec<_> = parts.iter().map(|part| part.as_bytes()).collect();
    SharedSecret::new(SECRET).unwrap().sign(SystemTime::now(), &parts)
}

/// Returns a signed answer.
pub(crate) fn document(key: &str, answer: &Value) -> ResponseTemplate {
    let body = answer.to_string();
    let signature = sign(&[key, &body]);
    ResponseTemplate::new(200).insert_header(wire::SIGNATURE_HEADER, signature).set_body_raw(body, "application/json")
}

/// Returns a signed event.
pub(crate) fn event(key: &str, number: u32, name: &str, data: &Value) -> String {
    let data = data.to_string();
    let signature = sign(&[key, &number.to_string(), name, &data]);
    format!("event: {name}\nid: {signature}\ndata: {data}\n\n")
}

pub(crate) fn stream(events: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(events, "text/event-stream; charset=utf-8")
}

/// Returns an answer or an interim message with this text.
pub(crate) fn text(text: &str) -> Value {
    json!({"parts": [{"type": "text", "text": text}]})
}
