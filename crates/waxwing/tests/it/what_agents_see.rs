//! Agreement of `docs/what-agents-see.md` with the engine and its agents.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use waxwing::agent::{Agent as _, AgentError, Media, Question, Reply, RunContext, Turn, agent_fn};
use waxwing::types::{GroupId, MediaId, MessageId, OutboundMessage, PhoneNumberId, WaId};
use waxwing::webhook::{Notification, VerifiedBody};
use waxwing_engine::{Debounce, DownloadError, Downloaded, Engine, EngineSettings, Graph, GraphError, Route};
use waxwing_http_agent::HttpAgent;
use waxwing_llm::{ChatMessage, ContentPart, LlmAgent, Modalities, ScriptedModel};
use waxwing_store::{
    ConversationFilter, ManualClock, OperatorStore as _, OutboxRow, OutboxState, SqliteOptions, SqliteStore, Timestamp,
    Upload, UserKey,
};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::within_deadline;

const NUMBER: &str = "1000001";
const USER: &str = "34600000001";

/// Content of every file that Meta provides.
const FILE: &[u8] = b"milk";

/// Id of the message before an example.
const BEFORE: &str = "wamid.before";

/// An example of the page: a message with the expected results.
#[derive(Debug, Default)]
struct Example {
    heading: String,
    before: Option<Value>,
    message: Value,
    prompt: Option<String>,
    turn: Option<Value>,
    is_only_recorded: bool,
}

/// Result of an example that runs an agent.
struct Seen {
    prompt: String,
    message: Value,
}

fn page() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/what-agents-see.md");
    std::fs::read_to_string(path).unwrap()
}

/// Returns the blocks of the page with the heading above them: heading, name, content.
fn blocks(page: &str) -> Vec<(String, String, String)> {
    let (mut blocks, mut heading, mut block) = (Vec::new(), String::new(), None::<(String, String)>);
    for line in page.lines() {
        match (&mut block, line.strip_prefix("```")) {
            (None, None) => {
                if let Some(title) = line.strip_prefix("## ") {
                    title.clone_into(&mut heading);
                }
            }
            (None, Some(info)) => {
                let name = info.split_once(' ').map(|(_, name)| name).unwrap_or_default();
                block = Some((name.to_owned(), String::new()));
            }
            (Some((_, content)), None) => {
                content.push_str(line);
                content.push('\n');
            }
            (Some(_), Some(_)) => {
                let (name, content) = block.take().unwrap();
                blocks.push((heading.clone(), name, content.trim_end().to_owned()));
            }
        }
    }
    blocks
}

fn examples(blocks: &[(String, String, String)]) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut before = None;
    for (heading, name, content) in blocks {
        let json = || serde_json::from_str(content).unwrap_or_else(|error| panic!("{heading}, {name}: {error}"));
        match (name.as_str(), examples.last_mut()) {
            ("before", _) => before = Some(json()),
            ("message", _) => {
                let (heading, before) = (heading.clone(), before.take());
                examples.push(Example { heading, before, message: json(), ..Example::default() });
            }
            ("prompt", Some(example)) => example.prompt = Some(content.clone()),
            ("turn", Some(example)) => example.turn = Some(json()),
            ("record", Some(example)) => example.is_only_recorded = true,
            ("envelope" | "common", None) => {}
            (other, _) => panic!("{heading}: a block of an unknown kind: {other}"),
        }
    }
    examples
}

/// Returns the members of two objects.
fn merged(one: &Value, other: &Value) -> Value {
    let mut merged = one.as_object().unwrap().clone();
    merged.extend(other.as_object().unwrap().clone());
    merged.into()
}

/// Meta, which accepts every message and provides every file.
struct Meta;

#[async_trait]
impl Graph for Meta {
    async fn send(&self, _: &OutboundMessage) -> Result<MessageId, GraphError> {
        Ok(MessageId::new("wamid.sent"))
    }

    async fn upload(&self, _: &Upload) -> Result<MediaId, GraphError> {
        Ok(MediaId::new("1"))
    }

    async fn show_typing(&self, _: &MessageId) -> Result<(), GraphError> {
        Ok(())
    }

    async fn mark_read(&self, _: &MessageId) -> Result<(), GraphError> {
        Ok(())
    }

    async fn download(&self, _: &MediaId, _: u64, file: &Path) -> Result<Downloaded, DownloadError> {
        tokio::fs::write(file, FILE).await.map_err(|error| DownloadError::Storage(error.to_string()))?;
        Ok(Downloaded { len: FILE.len() as u64, mime_type: None, sha256: [0; 32] })
    }

    async fn group_subject(&self, _: &GroupId) -> Result<Option<String>, GraphError> {
        Ok(None)
    }

    fn send_timeout(&self) -> Duration {
        Duration::from_secs(10)
    }
}

fn notification(message: &Value) -> Notification {
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "15550001111", "phone_number_id": NUMBER },
        "contacts": [
            { "wa_id": USER, "user_id": "ES.1001", "profile": { "name": "Ana", "username": "ana.b" } },
            { "wa_id": "34600000002", "user_id": "ES.1002", "profile": { "name": "Bea" } },
        ],
        "messages": [message],
    });
    let changes = json!([{ "field": "messages", "value": value }]);
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": changes }] });
    Notification::parse(&VerifiedBody::unsigned(Bytes::from(body.to_string()))).unwrap()
}

/// Runs a turn with an agent of each kind, and returns what they read.
async fn read_by_agents(turn: Turn, ctx: &RunContext, server: &MockServer) -> Seen {
    let model = ScriptedModel::new(["ok"]).with_modalities(Modalities::text().with_images().with_documents());
    let agent = LlmAgent::builder("llm", model.clone()).build().unwrap();
    agent.run(turn.clone(), ctx).await.unwrap();
    let request = model.requests().remove(0);
    let Some(ChatMessage::User(parts)) = request.messages.last() else { panic!("no message of the user") };
    let part = |part: &ContentPart| match part {
        ContentPart::Text(text) => text.clone(),
        ContentPart::Image(blob) | ContentPart::Audio(blob) | ContentPart::Document(blob) => {
            format!("[{}]", blob.mime_type)
        }
        other => panic!("a part of an unknown kind: {other:?}"),
    };
    // The history may stand before the message of the turn.
    let is_message = |part: &ContentPart| matches!(part, ContentPart::Text(text) if text.starts_with("<message"));
    let begin = parts.iter().rposition(is_message).unwrap();
    let prompt = parts[begin..].iter().map(part).collect::<Vec<_>>().join("\n");

    let agent = HttpAgent::builder("http").url(server.uri()).secret("a secret of the tests").build().unwrap();
    let refused: Result<Reply, AgentError> = agent.run(turn, ctx).await;
    assert!(refused.is_err(), "the server does not answer as an agent");
    let request = server.received_requests().await.unwrap().remove(0);
    let mut body: Value = request.body_json().unwrap();
    Seen { prompt, message: body["messages"][0].take() }
}

/// Returns the answer to the message before an example: the text, with buttons or with a file.
fn answer(before: &Value) -> Reply {
    let text = before["answer"].as_str().unwrap_or_default();
    let labels: Vec<_> = before["buttons"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    match before["file"].as_str() {
        Some(file) => Reply::text(text).with_media(Media::document(file, "application/pdf", FILE)),
        None if labels.is_empty() => Reply::text(text),
        None => labels.iter().fold(Question::new(text), |asked, label| asked.choice(*label, *label)).into(),
    }
}

/// Sends a message through an engine, perhaps after an answered one. Returns what the agents read, or `None` if no agent ran.
async fn send(before: Option<&Value>, message: &Value) -> Option<Seen> {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(401)).mount(&server).await;
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_767_225_600_000)));
    let options = SqliteOptions::new("graph.test").clock(clock.clone());
    let store = Arc::new(SqliteStore::open(dir.path().join("test.db"), options).await.unwrap());
    let mut settings = EngineSettings::default();
    settings.debounce = Debounce::Fixed(Duration::ZERO);
    settings.media.dir = dir.path().join("media");
    let (tell, mut seen) = mpsc::unbounded_channel();
    let server = Arc::new(server);
    let reply = before.map(answer).unwrap_or_default();
    let agent = agent_fn("reader", move |turn: Turn, ctx| {
        let (tell, server, reply) = (tell.clone(), server.clone(), reply.clone());
        async move {
            if turn.messages[0].id == BEFORE {
                return Ok(reply);
            }
            let _ = tell.send(read_by_agents(turn, &ctx, &server).await);
            Ok(Reply::none())
        }
    });
    let route = Route::new(PhoneNumberId::new(NUMBER), Arc::new(agent), Arc::new(Meta));
    let engine = Engine::builder(store.clone()).settings(settings).clock(clock).route(route).build();
    let workers = engine.start();
    if let Some(before) = before {
        engine.accept(notification(&before["message"])).await.unwrap();
        within_deadline("the answer", async {
            let is_sent = |row: &OutboxRow| row.state == OutboxState::Accepted;
            while !store.outbox(None, 9).await.unwrap().iter().any(is_sent) {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
    engine.accept(notification(message)).await.unwrap();
    let stored = store.user_report(&UserKey::Phone(WaId::new(USER))).await.unwrap();
    let received = stored.conversations.iter().map(|record| record.received).sum::<u32>() + stored.group_messages;
    let earlier = before.is_some_and(|before| before["message"]["from"] == USER);
    assert_eq!(received, 1 + u32::from(earlier), "the message is stored");
    // A change of an earlier message has a turn without a run.
    within_deadline("the turn", async {
        while store.conversations(&ConversationFilter::All, 9).await.unwrap().iter().any(|row| row.waiting > 0) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    workers.shutdown(Duration::from_secs(10)).await;
    seen.try_recv().ok()
}

#[tokio::test]
async fn each_type_of_message_looks_as_the_page_says() {
    let page = page();
    let blocks = blocks(&page);
    let find = |name: &str| -> Value {
        let (.., content) = blocks.iter().find(|(_, kind, _)| kind == name).unwrap();
        serde_json::from_str(content).unwrap()
    };
    let (envelope, common) = (find("envelope"), find("common"));
    let examples = examples(&blocks);
    assert!(examples.len() > 25, "{}", examples.len());
    let mut differences = Vec::new();
    for Example { heading, before, message, prompt, turn, is_only_recorded } in examples {
        let before = before.map(|mut before| {
            before["message"] = merged(&merged(&envelope, &json!({ "id": BEFORE })), &before["message"]);
            before
        });
        let seen = send(before.as_ref(), &merged(&envelope, &message)).await;
        let Some(seen) = seen.filter(|_| !is_only_recorded) else {
            if !is_only_recorded || prompt.is_some() || turn.is_some() {
                differences.push(format!("{heading}: the agent ran: {}", !is_only_recorded));
            }
            continue;
        };
        let prompt = prompt.unwrap_or_default();
        if seen.prompt != prompt {
            differences.push(format!("{heading}\nis:\n{}\nis on the page:\n{prompt}", seen.prompt));
        }
        let expected = merged(&common, &turn.unwrap());
        if seen.message != expected {
            differences.push(format!("{heading}\nis:\n{}\nis on the page:\n{expected}", seen.message));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}
