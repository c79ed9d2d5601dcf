//! Input that no app of Meta sends.

use proptest::prelude::*;
use serde_json::{Value, json};
use waxwing_flow::{FlowKey, FlowResponse};

use crate::exchange::{KEY, encrypt};

/// Returns JSON of any shape with the keys of a request.
fn payload() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        Just("action".to_owned()),
        Just("data".to_owned()),
        Just("screen".to_owned()),
        Just("error".to_owned()),
        ".{0,4}"
    ];
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        prop_oneof![Just("INIT"), Just("BACK"), Just("ping"), Just("data_exchange")].prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(key.clone(), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_are_refused_without_a_panic(body in prop::collection::vec(any::<u8>(), 0..256)) {
        let error = KEY.decrypt(&body).unwrap_err();
        prop_assert_eq!(error.status(), 400);
    }

    #[test]
    fn any_envelope_is_refused_without_a_panic(data in "[A-Za-z0-9+/=]{0,64}", key in "[A-Za-z0-9+/=]{0,400}", iv in "[A-Za-z0-9+/=]{0,32}") {
        let body = json!({"encrypted_flow_data": data, "encrypted_aes_key": key, "initial_vector": iv});
        let error = KEY.decrypt(body.to_string().as_bytes()).unwrap_err();
        prop_assert!(matches!(error.status(), 400 | 421));
    }

    #[test]
    fn any_text_is_no_key_without_a_panic(text in "(-----BEGIN |-----END |RSA |PRIVATE |PUBLIC |KEY-----|[A-Za-z0-9+/=\\n]{0,80}|.{0,3}){0,12}") {
        prop_assert!(FlowKey::from_pem(&text).is_err());
    }
}

proptest! {
    // Each case decrypts with the private key, which takes long in a debug build.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_payload_is_answered_or_refused(payload in payload()) {
        let request = encrypt(&payload);
        if let Ok(exchange) = KEY.decrypt(request.body().as_bytes()) {
            let answer = exchange.automatic_answer().unwrap_or_else(|| exchange.answer(FlowResponse::screen("A")));
            prop_assert!(request.decrypt_answer(&answer.unwrap().body).unwrap().is_object());
        }
    }

    #[test]
    fn any_data_come_back_as_they_were(data in prop::collection::btree_map(".{0,8}", ".{0,8}", 0..5)) {
        let data: serde_json::Map<String, Value> = data.into_iter().map(|(key, value)| (key, value.into())).collect();
        let request = encrypt(&json!({"action": "BACK", "data": data}));
        let exchange = KEY.decrypt(request.body().as_bytes()).unwrap();
        prop_assert_eq!(&exchange.request().data, &data);
        let answer = exchange.answer(FlowResponse::screen("A").with_all(data.clone())).unwrap();
        prop_assert_eq!(request.decrypt_answer(&answer.body).unwrap(), json!({"screen": "A", "data": data}));
    }
}
