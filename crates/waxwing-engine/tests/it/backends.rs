//! Agents that need backends such as models: shared circuits, fallbacks and probes.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use waxwing_agent::{Agent, AgentError, Backend, Reply, RunContext, Turn};
use waxwing_engine::{Engine, Route, Workers};
use waxwing_types::PhoneNumberId;

use crate::support::{FakeGraph, Mail, NUMBER, Stage, pass, post, text};

/// Number of another agent.
const OTHER: &str = "1000002";

/// How long a request to a backend that is down takes.
const SLOW: Duration = Duration::from_millis(50);

/// Models of which some are down.
#[derive(Debug, Default)]
struct Models {
    down: Mutex<HashSet<&'static str>>,
    /// Models with the users for whom they were asked, in order.
    asked: Mutex<Vec<(&'static str, String)>>,
    /// Number of requests that wait for an answer now, and the largest number.
    waiting: Mutex<(usize, usize)>,
}

impl Models {
    fn down(names: &[&'static str]) -> Arc<Self> {
        let models = Self::default();
        models.down.lock().unwrap().extend(names);
        Arc::new(models)
    }

    fn recover(&self) {
        self.down.lock().unwrap().clear();
    }

    async fn ask(&self, name: &'static str, user: &str) -> bool {
        self.asked.lock().unwrap().push((name, user.to_owned()));
        if !self.down.lock().unwrap().contains(name) {
            return true;
        }
        {
            let (now, most) = &mut *self.waiting.lock().unwrap();
            *now += 1;
            *most = (*most).max(*now);
        }
        // tidy: allow sleep - time is paused
        tokio::time::sleep(SLOW).await;
        self.waiting.lock().unwrap().0 -= 1;
        false
    }
}

/// An agent that asks models one after the other until one answers.
struct Asking {
    name: &'static str,
    chain: Vec<&'static str>,
    models: Arc<Models>,
    runs: Arc<Mutex<usize>>,
}

fn backend(name: &'static str) -> Backend {
    Backend::new("model", name)
}

#[async_trait]
impl Agent for Asking {
    fn name(&self) -> &str {
        self.name
    }

    fn backends(&self) -> Vec<Backend> {
        self.chain.iter().copied().map(backend).collect()
    }

    async fn run(&self, _turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError> {
        *self.runs.lock().unwrap() += 1;
        for name in &self.chain {
            let Ok(request) = ctx.begin_request(&backend(name)) else { continue };
            if self.models.ask(name, ctx.user_id()).await {
                request.succeeded();
                return Ok(Reply::text(*name));
            }
            request.failed(None);
        }
        Err(AgentError::outage("no model works"))
    }
}

struct Fixture {
    graph: Arc<FakeGraph>,
    engine: Engine,
    models: Arc<Models>,
    runs: Arc<Mutex<usize>>,
    stage: Stage,
    _workers: Workers,
}

impl Fixture {
    /// Starts an engine with an agent for [`NUMBER`] and one for [`OTHER`].
    fn new(chains: [&[&'static str]; 2], models: Arc<Models>) -> Self {
        let mut stage = Stage::new();
        stage.settings.system_messages.standard.outage = String::new();
        let (graph, runs) = (Arc::<FakeGraph>::default(), Arc::default());
        let mut builder = stage.builder();
        for (number, name, chain) in [(NUMBER, "first", chains[0]), (OTHER, "second", chains[1])] {
            let (models, runs) = (models.clone(), Arc::clone(&runs));
            let agent = Arc::new(Asking { name, chain: chain.to_vec(), models, runs });
            builder = builder.route(Route::new(PhoneNumberId::new(number), agent, graph.clone()));
        }
        let engine = builder.build();
        Self { graph, models, runs, stage, _workers: engine.start(), engine }
    }

    /// Lets these users write to a number at the same time.
    async fn write(&self, number: &str, users: std::ops::Range<usize>) {
        let mails: Vec<Mail> = users.map(|nth| text(&user(nth), "hello").to(number)).collect();
        post(&self.engine, &mails).await;
        pass(Duration::from_millis(200)).await;
    }

    fn asked(&self, name: &str) -> usize {
        self.models.asked.lock().unwrap().iter().filter(|(asked, _)| *asked == name).count()
    }

    fn runs(&self) -> usize {
        *self.runs.lock().unwrap()
    }

    async fn answers(&self) -> usize {
        self.graph.taken(0).await.len()
    }
}

fn user(nth: usize) -> String {
    format!("346000{nth:05}")
}

#[tokio::test(start_paused = true)]
async fn agents_with_the_same_model_share_its_circuit() {
    let fixture = Fixture::new([&["a"], &["a"]], Models::down(&["a"]));
    fixture.write(NUMBER, 0..3).await;
    fixture.write(OTHER, 3..5).await;
    assert_eq!((fixture.asked("a"), fixture.runs()), (5, 5));
    fixture.write(OTHER, 5..30).await;
    fixture.write(NUMBER, 30..60).await;
    assert_eq!((fixture.asked("a"), fixture.runs()), (5, 5), "the others hold no run slot");
    fixture.models.recover();
    pass(Duration::from_mins(1)).await;
    assert_eq!((fixture.asked("a"), fixture.answers().await), (65, 60), "all agents work again");
}

#[tokio::test(start_paused = true)]
async fn one_conversation_that_did_not_fail_probes() {
    let fixture = Fixture::new([&["a"], &["a"]], Models::down(&["a"]));
    fixture.write(NUMBER, 0..5).await;
    *fixture.models.waiting.lock().unwrap() = (0, 0);
    // In each of 40 rounds of 2 x 200 ms, three users write: one whose run failed, and two new ones. The pauses between probes last up to 1, 2,
    // 4 and 8 s.
    for nth in 5..45 {
        fixture.write(NUMBER, nth % 5..nth % 5 + 1).await;
        fixture.write(OTHER, 2 * nth..2 * nth + 2).await;
    }
    let asked = fixture.models.asked.lock().unwrap().clone();
    let failed: Vec<_> = (0..5).map(user).collect();
    assert!((2..=6).contains(&(asked.len() - 5)), "{asked:?}");
    assert!(asked[5..].iter().all(|(_, user)| !failed.contains(user)), "{asked:?}");
    assert_eq!(fixture.models.waiting.lock().unwrap().1, 1, "one probe at a time");
}

#[tokio::test(start_paused = true)]
async fn another_key_of_the_same_model_is_not_stopped() {
    let fixture = Fixture::new([&["key 1"], &["key 2"]], Models::down(&["key 1"]));
    fixture.write(NUMBER, 0..9).await;
    fixture.write(OTHER, 10..20).await;
    assert_eq!((fixture.asked("key 2"), fixture.answers().await), (10, 10));
}

#[tokio::test(start_paused = true)]
async fn a_dead_first_model_costs_a_few_slow_calls_and_then_a_probe_at_a_time() {
    let fixture = Fixture::new([&["dead", "alive"], &["dead"]], Models::down(&["dead"]));
    for nth in 0..30 {
        fixture.write(NUMBER, nth..nth + 1).await;
    }
    let probes = fixture.asked("dead") - 5;
    // 30 users take 6 s, and the pauses between probes last up to 1, 2, 4 and 8 s.
    assert!((1..=4).contains(&probes), "{probes} probes");
    assert_eq!((fixture.asked("alive"), fixture.answers().await), (30, 30), "all are answered by the fallback");
    let asked = fixture.asked("dead");
    fixture.write(OTHER, 40..41).await;
    assert!(fixture.asked("dead") <= asked + 1);
    assert_eq!(fixture.answers().await, 30, "an agent without a fallback waits");
    fixture.models.recover();
    pass(Duration::from_mins(1)).await;
    fixture.write(NUMBER, 50..51).await;
    fixture.write(NUMBER, 51..60).await;
    assert_eq!(fixture.asked("alive"), 30, "the first model is back");
}

#[tokio::test(start_paused = true)]
async fn a_message_wakes_a_waiting_conversation_only_while_a_model_works() {
    let fixture = Fixture::new([&["a"], &["a"]], Models::down(&["a"]));
    fixture.write(NUMBER, 0..5).await;
    let released = || fixture.stage.store.seen().released.len();
    let before = released();
    fixture.write(NUMBER, 0..5).await;
    assert_eq!(released(), before, "no conversation is claimed for nothing");
}
