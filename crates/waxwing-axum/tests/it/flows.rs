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

/// Signature of the flow token `t` with the secret `s` (RFC 7515), made with Python's `hmac`.
const OF_T: &str =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJmbG93X3Rva2VuIjoidCJ9.90x3PLKQJWkssWwocABmDyswQdgJxzoIqJigNoBpO9Y";
/// Signature of the flow token `u` with the same secret.
const OF_U: &str =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJmbG93X3Rva2VuIjoidSJ9.41fOJhwfKynPKTp2asShQAsXxuT4FjPjqP4SvAYiuAQ";
/// Signature of the flow token `t` with the secret `x`.
const OF_ANOTHER_APP: &str =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJmbG93X3Rva2VuIjoidCJ9.N7UwVpL4tPTcE_nl-WDMGEp8p2lTpJ3H3ON4DAbCHM0";

/// The app of the user could change the token, whose signature Meta makes.
#[tokio::test]
async fn a_flow_token_with_a_wrong_signature_is_refused() {
    let endpoint = Endpoint::new();
    let with = |signature: &str| {
        let mut request = submit("SIZE");
        request["flow_token_signature"] = signature.into();
        request
    };
    assert_eq!(endpoint.exchange(&with(OF_T)).await.0.status, 200);
    assert_eq!(endpoint.requests().len(), 1);
    for (signature, detail) in [
        (OF_U, "the signature belongs to another flow token"),
        (OF_ANOTHER_APP, "the signature of the flow token does not match the app secret"),
        ("t", "the signature of the flow token is not a JSON web token with HS256"),
    ] {
        endpoint.exchange(&with(signature)).await.0.is_error(432, detail);
    }
    assert_eq!(endpoint.requests().len(), 1, "the handler sees no wrong token");
}

#[tokio::test]
async fn an_endpoint_can_require_signed_flow_tokens() {
    for requires in [false, true] {
        let handler = Arc::<Scripted>::default();
        let endpoint = FlowEndpoint::with_budget(KEY.clone(), signed("s"), handler.clone(), BodyBudget::default());
        let endpoint = if requires { endpoint.require_signed_tokens() } else { endpoint };
        let endpoint = Endpoint { router: endpoint.router(&Prefix::new(PATH).unwrap()), handler };
        let (response, _) = endpoint.exchange(&submit("SIZE")).await;
        if requires {
            response.is_error(432, "the request has no signature of its flow token");
        }
        assert_eq!(endpoint.requests().len(), usize::from(!requires));
        let (_, answer) = endpoint.exchange(&json!({"version": "3.0", "action": "ping"})).await;
        assert!(answer.is_some(), "health checks have no token");
    }
}
