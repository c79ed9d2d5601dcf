//! Events of an engine.

use waxwing_agent::{RunEvent, ToolCallReport};
use waxwing_engine::{EngineEvent, EngineEventKind, EngineEvents, FailureKind, GraphError};

use crate::support::{ANA, Scene, patiently, post, puppet, refusal, status, text};

/// Returns the events up to the first one with this name.
async fn events_until(events: &mut EngineEvents, last: &str) -> Vec<EngineEvent> {
    let mut seen: Vec<EngineEvent> = Vec::new();
    while seen.last().is_none_or(|event| event.kind.name() != last) {
        seen.push(patiently(last, events.next()).await.expect("the engine is running"));
    }
    seen
}

fn names(events: &[EngineEvent]) -> Vec<&str> {
    events.iter().map(|event| event.kind.name()).collect()
}

#[tokio::test]
async fn a_turn_is_reported_from_its_message_to_the_status_of_its_reply() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let mut events = live.engine.events();
    let hi = text(ANA, "hi");
    post(&live.engine, std::slice::from_ref(&hi)).await;
    let run = runs.next().await;
    let call = ToolCallReport { tool: "clock".into(), result: "noon".into(), ..ToolCallReport::default() };
    run.ctx.report(|| RunEvent::ToolCalled(call.clone()));
    run.reply("hello");
    let seen = events_until(&mut events, "message.attempted").await;
    // The attempt begins with the commit, so the end of the turn may be reported before or after it.
    let mut turn: Vec<_> = seen.iter().filter(|event| event.turn.is_some()).cloned().collect();
    if names(&turn).last() != Some(&"turn.finished") {
        turn.extend(events_until(&mut events, "turn.finished").await);
    }
    let expected =
        ["turn.started", "agent.started", "tool.called", "agent.finished", "message.queued", "turn.finished"];
    assert_eq!(names(&turn), expected);
    let id = turn[0].turn.as_deref().unwrap();
    for event in &turn {
        assert_eq!((event.turn.as_deref(), event.user.as_deref()), (Some(id), Some(ANA)), "{event:?}");
        assert_eq!(event.conversation, turn[0].conversation);
    }
    let message = hi.id().to_owned();
    assert!(turn[0].kind == EngineEventKind::TurnStarted { messages: vec![message.clone()], failures: 0 });
    let received = EngineEventKind::MessageReceived { message, kind: "text".into(), is_duplicate: Some(false) };
    assert!(seen.iter().any(|event| event.kind == received && event.user.as_deref() == Some(ANA)));
    assert!(turn[2].kind == EngineEventKind::Run(RunEvent::ToolCalled(call)));
    let queued = EngineEventKind::MessageQueued { kind: "text", is_interim: false, text: Some("hello".into()) };
    assert!(turn[4].kind == queued);

    scene.store.send_outcomes(1).await;
    live.engine.accept(status("delivered", "wamid.out.1", "")).await.unwrap();
    let EngineEventKind::Outgoing(report) = events_until(&mut events, "message.delivered").await.pop().unwrap().kind
    else {
        panic!("another event");
    };
    assert_eq!(report.data["message"], "wamid.out.1");
}

#[tokio::test]
async fn a_repeated_webhook_is_reported_as_a_duplicate() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let hi = text(ANA, "hi");
    post(&live.engine, std::slice::from_ref(&hi)).await;
    let run = runs.next().await;
    let mut events = live.engine.events();
    post(&live.engine, std::slice::from_ref(&hi)).await;
    let event = events_until(&mut events, "message.received").await.pop().unwrap();
    assert!(matches!(event.kind, EngineEventKind::MessageReceived { is_duplicate: Some(true), .. }), "{event:?}");
    run.reply("hello");
}

#[tokio::test]
async fn a_refused_message_is_reported_with_metas_code() {
    let scene = Scene::new().await;
    scene.graph.refuses(GraphError { code: Some(131_026), ..refusal(FailureKind::Permanent) });
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let mut events = live.engine.events();
    live.hears(ANA, "hi").await;
    runs.next().await.reply("hello");
    let event = events_until(&mut events, "message.attempted").await.pop().unwrap();
    let EngineEventKind::MessageAttempted { outcome, code, .. } = event.kind else { panic!("another event") };
    assert_eq!((outcome, code), ("refused", Some(131_026)));
}

#[tokio::test]
async fn a_slow_watcher_is_told_how_many_events_it_lost() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let mut events = live.engine.events();
    live.hears(ANA, "hi").await;
    let run = runs.next().await;
    for _ in 0..2_000 {
        run.ctx.report(|| RunEvent::ToolCalled(ToolCallReport::default()));
    }
    let event = patiently("the notice", events.next()).await.unwrap();
    let EngineEventKind::Missed { count } = event.kind else { panic!("no notice: {event:?}") };
    assert!(count >= 2_000 - 1_024, "{count}");
    run.reply("hello");
}
