//! Latency from the webhook to the reply.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::child::Child;
use crate::graph::Graph;
use crate::load::{Latencies, open_loop};
use crate::plan::Plan;
use crate::report::{Table, time};
use crate::server::{FullServer, ServerKind, Storage};
use crate::webhook::WebhookGenerator;

/// Messages per second, over all numbers.
const RATE: f64 = 200.0;

/// Number of business numbers. Each number stays below Meta's limit of 80 inbound and outbound messages per second.
const NUMBERS: usize = 8;

/// Timeout of each wait.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) async fn measure(plan: &Plan) -> anyhow::Result<Table> {
    let mut table = Table::by_flush("From webhook to reply", &plan.flush_delays);
    for &delay in &plan.flush_delays {
        at_rate(plan, delay, &mut table).await?;
    }
    Ok(table)
}

async fn at_rate(plan: &Plan, flush_delay: Duration, table: &mut Table) -> anyhow::Result<()> {
    let Seen { replies, typing } = run(plan, flush_delay, RATE, 0).await?;
    table.add("reply at Meta, 200 messages/s, median", "", time(replies.quantile(0.5)));
    table.add("reply at Meta, 99 of 100", "≤ 15 ms", time(replies.quantile(0.99)));
    table.add("typing shown at Meta, 99 of 100", "≤ 150 ms", time(typing.quantile(0.99)));
    Ok(())
}

/// Latencies until Meta has the reply, and until Meta has the typing indicator.
pub(crate) struct Seen {
    pub(crate) replies: Latencies,
    typing: Latencies,
}

/// Measures users who write at a rate. Each number sends a campaign to this number of recipients at the same time.
pub(crate) async fn run(plan: &Plan, flush_delay: Duration, rate: f64, recipients: usize) -> anyhow::Result<Seen> {
    let dir = tempfile::tempdir_in(&plan.dir)?;
    let graph = Graph::start().await?;
    let storage = Storage { path: dir.path().join("bench.db"), flush_delay };
    let whole =
        FullServer { graph_url: graph.url.clone(), numbers: NUMBERS, per_second: Some(80), at_once: None, recipients };
    let child = Child::start(&ServerKind::Full(storage, whole)).await?;
    let maker = Rc::new(RefCell::new(WebhookGenerator::new(NUMBERS, plan.users)));
    let mut sent = Vec::new();
    let seen = open_loop(child.address, rate, plan.window * 4, &maker, |_| sent.push(Instant::now())).await;
    anyhow::ensure!(seen.refused.get() == 0, "{} webhooks were refused", seen.refused.get());
    tokio::time::timeout(PATIENCE, graph.replies(sent.len())).await?;
    child.stop().await?;

    // The first tenth is left out: caches are empty, and no connections are open.
    let warm = sent.iter().enumerate().skip(sent.len() / 10);
    let until = |seen: &dyn Fn(usize) -> Option<Instant>| {
        let times = warm.clone().filter_map(|(nth, sent)| Some(seen(nth)?.saturating_duration_since(*sent)));
        Latencies::new(times.collect())
    };
    let replies = until(&|nth| graph.reply(nth));
    let typing = until(&|nth| graph.typing(nth));
    Ok(Seen { replies, typing })
}
