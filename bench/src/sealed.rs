//! Cost of sealed content, compared with plain content.

use std::time::Instant;

use waxwing::store::{StorageKey, StorageKeys};

use crate::database::Database;
use crate::plan::Plan;
use crate::report::Table;

/// Number of messages in the database before the measurement.
const STORED: usize = 10_000;

/// Number of concurrent messages.
const AT_ONCE: usize = 64;

/// Number of users whose conversation logs are read.
const READERS: usize = 500;

/// Times of one kind of database, in microseconds for each message.
#[derive(Debug, Default)]
struct Times {
    write: Vec<f64>,
    read: Vec<f64>,
}

pub(crate) async fn measure(plan: &Plan) -> anyhow::Result<Table> {
    let dir = tempfile::tempdir_in(&plan.dir)?;
    let key = StorageKey::parse(&"5a".repeat(32))?;
    let all_keys = [StorageKeys::default(), StorageKeys::new(Some(key), Vec::new())];
    let mut databases = Vec::new();
    for (name, keys) in ["plain.db", "sealed.db"].into_iter().zip(all_keys) {
        databases.push((Database::filled_with_keys(&dir.path().join(name), STORED, keys).await?, Times::default()));
    }
    for _ in 0..plan.rounds {
        for (database, times) in &mut databases {
            let begin = Instant::now();
            database.answer(plan.measured, AT_ONCE).await?;
            times.write.push(micros(begin, plan.measured));
            let begin = Instant::now();
            let entries = database.read_logs(READERS).await?;
            times.read.push(micros(begin, entries));
        }
    }
    let mut table = Table::new("Sealed content", vec!["plain".into(), "sealed".into(), "ratio".into()]);
    let kinds = ["message with its reply, 64 concurrent", "entry of a conversation log that is read"];
    for (nth, name) in kinds.into_iter().enumerate() {
        let [open, sealed] = [0, 1].map(|kind| {
            let times = &mut databases[kind].1;
            median(if nth == 0 { &mut times.write } else { &mut times.read })
        });
        table.add(name, "", format!("{open:.1} µs"));
        table.add(name, "", format!("{sealed:.1} µs"));
        table.add(name, "", format!("{:.2}", sealed / open));
    }
    Ok(table)
}

fn micros(begin: Instant, count: usize) -> f64 {
    begin.elapsed().as_secs_f64() * 1e6 / count.max(1) as f64
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}
