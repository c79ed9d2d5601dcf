//! Properties of turns under random events: one run at a time in a conversation, and one outcome for each message, in order.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use waxwing_agent::{Agent, AgentError, Reply, RunContext, Turn, agent_fn};
use waxwing_engine::{Engine, OnStale, WhileRunning, Workers};
use waxwing_store::MessageOutcome;
use waxwing_types::OutboundContent;

use crate::support::{FakeGraph, Mail, Op as StoreOp, Stage, mail, pass, text};

/// Lease of a conversation.
const LEASE: Duration = Duration::from_secs(30);
const APOLOGY: &str = "sorry";

#[derive(Debug, Clone)]
enum Op {
    Hear {
        user: u8,
        what: What,
    },
    /// Meta redelivers a message.
    Repeat {
        back: usize,
    },
    /// Behavior of one of the next runs.
    Run(Mood),
    Pass {
        millis: u64,
    },
    /// Renewals of leases do not reach the store.
    LoseRenewals {
        count: usize,
    },
    /// Both processes crash, and two others start.
    Restart,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum What {
    Text,
    New,
    Stop,
    Unreadable,
}

#[derive(Debug, Clone, Copy)]
enum Mood {
    Answers { millis: u64, interim: bool },
    FailsForNow,
    Fails,
    Panics,
    Hangs,
}

fn op() -> impl Strategy<Value = Op> {
    let what = prop_oneof![
        8 => Just(What::Text),
        1 => Just(What::New),
        1 => Just(What::Stop),
        1 => Just(What::Unreadable),
    ];
    let mood = prop_oneof![
        6 => (0..90_000_u64, any::<bool>()).prop_map(|(millis, interim)| Mood::Answers { millis, interim }),
        2 => Just(Mood::FailsForNow),
        1 => Just(Mood::Fails),
        1 => Just(Mood::Panics),
        1 => Just(Mood::Hangs),
    ];
    prop_oneof![
        8 => (0..3_u8, what).prop_map(|(user, what)| Op::Hear { user, what }),
        1 => (0..5_usize).prop_map(|back| Op::Repeat { back }),
        6 => mood.prop_map(Op::Run),
        4 => (1..40_000_u64).prop_map(|millis| Op::Pass { millis }),
        1 => (1..8_usize).prop_map(|count| Op::LoseRenewals { count }),
        2 => Just(Op::Restart),
    ]
}

/// State that the agents of all processes share.
#[derive(Debug, Default)]
struct Minds {
    moods: Mutex<VecDeque<Mood>>,
    /// Number of the current run of each user.
    running: Mutex<HashMap<String, u32>>,
    runs: Mutex<u32>,
    overlaps: Mutex<Vec<String>>,
}

/// Current run of a user.
struct Presence<'a>(&'a Minds, String, u32);

impl Minds {
    fn enter(&self, user: &str) -> Presence<'_> {
        let mut runs = self.runs.lock().unwrap();
        *runs += 1;
        let earlier = self.running.lock().unwrap().insert(user.to_owned(), *runs);
        if earlier.is_some() {
            self.overlaps.lock().unwrap().push(format!("two runs for {user} at a time"));
        }
        Presence(self, user.to_owned(), *runs)
    }
}

impl Drop for Presence<'_> {
    fn drop(&mut self) {
        let mut running = self.0.running.lock().unwrap();
        if running.get(&self.1) == Some(&self.2) {
            running.remove(&self.1);
        }
    }
}

fn agent(minds: Arc<Minds>) -> impl Agent {
    agent_fn("moody", move |turn: Turn, ctx: RunContext| {
        let minds = minds.clone();
        async move {
            let _presence = minds.enter(ctx.user_id());
            let mood = minds.moods.lock().unwrap().pop_front();
            let (millis, interim) = match mood.unwrap_or(Mood::Answers { millis: 0, interim: false }) {
                Mood::Answers { millis, interim } => (millis, interim),
                Mood::FailsForNow => return Err(AgentError::retryable("not now")),
                Mood::Fails => return Err(AgentError::new("never")),
                Mood::Panics => panic!("this panic is part of the test"),
                Mood::Hangs => std::future::pending().await,
            };
            if interim {
                ctx.step("think", async { Ok::<_, AgentError>(1) }).await?;
                ctx.send_interim(format!("wait {}", ctx.run_id())).await?;
            }
            tokio::time::sleep(Duration::from_millis(millis)).await; // tidy: allow sleep - time is paused
            let mut messages = turn.messages;
            messages.extend(ctx.new_messages().await?);
            Ok(messages
                .into_iter()
                .fold(Reply::none(), |reply, message| reply.with_text(format!("re {}", message.text))))
        }
    })
}

/// Counts of one test case.
#[derive(Debug, Default)]
struct Counts {
    acknowledged: usize,
    answered: usize,
    stopped: usize,
    given_up: usize,
    runs: u32,
    restarts: u32,
}

struct World {
    stage: Stage,
    graph: Arc<FakeGraph>,
    minds: Arc<Minds>,
    processes: Vec<(Engine, Workers)>,
    /// Acknowledged messages with their senders.
    heard: Vec<(Mail, u8, What)>,
    /// Outcomes that ended processes recorded.
    outcomes: Vec<(String, MessageOutcome)>,
    counts: Counts,
}

impl World {
    fn new(while_running: WhileRunning) -> Self {
        let mut stage = Stage::new();
        stage.settings.while_running = while_running;
        stage.settings.lease = LEASE;
        stage.settings.loop_limit = 0;
        stage.settings.on_stale = OnStale::Answer;
        stage.settings.rate_limit.pair_interval = Duration::ZERO;
        stage.settings.system_messages.standard.apology = APOLOGY.into();
        let mut world = Self {
            stage,
            graph: Arc::default(),
            minds: Arc::default(),
            processes: Vec::new(),
            heard: Vec::new(),
            outcomes: Vec::new(),
            counts: Counts::default(),
        };
        world.start();
        world
    }

    /// Starts two processes on one store.
    fn start(&mut self) {
        for _ in 0..2 {
            let engine = self.stage.answered_by(agent(self.minds.clone()), self.graph.clone());
            let workers = engine.start();
            self.processes.push((engine, workers));
        }
    }

    async fn apply(&mut self, op: Op) {
        match op {
            Op::Hear { user, what } => {
                let (from, nth) = (format!("3460000000{user}"), self.heard.len());
                let mail = match what {
                    What::Text => text(&from, &nth.to_string()),
                    What::New => text(&from, "/new"),
                    What::Stop => text(&from, "/stop"),
                    What::Unreadable => mail(&from, "location", serde_json::json!({})),
                };
                let (engine, _) = &self.processes[nth % 2];
                mail.clone().post(engine).await;
                self.heard.push((mail, user, what));
            }
            Op::Repeat { back } => {
                if let Some((mail, _, _)) = self.heard.iter().rev().nth(back) {
                    mail.clone().post(&self.processes[0].0).await;
                }
            }
            Op::Run(mood) => self.minds.moods.lock().unwrap().push_back(mood),
            Op::Pass { millis } => pass(Duration::from_millis(millis)).await,
            Op::LoseRenewals { count } => {
                (0..count).for_each(|_| self.stage.store.fails(StoreOp::RenewLease));
            }
            Op::Restart => {
                self.processes.clear();
                // Runs are dropped at their current await point.
                pass(Duration::from_millis(1)).await;
                self.outcomes.extend(self.stage.store.seen().outcomes);
                self.stage.restart();
                self.counts.restarts += 1;
                self.start();
            }
        }
    }

    fn outcomes(&self) -> Vec<(String, MessageOutcome)> {
        self.outcomes.iter().cloned().chain(self.stage.store.seen().outcomes).collect()
    }

    /// Waits until every message has an outcome and every reply is sent.
    async fn finish(&mut self) {
        for _ in 0..500 {
            pass(Duration::from_mins(1)).await;
            let is_sent = self.stage.outbox().await.iter().all(|(state, _)| *state == "accepted");
            if self.outcomes().len() >= self.heard.len() && is_sent {
                return;
            }
        }
        panic!("left behind: {:?} of {}", self.outcomes(), self.heard.len());
    }

    fn check(&mut self) {
        assert_eq!(*self.minds.overlaps.lock().unwrap(), Vec::<String>::new());
        let all = self.outcomes();
        let outcomes: HashMap<_, _> = all.iter().cloned().collect();
        assert_eq!((all.len(), outcomes.len()), (self.heard.len(), self.heard.len()), "one outcome each: {all:?}");
        self.counts.acknowledged = self.heard.len();
        self.counts.runs = *self.minds.runs.lock().unwrap();

        let sent = self.graph.calls().taken;
        let words = sent.iter().map(|message| match &message.content {
            OutboundContent::Text(text) => (message.to.clone(), text.body.clone()),
            other => panic!("a text, not {}", other.kind()),
        });
        let words: Vec<_> = words.collect();
        let mut interim = HashSet::new();
        let waits = words.iter().filter(|(_, body)| body.starts_with("wait "));
        assert!(waits.into_iter().all(|(_, body)| interim.insert(body)), "said twice: {words:?}");

        for user in 0..3_u8 {
            let to = waxwing_types::WaId::new(format!("3460000000{user}")).into();
            let mut expected = Vec::new();
            for (nth, (mail, from, what)) in self.heard.iter().enumerate() {
                if *from != user {
                    continue;
                }
                match (&outcomes[mail.id()], what) {
                    (MessageOutcome::Answered, What::Text) => {
                        self.counts.answered += 1;
                        expected.push(format!("re {nth}"));
                    }
                    (MessageOutcome::Command, What::New | What::Stop)
                    | (MessageOutcome::Ignored(_), What::Unreadable) => {}
                    (MessageOutcome::Ignored(reason), What::Text | What::Stop) if reason == "stopped by the user" => {
                        self.counts.stopped += 1;
                    }
                    (MessageOutcome::DeadLettered(_), What::Text) => self.counts.given_up += 1,
                    (outcome, what) => panic!("{what:?} is {outcome:?}"),
                }
            }
            let of_user = words.iter().filter(|(address, body)| *address == to && body.starts_with("re "));
            let found: Vec<_> = of_user.map(|(_, body)| body.clone()).collect();
            assert_eq!(found, expected, "answers of user {user}, in the order of the messages");
        }
    }
}

#[expect(clippy::print_stderr, reason = "the counts of a case are of interest when it fails, and with --nocapture")]
fn run(while_running: WhileRunning, ops: Vec<Op>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut world = World::new(while_running);
        for op in ops {
            world.apply(op).await;
        }
        world.finish().await;
        world.check();
        eprintln!("{:?}", world.counts);
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_message_has_one_outcome_and_answers_keep_their_order(
        way in 0..3_u8,
        ops in proptest::collection::vec(op(), 1..60),
    ) {
        let way = [WhileRunning::Queue, WhileRunning::Interrupt, WhileRunning::Steer][usize::from(way)];
        run(way, ops);
    }
}
