//! Peak memory of a program that is driven to each of its limits.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use waxwing::{MemoryCeiling, Setting, Settings};
use waxwing_emulator::{Fault, FaultEffect, GraphEndpoint, User};
use waxwing_tests::{ServerProcess, SlowEcho, TestEnv};

const MIB: u64 = 1024 * 1024;

/// Deadline of each wait.
const PATIENCE: Duration = Duration::from_mins(1);

/// Directory in which runs wait for each other.
const BARRIER: &str = "barrier";

/// Settings under which a small load reaches each limit.
const SMALL: [(&str, &str); 12] = [
    ("WAXWING_MAX_CONNECTIONS", "128"),
    ("WAXWING_MAX_CONNECTIONS_PER_PEER", "128"),
    ("WAXWING_MAX_UNVERIFIED_BYTES", "4194304"),
    ("WAXWING_MAX_MESSAGE_BYTES", "65536"),
    ("WAXWING_MAX_RUNS", "12"),
    ("WAXWING_MAX_DOWNLOADS", "2"),
    ("WAXWING_MAX_SENDS", "8"),
    ("WAXWING_REPLY_TEXT_BYTES", "64"),
    ("WAXWING_MAX_MEDIA_MEMORY", "16777216"),
    ("WAXWING_THROUGHPUT", "10000"),
    ("WAXWING_LOOP_LIMIT", "0"),
    ("WAXWING_SHUTDOWN_TIMEOUT", "1s"),
];

/// A program with the settings [`SMALL`].
struct Driven {
    server: ServerProcess,
    origin: String,
    ceiling: MemoryCeiling,
}

impl Driven {
    /// Starts the program with [`SMALL`] and further settings. Its runs wait at the barrier of the environment, if there is one.
    async fn start(env: &TestEnv, further: &[(&str, &str)]) -> Self {
        let settings: BTreeMap<&str, &str> = SMALL.iter().chain(further).copied().collect();
        // glibc keeps freed memory for each thread, so the peak would depend on the number of cores.
        let allocator = [("MALLOC_ARENA_MAX", "2"), ("MALLOC_MMAP_THRESHOLD_", "262144")];
        let source = |setting: &Setting| {
            let value = settings.get(setting.variable).map(ToString::to_string);
            value.or_else(|| setting.required.then(|| "0".to_owned()))
        };
        let read = Settings::read(&source).unwrap();
        let ceiling = MemoryCeiling::new(&read.http, &read.engine);
        let launch = env.serve("echo").program(Path::new(env!("CARGO_BIN_EXE_waxwing-slow-echo")));
        let variables = settings.iter().map(|(variable, value)| (*variable, *value)).chain(allocator);
        let launch = variables.fold(launch, |launch, (variable, value)| launch.set(variable, value));
        let barrier = env.path(BARRIER);
        let launch = if barrier.exists() { launch.set(SlowEcho::BARRIER, barrier.to_str().unwrap()) } else { launch };
        let (server, origin) = launch.start().await;
        Self { server, origin, ceiling }
    }

    /// Checks that the peak is below the ceiling, and that the program and `driven`, the driven items of the ceiling, explain the peak, with the quarter for the allocator. Returns the figures.
    fn check(&self, name: &str, driven: u64) -> String {
        let peak = self.server.peak_memory().unwrap();
        let (total, explained) = (self.ceiling.total(), (self.ceiling.program + driven) / 4 * 5);
        let [peak_mib, explained_mib, total_mib] = [peak, explained, total].map(|bytes| bytes / MIB);
        assert!(peak <= total && peak <= explained, "{name}: {peak_mib} MiB, at most {explained_mib}");
        format!("{name}: peak {peak_mib} MiB; program and driven items {explained_mib} MiB; ceiling {total_mib} MiB")
    }

    /// Checks that the program still answers, and stops it.
    async fn finish(self, env: &TestEnv) {
        let user = env.emulator.user("+34699999999");
        user.says("well?").await;
        user.expect_text("echo well?").await;
        assert_eq!(self.server.terminate().await.code, Some(0));
    }
}

/// Creates the barrier, at which runs wait.
fn set_up_barrier(env: &TestEnv) {
    std::fs::create_dir(env.path(BARRIER)).unwrap();
}

/// Waits until `runs` wait at the barrier, and opens it.
async fn open_barrier(env: &TestEnv, runs: usize) {
    let barrier = env.path(BARRIER);
    let description = format!("{runs} runs at the barrier");
    until(&description, || std::fs::read_dir(&barrier).unwrap().count() >= runs).await;
    std::fs::write(barrier.join(SlowEcho::OPEN), "").unwrap();
}

fn users(env: &TestEnv, count: u32) -> Vec<User> {
    (0..count).map(|nth| env.emulator.user(format!("+{}", phone(nth)).as_str())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_and_unverified_bodies() {
    let env = TestEnv::new().await;
    let driven = Driven::start(&env, &[]).await;
    let address = driven.origin.trim_start_matches("http://");
    let len = 2_500_000;
    let send = async |head: String, part: usize| {
        // The kernel may drop one of many attempts to connect, and repeats it after a second, then after two, and so on.
        let connecting = tokio::time::timeout(Duration::from_secs(2), TcpStream::connect(address));
        let mut stream = connecting.await.ok()?.ok()?;
        let sending = async {
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(&vec![b' '; part]).await
        };
        // The server closes connections, and does not read those that wait for memory.
        let _ = tokio::time::timeout(Duration::from_secs(2), sending).await;
        Some(stream)
    };
    let body_head = format!("POST /whatsapp/webhook HTTP/1.1\r\nhost: w\r\ncontent-length: {len}\r\n\r\n");
    let bodies = join_all((0..120).map(|_| send(body_head.clone(), len - 1))).await;
    let slow_head = format!("POST /whatsapp/webhook HTTP/1.1\r\nx: {}", "x".repeat(30_000));
    let heads = join_all((0..400).map(|_| send(slow_head.clone(), 0))).await;
    assert!(bodies.iter().flatten().count() > 60 && heads.iter().flatten().count() > 200);
    let MemoryCeiling { connections, unverified_bodies, .. } = driven.ceiling;
    println!("{}", driven.check("connections and unverified bodies", connections + unverified_bodies));
    drop((bodies, heads));
    driven.finish(&env).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verified_bodies_that_the_store_cannot_take() {
    let env = TestEnv::new().await;
    let driven = Driven::start(&env, &[("WAXWING_ACCEPT_TIMEOUT", "500ms")]).await;
    let database = Connection::open(env.path("test.db")).unwrap();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut refusal = String::new();
    for nth in 0..30 {
        let body = format!("{}{}", webhook(&env, 0, &[text(0, &nth.to_string(), "hi")]), " ".repeat(2_900_000));
        let signature = env.emulator.signature(body.as_bytes());
        let answer = env.emulator.post_raw(body, &[("X-Hub-Signature-256", &signature)]).await.unwrap();
        assert_eq!(answer.status, 503, "{}", answer.body);
        refusal = answer.body;
        if refusal.contains("too many webhooks wait to be stored") {
            break;
        }
    }
    let MemoryCeiling { unverified_bodies, verified_bodies, .. } = driven.ceiling;
    println!("{}", driven.check("verified bodies", unverified_bodies + verified_bodies));
    assert!(refusal.contains("too many webhooks wait to be stored"), "{refusal}");
    database.execute_batch("ROLLBACK").unwrap();
    drop(database);
    driven.finish(&env).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_large_messages_of_many_conversations() {
    let env = TestEnv::new().await;
    set_up_barrier(&env);
    let driven = Driven::start(&env, &[("WAXWING_ACCEPT_TIMEOUT", "20s")]).await;
    let large = "x".repeat(60_000);
    for nth in 0..2 {
        for user in 0..12 {
            let messages: Vec<_> = (0..45).map(|id| text(user, &format!("{nth}.{id}"), &large)).collect();
            assert_eq!(env.emulator.post_webhook(&webhook(&env, user, &messages)).await.unwrap().status, 200);
        }
    }
    open_barrier(&env, 12).await;
    // Each conversation has had a turn of the maximum size.
    until_query(&env, "SELECT count(DISTINCT conversation) FROM inbox WHERE outcome = 'answered'", 12).await;
    println!("{}", driven.check("large messages", driven.ceiling.turns));
    assert_eq!(driven.server.terminate().await.code, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_histories_of_many_conversations() {
    let env = TestEnv::new().await;
    let users = users(&env, 12);
    let driven = Driven::start(&env, &[]).await;
    join_all(users.iter().map(|user| user.says("hi"))).await;
    join_all(users.iter().map(|user| user.expect_text("echo hi"))).await;
    driven.finish(&env).await;
    let database = Connection::open(env.path("test.db")).unwrap();
    let parts = json!({ "parts": [{ "text": "x".repeat(350_000) }] }).to_string();
    let content: Vec<u8> = [0].into_iter().chain(parts.into_bytes()).collect();
    for _ in 0..40 {
        database.execute("UPDATE conversation SET last_entry = last_entry + 1", ()).unwrap();
        let insert = "INSERT INTO entry (conversation, id, place, at, origin, author, kind, content)
                      SELECT id, last_entry, last_entry, 0, 'agent', 'echo', 'reply', ?1 FROM conversation";
        database.execute(insert, [&content]).unwrap();
    }
    drop(database);
    set_up_barrier(&env);
    let driven = Driven::start(&env, &[]).await;
    join_all(users.iter().map(|user| user.says("again"))).await;
    open_barrier(&env, 12).await;
    join_all(users.iter().map(|user| user.expect_text("echo again"))).await;
    println!("{}", driven.check("histories", driven.ceiling.turns));
    driven.finish(&env).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn media_of_replies_and_uploads_that_hang() {
    let env = TestEnv::new().await;
    set_up_barrier(&env);
    let driven = Driven::start(&env, &[("WAXWING_MAX_RUNS", "24"), ("WAXWING_MAX_SENDS", "16")]).await;
    env.emulator.inject(Fault::graph(GraphEndpoint::Upload, FaultEffect::Stall));
    let users = users(&env, 14);
    let file = vec![b'x'; 6_000_000];
    join_all(users.iter().map(|user| user.sends_document(file.clone(), "application/pdf", "a.pdf", None))).await;
    open_barrier(&env, 14).await;
    until_query(&env, "SELECT count(*) FROM outbox_media", 14).await;
    let hanging = async {
        while env.fault_counts().await[0] == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, hanging).await.expect("an upload hangs");
    // Uploads that hang, and media that wait for memory, do not keep others from an answer.
    let other = env.emulator.user("+34611111111");
    other.says("hi").await;
    other.expect_text("echo hi").await;
    println!("{}", driven.check("media", driven.ceiling.media));
    driven.finish(&env).await;
}

/// Waits until a query of the database returns `expected`.
async fn until_query(env: &TestEnv, query: &str, expected: i64) {
    let database = Connection::open(env.path("test.db")).unwrap();
    until(query, || database.query_row(query, (), |row| row.get::<_, i64>(0)).unwrap() == expected).await;
}

async fn until(description: &str, condition: impl Fn() -> bool) {
    let polling = async {
        while !condition() {
            // tidy: allow sleep - the interval between two looks
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, polling).await.unwrap_or_else(|_| panic!("not in time: {description}"));
}

/// Returns a text message of a user by the last digits of the phone number.
fn text(user: u32, id: &str, body: &str) -> Value {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs().to_string();
    let (from, id) = (phone(user), format!("wamid.{user}.{id}"));
    json!({ "from": from, "id": id, "timestamp": now, "type": "text", "text": { "body": body } })
}

fn phone(user: u32) -> String {
    format!("34600000{user:03}")
}

/// Returns a webhook with these messages of a user.
fn webhook(env: &TestEnv, user: u32, messages: &[Value]) -> Value {
    let metadata = json!({ "display_phone_number": "15550001111", "phone_number_id": env.emulator.phone_number_id() });
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": metadata,
        "contacts": [{ "profile": { "name": "Ana" }, "wa_id": phone(user) }],
        "messages": messages,
    });
    let changes = json!([{ "field": "messages", "value": value }]);
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": changes }] })
}

#[tokio::test]
async fn a_message_that_does_not_fit_is_quarantined_once() {
    let env = TestEnv::new().await;
    let ana = env.emulator.user("+34600000000");
    let batch = webhook(&env, 0, &[text(0, "large", &"x".repeat(300_000)), text(0, "small", "fits")]);
    for nth in 0..2 {
        // Meta redelivers the webhook to the next process.
        let (mut server, _) = env.serve("echo").start().await;
        // The first message opens the service window.
        ana.says("well?").await;
        ana.expect_text("echo well?").await;
        assert_eq!(env.emulator.post_webhook(&batch).await.unwrap().status, 200);
        server.wait_for_log("messages above the size limit quarantined").await;
        if nth == 0 {
            ana.expect_text("echo fits").await;
        }
        let listed = env.run(&["quarantine", "list", "--json"]).output().await.stdout;
        let items: Vec<Value> = listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((items.len(), &items[0]["reason"]), (1, &"too_large".into()), "{items:?}");
        let id = items[0]["id"].to_string();
        let requeued = env.run(&["quarantine", "requeue", &id]).output().await;
        assert_eq!(requeued.code, Some(1));
        assert!(requeued.stderr.contains("raise max_message_bytes"), "{}", requeued.stderr);
        assert_eq!(server.terminate().await.code, Some(0));
    }
    let (server, _) = env.serve("echo").set("WAXWING_MAX_MESSAGE_BYTES", "400000").start().await;
    let requeued = env.run(&["quarantine", "requeue", "1"]).output().await;
    assert_eq!(requeued.code, Some(0), "{}", requeued.stderr);
    ana.expect(waxwing_emulator::matcher::document()).await;
    assert_eq!(server.terminate().await.code, Some(0));
}
