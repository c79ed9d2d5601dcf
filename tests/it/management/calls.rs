//! Calls, from the client to the emulator.

use serde_json::json;
use waxwing_client::types::{Address, CallId, GroupId, PhoneNumberId, WaId};
use waxwing_client::{CallingSettings, NewCall};
use waxwing_emulator::{Action, Emulator};

use super::{refused, start};

const SDP: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n";

fn perform(emulator: &Emulator, action: serde_json::Value) -> String {
    emulator.perform(serde_json::from_value::<Action>(action).unwrap()).unwrap().id.unwrap_or_default()
}

#[tokio::test]
async fn the_business_calls_a_user() {
    let (emulator, client) = start().await;
    let number = client.number(PhoneNumberId::new(emulator.phone_number_id()));
    let ana = Address::from(WaId::new("34600000000"));
    emulator.user("+34600000000").says("hi").await;
    let call = NewCall::new(ana.clone(), SDP).callback_data("c1");
    refused(number.start_call(&call).await.map(drop));
    number.set_calling(&CallingSettings::enabled().set("call_icon_visibility", "DISABLE_ALL")).await.unwrap();
    let calling = number.settings().await.unwrap().calling.unwrap();
    assert_eq!((calling.is_enabled(), &calling.other["call_icon_visibility"]), (true, &json!("DISABLE_ALL")));

    let permission = number.call_permission(&ana).await.unwrap();
    assert_eq!((permission.permission.status.as_str(), permission.allows("start_call")), ("no_permission", false));
    assert!(permission.allows("send_call_permission_request"));
    refused(number.start_call(&call).await.map(drop));
    let ask = json!({ "type": "call_permission_request", "body": { "text": "May we call?" },
        "action": { "name": "call_permission_request" } });
    let ask =
        json!({ "messaging_product": "whatsapp", "to": "34600000000", "type": "interactive", "interactive": ask });
    client.send_json(&ask).await.unwrap();
    emulator.user("+34600000000").expect_message().await;
    perform(&emulator, json!({ "answers_call_request": { "user": "+34600000000", "accept": true } }));
    let permission = number.call_permission(&ana).await.unwrap();
    assert_eq!((permission.permission.status.as_str(), permission.allows("start_call")), ("temporary", true));
    assert!(permission.permission.expiration_time.is_some());
    assert_eq!(permission.actions.iter().find(|action| action.name == "start_call").unwrap().limits[0].max_allowed, 5);

    let id = number.start_call(&call).await.unwrap();
    refused(number.start_call(&call).await.map(drop));
    number.call(id.clone()).terminate().await.unwrap();
    refused(number.call(id).terminate().await);
    assert!(number.start_call(&NewCall::new(GroupId::new("g1"), SDP)).await.unwrap_err().api().is_none());
    refused(number.start_call(&NewCall::new(ana, "no session")).await.map(drop));
    emulator.shutdown().await;
}

#[tokio::test]
async fn calls_of_users_are_accepted_and_rejected() {
    let (emulator, client) = start().await;
    let number = client.number(PhoneNumberId::new(emulator.phone_number_id()));
    number.set_calling(&CallingSettings::enabled()).await.unwrap();
    emulator.user("+34600000000").says("hi").await;
    let rings = || CallId::new(perform(&emulator, json!({ "calls": { "user": "+34600000000", "event": "connect" } })));
    let first = number.call(rings());
    refused(first.pre_accept("no session").await);
    first.pre_accept(SDP).await.unwrap();
    first.accept(SDP, Some("c2")).await.unwrap();
    refused(first.reject().await);
    first.terminate().await.unwrap();
    let second = number.call(rings());
    second.reject().await.unwrap();
    refused(second.accept(SDP, None).await);
    number.set_calling(&CallingSettings::disabled()).await.unwrap();
    assert!(!number.settings().await.unwrap().calling.unwrap().is_enabled());
    emulator.shutdown().await;
}
