//! Attack with media that cannot be downloaded, or should not be.

use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, LOCATION};
use axum::response::{IntoResponse as _, Response};
use futures_util::{StreamExt as _, stream};
use serde_json::json;

use super::AttackScale;
use super::graph_server::{GraphCall, GraphServer};
use super::report::AttackReport;
use super::target::Target;

/// Name of a medium, with its file. The argument is the address of a stranger.
type HostileFile = (&'static str, fn(&str) -> Response);

const FILES: [HostileFile; 9] = [
    ("not there", |_| StatusCode::NOT_FOUND.into_response()),
    ("refused", |_| StatusCode::INTERNAL_SERVER_ERROR.into_response()),
    ("empty", |_| ().into_response()),
    ("other digest", |_| "other".into_response()),
    ("endless", |_| {
        Body::from_stream(stream::repeat_with(|| Ok::<_, std::io::Error>(vec![7; 65_536]))).into_response()
    }),
    ("never complete", |_| {
        Body::from_stream(stream::once(async { Ok::<_, std::io::Error>("x") }).chain(stream::pending())).into_response()
    }),
    ("long by its header", |_| {
        ([(CONTENT_LENGTH, "99999999999")], Body::from_stream(stream::pending::<Result<Vec<u8>, std::io::Error>>()))
            .into_response()
    }),
    ("redirect", |stranger| (StatusCode::FOUND, [(LOCATION, stranger.to_owned())]).into_response()),
    ("no medium", |_| "never asked for".into_response()),
];

/// Position of the file whose address belongs to a stranger.
const STRANGE_ADDRESS: usize = 8;

/// Users send media with odd names whose downloads fail in every way. Other users are answered meanwhile, and so is each sender.
pub(super) async fn attack(scale: AttackScale) -> AttackReport {
    let mut report = AttackReport::new("hostile media");
    let stranger = GraphServer::start(|_| None).await;
    let url = format!("{}/stolen", stranger.url);
    let respond = move |call: &GraphCall| {
        let (_, last) = call.path.rsplit_once('/')?;
        if let Some(nth) = last.strip_prefix("file") {
            return Some(FILES[nth.parse::<usize>().ok()?].1(&url));
        }
        let nth: usize = last.strip_prefix("medium")?.parse().ok()?;
        let link = if nth == STRANGE_ADDRESS { url.clone() } else { format!("{}/file{nth}", call.url) };
        let medium =
            json!({ "id": last, "url": link, "mime_type": "image/png", "sha256": "00".repeat(32), "file_size": 5 });
        Some(axum::Json(medium).into_response())
    };
    let target = Target::start(&[("WAXWING_MAX_MEDIA_BYTES", "1000000")], respond).await;
    let mut senders = Vec::new();
    for nth in 0..FILES.len() {
        let sender = target.new_user();
        let document = json!({ "id": format!("medium{nth}"), "filename": "../../../etc/pass\u{202e}wd\0\n", "caption": "look",
            "mime_type": "text/html; charset=\"\n\"", "sha256": "00".repeat(32) });
        let status = target.deliver(&sender, "medium", &json!({ "type": "document", "document": document })).await;
        report.count(status == Some(200));
        senders.push(sender);
    }
    let longest = target.probe(&mut report, scale.choose(10, 100)).await;
    // A download is given up after a minute. The agent learns the reason, and the caption is answered.
    let patience = Duration::from_secs(150);
    if scale == AttackScale::Full {
        for (sender, (name, _)) in senders.iter().zip(FILES) {
            let is_answered = target.graph.has_sent(sender, "look", patience).await;
            report.count(is_answered);
            if !is_answered {
                report.figures.push(format!("no answer to `{name}`"));
            }
        }
    }
    report.count(stranger.tokens() == 0);
    report.figures.push(format!("{} files", FILES.len()));
    report.figures.push(format!("longest wait of another user {:.2} s", longest.as_secs_f64()));
    target.finish(&mut report).await;
    report
}
