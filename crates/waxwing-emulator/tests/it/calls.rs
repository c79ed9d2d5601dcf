//! Calls with sessions, statuses and permissions. Meta: calling.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use waxwing_emulator::{Action, Emulator, Rule, User};

use crate::support::{Graph, WebhookServer, assert_violates, builder};

const CALLS: &str = "1000001/calls";
const SDP: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n";
const PERMISSIONS: &str = "1000001/call_permissions";

struct Scene {
    emulator: Emulator,
    server: WebhookServer,
    graph: Graph,
    ana: User,
}

impl Scene {
    /// Enables calls. The clock stands still.
    async fn new() -> Self {
        let emulator = builder().frozen_clock(SystemTime::now()).start().await.unwrap();
        let (server, graph) = (WebhookServer::start(&emulator).await, Graph::new(&emulator));
        let ana = emulator.user("+34600000000");
        ana.says("hi").await;
        let scene = Self { emulator, server, graph, ana };
        scene.set(json!({"status": "ENABLED"})).await;
        scene
    }

    async fn set(&self, calling: Value) {
        assert_eq!(self.graph.post_to("1000001/settings", &json!({ "calling": calling })).await.0, 200);
    }

    async fn post(&self, mut body: Value) -> (u16, Value) {
        body["messaging_product"] = "whatsapp".into();
        self.graph.post_to(CALLS, &body).await
    }

    /// Calls Ana.
    async fn connect(&self) -> (u16, Value) {
        let session = json!({"sdp_type": "offer", "sdp": SDP});
        let body =
            json!({"to": "+34600000000", "action": "connect", "session": session, "biz_opaque_callback_data": "c1"});
        self.post(body).await
    }

    fn perform(&self, action: Value) -> Result<Option<String>, String> {
        let action: Action = serde_json::from_value(action).unwrap();
        self.emulator.perform(action).map(|outcome| outcome.id).map_err(|error| error.to_string())
    }

    /// Asks Ana for the permission to call. Returns the status and the answer.
    async fn ask(&self) -> (u16, Value) {
        let action = json!({"name": "call_permission_request"});
        let ask = json!({"type": "call_permission_request", "body": {"text": "May we call?"}, "action": action});
        self.graph.post(json!({"to": "34600000000", "type": "interactive", "interactive": ask})).await
    }

    /// Returns the items of the field `calls` that were posted so far.
    async fn events(&self) -> Vec<Value> {
        self.emulator.expect_idle().await;
        let calls = self.server.changes().into_iter().filter(|change| change["field"] == "calls");
        let items = calls.map(|change| {
            let value = &change["value"];
            assert_eq!(value["contacts"][0]["wa_id"], "34600000000");
            assert_eq!(value["metadata"]["phone_number_id"], "1000001");
            value["calls"].as_array().or_else(|| value["statuses"].as_array()).unwrap()[0].clone()
        });
        items.collect()
    }

    async fn last(&self) -> Value {
        self.events().await.pop().unwrap()
    }

    async fn permission(&self) -> Value {
        self.graph.get(&format!("{PERMISSIONS}?user_wa_id=34600000000")).await.1
    }
}

#[tokio::test]
async fn the_business_calls_a_user_who_permits_it() {
    let scene = Scene::new().await;
    scene.set(json!({"status": "DISABLED"})).await;
    assert_violates(scene.connect().await, Rule::CallingOff, "9.5");
    scene.set(json!({"status": "ENABLED"})).await;
    assert_violates(scene.connect().await, Rule::CallPermission, "9.5");
    assert_eq!(scene.permission().await["permission"], json!({"status": "no_permission"}));
    let (_, asked) = scene.ask().await;
    scene.ana.expect_message().await;
    let reply = scene.perform(json!({"answers_call_request": {"user": "Ana", "accept": true}})).unwrap().unwrap();
    scene.emulator.expect_idle().await;
    let message = scene.server.messages().pop().unwrap();
    assert_eq!((&message["id"], &message["context"]["id"]), (&json!(reply), &asked["messages"][0]["id"]));
    let answer = &message["interactive"]["call_permission_reply"];
    assert_eq!((&answer["response"], &answer["response_source"]), (&json!("accept"), &json!("user_action")));
    let permission = scene.permission().await;
    assert_eq!(permission["permission"]["status"], "temporary");
    assert_eq!(permission["permission"]["expiration_time"], answer["expiration_timestamp"]);
    let start = &permission["actions"][1];
    let limits = json!([{"time_period": "PT24H", "max_allowed": 5, "current_usage": 0}]);
    assert_eq!(*start, json!({"action_name": "start_call", "can_perform_action": true, "limits": limits}));

    let (status, called) = scene.connect().await;
    assert_eq!(status, 200, "{called}");
    let id = called["calls"][0]["id"].as_str().unwrap();
    let ringing = scene.last().await;
    assert_eq!((&ringing["type"], &ringing["status"], &ringing["id"]), (&json!("call"), &json!("RINGING"), &json!(id)));
    assert_eq!((&ringing["recipient_id"], &ringing["biz_opaque_callback_data"]), (&json!("34600000000"), &json!("c1")));
    assert_violates(scene.connect().await, Rule::CallOngoing, "9.5");
    scene.perform(json!({"answers_call": {"user": "Ana", "accept": true}})).unwrap();
    let mut events = scene.events().await;
    let accepted = events.pop().unwrap();
    assert_eq!((&accepted["status"], &accepted["id"]), (&json!("ACCEPTED"), &json!(id)));
    let connect = events.pop().unwrap();
    assert_eq!((&connect["event"], &connect["direction"]), (&json!("connect"), &json!("BUSINESS_INITIATED")));
    assert_eq!((&connect["from"], &connect["to"]), (&json!("15550001111"), &json!("34600000000")));
    assert_eq!(
        (&connect["session"]["sdp_type"], &connect["to_user_id"]),
        (&json!("answer"), &json!(scene.ana.bsuid()))
    );
    scene.emulator.advance(Duration::from_secs(90));
    assert_eq!(scene.post(json!({"action": "terminate", "call_id": id})).await.0, 200);
    let end = scene.last().await;
    assert_eq!(
        (&end["event"], &end["status"], &end["duration"]),
        (&json!("terminate"), &json!("COMPLETED"), &json!(90))
    );
    assert_eq!((&end["biz_opaque_callback_data"], end["start_time"].is_string()), (&json!("c1"), true));
    assert_violates(scene.post(json!({"action": "terminate", "call_id": id})).await, Rule::CallState, "9.5");
    assert_eq!(scene.permission().await["actions"][1]["limits"][0]["current_usage"], 1);
}

#[tokio::test]
async fn a_user_rejects_a_call_or_does_not_answer() {
    let scene = Scene::new().await;
    scene.ask().await;
    let permit = json!({"answers_call_request": {"user": "Ana", "accept": true, "permanent": true}});
    scene.perform(permit).unwrap();
    assert_eq!(scene.permission().await["permission"], json!({"status": "permanent"}));
    assert_eq!(scene.server.messages().pop().unwrap()["interactive"]["call_permission_reply"]["is_permanent"], true);
    assert_eq!(scene.connect().await.0, 200);
    scene.perform(json!({"answers_call": {"user": "Ana", "accept": false}})).unwrap();
    let events = scene.events().await;
    let names: Vec<_> = events.iter().map(|it| it["status"].as_str().unwrap()).collect();
    assert_eq!(names, ["RINGING", "REJECTED", "FAILED"]);
    assert!(events[2].get("duration").is_none() && events[2]["event"] == "terminate");
    assert!(scene.perform(json!({"answers_call": {"user": "Ana", "accept": true}})).is_err());
    assert_eq!(scene.connect().await.0, 200);
    scene.emulator.advance(Duration::from_mins(1));
    assert_eq!(scene.last().await["status"], "FAILED");
    for _ in 0..5 {
        assert_eq!(scene.connect().await.0, 200);
        scene.perform(json!({"answers_call": {"user": "Ana", "accept": true}})).unwrap();
        scene.perform(json!({"calls": {"user": "Ana", "event": "terminate"}})).unwrap();
    }
    assert_violates(scene.connect().await, Rule::CallsPerDay, "9.5");
    scene.emulator.advance(Duration::from_hours(24));
    assert_eq!(scene.connect().await.0, 200);
}

#[tokio::test]
async fn a_user_is_asked_twice_a_week() {
    let scene = Scene::new().await;
    assert_eq!(scene.ask().await.0, 200);
    assert_violates(scene.ask().await, Rule::CallRequests, "9.5");
    let ask = scene.permission().await["actions"][0].take();
    let limits = json!([
        {"time_period": "PT24H", "max_allowed": 1, "current_usage": 1},
        {"time_period": "P7D", "max_allowed": 2, "current_usage": 1},
    ]);
    let expected =
        json!({"action_name": "send_call_permission_request", "can_perform_action": false, "limits": limits});
    assert_eq!(ask, expected);
    scene.perform(json!({"answers_call_request": {"user": "Ana", "accept": false}})).unwrap();
    scene.emulator.expect_idle().await;
    let reply = &scene.server.messages().pop().unwrap()["interactive"]["call_permission_reply"];
    assert_eq!(*reply, json!({"response": "reject", "response_source": "user_action"}));
    scene.emulator.advance(Duration::from_hours(25));
    scene.ana.says("still here").await;
    assert_eq!(scene.ask().await.0, 200);
    scene.emulator.advance(Duration::from_hours(25));
    scene.ana.says("still here").await;
    assert_violates(scene.ask().await, Rule::CallRequests, "9.5");
    scene.graph.text("34600000000", "hello").await;
    assert!(scene.perform(json!({"answers_call_request": {"user": "Ana", "accept": true}})).is_err());
}

#[tokio::test]
async fn the_business_answers_a_call_of_a_user() {
    let scene = Scene::new().await;
    let id = scene.perform(json!({"calls": {"user": "Ana", "event": "connect"}})).unwrap().unwrap();
    let connect = scene.last().await;
    assert_eq!((&connect["direction"], &connect["session"]["sdp_type"]), (&json!("USER_INITIATED"), &json!("offer")));
    let act = async |action: &str, session: Value| {
        let mut body = json!({"action": action, "call_id": id});
        if !session.is_null() {
            body["session"] = session;
        }
        scene.post(body).await
    };
    let answer = || json!({"sdp_type": "answer", "sdp": SDP});
    let success = (200, json!({"messaging_product": "whatsapp", "success": true}));
    assert_violates(act("accept", Value::Null).await, Rule::CallSession, "9.5");
    assert_violates(act("accept", json!({"sdp_type": "offer", "sdp": SDP})).await, Rule::CallSession, "9.5");
    assert_violates(act("accept", json!({"sdp_type": "answer", "sdp": "hello"})).await, Rule::CallSession, "9.5");
    assert_eq!(act("pre_accept", answer()).await, success);
    assert_eq!(act("accept", Value::Null).await, success, "the session was stated before");
    assert_violates(act("reject", Value::Null).await, Rule::CallState, "9.5");
    scene.emulator.advance(Duration::from_secs(61));
    scene.perform(json!({"calls": {"user": "Ana", "event": "terminate"}})).unwrap();
    let end = scene.last().await;
    assert_eq!((&end["id"], &end["status"], &end["duration"]), (&json!(id), &json!("COMPLETED"), &json!(61)));

    let other = scene.perform(json!({"calls": {"user": "Ana", "event": "connect"}})).unwrap().unwrap();
    assert_ne!(other, id);
    assert_eq!(scene.post(json!({"action": "reject", "call_id": other})).await, success);
    let end = scene.last().await;
    assert_eq!((&end["id"], &end["status"], end.get("duration")), (&json!(other), &json!("FAILED"), None));
    let unanswered = scene.perform(json!({"calls": {"user": "Ana", "event": "connect"}})).unwrap();
    scene.emulator.advance(Duration::from_mins(1));
    let end = scene.last().await;
    assert_eq!((&end["id"], &end["event"]), (&json!(unanswered), &json!("terminate")));
}

#[tokio::test]
async fn a_call_of_a_user_may_permit_calls() {
    let scene = Scene::new().await;
    scene.set(json!({"status": "ENABLED", "callback_permission_status": "ENABLED"})).await;
    scene.perform(json!({"calls": {"user": "Ana", "event": "connect"}})).unwrap();
    scene.emulator.expect_idle().await;
    let reply = &scene.server.messages().pop().unwrap()["interactive"]["call_permission_reply"];
    assert_eq!((&reply["response"], &reply["response_source"]), (&json!("accept"), &json!("automatic")));
    assert_eq!(scene.permission().await["permission"]["status"], "temporary");
}

#[tokio::test]
async fn requests_about_calls_are_checked() {
    let scene = Scene::new().await;
    let session = || json!({"sdp_type": "offer", "sdp": SDP});
    let connect = |key: &str, to: &str| json!({key: to, "action": "connect", "session": session()});
    assert_violates(scene.post(connect("recipient", "US.999")).await, Rule::CallReceiver, "9.5");
    let mut group = connect("to", "1@g.us");
    group["recipient_type"] = "group".into();
    assert_violates(scene.post(group).await, Rule::CallReceiver, "9.5");
    assert_violates(scene.post(json!({"to": "34600000000", "action": "connect"})).await, Rule::Required, "12.5");
    assert_violates(scene.post(json!({"action": "dance", "call_id": "1"})).await, Rule::Form, "12.5");
    assert_violates(scene.post(json!({"action": "accept", "call_id": "wacid.1"})).await, Rule::CallState, "9.5");
    assert_violates(scene.post(json!({"action": "accept"})).await, Rule::Required, "12.5");
    assert_violates(scene.graph.get(PERMISSIONS).await, Rule::Required, "12.5");
    assert_violates(scene.graph.get(&format!("{PERMISSIONS}?user_wa_id=Ana")).await, Rule::Address, "1.6");
    let (status, unknown) = scene.graph.get(&format!("{PERMISSIONS}?recipient=US.999")).await;
    assert_eq!((status, &unknown["permission"]["status"]), (200, &json!("no_permission")));
}
