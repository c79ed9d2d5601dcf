//! Stage that checks the files for Prometheus with Prometheus itself.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use xshell::{Shell, cmd};

use crate::{debian, test};

/// Directory of the configuration and the alert rules.
const FILES: &str = "deploy/prometheus";

/// File for the metrics of a real server.
const PAGE: &str = "target/metrics/page.txt";

/// Checks and tests the alert rules, and evaluates all expressions on a server under load.
///
/// # Errors
///
/// Prometheus cannot be installed, or a check fails.
pub(crate) fn run(sh: &Shell) -> anyhow::Result<()> {
    let promtool = program(sh, "promtool")?;
    let prometheus = program(sh, "prometheus")?;
    cmd!(sh, "{promtool} check rules {FILES}/alerts.yaml").run()?;
    cmd!(sh, "{promtool} test rules {FILES}/alerts_test.yaml").run()?;
    // The file of the token exists on the machine of the operator only.
    cmd!(sh, "{promtool} check config --syntax-only {FILES}/prometheus.yaml").run()?;
    let page = sh.current_dir().join(PAGE);
    sh.create_dir(page.parent().unwrap_or(Path::new(".")))?;
    sh.remove_path(&page)?;
    {
        let _prometheus = sh.push_env("WAXWING_PROMETHEUS", &prometheus);
        let _page = sh.push_env("WAXWING_METRICS_PAGE", &page);
        let _program = sh.push_env("WAXWING_BIN", test::program()?);
        // The selection of the stage `test`, so that nothing is compiled with other features.
        cmd!(sh, "cargo build --workspace --all-targets").run()?;
        cmd!(sh, "cargo test --quiet --workspace --test it -- prometheus::").run()?;
    }
    let metrics = sh.read_file(&page).context("the test wrote no page of metrics")?;
    ensure!(metrics.contains("waxwing_turns_total"), "the page of the test has no turns");
    cmd!(sh, "{promtool} check metrics").stdin(metrics).run().context("the metrics break a rule of Prometheus")?;
    Ok(())
}

/// Returns a program of Debian's package `prometheus`, which is installed if the program is missing.
fn program(sh: &Shell, name: &str) -> anyhow::Result<PathBuf> {
    if debian::find(sh, name).is_none() {
        debian::install(sh, &["prometheus"])?;
    }
    debian::find(sh, name)
        .with_context(|| format!("`{name}` is missing: install Prometheus, such as Debian's package `prometheus`"))
}
