//! Properties of sends under random events: every message ends, in order, and is sent twice only after an unknown outcome.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use tokio::time::Instant;
use waxwing_client::FailureScope;
use waxwing_engine::{FailureKind, Graph, Workers};
use waxwing_store::OutboxState;

use super::meta::{Answer, Call, Fate, Line, Meta, Told};
use crate::support::{NUMBER, Stage, pass, text};

/// In-doubt window.
const DOUBT: Duration = Duration::from_secs(30);
const PER_SECOND: u32 = 5;
const PAIR_INTERVAL: Duration = Duration::from_secs(6);
const PAIR_BURST: u32 = 4;

#[derive(Debug, Clone)]
enum Op {
    Hear { user: u8 },
    Answer(Answer),
    Pass { millis: u64 },
    Down { seconds: u64 },
    Restart,
}

fn op() -> impl Strategy<Value = Op> {
    let told = || {
        prop_oneof![
            1 => Just(Told::Never),
            1 => Just(Told::First),
            3 => (0..90_u64, 1..3_u8).prop_map(|(seconds, times)| Told::Later { seconds, times }),
        ]
    };
    let refusal = prop_oneof![
        3 => Just((FailureKind::Transient, FailureScope::Message)),
        2 => Just((FailureKind::Permanent, FailureScope::Message)),
        1 => Just((FailureKind::Blocked, FailureScope::Message)),
        2 => Just((FailureKind::Transient, FailureScope::Recipient)),
        2 => Just((FailureKind::Transient, FailureScope::Number)),
        1 => Just((FailureKind::Blocked, FailureScope::Number)),
        2 => Just((FailureKind::Transient, FailureScope::Service)),
    ];
    let answer = prop_oneof![
        2 => (0..9_000_u64, told()).prop_map(|(millis, told)| Answer::Takes { millis, told }),
        3 => refusal.prop_map(|(kind, scope)| Answer::Refuses { kind, scope }),
        3 => (any::<bool>(), told()).prop_map(|(taken, told)| Answer::Breaks { taken, told }),
    ];
    prop_oneof![
        6 => (0..3_u8).prop_map(|user| Op::Hear { user }),
        6 => answer.prop_map(Op::Answer),
        3 => (1..40_000_u64).prop_map(|millis| Op::Pass { millis }),
        1 => (1..200_u64).prop_map(|seconds| Op::Down { seconds }),
        1 => Just(Op::Restart),
    ]
}

/// Counts of one test case.
#[derive(Debug, Default)]
struct Counts {
    acknowledged: usize,
    sent: usize,
    given_up: usize,
    doubled: usize,
    settled_by_status: usize,
    sent_again_after_the_window: usize,
}

struct World {
    stage: Stage,
    meta: Arc<Meta>,
    workers: Option<Workers>,
    counts: Counts,
}

impl World {
    fn new() -> Self {
        let mut stage = Stage::new();
        stage.settings.rate_limit.per_second = PER_SECOND;
        stage.settings.rate_limit.pair_interval = PAIR_INTERVAL;
        stage.settings.rate_limit.pair_burst = PAIR_BURST;
        stage.settings.retry.in_doubt_window = DOUBT;
        let mut world = Self { stage, meta: Arc::default(), workers: None, counts: Counts::default() };
        world.start();
        world
    }

    fn start(&mut self) {
        let mut state = self.meta.state();
        state.process += 1;
        let line: Arc<dyn Graph> = Arc::new(Line { meta: self.meta.clone(), process: state.process });
        let engine = self.stage.engine(&[(NUMBER, line)]);
        self.workers = Some(engine.start());
        state.engine = Some(engine);
    }

    async fn apply(&mut self, op: Op) {
        match op {
            Op::Hear { user } => {
                let engine = self.meta.state().engine.clone().unwrap();
                let said = format!("message {}", self.counts.acknowledged);
                text(&format!("3460000000{user}"), &said).post(&engine).await;
                self.counts.acknowledged += 1;
            }
            Op::Answer(answer) => self.meta.state().answers.push_back(answer),
            Op::Pass { millis } => pass(Duration::from_millis(millis)).await,
            Op::Down { seconds } => {
                self.meta.state().down_until = Some(Instant::now() + Duration::from_secs(seconds));
            }
            // Meta finishes the requests in progress. No process gets the responses.
            Op::Restart => {
                drop(self.workers.take());
                self.stage.restart();
                self.start();
            }
        }
    }

    /// Waits until every message has a final state. Panics if that takes longer than 200 periods of 10 minutes.
    async fn finish(&mut self) {
        for _ in 0..200 {
            pass(Duration::from_mins(10)).await;
            let rows = self.stage.rows().await;
            let open = |state| matches!(state, OutboxState::Queued | OutboxState::Sending | OutboxState::InDoubt);
            if rows.len() == self.counts.acknowledged && !rows.iter().any(|row| open(row.state)) {
                return;
            }
        }
        panic!("left behind: {:?}", self.stage.outbox().await);
    }

    async fn check(&mut self) {
        let calls = self.meta.state().calls.clone();
        for row in self.stage.rows().await {
            let of_row: Vec<_> = calls.iter().filter(|call| call.row == row.id.0).collect();
            let taken = of_row.iter().filter(|call| is_taken(call)).count();
            self.counts.doubled += taken.saturating_sub(1);
            let refused = of_row.iter().position(|call| call.fate == Fate::RefusedForGood);
            assert!(refused.is_none_or(|at| at + 1 == of_row.len()), "a refused message left the queue: {of_row:?}");
            if matches!(row.state, OutboxState::DeadLetter | OutboxState::Failed) {
                self.counts.given_up += 1;
                assert_eq!(row.state == OutboxState::Failed, refused.is_some(), "{row:?}");
                assert!(row.error.is_some_and(|error| !error.message.is_empty()), "given up without a reason");
            } else {
                self.counts.sent += 1;
                assert!(taken >= 1, "{row:?} was never taken");
            }
            if let Some(last) = of_row.last()
                && matches!(last.fate, Fate::Doubt { .. })
                && !matches!(row.state, OutboxState::DeadLetter | OutboxState::Failed)
            {
                self.counts.settled_by_status += 1;
            }
            for pair in of_row.windows(2) {
                self.check_repetition(pair[0], pair[1]);
            }
        }
        let mut users: BTreeMap<&str, Vec<&Call>> = BTreeMap::new();
        for call in &calls {
            users.entry(&call.user).or_default().push(call);
        }
        for calls in users.values() {
            assert!(calls.windows(2).all(|pair| pair[0].row <= pair[1].row), "out of sequence: {calls:?}");
            check_pace(calls, PAIR_INTERVAL, f64::from(PAIR_BURST));
        }
        // The limit of the throughput is not exact: a burst of one second is allowed.
        let all: Vec<_> = calls.iter().collect();
        check_pace(&all, Duration::from_secs(1) / PER_SECOND, f64::from(PER_SECOND) + 1.0);
    }

    /// Checks that a repeated send was allowed.
    fn check_repetition(&mut self, first: &Call, again: &Call) {
        match first.fate {
            Fate::Refused => {}
            Fate::RefusedForGood => panic!("sent again although it was refused for good: {first:?}, {again:?}"),
            Fate::Acknowledged => panic!("sent again although the engine knew: {first:?}, {again:?}"),
            Fate::Doubt { .. } => {
                assert!(again.begun - first.begun >= DOUBT, "before the window closed: {first:?}, {again:?}");
                assert!(
                    first.told.is_none_or(|told| told >= again.begun),
                    "although it was told: {first:?}, {again:?}"
                );
                self.counts.sent_again_after_the_window += 1;
            }
        }
    }
}

fn is_taken(call: &Call) -> bool {
    matches!(call.fate, Fate::Acknowledged | Fate::Doubt { taken: true })
}

/// Checks that no period has more calls of one process than one per `interval`, plus `ahead`.
fn check_pace(calls: &[&Call], interval: Duration, ahead: f64) {
    for (at, first) in calls.iter().enumerate() {
        let mut count = 0.0;
        for call in calls[at..].iter().filter(|call| call.process == first.process) {
            count += 1.0;
            let allowed = (call.begun - first.begun).as_secs_f64() / interval.as_secs_f64() + ahead;
            assert!(count <= allowed + 0.01, "{count} calls where {allowed} are allowed, from {first:?} to {call:?}");
        }
    }
}

#[expect(clippy::print_stderr, reason = "the counts of a case are of interest when it fails, and with --nocapture")]
async fn run(ops: Vec<Op>) {
    let mut world = World::new();
    for op in ops {
        world.apply(op).await;
    }
    world.finish().await;
    world.check().await;
    eprintln!("{:?}", world.counts);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_message_ends_in_its_order_and_twice_only_where_nobody_could_know(
        ops in proptest::collection::vec(op(), 1..60)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(run(ops));
    }
}
