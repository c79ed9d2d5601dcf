//! Test support: fakes, fixtures and waits.

mod graph;
mod puppet;
mod scene;
mod spy;
mod stage;
mod webhook;

use std::time::Duration;

use waxwing_agent::{HistoryEntry, HistoryEvent, Role};

pub(crate) use graph::{FakeGraph, Medium, Refusal, refusal};
pub(crate) use puppet::{Run, Runs, named_puppet, puppet};
pub(crate) use scene::{Scene, TestEngine};
pub(crate) use spy::{Op, Spy};
pub(crate) use stage::{Stage, pass};
pub(crate) use webhook::{Mail, charged, echo, id_update, mail, messages, post, post_field, status, text, typed};

/// Business number of most tests.
pub(crate) const NUMBER: &str = "1000001";
pub(crate) const ANA: &str = "34600000001";
pub(crate) const BEA: &str = "34600000002";

/// Deadline of each wait.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Returns the history of a run, as `user: text`, `agent: text`, `person: text` and `[event]`.
pub(crate) fn history(run: &Run) -> Vec<String> {
    let line = |entry: &HistoryEntry| match &entry.event {
        HistoryEvent::HandedOff => "[handed off]".to_owned(),
        HistoryEvent::Resumed => "[resumed]".to_owned(),
        HistoryEvent::Unanswered => "[unanswered]".to_owned(),
        HistoryEvent::Tools(round) => format!("[tools: {}]", round.calls[0].name),
        _ => {
            let author = match entry.role() {
                Role::User => "user",
                Role::Agent => "agent",
                Role::Operator => "person",
            };
            format!("{author}: {}", entry.text())
        }
    };
    run.ctx.session().history().iter().map(line).collect()
}

/// Waits until the running turn has noticed an arrival.
pub(crate) async fn noticed<T>(scene: &Scene, arrival: impl Future<Output = T>) -> T {
    let gate = scene.store.break_at(Op::NewMessages);
    let arrived = arrival.await;
    gate.reached().await;
    gate.open();
    arrived
}

/// Waits for an event. Panics after the deadline.
pub(crate) async fn patiently<T>(what: &str, event: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, event).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}
