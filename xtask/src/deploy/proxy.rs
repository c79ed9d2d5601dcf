//! Check of the configuration of the proxy with Caddy.

use anyhow::Context as _;
use xshell::{Shell, cmd};

use crate::debian;

/// Configuration of Caddy.
const FILE: &str = "deploy/Caddyfile";

/// Checks the file as Caddy does before it starts. Returns false if Caddy is not installed.
pub(super) fn check(sh: &Shell) -> anyhow::Result<bool> {
    if debian::find(sh, "caddy").is_none() {
        return Ok(false);
    }
    let validate =
        cmd!(sh, "caddy validate --config {FILE} --adapter caddyfile").env("WAXWING_DOMAIN", "bot.example.com");
    validate
        .quiet()
        .ignore_stderr()
        .read()
        .with_context(|| format!("`caddy validate --config {FILE}` finds an error"))?;
    Ok(true)
}
