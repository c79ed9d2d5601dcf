//! State of the server behind the public address, as it reports it itself.

use std::time::Duration;

use reqwest::redirect::Policy;
use serde::Deserialize;
use url::Url;

use super::Finding;

/// Subject of the findings.
pub(super) const CHECK: &str = "server";

/// Timeout of the request.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Answer of `/health/ready`.
#[derive(Debug, Deserialize)]
struct Health {
    status: String,
    #[serde(default)]
    reasons: Vec<String>,
    #[serde(default)]
    signatures: String,
}

/// Asks the server at the address of the webhook for its state. Nothing is found if the proxy does not pass the question on.
pub(super) async fn check(webhook: &str) -> Vec<Finding> {
    let Some(health) = ask(webhook).await else { return Vec::new() };
    examine(&health)
}

async fn ask(webhook: &str) -> Option<Health> {
    let url = Url::parse(webhook).ok()?.join("/health/ready").ok()?;
    let client = reqwest::Client::builder().redirect(Policy::none()).timeout(TIMEOUT).build().ok()?;
    client.get(url).send().await.ok()?.json().await.ok()
}

fn examine(health: &Health) -> Vec<Finding> {
    let mut findings: Vec<_> = health.reasons.iter().map(|reason| explain(reason)).collect();
    if health.signatures == "unchecked" {
        let fix = "set WHATSAPP_APP_SECRET for the server, and remove APP_ENV=development";
        findings.push(Finding::error(CHECK, "does not check signatures", fix));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, health.status.as_str()));
    }
    findings
}

/// Explains a reason why a server is not ready, or is degraded.
fn explain(reason: &str) -> Finding {
    let (found, fix) = match reason {
        "store_write" => (
            "not ready: its database refuses writes",
            "look at the disk, at the permissions of the database file, and at the log of the server",
        ),
        "store_integrity" => (
            "not ready: its database is damaged",
            "stop the server and keep a copy of the file; restore the last backup, as docs/deployment.md says",
        ),
        "disk" => ("not ready: its disk is full", "make room; the server goes on by itself"),
        "token" => (
            "not ready: Meta refuses its access token",
            "set WHATSAPP_ACCESS_TOKEN to a valid token for the server, and restart it",
        ),
        "backlog_age" => {
            let fix = "look for a slow model or agent in the log; `waxwing outbox list` shows messages that wait";
            return Finding::warning(CHECK, "degraded: work has been due for more than a minute", fix);
        }
        other => return Finding::warning(CHECK, format!("reports {other}"), "read the log of the server"),
    };
    Finding::error(CHECK, found, fix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    #[test]
    fn each_reason_of_the_server_is_explained() {
        for reason in ["store_write", "store_integrity", "disk", "token"] {
            let finding = explain(reason);
            assert_eq!(finding.level, Level::Error, "{reason}");
            assert!(finding.found.starts_with("not ready"), "{reason}");
        }
        assert_eq!(explain("backlog_age").level, Level::Warning);
        let health = |json: &str| examine(&serde_json::from_str(json).unwrap());
        assert_eq!(health(r#"{"status":"ready","reasons":[],"signatures":"checked"}"#)[0].level, Level::Ok);
        assert_eq!(health(r#"{"status":"ready","signatures":"unchecked"}"#)[0].level, Level::Error);
    }
}
