//! Test support: endpoint of a flow.

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock, Mutex};

use aes_gcm::aead::consts::U16;
use aes_gcm::aead::{Aead as _, KeyInit as _};
use aes_gcm::aes::Aes128;
use aes_gcm::{AesGcm, Nonce};
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeySize, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Private key of the business.
static KEY: LazyLock<PrivateDecryptingKey> =
    LazyLock::new(|| PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap());

/// Returns the public key of the business in PEM form.
pub(crate) fn public_key() -> String {
    let key = KEY.public_key();
    let der: PublicKeyX509Der<'_> = key.as_der().unwrap();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der.as_ref()))
}

/// Returns the JSON of a flow with two screens that exchanges data.
pub(crate) fn flow_json() -> Value {
    let screen = |id: &str, is_terminal: bool| {
        let layout = json!({"type": "SingleColumnLayout", "children": [{"type": "TextBody", "text": "Hello"}]});
        json!({"id": id, "terminal": is_terminal, "layout": layout})
    };
    json!({
        "version": "7.3", "data_api_version": "4.0", "routing_model": {"SIZE": ["DONE"], "DONE": []},
        "screens": [screen("SIZE", false), screen("DONE", true)],
    })
}

/// Endpoint that records decrypted requests.
pub(crate) struct FlowServer {
    state: Arc<Inner>,
    pub(crate) url: String,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Inner {
    requests: Mutex<Vec<Value>>,
    signatures: Mutex<Vec<String>>,
    /// Signals for which the endpoint waits before it answers.
    gates: Mutex<VecDeque<Arc<tokio::sync::Notify>>>,
    /// Statuses with bodies, or answers to encrypt. Default: the answer to a health check.
    answers: Mutex<VecDeque<Result<Value, (u16, Value)>>>,
}

impl FlowServer {
    pub(crate) async fn start() -> Self {
        let state = Arc::<Inner>::default();
        let app = Router::new().route("/flow", post(answer)).with_state(Arc::clone(&state));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/flow", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { state, url, task }
    }

    /// Adds an answer to encrypt.
    pub(crate) fn will_answer(&self, answer: Value) {
        self.state.answers.lock().unwrap().push_back(Ok(answer));
    }

    /// Lets the next answer wait for a signal.
    pub(crate) fn will_wait(&self) -> Arc<tokio::sync::Notify> {
        let gate = Arc::<tokio::sync::Notify>::default();
        self.state.gates.lock().unwrap().push_back(Arc::clone(&gate));
        gate
    }

    /// Adds an answer with a status.
    pub(crate) fn will_fail(&self, status: u16, body: Value) {
        self.state.answers.lock().unwrap().push_back(Err((status, body)));
    }

    /// Returns the decrypted requests.
    pub(crate) fn requests(&self) -> Vec<Value> {
        self.state.requests.lock().unwrap().clone()
    }

    pub(crate) fn signatures(&self) -> Vec<String> {
        self.state.signatures.lock().unwrap().clone()
    }
}

impl Drop for FlowServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Decrypts a request and answers, as Meta's guide describes it. The code shares nothing with the emulator.
async fn answer(State(state): State<Arc<Inner>>, headers: HeaderMap, body: String) -> (StatusCode, String) {
    let signature = headers["x-hub-signature-256"].to_str().unwrap().to_owned();
    state.signatures.lock().unwrap().push(signature);
    let body: Value = serde_json::from_str(&body).unwrap();
    let part = |key: &str| STANDARD.decode(body[key].as_str().unwrap()).unwrap();
    let private = OaepPrivateDecryptingKey::new(KEY.clone()).unwrap();
    let mut aes = vec![0; private.min_output_size()];
    let aes = private.decrypt(&OAEP_SHA256_MGF1SHA256, &part("encrypted_aes_key"), &mut aes, None).unwrap();
    let cipher = AesGcm::<Aes128, U16>::new_from_slice(aes).unwrap();
    let iv: [u8; 16] = part("initial_vector").try_into().unwrap();
    let request = cipher.decrypt(&Nonce::from(iv), part("encrypted_flow_data").as_slice()).unwrap();
    state.requests.lock().unwrap().push(serde_json::from_slice(&request).unwrap());
    let gate = state.gates.lock().unwrap().pop_front();
    let next = state.answers.lock().unwrap().pop_front().unwrap_or_else(|| Ok(json!({"data": {"status": "active"}})));
    if let Some(gate) = gate {
        gate.notified().await;
    }
    match next {
        Ok(answer) => {
            let flipped = iv.map(|byte| byte ^ 0xff);
            let encrypted = cipher.encrypt(&Nonce::from(flipped), answer.to_string().as_bytes()).unwrap();
            (StatusCode::OK, STANDARD.encode(encrypted))
        }
        Err((status, body)) => (StatusCode::from_u16(status).unwrap(), body.to_string()),
    }
}
