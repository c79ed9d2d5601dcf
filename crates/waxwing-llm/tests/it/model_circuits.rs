//! Models whose circuits open: what a chain of models asks, and what it reports.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use waxwing_agent::{
    Agent as _, AgentError, Backend, BackendCircuits, BackendRequest, BackendResult, Reply, RunContext, Session,
};
use waxwing_llm::{
    ChatModel as _, LlmAgent, LlmAgentBuilder, Provider, ProviderModel, RetryPolicy, ScriptedModel, Team,
};
use waxwing_scripted_provider::{Api, ScriptedAnswer, ScriptedProvider};

use crate::support::markdown;

/// Wait that an open circuit tells.
const WAIT: Duration = Duration::from_secs(7);

/// Circuits that open after a number of failures, and record all results.
#[derive(Clone, Default)]
struct Circuits(Arc<Mutex<Data>>);

#[derive(Default)]
struct Data {
    open: HashSet<Backend>,
    results: Vec<BackendResult>,
    /// Number of failures after which a circuit opens. 0 for never.
    limit: usize,
}

impl Circuits {
    fn opening_after(failures: usize) -> Self {
        let circuits = Self::default();
        circuits.0.lock().unwrap().limit = failures;
        circuits
    }

    fn open(&self, model: &ProviderModel) {
        self.0.lock().unwrap().open.insert(model.backend());
    }

    fn results(&self) -> Vec<BackendResult> {
        std::mem::take(&mut self.0.lock().unwrap().results)
    }

    async fn run(&self, agent: &LlmAgent) -> Result<Reply, AgentError> {
        let ctx = RunContext::builder("1", Session::new("1")).circuits(Arc::new(self.clone())).build();
        agent.run("hi".into(), &ctx).await
    }
}

impl BackendCircuits for Circuits {
    fn begin_request(&self, backend: &Backend) -> Result<BackendRequest, Duration> {
        if self.0.lock().unwrap().open.contains(backend) {
            return Err(WAIT);
        }
        let (data, backend) = (self.0.clone(), backend.clone());
        Ok(BackendRequest::new(move |result| {
            let mut data = data.lock().unwrap();
            data.results.push(result);
            let failures = data.results.iter().filter(|result| **result != BackendResult::Worked).count();
            if result != BackendResult::Worked && data.limit > 0 && failures >= data.limit {
                data.open.insert(backend);
            }
        }))
    }
}

async fn provider() -> (ScriptedProvider, ProviderModel) {
    let provider = ScriptedProvider::start().await.unwrap();
    let model = Provider::anthropic("sk-test").base_url(provider.base_url(Api::Anthropic)).model("m").unwrap();
    (provider, model)
}

fn failure(status: u16) -> ScriptedAnswer {
    ScriptedAnswer::raw(status, json!({"type": "error", "error": {"type": "api_error", "message": "no"}}))
}

fn agent(model: ProviderModel, fallback: ProviderModel) -> LlmAgent {
    retrying(LlmAgent::builder("a", model).fallback(fallback), 3)
}

fn retrying(agent: LlmAgentBuilder, attempts: u32) -> LlmAgent {
    let retry = RetryPolicy::default().with_initial_backoff(Duration::from_millis(1));
    agent.retry(retry.with_max_attempts(attempts)).build().unwrap()
}

#[tokio::test]
async fn a_model_whose_circuit_is_open_is_not_asked() {
    let ((dead, first), (alive, second)) = (provider().await, provider().await);
    alive.then_always("from the fallback");
    let circuits = Circuits::default();
    circuits.open(&first);
    let reply = circuits.run(&agent(first, second)).await.unwrap();
    assert_eq!(markdown(&reply), "from the fallback");
    assert_eq!((dead.requests().len(), alive.requests().len()), (0, 1));
    assert_eq!(circuits.results(), [BackendResult::Worked]);
}

#[tokio::test]
async fn a_run_without_a_model_to_ask_is_an_outage_until_the_next_probe() {
    let ((dead, first), (dead_too, second)) = (provider().await, provider().await);
    let circuits = Circuits::default();
    circuits.open(&first);
    circuits.open(&second);
    let error = circuits.run(&agent(first, second)).await.unwrap_err();
    assert!(error.is_outage(), "{error:?}");
    assert_eq!(error.retry_after(), Some(WAIT));
    assert_eq!((dead.requests().len(), dead_too.requests().len()), (0, 0));
}

#[tokio::test]
async fn a_circuit_that_opens_ends_the_retries() {
    let ((dead, first), (alive, second)) = (provider().await, provider().await);
    dead.then_always(failure(500));
    alive.then_always("from the fallback");
    let circuits = Circuits::opening_after(1);
    let agent = agent(first, second);
    for _ in 0..2 {
        assert_eq!(markdown(&circuits.run(&agent).await.unwrap()), "from the fallback");
    }
    assert_eq!((dead.requests().len(), alive.requests().len()), (1, 2));
}

#[tokio::test]
async fn the_failure_that_opens_a_circuit_is_the_error_of_the_run() {
    let ((dead, model), circuits) = (provider().await, Circuits::opening_after(1));
    dead.then_always(failure(503));
    let error = circuits.run(&retrying(LlmAgent::builder("a", model), 3)).await.unwrap_err();
    assert!(error.is_outage() && error.to_string().contains("503"), "{error}");
}

#[tokio::test]
async fn only_what_other_conversations_share_counts_as_a_failure() {
    use BackendResult::{Failed, Worked};
    let failed = Failed { retry_after: None };
    for (answer, expected) in [
        (failure(429), Some(failed)),
        (failure(500), Some(failed)),
        (failure(529), Some(failed)),
        (failure(400), Some(Worked)),
        (failure(401), Some(Worked)),
        (ScriptedAnswer::raw(200, json!("not a response")), None),
    ] {
        let (provider, model) = provider().await;
        provider.then_always(answer);
        let circuits = Circuits::default();
        let result = circuits.run(&retrying(LlmAgent::builder("a", model), 1)).await;
        assert_eq!(circuits.results(), Vec::from_iter(expected), "{result:?}");
    }
    // Nothing listens at port 1.
    let model = Provider::openai_compatible("http://127.0.0.1:1/v1").model("m").unwrap();
    let circuits = Circuits::default();
    circuits.run(&retrying(LlmAgent::builder("a", model), 1)).await.unwrap_err();
    assert_eq!(circuits.results(), [failed]);
}

#[tokio::test]
async fn an_agent_names_the_backends_of_all_its_models() {
    let ((_dead, first), (_alive, second)) = (provider().await, provider().await);
    let backends = [first.backend(), second.backend()];
    assert_ne!(backends[0], backends[1], "another address");
    let agent = agent(first.clone(), second);
    assert_eq!(agent.backends(), backends);
    let member = LlmAgent::builder("member", ScriptedModel::new(["yes"]));
    let team = Team::coordinate(LlmAgent::builder("team", first)).member("Helps.", member.build().unwrap());
    let names: Vec<_> = team.build().unwrap().backends().iter().map(|backend| backend.name().to_owned()).collect();
    assert_eq!(names, ["scripted", "m"]);
}
