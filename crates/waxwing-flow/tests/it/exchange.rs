//! Exchanges between an app and an endpoint.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use waxwing_flow::{
    EncryptedRequest, ExchangeError, FlowAction, FlowExchange, FlowKey, FlowKeyError, FlowRequest, FlowResponse,
};

/// Private key of the business. Its generation takes long, so the tests share it.
pub(crate) static KEY: LazyLock<FlowKey> = LazyLock::new(|| FlowKey::generate().unwrap());

/// Encrypts a payload with the public key of the business.
pub(crate) fn encrypt(payload: &Value) -> EncryptedRequest {
    EncryptedRequest::new(&KEY.public_key_pem().unwrap(), payload).unwrap()
}

fn exchange(payload: &Value) -> (EncryptedRequest, FlowExchange) {
    let request = encrypt(payload);
    let exchange = KEY.decrypt(request.body().as_bytes()).unwrap();
    (request, exchange)
}

/// Returns the decrypted answer to a payload.
fn answer(payload: &Value, response: FlowResponse) -> Value {
    let (request, exchange) = exchange(payload);
    let answer = exchange.answer(response).unwrap();
    assert_eq!((answer.status, answer.content_type), (200, "text/plain"));
    request.decrypt_answer(&answer.body).unwrap()
}

#[test]
fn a_request_is_decrypted_to_its_parts() {
    let payload = json!({
        "version": "3.0", "action": "data_exchange", "screen": "SIZE", "flow_token": "t-1",
        "flow_token_signature": "a.b.c", "data": {"size": "L"}, "new": true,
    });
    let (_, exchange) = exchange(&payload);
    let mut expected = FlowRequest::new(FlowAction::DataExchange).with_screen("SIZE").with_flow_token("t-1");
    expected.flow_token_signature = Some("a.b.c".to_owned());
    assert_eq!(exchange.request(), &expected.with_data("size", "L"));
}

#[test]
fn actions_are_told_apart() {
    #[track_caller]
    fn check(payload: &Value, expected: &FlowAction) {
        let (_, exchange) = exchange(payload);
        assert_eq!(&exchange.request().action, expected);
    }
    check(&json!({"action": "ping", "version": "3.0"}), &FlowAction::Ping);
    check(&json!({"action": "INIT", "screen": "", "data": null}), &FlowAction::Init);
    check(&json!({"action": "BACK", "screen": "SIZE"}), &FlowAction::Back);
    check(&json!({"action": "data_exchange", "data": {}}), &FlowAction::DataExchange);
    check(&json!({"action": "navigate"}), &FlowAction::Unknown("navigate".to_owned()));
    let (_, exchange) =
        exchange(&json!({"action": "INIT", "data": {"error": "invalid-screen-transition", "error_message": "No."}}));
    let FlowAction::ErrorNotification(error) = &exchange.request().action else { panic!("a notification") };
    assert_eq!((error.error.as_str(), error.message.as_deref()), ("invalid-screen-transition", Some("No.")));
}

/// Meta: flow endpoint.
#[test]
fn answers_have_the_form_that_meta_documents() {
    let payload = json!({"version": "3.0", "action": "data_exchange", "screen": "SIZE", "flow_token": "t-1"});
    let screen = FlowResponse::screen("DONE").with("price", 3).with_error("Sold out.");
    let expected = json!({"screen": "DONE", "data": {"price": 3, "error_message": "Sold out."}});
    assert_eq!(answer(&payload, screen), expected);
    let params = json!({"flow_token": "t-1", "order": 7});
    let expected = json!({"screen": "SUCCESS", "data": {"extension_message_response": {"params": params}}});
    assert_eq!(answer(&payload, FlowResponse::complete().with("order", 7)), expected);

    let (_, exchange) = exchange(&payload);
    assert!(exchange.automatic_answer().is_none());
    let refusal = exchange.answer(FlowResponse::token_expired("Too late.")).unwrap();
    assert_eq!((refusal.status, refusal.content_type), (427, "application/json"));
    assert_eq!(refusal.body, r#"{"error_msg":"Too late."}"#);
}

/// Meta: flow endpoint.
#[test]
fn health_checks_and_notifications_have_automatic_answers() {
    #[track_caller]
    fn check(payload: &Value, expected: &Value) {
        let (request, exchange) = exchange(payload);
        let answer = exchange.automatic_answer().unwrap().unwrap();
        assert_eq!(&request.decrypt_answer(&answer.body).unwrap(), expected);
    }
    check(&json!({"version": "3.0", "action": "ping"}), &json!({"data": {"status": "active"}}));
    let notification = json!({"version": "3.0", "action": "data_exchange", "data": {"error": "e"}});
    check(&notification, &json!({"data": {"acknowledged": true}}));
}

#[test]
fn an_answer_has_a_maximum_size() {
    let (_, exchange) = exchange(&json!({"action": "INIT"}));
    let error = exchange.answer(FlowResponse::screen("A").with("image", "x".repeat(1024 * 1024))).unwrap_err();
    assert!(matches!(error, ExchangeError::TooLarge { bytes } if bytes > 1024 * 1024), "{error}");
}

#[test]
fn a_request_for_another_key_has_status_421() {
    let other = FlowKey::generate().unwrap();
    let request = EncryptedRequest::new(&other.public_key_pem().unwrap(), &json!({"action": "ping"})).unwrap();
    let error = KEY.decrypt(request.body().as_bytes()).unwrap_err();
    assert_eq!((&error, error.status()), (&ExchangeError::Decryption, 421));
}

#[test]
fn a_changed_request_is_refused() {
    #[track_caller]
    fn check(member: &str, change: impl FnOnce(&mut Vec<u8>), status: u16) {
        let request = encrypt(&json!({"action": "ping"}));
        let mut body: Value = serde_json::from_str(request.body()).unwrap();
        let mut bytes = STANDARD.decode(body[member].as_str().unwrap()).unwrap();
        change(&mut bytes);
        body[member] = STANDARD.encode(bytes).into();
        let error = KEY.decrypt(body.to_string().as_bytes()).unwrap_err();
        assert_eq!(error.status(), status, "{member}: {error}");
    }
    check("encrypted_flow_data", |bytes| bytes[0] ^= 1, 421);
    check("encrypted_flow_data", |bytes| bytes.truncate(15), 421);
    check("encrypted_aes_key", |bytes| bytes[9] ^= 1, 421);
    check("encrypted_aes_key", |bytes| bytes.truncate(255), 421);
    check("encrypted_aes_key", Vec::clear, 421);
    check("initial_vector", |bytes| bytes[3] ^= 1, 421);
    check("initial_vector", |bytes| bytes.truncate(12), 421);
}

#[test]
fn a_payload_that_is_no_request_is_refused() {
    for payload in [json!([]), json!({}), json!({"action": 1}), json!({"action": "INIT", "data": []})] {
        let error = KEY.decrypt(encrypt(&payload).body().as_bytes()).unwrap_err();
        assert!(matches!(error, ExchangeError::Payload(_)), "{payload}: {error}");
        assert_eq!(error.status(), 400);
    }
}

#[test]
fn keys_are_read_in_both_formats() {
    let pem = KEY.private_key_pem().unwrap();
    let digits: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    // In a PKCS#8 key of 2,048 bits, the PKCS#1 key follows 26 bytes.
    let pkcs1 = STANDARD.encode(&STANDARD.decode(digits).unwrap()[26..]);
    let pkcs1 = format!("-----BEGIN RSA PRIVATE KEY-----\n{pkcs1}\n-----END RSA PRIVATE KEY-----\n");
    for text in [pem.clone(), pem.replace('\n', "\\n"), pkcs1] {
        let key = FlowKey::from_pem(&text).unwrap();
        assert_eq!((key.public_key_pem(), key.private_key_pem()), (KEY.public_key_pem(), Ok(pem.clone())));
    }
}

#[test]
fn unusable_keys_are_named() {
    let block = |label: &str| format!("-----BEGIN {label}-----\nMAMCAQA=\n-----END {label}-----\n");
    let error = FlowKey::from_pem(&block("ENCRYPTED PRIVATE KEY")).unwrap_err();
    assert_eq!(error, FlowKeyError::Encrypted);
    assert!(error.to_string().contains("openssl pkcs8"), "{error}");
    assert_eq!(FlowKey::from_pem(&block("PRIVATE KEY")).unwrap_err(), FlowKeyError::Rejected);
    assert_eq!(FlowKey::from_pem(&block("RSA PRIVATE KEY")).unwrap_err(), FlowKeyError::Rejected);
    assert_eq!(FlowKey::from_pem(&KEY.public_key_pem().unwrap()).unwrap_err(), FlowKeyError::NotPrivate);
    let encrypt = |pem: &str| EncryptedRequest::new(pem, &json!({})).unwrap_err();
    assert_eq!(encrypt(&block("PUBLIC KEY")), FlowKeyError::Rejected);
    assert_eq!(encrypt(&KEY.private_key_pem().unwrap()), FlowKeyError::NotPublic);
}

#[test]
fn data_are_deserialized_or_the_wrong_value_is_named() {
    #[derive(Debug, Deserialize, PartialEq)]
    struct Order {
        size: String,
        #[serde(default)]
        extras: Vec<String>,
    }
    let request = FlowRequest::new(FlowAction::DataExchange).with_data("size", "secret");
    assert_eq!(request.parse::<Order>().unwrap(), Order { size: "secret".to_owned(), extras: Vec::new() });
    let error = request.clone().with_data("extras", json!(["a", 1])).parse::<Order>().unwrap_err();
    assert_eq!(error.to_string(), "the value `extras[1]` of the screen does not fit its type");
    let error = FlowRequest::new(FlowAction::Init).parse::<Order>().unwrap_err();
    assert_eq!((error.to_string().as_str(), error.field()), ("the value `size` of the screen is missing", "size"));
    let error = request.with_data("size", json!({"secret": "secret"})).parse::<Order>().unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
}

#[test]
fn debug_output_has_no_secret_and_no_data() {
    let (request, exchange) = exchange(&json!({"action": "INIT", "flow_token": "secret", "data": {"name": "secret"}}));
    let answer = exchange.answer(FlowResponse::token_expired("secret")).unwrap();
    let responses = [FlowResponse::complete().with("a", "secret"), FlowResponse::token_expired("secret")];
    let shown = format!("{exchange:?} {answer:?} {responses:?} {request:?} {:?}", *KEY);
    assert!(!shown.contains("secret"), "{shown}");
    assert!(shown.contains("FlowKey { bits: 2048, .. }"), "{shown}");
}
