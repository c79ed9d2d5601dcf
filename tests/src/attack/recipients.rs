//! Attack with recipients to whom no send succeeds.

use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use futures_util::future::join_all;
use futures_util::{StreamExt as _, stream};
use serde_json::json;

use super::AttackScale;
use super::graph_server::GraphCall;
use super::report::AttackReport;
use super::target::{SOON, Target};

/// Start of the phone numbers of bad recipients.
const BAD: &str = "34999";

/// Bad recipients of each kind, and healthy users: one in five recipients is bad.
const BAD_RECIPIENTS: usize = 21;
const HEALTHY_USERS: usize = 84;

/// Bad recipients who write at the same time, each followed by healthy users: enough to open the circuit of the number.
const AT_ONCE: usize = 8;

/// Name of the responses that never end.
const NO_END: &str = "no end of the response";

/// Name of a refusal, with the function that makes the response.
type Refusal = (&'static str, fn() -> Response);

const REFUSALS: [Refusal; 4] = [
    ("131000", || error(131_000, StatusCode::INTERNAL_SERVER_ERROR)),
    ("code 2", || error(2, StatusCode::SERVICE_UNAVAILABLE)),
    ("502 without JSON", || (StatusCode::BAD_GATEWAY, "<html>").into_response()),
    (NO_END, || Body::from_stream(stream::pending::<Result<Vec<u8>, std::io::Error>>()).into_response()),
];

fn error(code: u32, status: StatusCode) -> Response {
    (status, axum::Json(json!({ "error": { "code": code, "message": "refused" } }))).into_response()
}

/// Each bad recipient writes before four healthy users, some of them at the same time. Then all bad recipients write before any healthy
/// user. Counts the healthy users who are answered.
pub(super) async fn attack(scale: AttackScale) -> AttackReport {
    let mut report = AttackReport::new("bad recipients");
    let refusals = scale.choose(&REFUSALS[..1], &REFUSALS[..]);
    bad_first(&mut report, refusals[0]).await;
    for (name, refuse) in refusals {
        let respond = move |call: &GraphCall| call.recipient()?.starts_with(BAD).then(refuse);
        let target = Target::start(&[("WAXWING_THROUGHPUT", "1000")], respond).await;
        let mut longest = Duration::ZERO;
        for round in 0..scale.choose(1, 3) {
            let (target, healthy) = (&target, HEALTHY_USERS / BAD_RECIPIENTS);
            let group = |nth: usize| async move {
                let is_accepted = target.write(&format!("{BAD}{round}{nth:05}"), "hello").await;
                let users: Vec<_> = (0..healthy).map(|_| target.new_user()).collect();
                (is_accepted, join_all(users.iter().map(|user| target.ask(user, "hello"))).await)
            };
            let groups = stream::iter(0..BAD_RECIPIENTS).map(group).buffered(AT_ONCE);
            for (is_accepted, waits) in groups.collect::<Vec<_>>().await {
                report.count(is_accepted);
                for wait in waits {
                    report.count(wait.is_some());
                    longest = longest.max(wait.unwrap_or(SOON));
                }
            }
        }
        report.figures.push(format!("{name}: longest wait of a healthy user {:.2} s", longest.as_secs_f64()));
        if *name == NO_END {
            // The exit waits until the client gives up the requests.
            target.server.kill().await;
        } else {
            target.finish(&mut report).await;
        }
    }
    report
}

/// All bad recipients write before any healthy user, so that no send has succeeded when the circuit of the number opens.
async fn bad_first(report: &mut AttackReport, (_, refuse): Refusal) {
    let respond = move |call: &GraphCall| call.recipient()?.starts_with(BAD).then(refuse);
    let target = Target::start(&[("WAXWING_THROUGHPUT", "1000")], respond).await;
    let bad: Vec<_> = (0..BAD_RECIPIENTS).map(|nth| format!("{BAD}{nth:06}")).collect();
    for is_accepted in join_all(bad.iter().map(|user| target.write(user, "hello"))).await {
        report.count(is_accepted);
    }
    let healthy: Vec<_> = (0..HEALTHY_USERS).map(|_| target.new_user()).collect();
    let waits = join_all(healthy.iter().map(|user| target.ask(user, "hello"))).await;
    for wait in &waits {
        report.count(wait.is_some());
    }
    let longest = waits.into_iter().map(|wait| wait.unwrap_or(SOON)).max().unwrap_or_default();
    report.figures.push(format!("all bad ones first: longest wait of a healthy user {:.2} s", longest.as_secs_f64()));
    target.finish(report).await;
}
