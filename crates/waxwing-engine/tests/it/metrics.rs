//! Counts of an engine.

use waxwing_agent::{Reply, RunEvent, ToolCallReport, agent_fn};
use waxwing_engine::{FailureKind, GraphError};
use waxwing_store::MessageOutcome;

use crate::support::{ANA, Scene, TestEngine, patiently, puppet, refusal};

/// Waits until the metrics have all of these lines.
async fn has_lines(live: &TestEngine, lines: &[&str]) {
    let complete = async {
        loop {
            live.engine.measure().await;
            let page = live.engine.metrics().encode();
            if lines.iter().all(|line| page.lines().any(|found| found == *line)) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    patiently(&format!("{lines:?} in {}", live.engine.metrics().encode()), complete).await;
}

#[tokio::test]
async fn turns_runs_and_tools_are_counted_without_a_watcher() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    let run = runs.next().await;
    for is_error in [false, false, true] {
        run.ctx.report(|| {
            RunEvent::ToolCalled(ToolCallReport { tool: "clock".into(), is_error, ..ToolCallReport::default() })
        });
    }
    run.reply("hello");
    let expected = [
        r#"waxwing_turns_total{agent="puppet",outcome="committed"} 1.0"#,
        r#"waxwing_runs_total{agent="puppet",outcome="replied"} 1.0"#,
        r#"waxwing_tool_calls_total{tool="clock",outcome="ok"} 2.0"#,
        r#"waxwing_tool_calls_total{tool="clock",outcome="error"} 1.0"#,
        "waxwing_messages_received_total 1.0",
        "waxwing_ready 1.0",
    ];
    has_lines(&live, &expected).await;
}

#[tokio::test]
async fn panics_of_an_agent_and_turns_given_up_are_counted() {
    let scene = Scene::new().await;
    let agent = agent_fn("fragile", |_, _| async { panic!("this panic is part of the test") as Result<Reply, _> });
    let live = scene.live(agent);
    let message = live.hears(ANA, "hi").await;
    assert!(matches!(scene.store.outcome(&message).await, MessageOutcome::DeadLettered(_)));
    let expected = [
        r#"waxwing_agent_panics_total{agent="fragile"} 1.0"#,
        r#"waxwing_runs_total{agent="fragile",outcome="failed"} 1.0"#,
        r#"waxwing_turns_given_up_total{agent="fragile"} 1.0"#,
    ];
    has_lines(&live, &expected).await;
}

#[tokio::test]
async fn a_refusal_is_counted_with_a_documented_code_only() {
    let scene = Scene::new().await;
    scene.graph.refuses(GraphError { code: Some(4_711_815), ..refusal(FailureKind::Permanent) });
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    runs.next().await.reply("hello");
    scene.store.send_outcomes(1).await;
    let number = live.engine.numbers()[0].as_str();
    let expected = format!(r#"waxwing_sends_total{{number="{number}",outcome="refused",code="other"}} 1.0"#);
    has_lines(&live, &[&expected]).await;
}
