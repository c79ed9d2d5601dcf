//! Cost of accepting a webhook, compared with a handler that only checks the signature.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::child::{Child, Stopwatch, Usage};
use crate::graph::Graph;
use crate::http::Connection;
use crate::load::{ClosedLoop, Latencies, open_loop};
use crate::plan::Plan;
use crate::report::{Table, median, memory, time};
use crate::server::{FullServer, ServerKind, Storage};
use crate::webhook::WebhookGenerator;

/// Connections of a closed load.
const CONNECTIONS: usize = 64;

pub(crate) async fn measure(plan: &Plan) -> anyhow::Result<Table> {
    let mut table = Table::by_flush("Accepting webhooks", &plan.flush_delays);
    for &delay in &plan.flush_delays {
        let capacity = saturated(plan, delay, &mut table).await?;
        lone(plan, delay, &mut table).await?;
        below_capacity(plan, delay, capacity, &mut table).await?;
        above_capacity(plan, delay, capacity, &mut table).await?;
    }
    Ok(table)
}

/// Creates a directory for a new database. The database is deleted with the directory.
fn storage(plan: &Plan, flush_delay: Duration) -> anyhow::Result<(tempfile::TempDir, Storage)> {
    let dir = tempfile::tempdir_in(&plan.dir)?;
    let path = dir.path().join("bench.db");
    Ok((dir, Storage { path, flush_delay }))
}

/// Measures the servers in turn with all connections busy. Returns the webhooks per second of the durable server.
async fn saturated(plan: &Plan, delay: Duration, table: &mut Table) -> anyhow::Result<f64> {
    let (mut bare, mut durable, mut whole) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..plan.rounds {
        bare.push(load(plan, &ServerKind::Bare).await?);
        let (_dir, database) = storage(plan, delay)?;
        durable.push(load(plan, &ServerKind::AcceptOnly(database)).await?);
    }
    let graph = Graph::start().await?;
    for _ in 0..plan.rounds.div_ceil(2) {
        let (_dir, database) = storage(plan, delay)?;
        let answering =
            FullServer { graph_url: graph.url.clone(), numbers: 1, per_second: None, at_once: None, recipients: 0 };
        whole.push(load(plan, &ServerKind::Full(database, answering)).await?);
    }
    let rate = |all: &[Usage]| median(all.iter().map(|passed| passed.per_second).collect());
    let cpu = |all: &[Usage]| median(all.iter().map(|passed| passed.cpu_each).collect());
    let ratios = bare.iter().zip(&durable).map(|(bare, durable)| durable.per_second / bare.per_second).collect();
    table.add("bare handler, 64 connections", "", format!("{:.0}/s", rate(&bare)));
    table.add("durable server, 64 connections", "", format!("{:.0}/s", rate(&durable)));
    table.add("ratio of the two", "≥ 0.35", format!("{:.2}", median(ratios)));
    table.add("CPU time of the bare handler", "", format!("{:.0} µs", cpu(&bare)));
    table.add("CPU time of the durable server", "", format!("{:.0} µs", cpu(&durable)));
    table.add("CPU time for durability", "≤ 50 µs", format!("{:.0} µs", cpu(&durable) - cpu(&bare)));
    table.add("whole server", "", format!("{:.0}/s", rate(&whole)));
    Ok(rate(&durable))
}

/// Measures a server under a closed load.
async fn load(plan: &Plan, server: &ServerKind) -> anyhow::Result<Usage> {
    let child = Child::start(server).await?;
    let maker = Rc::new(RefCell::new(WebhookGenerator::new(1, plan.users)));
    let closed = ClosedLoop::start(child.address, CONNECTIONS, usize::MAX, &maker);
    tokio::time::sleep(plan.warm_up).await;
    while maker.borrow().made() < plan.users {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let watch = Stopwatch::start(child.pid, closed.seen.taken.get())?;
    tokio::time::sleep(plan.window).await;
    let passed = watch.stop(child.pid, closed.seen.taken.get())?;
    let seen = closed.end(true).await;
    anyhow::ensure!(seen.refused.get() == 0, "{} webhooks were refused", seen.refused.get());
    child.stop().await?;
    Ok(passed)
}

/// Measures the latency of single webhooks, one after the other.
async fn lone(plan: &Plan, delay: Duration, table: &mut Table) -> anyhow::Result<()> {
    let (_dir, database) = storage(plan, delay)?;
    let child = Child::start(&ServerKind::AcceptOnly(database)).await?;
    let (mut maker, mut request) = (WebhookGenerator::new(1, plan.users), Vec::new());
    let mut connection = Connection::open(child.address).await?;
    let mut times = Vec::with_capacity(plan.lone);
    for _ in 0..plan.lone {
        maker.request(&child.address.to_string(), &mut request);
        // All threads of the server are idle after this time.
        tokio::time::sleep(Duration::from_millis(1)).await;
        let since = Instant::now();
        let status = connection.ask(&request).await?;
        anyhow::ensure!(status == 200, "a single webhook was answered with status {status}");
        times.push(since.elapsed());
    }
    child.stop().await?;
    let times = Latencies::new(times);
    table.add("single webhook, median", "≤ 1 ms", time(times.quantile(0.5)));
    table.add("single webhook, 99 of 100", "", time(times.quantile(0.99)));
    Ok(())
}

/// Measures an open load of 80 % of `capacity`, in webhooks per second.
async fn below_capacity(plan: &Plan, delay: Duration, capacity: f64, table: &mut Table) -> anyhow::Result<()> {
    let (_dir, database) = storage(plan, delay)?;
    let child = Child::start(&ServerKind::AcceptOnly(database)).await?;
    let maker = Rc::new(RefCell::new(WebhookGenerator::new(1, plan.users)));
    let seen = open_loop(child.address, capacity * 0.8, plan.window, &maker, |_| ()).await;
    child.stop().await?;
    table.add("at 80 % of that rate: refused", "0", seen.refused.get().to_string());
    table.add("at 80 %: answer, 99 of 100", "", time(seen.take_latencies().quantile(0.99)));
    Ok(())
}

/// Measures an open load of 150 % of `capacity`, in webhooks per second.
async fn above_capacity(plan: &Plan, delay: Duration, capacity: f64, table: &mut Table) -> anyhow::Result<()> {
    let (_dir, database) = storage(plan, delay)?;
    let child = Child::start(&ServerKind::AcceptOnly(database)).await?;
    let maker = Rc::new(RefCell::new(WebhookGenerator::new(1, plan.users)));
    let time_of_load = plan.window * 2;
    // The first half of the load fills all queues.
    let middle = async {
        tokio::time::sleep(time_of_load / 2).await;
        child.resident()
    };
    let load = open_loop(child.address, capacity * 1.5, time_of_load, &maker, |_| ());
    let (middle, seen) = tokio::join!(middle, load);
    let end = child.resident()?;
    child.stop().await?;
    let all = seen.taken.get() + seen.refused.get();
    table.add("at 150 %: refused", "", format!("{:.0} %", 100.0 * seen.refused.get() as f64 / all.max(1) as f64));
    table.add("at 150 %: longest answer", "≤ 2 s", time(seen.take_latencies().longest()));
    table.add("at 150 %: memory halfway and at the end", "flat", format!("{}, {}", memory(middle?), memory(end)));
    Ok(())
}
