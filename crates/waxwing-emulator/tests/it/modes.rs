//! The same tests over sockets and without a port.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use waxwing_emulator::{Emulator, Error, FaultEffect};

use crate::support::builder;

/// Connection between emulator and bot.
#[derive(Debug, Clone, Copy)]
enum Mode {
    Sockets,
    InProcess,
}

/// Bot that echoes before it acknowledges, and panics on request.
struct Bot {
    mode: Mode,
    messages: String,
    token: String,
    verify_token: String,
    service: waxwing_emulator::GraphService,
    http: reqwest::Client,
}

impl Bot {
    /// Sends a text. Returns `None` if the connection was dropped.
    async fn send(&self, to: &str, text: &str) -> Option<u16> {
        let body = json!({"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": text}});
        let bearer = format!("Bearer {}", self.token);
        match self.mode {
            Mode::Sockets => {
                let request = self.http.post(&self.messages).header("authorization", bearer).json(&body);
                request.send().await.ok().map(|response| response.status().as_u16())
            }
            Mode::InProcess => {
                let request = Request::post(&self.messages).header("authorization", bearer).header("user-agent", "bot");
                let request = request.body(Body::from(body.to_string())).unwrap();
                self.service.clone().oneshot(request).await.ok().map(|response| response.status().as_u16())
            }
        }
    }
}

async fn webhook(State(bot): State<Arc<Bot>>, body: String) -> StatusCode {
    let body: Value = serde_json::from_str(&body).unwrap();
    let message = &body["entry"][0]["changes"][0]["value"]["messages"][0];
    let Some(text) = message["text"]["body"].as_str() else { return StatusCode::OK };
    assert_ne!(text, "panic", "as the test wants it");
    match bot.send(message["from"].as_str().unwrap(), &format!("echo {text}")).await {
        Some(200) => StatusCode::OK,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

async fn challenge(request: Request<Body>) -> String {
    let query = request.uri().query().unwrap_or_default().to_owned();
    query.rsplit_once("hub.challenge=").unwrap().1.to_owned()
}

async fn start(mode: Mode) -> Emulator {
    let emulator = match mode {
        Mode::Sockets => builder().start().await.unwrap(),
        Mode::InProcess => builder().without_port().start().await.unwrap(),
    };
    let bot = Bot {
        mode,
        messages: format!("{}/v25.0/{}/messages", emulator.url(), emulator.phone_number_id()),
        token: emulator.access_token().to_owned(),
        verify_token: emulator.verify_token().to_owned(),
        service: emulator.service(),
        http: reqwest::Client::builder().user_agent("bot").no_proxy().build().unwrap(),
    };
    assert!(!bot.verify_token.is_empty());
    let app = Router::new().route("/hook", get(challenge).post(webhook)).with_state(Arc::new(bot));
    match mode {
        Mode::InProcess => emulator.set_webhook_service(app, "/hook"),
        Mode::Sockets => {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            emulator.set_webhook(format!("http://{}/hook", listener.local_addr().unwrap()));
            tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        }
    }
    emulator
}

/// Runs a test in both modes.
macro_rules! in_both_modes {
    ($($test:ident)*) => {
        mod sockets {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::start(super::Mode::Sockets).await).await;
            })*
        }
        mod in_process {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::start(super::Mode::InProcess).await).await;
            })*
        }
    };
}

in_both_modes! {
    a_conversation
    the_verification
    a_dropped_connection_is_no_answer_and_the_webhook_is_repeated
    a_bot_that_panics_has_not_acknowledged
    odd_webhooks
}

async fn a_conversation(emulator: Emulator) {
    let (ana, ben) = (emulator.user("+34600000000"), emulator.user("+34600000001"));
    for text in ["one", "two"] {
        ana.says(text).await;
        ben.says(text).await;
        let echo = format!("echo {text}");
        tokio::join!(ben.expect_text(&echo), ana.expect_text(&echo));
    }
    emulator.expect_idle().await;
    ana.expect_nothing_more_than(2);
}

async fn the_verification(emulator: Emulator) {
    let verification = emulator.verify_webhook().await.unwrap();
    assert!(verification.is_accepted(), "{verification:?}");
}

async fn a_dropped_connection_is_no_answer_and_the_webhook_is_repeated(emulator: Emulator) {
    let ana = emulator.user("+34600000000");
    emulator.next_send(FaultEffect::DropConnection);
    ana.says("one").await;
    ana.expect_text("echo one").await;
    emulator.next_send(FaultEffect::AcceptThenDropConnection);
    ana.says("two").await;
    ana.expect_text("echo two").await;
    ana.expect_text("echo two").await;
}

async fn a_bot_that_panics_has_not_acknowledged(emulator: Emulator) {
    let ana = emulator.user("+34600000000");
    let id = ana.says("panic").await;
    ana.expect_attempts(&id, 2).await;
    emulator.user("+34600000001").says("hi").await;
    emulator.user("+34600000001").expect_text("echo hi").await;
    // The emulator redelivers the webhook, byte for byte, until it is acknowledged.
    emulator.set_webhook_service(Router::new().route("/", axum::routing::post(async || "ok")), "/");
    ana.expect_acknowledged(&id).await;
    assert!(ana.transcript().contains(": no response"), "{}", ana.transcript());
}

async fn odd_webhooks(emulator: Emulator) {
    assert_eq!(emulator.post_raw("{}", &[("x", "y")]).await.unwrap().status, 200);
    assert!(matches!(emulator.post_raw("{}", &[("x", "a\nb")]).await, Err(Error::NoResponse(_))));
    emulator.set_webhook_service(Router::new(), "/elsewhere");
    assert_eq!(emulator.post_raw("{}", &[]).await.unwrap().status, 404);
    let silent = Router::new().route("/", get(async || std::future::pending::<()>().await));
    emulator.set_webhook_service(silent, "/");
    let quick = tokio::time::timeout(std::time::Duration::from_millis(10), emulator.verify_webhook());
    assert!(quick.await.is_err(), "it waits for the webhook's time-out");
}

#[tokio::test]
async fn an_emulator_without_a_port_has_no_address() {
    let emulator = builder().without_port().start().await.unwrap();
    assert_eq!((emulator.address(), emulator.url().as_str()), (None, "http://emulator.invalid"));
    emulator.shutdown().await;
}
