//! Attack on the files of the database.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::AttackScale;
use super::report::AttackReport;
use super::target::{SOON, Target};

/// Name of a fault, with the function that causes it. The argument is the path of the database.
type StorageFault = (&'static str, fn(&Path));

const FAULTS: [StorageFault; 6] = [
    ("corrupt pages", |database| {
        let connection = rusqlite::Connection::open(database).unwrap();
        connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(())).unwrap();
        let length = fs::metadata(database).unwrap().len();
        let mut bytes = fs::read(database).unwrap();
        bytes[4096..].fill(0xa5);
        let mut file = fs::OpenOptions::new().write(true).open(database).unwrap();
        file.write_all(&bytes).unwrap();
        assert!(length > 4096, "the database has one page");
    }),
    ("truncated log", |database| {
        fs::OpenOptions::new().write(true).open(suffixed(database, "-wal")).unwrap().set_len(32).unwrap();
    }),
    ("deleted database", |database| fs::remove_file(database).unwrap()),
    ("replaced database", |database| {
        let copy = suffixed(database, "-copy");
        fs::copy(database, &copy).unwrap();
        fs::rename(copy, database).unwrap();
    }),
    ("deleted lock", |database| fs::remove_file(suffixed(database, ".lock")).unwrap()),
    ("renamed database", |database| fs::rename(database, suffixed(database, "-aside")).unwrap()),
];

fn suffixed(database: &Path, suffix: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

/// Damages the files of running servers. Counts the servers that refuse webhooks, are not ready, and stay so; and the server that recovers
/// with its file.
pub(super) async fn attack(_scale: AttackScale) -> AttackReport {
    let mut report = AttackReport::new("storage faults");
    for (name, cause) in FAULTS {
        let target = Target::start(&[], |_| None).await;
        target.probe(&mut report, 3).await;
        let database = target.env.path("test.db");
        cause(&database);
        let start = Instant::now();
        let is_noticed = wait_for(|| async { deliver(&target).await == Some(503) }).await;
        report.count(is_noticed);
        report.figures.push(format!("{name}: 503 after {:.2} s", start.elapsed().as_secs_f64()));
        report.count(wait_for(|| async { target.readiness().await == Some(503) }).await);
        for _ in 0..3 {
            report.count(deliver(&target).await == Some(503));
        }
        if name == "renamed database" {
            fs::rename(suffixed(&database, "-aside"), &database).unwrap();
            let start = Instant::now();
            report.count(wait_for(|| async { deliver(&target).await == Some(200) }).await);
            report.figures.push(format!("recovered after {:.2} s", start.elapsed().as_secs_f64()));
            target.probe(&mut report, 3).await;
        }
        target.server.terminate().await;
    }
    report
}

/// Delivers the message of a new user, and returns the status.
async fn deliver(target: &Target) -> Option<u16> {
    target.deliver(&target.new_user(), "1", &json!({ "type": "text", "text": { "body": "hello" } })).await
}

/// Waits for a condition. Returns false if the condition is not met in time.
async fn wait_for<F: Future<Output = bool>>(condition: impl Fn() -> F) -> bool {
    let waiting = async {
        while !condition().await {
            // tidy: allow sleep - the pace of the redelivery
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, waiting).await.is_ok()
}
