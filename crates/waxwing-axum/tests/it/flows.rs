//! The endpoint of a flow.

use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use waxwing_axum::{BodyBudget, FlowEndpoint, FlowHandler, FlowHandlerError, Prefix};
use waxwing_flow::{EncryptedRequest, FlowAction, FlowKey, FlowRequest, FlowResponse};

use crate::support::{Response, deliver, send, signed};

static KEY: LazyLock<Arc<FlowKey>> = LazyLock::new(|| Arc::new(FlowKey::generate().unwrap()));
const PATH: &str = "/flows/size";

/// Handler that does what the name of the screen says, and records the requests.
#[derive(Default)]
struct Scripted(Mutex<Vec<FlowRequest>>);

#[async_trait]
impl FlowHandler for Scripted {
    async fn answer(&self, request: FlowRequest) -> Result<FlowResponse, FlowHandlerError> {
        self.0.lock().unwrap().push(request.clone());
        match request.screen.as_deref() {
            Some("FAIL") => Err("the name of a user".into()),
            Some("PANIC") => panic!("the handler panics"),
            Some("HANG") => std::future::pending().await,
            Some("HUGE") => Ok(FlowResponse::screen("A").with("image", "x".repeat(2 * 1024 * 1024))),
            Some("EXPIRED") => Ok(FlowResponse::token_expired("Too late.")),
            Some("SIZE") => Ok(FlowResponse::complete().with_all(request.data)),
            _ => Ok(FlowResponse::screen("SIZE").with("sizes", json!(["S", "L"]))),
        }
    }

    async fn client_error(&self, notification: FlowRequest) {
        self.0.lock().unwrap().push(notification);
    }
}

/// Endpoint at `PATH` with the requests of its handler.
struct Endpoint {
    router: Router,
    handler: Arc<Scripted>,
}

impl Endpoint {
    fn new() -> Self {
        let handler = Arc::<Scripted>::default();
        let endpoint = FlowEndpoint::with_budget(KEY.clone(), signed("s"), handler.clone(), BodyBudget::default());
        let endpoint = endpoint.timeout(Duration::from_millis(100));
        Self { router: endpoint.router(&Prefix::new(PATH).unwrap()), handler }
    }

    /// Sends a body with the signature of a secret.
    async fn send(&self, secret: &str, body: &str) -> Response {
        deliver(&self.router, PATH, secret, body).await
    }

    /// Sends an encrypted payload. Returns the response, and the answer if the status is 200.
    async fn exchange(&self, payload: &Value) -> (Response, Option<Value>) {
        let request = EncryptedRequest::new(&KEY.public_key_pem().unwrap(), payload).unwrap();
        let response = self.send("s", request.body()).await;
        let answer = (response.status == 200).then(|| request.decrypt_answer(&response.body).unwrap());
        (response, answer)
    }

    fn requests(&self) -> Vec<FlowRequest> {
        self.handler.0.lock().unwrap().clone()
    }
}

fn submit(screen: &str) -> Value {
    json!({"version": "3.0", "action": "data_exchange", "screen": screen, "flow_token": "t", "data": {"size": "L"}})
}

#[tokio::test]
async fn the_handler_chooses_the_screens_and_ends_the_flow() {
    let endpoint = Endpoint::new();
    let (response, answer) = endpoint.exchange(&json!({"version": "3.0", "action": "INIT", "flow_token": "t"})).await;
    assert_eq!(response.header("content-type"), "text/plain");
    assert_eq!(answer, Some(json!({"screen": "SIZE", "data": {"sizes": ["S", "L"]}})));
    let (_, answer) = endpoint.exchange(&submit("SIZE")).await;
    let params = json!({"size": "L", "flow_token": "t"});
    let expected = json!({"screen": "SUCCESS", "data": {"extension_message_response": {"params": params}}});
    assert_eq!(answer, Some(expected));
    let actions: Vec<_> = endpoint.requests().into_iter().map(|request| request.action).collect();
    assert_eq!(actions, [FlowAction::Init, FlowAction::DataExchange]);
}

#[tokio::test]
async fn health_checks_and_notifications_need_no_answer_of_the_handler() {
    let endpoint = Endpoint::new();
    let (_, answer) = endpoint.exchange(&json!({"version": "3.0", "action": "ping"})).await;
    assert_eq!(answer, Some(json!({"data": {"status": "active"}})));
    assert!(endpoint.requests().is_empty());
    let error = json!({"error": "invalid-screen-transition", "error_message": "No."});
    let (_, answer) = endpoint.exchange(&json!({"version": "3.0", "action": "INIT", "data": error})).await;
    assert_eq!(answer, Some(json!({"data": {"acknowledged": true}})));
    let FlowAction::ErrorNotification(error) = &endpoint.requests()[0].action else { panic!("a notification") };
    assert_eq!(error.error, "invalid-screen-transition");
}

#[tokio::test]
async fn only_signed_requests_are_decrypted() {
    let endpoint = Endpoint::new();
    let ping = json!({"version": "3.0", "action": "ping"});
    let request = EncryptedRequest::new(&KEY.public_key_pem().unwrap(), &ping).unwrap();
    let unsigned = Request::post(PATH).body(Body::from(request.body().to_owned())).unwrap();
    for response in [endpoint.send("other", request.body()).await, send(&endpoint.router, unsigned).await] {
        response.is_error(432, "the signature is missing or wrong");
    }
    assert_eq!(endpoint.send("s", request.body()).await.status, 200);
    let other = FlowKey::generate().unwrap();
    let request = EncryptedRequest::new(&other.public_key_pem().unwrap(), &ping).unwrap();
    assert_eq!(endpoint.send("s", request.body()).await.status, 421);
    assert_eq!(endpoint.send("s", "{}").await.status, 400);
    assert_eq!(endpoint.send("s", &" ".repeat(3 * 1024 * 1024 + 1)).await.status, 413);
}

#[tokio::test]
async fn a_failing_handler_costs_its_request_only() {
    let endpoint = Endpoint::new();
    for (screen, status, detail) in [
        ("FAIL", 500, "the handler failed"),
        ("PANIC", 500, "internal error"),
        ("HANG", 504, "the handler took too long"),
        ("HUGE", 500, "2097"),
    ] {
        let (response, _) = endpoint.exchange(&submit(screen)).await;
        assert_eq!(response.status, status, "{screen}");
        assert!(response.body.contains(detail) && !response.body.contains("user"), "{screen}: {}", response.body);
    }
    let (response, _) = endpoint.exchange(&submit("EXPIRED")).await;
    response.is(427, &json!({"error_msg": "Too late."}));
    assert!(endpoint.exchange(&submit("SIZE")).await.1.is_some(), "the endpoint still works");
}
