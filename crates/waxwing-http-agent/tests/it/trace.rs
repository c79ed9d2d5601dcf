//! The trace of a run.

use std::sync::Arc;

use serde_json::json;
use waxwing_agent::{Agent as _, RunContext, RunEvent, RunObserver, Session};

use crate::test_run::{TestRun, agent, document, program};

const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

struct Traced;

impl RunObserver for Traced {
    fn is_watched(&self) -> bool {
        false
    }

    fn observe(&self, _: RunEvent) {}

    fn traceparent(&self) -> Option<String> {
        Some(TRACEPARENT.to_owned())
    }
}

#[tokio::test]
async fn the_program_gets_the_trace_of_the_run() {
    let answer = json!({"parts": [{"type": "text", "text": "hi"}]});
    let server = program([move |key: &str| document(key, &answer)]).await;
    let traced = RunContext::builder("34600000001", Session::new("s")).run_id("r1").observer(Arc::new(Traced)).build();
    agent(&server).run("hi".into(), &traced).await.unwrap();
    agent(&server).run("hi".into(), &TestRun::default().ctx()).await.unwrap();
    let requests = server.received_requests().await.unwrap();
    let headers: Vec<_> = requests.iter().map(|request| request.headers.get("traceparent")).collect();
    assert_eq!(headers[0].unwrap(), TRACEPARENT);
    assert_eq!(headers[1], None, "a run without a trace has no header");
}
