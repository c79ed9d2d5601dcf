//! Summary of turns that no longer fit into the history.

use serde_json::{Map, Value};
use waxwing_agent::{Agent as _, HistoryEntry, Role, RunContext, Session};
use waxwing_llm::{
    ChatMessage, ChatRequest, ChatResponse, ContentPart, HistoryLimit, LlmAgent, ModelError, ModelErrorKind, Price,
    Prices, ScriptedModel, ScriptedReply, StopReason, TokenUsage,
};

use crate::support::{World, markdown};

/// Returns the entries of turns with these numbers, two per turn.
fn turns(numbers: std::ops::RangeInclusive<i64>) -> Vec<HistoryEntry> {
    let entry = |seq, role, text| HistoryEntry::new(role, text).with_seq(seq);
    numbers
        .flat_map(|n| {
            [entry(2 * n, Role::User, format!("ask {n}.")), entry(2 * n + 1, Role::Agent, format!("answer {n}."))]
        })
        .collect()
}

/// Result of a turn.
struct TurnResult {
    model: ScriptedModel,
    reply: String,
    state: Map<String, Value>,
}

impl TurnResult {
    /// Returns the number of earlier turns in the last request, and what stands before them.
    fn read(&self) -> (usize, String) {
        let requests = self.model.requests();
        let last = requests.last().unwrap();
        let ChatMessage::User(parts) = &last.messages[0] else { panic!("the user is first") };
        let head = match &parts[0] {
            ContentPart::Text(head) if head.starts_with("<conversation>") => head.clone(),
            _ => String::new(),
        };
        (last.messages.len() / 2, head)
    }
}

fn agent(model: ScriptedModel) -> LlmAgent {
    let prices = Prices::new().with("scripted", Price::new(1.0, 1.0));
    LlmAgent::builder("a", model).history(HistoryLimit::Turns(10)).prices(prices).summarize().build().unwrap()
}

async fn turn<L: Into<ScriptedReply>>(
    history: Vec<HistoryEntry>,
    state: Map<String, Value>,
    script: impl IntoIterator<Item = L>,
) -> TurnResult {
    let model = ScriptedModel::new(script);
    let ctx = RunContext::builder("1", Session::restored("s", history, state.clone())).build();
    let reply = agent(model.clone()).run("hi".into(), &ctx).await.unwrap();
    let state = ctx.session().changed_state().unwrap_or(state);
    TurnResult { model, reply: markdown(&reply).to_owned(), state }
}

#[track_caller]
fn task(request: &ChatRequest) -> &str {
    assert!(request.system.starts_with("You maintain notes about a conversation") && request.tools.is_empty());
    match &request.messages[..] {
        [ChatMessage::User(contents)] => match &contents[..] {
            [ContentPart::Text(text)] => text,
            other => panic!("expected text: {other:?}"),
        },
        other => panic!("expected one message: {other:?}"),
    }
}

fn known(notes: &str) -> String {
    format!("<conversation>\n<summary>{notes}</summary>\n</conversation>")
}

#[tokio::test]
async fn old_turns_are_summarized_once_and_in_batches() {
    let first = turn(turns(1..=16), Map::new(), ["notes A", "hello"]).await;
    assert_eq!((first.reply.as_str(), first.model.requests().len()), ("hello", 2));
    assert_eq!(first.read(), (10, known("notes A")));
    let requests = first.model.requests();
    let old = task(&requests[0]);
    assert!(old.contains("(There are no notes yet.)") && old.contains("User: ask 1.\nAssistant: answer 1."), "{old}");
    assert!(old.contains("answer 6.") && !old.contains("ask 7."), "{old}");

    let second = turn(turns(1..=21), first.state.clone(), ["hello"]).await;
    assert_eq!(second.read(), (15, known("notes A")), "the history grows before the next summary");
    let third = turn(turns(1..=22), second.state, ["notes B", "hello"]).await;
    assert_eq!(third.read(), (10, known("notes B")));
    let requests = third.model.requests();
    let next = task(&requests[0]);
    assert!(next.starts_with("Current notes:\nnotes A\n") && !next.contains("ask 6."), "{next}");
    assert!(next.contains("ask 7.") && next.contains("answer 12.") && !next.contains("ask 13."), "{next}");
}

#[tokio::test]
async fn turns_of_many_messages_are_summarized_before_they_leave_the_window() {
    let ask = |seq| HistoryEntry::new(Role::User, format!("ask {seq}.")).with_seq(seq);
    let said = turn((1..=50).map(ask).collect(), Map::new(), ["Notes of much.", "Hello"]).await;
    let requests = said.model.requests();
    let notes = task(&requests[0]);
    assert!(notes.contains("ask 1.") && notes.contains("ask 25.") && !notes.contains("ask 26."), "{notes}");
    assert_eq!(said.read().1, known("Notes of much."));
    // Fewer entries need no summary yet.
    let said = turn((1..=40).map(ask).collect(), Map::new(), ["Hello"]).await;
    assert_eq!(said.model.requests().len(), 1);
}

#[tokio::test]
async fn a_short_history_needs_no_summary() {
    let said = turn(turns(1..=15), Map::new(), ["hello"]).await;
    assert_eq!((said.read(), said.state.len()), ((15, String::new()), 0));
}

#[tokio::test(start_paused = true)]
async fn a_failed_summary_does_not_fail_the_run() {
    let failures: [ScriptedReply; 3] = [
        ModelError::new(ModelErrorKind::RateLimited).into(),
        "".into(),
        ChatResponse::text("I would rather not.").with_stop_reason(StopReason::Refused).into(),
    ];
    for failure in failures {
        let said = turn(turns(1..=30), Map::new(), [failure, "hello".into()]).await;
        assert_eq!((said.reply.as_str(), said.model.requests().len()), ("hello", 2), "a summary is not retried");
        assert_eq!((said.read(), said.state.len()), ((15, String::new()), 0));
    }
}

#[tokio::test]
async fn a_repeated_run_uses_the_recorded_summary() {
    let script = ["notes", "hello"].map(|text| ChatResponse::text(text).with_usage(TokenUsage::new(500_000, 0)));
    let (model, world) = (ScriptedModel::new(script), World::default());
    for _ in 0..2 {
        let session = Session::restored("s", turns(1..=30), Map::new());
        let ctx = world.run_in(session, world.journal.clone());
        agent(model.clone()).run("hi".into(), &ctx).await.unwrap();
        assert!(ctx.session().state().snapshot().contains_key("block/a"));
        assert!((ctx.cost() - 1.0).abs() < 1e-9, "the summary counts: {}", ctx.cost());
    }
    assert_eq!(model.requests().len(), 2);
}

#[tokio::test]
async fn entries_without_sequence_numbers_are_not_summarized() {
    let history = turns(1..=30).into_iter().map(|entry| entry.with_seq(0)).collect();
    assert_eq!(turn(history, Map::new(), ["hello"]).await.read(), (10, String::new()));
}

#[test]
fn the_agent_requests_as_many_entries_as_it_needs() {
    let model = || ScriptedModel::new([""]);
    let asked = |history| LlmAgent::builder("a", model()).history(history).build().unwrap().history_limit();
    assert_eq!(LlmAgent::builder("a", model()).build().unwrap().history_limit(), Some(124));
    assert_eq!(asked(HistoryLimit::Turns(5)), Some(36));
    assert_eq!(asked(HistoryLimit::Tokens(1000)), Some(304), "a message has at least five tokens");
    assert_eq!(agent(model()).history_limit(), Some(64));
    assert_eq!(LlmAgent::builder("a", model()).summarize().build().unwrap().history_limit(), Some(124));
}
