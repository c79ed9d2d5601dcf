//! Recipients to whom no send succeeds, while all other users get their answers.

use std::sync::Arc;
use std::time::Duration;

use waxwing_client::FailureScope;
use waxwing_engine::{Engine, FailureKind, GraphError};

use crate::support::{FakeGraph, NUMBER, Refusal, Stage, pass, text};

/// The time within which every healthy user gets an answer.
const BOUND: Duration = Duration::from_secs(5);

/// The time after which the client gives up a request.
const TIMEOUT: Duration = Duration::from_secs(30);

fn refused(kind: FailureKind, code: Option<i64>) -> Refusal {
    let message = "refused".into();
    Refusal::AtOnce(GraphError {
        kind,
        scope: FailureScope::Service,
        code,
        message,
        retry_after: None,
        allows_fallback: false,
    })
}

fn bad(user: usize) -> String {
    format!("346000{user:05}")
}

fn healthy(user: usize) -> String {
    format!("347000{user:05}")
}

/// A number with an agent that repeats each message.
struct Fixture {
    stage: Stage,
    graph: Arc<FakeGraph>,
    engine: Engine,
    _workers: waxwing_engine::Workers,
}

impl Fixture {
    /// All sends to `count` recipients fail.
    fn new(count: usize, refusal: &Refusal) -> Self {
        let mut stage = Stage::new();
        stage.settings.retry.attempts = 4;
        stage.settings.rate_limit.pair_interval = Duration::ZERO;
        let graph = Arc::<FakeGraph>::default();
        (0..count).for_each(|user| graph.refuses_recipient(&bad(user), refusal.clone()));
        let engine = stage.engine(&[(NUMBER, graph.clone())]);
        let workers = engine.start();
        Self { stage, graph, engine, _workers: workers }
    }

    async fn hears(&self, user: &str) {
        text(user, "hello").post(&self.engine).await;
    }

    /// Lets healthy users write, and checks that all get their answers in time.
    async fn serves(&self, users: std::ops::Range<usize>, context: &str) {
        let before = self.graph.calls().taken.len();
        let count = users.len();
        for user in users {
            self.hears(&healthy(user)).await;
        }
        pass(BOUND).await;
        let answered = self.graph.calls().taken.len() - before;
        assert_eq!(answered, count, "healthy users answered within {BOUND:?} ({context})");
    }
}

/// The refusals of single recipients that look like faults of the service.
fn ways() -> [(&'static str, Refusal); 5] {
    [
        ("131000", refused(FailureKind::Transient, Some(131_000))),
        ("code 2", refused(FailureKind::Transient, Some(2))),
        ("5xx", refused(FailureKind::Transient, Some(999_999))),
        ("5xx without JSON", refused(FailureKind::InDoubt, None)),
        ("hang", Refusal::Hang(TIMEOUT)),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_fifth_of_bad_recipients_delays_no_other_user() {
    for (way, refusal) in ways() {
        let fixture = Fixture::new(21, &refusal);
        // The bad recipients write first, so that their failures come in a row.
        for round in 0..3 {
            for user in 0..21 {
                fixture.hears(&bad(user)).await;
            }
            fixture.serves(0..84, &format!("{way}, round {round}")).await;
        }
    }
}

/// The first failures open the circuit before the other bad recipients write, so these are tried as probes before any healthy user.
#[tokio::test(start_paused = true)]
async fn bad_recipients_who_all_write_before_anybody_else_delay_no_other_user() {
    for (way, refusal) in ways() {
        let fixture = Fixture::new(60, &refusal);
        for user in 0..60 {
            fixture.hears(&bad(user)).await;
            pass(Duration::from_millis(1)).await;
        }
        fixture.serves(0..84, way).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_user_who_writes_after_many_failures_is_answered_in_time() {
    for (way, refusal) in ways() {
        let fixture = Fixture::new(20, &refusal);
        for user in 0..20 {
            fixture.hears(&bad(user)).await;
        }
        // No other conversation gets through, so the circuit stays open for longer and longer.
        for round in 0..3 {
            pass(Duration::from_mins(10)).await;
            fixture.serves(round..round + 1, &format!("{way}, round {round}")).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn sends_that_hang_leave_slots_for_others() {
    let fixture = Fixture::new(64, &Refusal::Hang(TIMEOUT));
    for user in 0..64 {
        fixture.hears(&bad(user)).await;
    }
    pass(Duration::from_secs(2)).await;
    assert_eq!(fixture.graph.calls().sends.len(), 64, "all sends hang");
    fixture.serves(0..10, "first attempts").await;
    // The retries begin when the in-doubt windows close.
    while fixture.graph.calls().sends.len() < 2 * 64 + 10 {
        pass(Duration::from_secs(1)).await;
    }
    fixture.serves(10..20, "retries").await;
}

#[tokio::test(start_paused = true)]
async fn refusals_count_for_the_message_once_another_conversation_gets_through() {
    for (way, refusal) in &ways()[..3] {
        let fixture = Fixture::new(20, refusal);
        for user in 0..20 {
            fixture.hears(&bad(user)).await;
        }
        pass(Duration::from_mins(10)).await;
        let queued = fixture.stage.outbox().await;
        assert!(queued.iter().all(|(state, _)| *state == "queued"), "{way}: Graph may be unavailable: {queued:?}");
        for _ in 0..20 {
            fixture.serves(0..1, way).await;
            pass(Duration::from_mins(1)).await;
        }
        let ended = fixture.stage.outbox().await;
        assert!(ended[..20].iter().all(|(state, _)| *state == "dead_letter"), "{way}: {ended:?}");
    }
}
