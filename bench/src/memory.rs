//! Memory use of the server, with the time of its start.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::process::Command;

use crate::child::Child;
use crate::graph::Graph;
use crate::http::Connection;
use crate::load::{ClosedLoop, Latencies};
use crate::plan::Plan;
use crate::process;
use crate::report::{Table, memory, time};
use crate::server::{FullServer, ServerKind, Storage};
use crate::webhook::{SECRET, WebhookGenerator, number};

/// Number of business numbers. It is high enough to send all replies within seconds at Meta's limit of 80 messages per second and number.
const NUMBERS: usize = 50;

/// Connections that deliver the messages.
const CONNECTIONS: usize = 64;

/// Timeout of each wait.
const PATIENCE: Duration = Duration::from_mins(2);

pub(crate) async fn measure(plan: &Plan) -> anyhow::Result<Table> {
    let mut table = Table::new("Memory and start", vec!["this disk".into()]);
    started(plan, &mut table).await?;
    many_runs(plan, &mut table).await?;
    Ok(table)
}

/// Measures the start of the program `waxwing`, if it exists.
async fn started(plan: &Plan, table: &mut Table) -> anyhow::Result<()> {
    let Some(program) = program() else {
        eprintln!("  skipped the start of `waxwing`: the program is not in the directory of the benchmark");
        return Ok(());
    };
    let (mut starts, mut idle) = (Vec::new(), 0);
    for _ in 0..plan.rounds {
        let dir = tempfile::tempdir_in(&plan.dir)?;
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let mut maker = WebhookGenerator::new(1, 1);
        let mut request = Vec::new();
        maker.request(&port.to_string(), &mut request);
        let mut command = Command::from(process::on_core(process::SERVER_CORE, &program));
        command
            .args(["serve", "--agent", "echo", "--host", "127.0.0.1", "--port", &port.port().to_string()])
            .current_dir(dir.path())
            .env("WHATSAPP_ACCESS_TOKEN", "token")
            .env("WHATSAPP_PHONE_NUMBER_ID", number(0))
            .env("WHATSAPP_VERIFY_TOKEN", "word")
            .env("WHATSAPP_APP_SECRET", SECRET)
            // No server listens on this port, so requests of the program fail.
            .env("WHATSAPP_GRAPH_URL", "http://127.0.0.1:9")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let since = Instant::now();
        let mut process = command.spawn()?;
        let mut connection = loop {
            match Connection::open(port).await {
                Ok(connection) => break connection,
                Err(_) if since.elapsed() < PATIENCE => tokio::time::sleep(Duration::from_millis(1)).await,
                Err(error) => return Err(error),
            }
        };
        let status = connection.ask(&request).await?;
        anyhow::ensure!(status == 200, "the first webhook was answered with status {status}");
        starts.push(since.elapsed());
        // The program has released the memory that only its start needed.
        tokio::time::sleep(Duration::from_secs(1)).await;
        idle = idle.max(process::resident(process.id().context("the server has ended")?)?);
        process.kill().await?;
    }
    table.add("idle", "≤ 20 MB", memory(idle));
    table.add("start to the first 200", "≤ 150 ms", time(Latencies::new(starts).quantile(0.5)));
    Ok(())
}

/// Returns the path of the program, which is built in the same profile.
fn program() -> Option<PathBuf> {
    let here = std::env::current_exe().ok()?;
    let program = here.with_file_name(format!("waxwing{}", std::env::consts::EXE_SUFFIX));
    Path::is_file(&program).then_some(program)
}

/// Measures the memory of many concurrent runs.
async fn many_runs(plan: &Plan, table: &mut Table) -> anyhow::Result<()> {
    let dir = tempfile::tempdir_in(&plan.dir)?;
    let graph = Graph::start().await?;
    let storage = Storage { path: dir.path().join("bench.db"), flush_delay: Duration::ZERO };
    let (graph_url, at_once) = (graph.url.clone(), Some(plan.runs));
    let whole = FullServer { graph_url, numbers: NUMBERS, per_second: Some(80), at_once, recipients: 0 };
    let mut child = Child::start(&ServerKind::Full(storage, whole)).await?;
    let before = child.resident()?;
    let maker = Rc::new(RefCell::new(WebhookGenerator::new(NUMBERS, plan.runs)));
    let closed = ClosedLoop::start(child.address, CONNECTIONS, plan.runs, &maker);
    let all_run = async { tokio::time::timeout(PATIENCE, child.says("all agents run")).await };
    let (seen, all_run) = tokio::join!(closed.end(false), all_run);
    all_run??;
    anyhow::ensure!(seen.refused.get() == 0, "{} webhooks were refused", seen.refused.get());
    let running = child.resident()?;
    tokio::time::timeout(PATIENCE, graph.replies(plan.runs)).await?;
    // A duplicate reply would arrive within this time.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let after = child.resident()?;
    let runs = plan.runs;
    table.add("with 50 numbers, before", "", memory(before));
    table.add(&format!("{runs} runs at once"), "≤ 150 MB", memory(running));
    table.add(&format!("{runs} runs answered"), "", memory(after));
    table.add("replies lost, duplicated", "0, 0", format!("{}, {}", runs - graph.replied(), graph.twice()));
    child.stop().await
}
