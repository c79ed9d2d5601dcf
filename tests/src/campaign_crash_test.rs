//! Crash test of campaigns: kills a server repeatedly while it sends to a list of recipients.
//!
//! A seed determines the moments of the kills. A moment is a number of messages, not a time. Some kills hit a send that Meta has, or does not
//! have, and that has no response yet. One response in a hundred is lost.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use waxwing_emulator::{Fault, FaultEffect, GraphEndpoint, TimelineEventKind, User};

use crate::load_test::{self, SeededRng};
use crate::process::ServerProcess;
use crate::test_env::TestEnv;

/// In-doubt window of a send. The emulator delivers a status within milliseconds after the server starts to listen.
const IN_DOUBT_WINDOW: Duration = Duration::from_secs(2);

/// Longest wait for one kill, or for the end of the campaign.
const DEADLINE: Duration = Duration::from_mins(15);

/// Time between two looks at the emulator or at the report.
const POLL: Duration = Duration::from_millis(25);

/// One in this number of kills hits a send without a response.
const IN_FLIGHT: u32 = 2;

/// Name of the file with the recipients.
const LIST: &str = "list.csv";

/// Parameters of a crash test of a campaign.
#[derive(Debug, Clone, Copy)]
pub struct CampaignCrashTest {
    /// Number of recipients, at most 100,000.
    pub recipients: u32,
    /// Number of kills.
    pub kills: u32,
    /// Seed of the moments of the kills.
    pub seed: u64,
}

/// Result of a crash test of a campaign.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CampaignCrashReport {
    /// Number of recipients with exactly one message.
    pub received: usize,
    /// Places of recipients with more than one message.
    pub received_twice: Vec<u32>,
    /// Number of recipients by the state in the report of the campaign.
    pub states: BTreeMap<String, usize>,
    /// Places of recipients whose state contradicts what they received.
    pub wrong: Vec<u32>,
    /// Number of kills after which the database has a send of the killed server without an outcome, among those that hit a stalled send.
    pub kills_in_flight: usize,
}

impl CampaignCrashTest {
    /// Returns the number of kills that hit a send without a response: every second one, from the first.
    pub fn kills_in_flight(self) -> usize {
        self.kills.div_ceil(IN_FLIGHT) as usize
    }

    /// Kills the server [`kills`](Self::kills) times during a campaign, lets the last server finish the campaign, and compares its report with
    /// the chats of the recipients.
    ///
    /// # Panics
    ///
    /// Panics if the campaign makes no progress before the deadline.
    pub async fn run(self) -> CampaignCrashReport {
        let mut rng = SeededRng::new(self.seed);
        let env = env(self.seed).await;
        let users: Vec<_> = (1..=self.recipients).map(|place| env.emulator.user(phone(place).as_str())).collect();
        let mut server = serve(&env).await;
        let id = self.create(&env).await;
        let mut report = CampaignCrashReport::default();
        let step = self.recipients / (self.kills + 1);
        let mut earlier = BTreeSet::new();
        for kill in 0..self.kills {
            let sent = sent(&env);
            if kill % IN_FLIGHT == 0 {
                let effect = if rng.one_in(2) { FaultEffect::AcceptThenStall } else { FaultEffect::Stall };
                let fault = env.emulator.inject(Fault::graph(GraphEndpoint::Send, effect).times(1));
                wait_for_fault(&env).await;
                server.kill().await;
                env.emulator.remove_fault(fault);
                report.kills_in_flight += usize::from(!open_attempts(&env).is_subset(&earlier));
            } else {
                wait_for_messages(&env, sent, 1 + rng.below(step.max(2))).await;
                server.kill().await;
            }
            earlier = open_attempts(&env);
            server = serve(&env).await;
        }
        let finished = async {
            while show(&env, id).await["state"] != "finished" {
                // tidy: allow sleep - a busy loop would take the CPU time of the server
                tokio::time::sleep(POLL).await;
            }
        };
        tokio::time::timeout(DEADLINE, finished).await.expect("the campaign finishes");
        env.drain(server).await;
        report.compare(&env, &users);
        report
    }

    /// Creates the campaign with a command. Returns its id.
    async fn create(self, env: &TestEnv) -> i64 {
        let mut list = "phone,1\n".to_owned();
        (1..=self.recipients).for_each(|place| writeln!(list, "{},{place}", phone(place)).unwrap());
        std::fs::write(env.path(LIST), list).unwrap();
        let number = env.emulator.phone_number_id();
        let create = ["campaigns", "create", "crashes", "--template", "sale/en", "--recipients", LIST, "--json"];
        let created = env.run(&[&create[..], &["--number", number]].concat()).output().await;
        assert_eq!(created.code, Some(0), "{}", created.stderr);
        serde_json::from_str::<Value>(&created.stdout).unwrap()["id"].as_i64().unwrap()
    }
}

impl CampaignCrashReport {
    /// Compares the report of the campaign with the chats. No server may be running.
    fn compare(&mut self, env: &TestEnv, users: &[User]) {
        let database = database(env);
        let mut rows = database.prepare("SELECT place, state FROM campaign_recipient ORDER BY place").unwrap();
        let rows = rows.query_map([], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, String>(1)?))).unwrap();
        for row in rows {
            let (place, state) = row.unwrap();
            let received = users[place as usize - 1].messages().len();
            self.received += usize::from(received == 1);
            if received > 1 {
                self.received_twice.push(place);
            }
            let is_right = match state.as_str() {
                "sent" | "delivered" | "read" => received == 1,
                "unknown" => received <= 1,
                _ => false,
            };
            if !is_right {
                self.wrong.push(place);
            }
            *self.states.entry(state).or_default() += 1;
        }
    }
}

fn database(env: &TestEnv) -> Connection {
    Connection::open_with_flags(env.path("test.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

/// Returns the attempts without a recorded outcome, as rows of the outbox with their numbers. No server may be running.
fn open_attempts(env: &TestEnv) -> BTreeSet<(i64, i64)> {
    let database = database(env);
    let mut rows = database.prepare("SELECT outbox, attempt FROM attempt WHERE outcome_recorded = 0").unwrap();
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

fn phone(place: u32) -> String {
    format!("+3460{place:07}")
}

/// Creates an environment in which one response in a hundred is lost: half of them after Meta has accepted the message.
async fn env(seed: u64) -> TestEnv {
    let env = TestEnv::with(load_test::emulator(seed)).await;
    let body = json!({ "type": "BODY", "text": "Hello {{1}}, we have news.", "example": { "body_text": [["Ana"]] } });
    env.emulator
        .add_template(&json!({ "name": "sale", "language": "en", "category": "MARKETING", "components": [body] }));
    for effect in [FaultEffect::AcceptThenDropConnection, FaultEffect::DropConnection] {
        env.emulator.inject(Fault::graph(GraphEndpoint::Send, effect).rate(0.005));
    }
    env
}

/// Starts the next server on the same database.
async fn serve(env: &TestEnv) -> ServerProcess {
    let launch = load_test::serve(env, IN_DOUBT_WINDOW).set("WAXWING_THROUGHPUT", "1000");
    launch.set("WAXWING_IN_DOUBT_MAX", &format!("{}ms", 2 * IN_DOUBT_WINDOW.as_millis())).start().await.0
}

/// Returns the report of a campaign.
async fn show(env: &TestEnv, id: i64) -> Value {
    let shown = env.run(&["campaigns", "show", &id.to_string(), "--json"]).output().await;
    serde_json::from_str(&shown.stdout).unwrap_or_default()
}

/// Returns the number of the last event of the emulator.
fn sent(env: &TestEnv) -> u64 {
    env.emulator.timeline().last().map_or(0, |event| event.seq)
}

/// Waits for a number of messages since an event.
async fn wait_for_messages(env: &TestEnv, since: u64, count: usize) {
    let is_message = |kind: &TimelineEventKind| matches!(kind, TimelineEventKind::BusinessMessage { .. });
    let messages =
        || env.emulator.timeline().iter().filter(|event| event.seq > since && is_message(&event.kind)).count();
    let reached = async {
        while messages() < count {
            // tidy: allow sleep - a busy loop would take the CPU time of the server
            tokio::time::sleep(POLL).await;
        }
    };
    tokio::time::timeout(DEADLINE, reached).await.expect("the campaign sends messages");
}

/// Waits until the newest fault has hit a send.
async fn wait_for_fault(env: &TestEnv) {
    let reached = async {
        while env.fault_counts().await.last() == Some(&0) {
            // tidy: allow sleep - a busy loop would take the CPU time of the server
            tokio::time::sleep(POLL).await;
        }
    };
    tokio::time::timeout(DEADLINE, reached).await.expect("the campaign sends a message");
}
