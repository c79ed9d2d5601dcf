//! Cost of a message, from webhook to recorded send outcome, in relation to the number of stored messages.

use crate::child::{Stopwatch, Usage};
use crate::database::Database;
use crate::plan::Plan;
use crate::report::{Table, median};

/// Number of messages in the smaller database.
const FEW: usize = 1_000;

/// Number of concurrent messages.
const AT_ONCE: usize = 64;

pub(crate) async fn measure(plan: &Plan) -> anyhow::Result<Table> {
    let mut table =
        Table::new("Growth", vec![format!("{FEW} stored"), format!("{} stored", plan.stored), "ratio".into()]);
    let dir = tempfile::tempdir_in(&plan.dir)?;
    let mut few = Database::filled(&dir.path().join("few.db"), FEW).await?;
    let mut many = Database::filled(&dir.path().join("many.db"), plan.stored).await?;
    let (mut few_cost, mut many_cost) = (Vec::new(), Vec::new());
    for _ in 0..plan.rounds {
        few_cost.push(answered(&mut few, plan.measured).await?);
        many_cost.push(answered(&mut many, plan.measured).await?);
    }
    let mut add = |name: &str, figure: &dyn Fn(&Usage) -> f64| {
        let [few, many] = [&few_cost, &many_cost].map(|cost| median(cost.iter().map(figure).collect()));
        for value in [format!("{few:.0} µs"), format!("{many:.0} µs"), format!("{:.2}", many / few)] {
            table.add(name, "≤ 1.3", value);
        }
    };
    add("CPU time of a message", &|passed| passed.cpu_each);
    add("time of a message, 64 concurrent", &|passed| 1e6 / passed.per_second);
    Ok(table)
}

/// Measures the resources for answering `count` messages.
async fn answered(database: &mut Database, count: usize) -> anyhow::Result<Usage> {
    let this = std::process::id();
    let watch = Stopwatch::start(this, 0)?;
    database.answer(count, AT_ONCE).await?;
    watch.stop(this, count as u64)
}
