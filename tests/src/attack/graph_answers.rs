//! Attack with responses of the Graph API that no client expects.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, LOCATION};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;

use super::AttackScale;
use super::graph_server::GraphServer;
use super::report::AttackReport;
use super::target::Target;

/// Name of a response, with the function that makes it. The argument is the address of a stranger.
type HostileResponse = (&'static str, fn(&str) -> Response);

const RESPONSES: [HostileResponse; 13] = [
    ("no JSON", |_| "<html>".into_response()),
    ("nothing", |_| ().into_response()),
    ("other JSON", |_| r#"[1,{"messages":"x"}]"#.into_response()),
    ("no id", |_| r#"{"messages":[{}]}"#.into_response()),
    ("long id", |_| format!(r#"{{"messages":[{{"id":"{}"}}]}}"#, "x".repeat(5_000_000)).into_response()),
    ("deep JSON", |_| "[".repeat(2_000_000).into_response()),
    ("lone surrogate", |_| r#"{"messages":[{"id":"\ud83d"}]}"#.into_response()),
    ("no UTF-8", |_| b"{\"messages\":[{\"id\":\"\xff\xfe\"}]}".to_vec().into_response()),
    ("endless body", |_| {
        Body::from_stream(stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 65_536]))).into_response()
    }),
    ("broken off", |_| {
        ([(CONTENT_LENGTH, "1000")], Body::from_stream(stream::iter([Ok("{"), Err(std::io::Error::other("cut"))])))
            .into_response()
    }),
    ("redirect", |stranger| (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, stranger.to_owned())]).into_response()),
    ("strange codes", |_| {
        (StatusCode::BAD_REQUEST, r#"{"error":{"code":-9223372036854775808,"message":["x"],"error_data":7}}"#)
            .into_response()
    }),
    ("unknown status", |_| StatusCode::from_u16(299).expect("a status").into_response()),
];

/// The first send to each user gets a hostile response. A user who writes afterwards is answered.
pub(super) async fn attack(_scale: AttackScale) -> AttackReport {
    let mut report = AttackReport::new("hostile Graph responses");
    let stranger = GraphServer::start(|_| None).await;
    let url = format!("{}/stolen", stranger.url);
    let victims: Mutex<HashMap<String, usize>> = Mutex::default();
    let respond = move |call: &super::graph_server::GraphCall| {
        let to = call.recipient()?;
        let text = call.body["text"]["body"].as_str()?;
        let nth: usize = text.strip_prefix("echo hostile ")?.parse().ok()?;
        let mut victims = victims.lock().unwrap();
        let seen = victims.entry(to.to_owned()).or_default();
        *seen += 1;
        (*seen == 1).then(|| RESPONSES[nth].1(&url))
    };
    let settings = [("WAXWING_IN_DOUBT_WINDOW", "1s"), ("WAXWING_IN_DOUBT_MAX", "1s"), ("WAXWING_RETRY_CAP", "200ms")];
    let target = Target::start(&settings, respond).await;
    let mut longest = Duration::ZERO;
    for (nth, (name, _)) in RESPONSES.iter().enumerate() {
        let user = target.new_user();
        let _ = target.ask(&user, &format!("hostile {nth}")).await;
        let before = report.survived;
        longest = longest.max(target.probe(&mut report, 1).await);
        if report.survived == before {
            report.figures.push(format!("no answer after `{name}`"));
        }
    }
    report.count(stranger.tokens() == 0);
    report.figures.push(format!("{} responses", RESPONSES.len()));
    report.figures.push(format!("longest wait of another user {:.2} s", longest.as_secs_f64()));
    target.finish(&mut report).await;
    report
}
