//! Number of writes per message: commits, log pages, bytes.

use crate::database::Database;
use crate::plan::Plan;
use crate::process;
use crate::report::Table;
use crate::wal::{GrowingLog, LogSize};

/// Number of messages in the database before the measurement.
const STORED: usize = 1_000;

/// Number of concurrent messages, for each column of the table.
const AT_ONCE: [usize; 2] = [1, 64];

pub(crate) async fn measure(plan: &Plan) -> anyhow::Result<Table> {
    let columns = AT_ONCE.map(|at_once| match at_once {
        1 => "one at a time".to_owned(),
        many => format!("{many} concurrent"),
    });
    let mut table = Table::new("Writes of a message", columns.into());
    for at_once in AT_ONCE {
        let dir = tempfile::tempdir_in(&plan.dir)?;
        let mut database = Database::filled(&dir.path().join("writes.db"), STORED).await?;
        let count = plan.measured;

        let before = process::written(std::process::id())?;
        answer(&mut database, count, at_once).await?;
        let to_disk = process::written(std::process::id())? - before;

        let log = GrowingLog::start(&database.path)?;
        let before = log.size()?;
        answer(&mut database, count, at_once).await?;
        let answered = log.size()?;
        database.report_statuses(count, at_once).await?;
        let reported = log.size()?;

        let each = |total: u64| total as f64 / count as f64;
        add(&mut table, "message with its reply", answered - before, each);
        table.add("message with its reply: to the disk, with checkpoints", "", kib(each(to_disk)));
        add(&mut table, "three statuses of a reply", reported - answered, each);
    }
    Ok(table)
}

/// Answers messages. A message that runs alone starts after all writes of the message before it.
async fn answer(database: &mut Database, count: usize, at_once: usize) -> anyhow::Result<()> {
    if at_once > 1 {
        return database.answer(count, at_once).await;
    }
    for _ in 0..count {
        database.answer(1, 1).await?;
    }
    Ok(())
}

fn add(table: &mut Table, name: &str, grown: LogSize, each: impl Fn(u64) -> f64) {
    table.add(&format!("{name}: commits"), "", format!("{:.2}", each(grown.commits)));
    table.add(&format!("{name}: log pages"), "", format!("{:.1}", each(grown.pages)));
    table.add(&format!("{name}: to the log"), "", kib(each(grown.bytes)));
}

fn kib(bytes: f64) -> String {
    format!("{:.1} KiB", bytes / 1024.0)
}
