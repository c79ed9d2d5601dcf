//! Flows: lifecycle and data exchange.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use waxwing_emulator::{Action, Emulator, FlowStatus, Rule, User};

use crate::flow_server::{FlowServer, flow_json, public_key};
use crate::support::{Graph, WebhookServer, assert_violates, fetch, start};

const FLOWS: &str = "2000002/flows";

/// Creates a flow. Returns its id.
async fn create(graph: &Graph, body: Value) -> String {
    let (status, created) = graph.post_to(FLOWS, &body).await;
    assert_eq!(status, 200, "{created}");
    created["id"].as_str().unwrap().to_owned()
}

/// Returns the JSON of a flow without an endpoint.
fn plain_json() -> Value {
    let mut json = flow_json();
    json.as_object_mut().unwrap().remove("data_api_version");
    json
}

/// Uploads the JSON of a flow.
async fn upload(graph: &Graph, flow: &str, json: &str, name: &str) -> (u16, Value) {
    let part = reqwest::multipart::Part::text(json.to_owned()).file_name("flow.json").mime_str("application/json");
    let form = reqwest::multipart::Form::new().part("file", part.unwrap());
    let form = form.text("name", name.to_owned()).text("asset_type", "FLOW_JSON").text("messaging_product", "whatsapp");
    fetch(graph.http.post(format!("{}/{flow}/assets", graph.base)).bearer_auth(&graph.token).multipart(form)).await
}

fn success() -> (u16, Value) {
    (200, json!({"success": true}))
}

/// Meta: flows API.
#[tokio::test]
async fn a_flow_is_created_filled_published_and_deprecated() {
    let (emulator, server, graph) = start().await;
    let flow = create(&graph, json!({"name": "order", "categories": ["OTHER"]})).await;
    let (_, read) = graph.get(&flow).await;
    let expected =
        json!({"id": flow, "name": "order", "status": "DRAFT", "categories": ["OTHER"], "validation_errors": []});
    assert_eq!(read, expected);
    assert_eq!(graph.get(&format!("{flow}/assets")).await.1, json!({"data": []}));
    assert_violates(graph.post_to(&format!("{flow}/publish"), &json!({})).await, Rule::FlowPublish, "9.4");

    let (status, uploaded) = upload(&graph, &flow, "{\"version\": \"7.3\"}", "flow.json").await;
    let error = &uploaded["validation_errors"][0];
    assert_eq!((status, &uploaded["success"]), (200, &json!(true)));
    assert_eq!(
        (&error["error"], &error["error_type"]),
        (&json!("MISSING_REQUIRED_PROPERTY"), &json!("FLOW_JSON_ERROR"))
    );
    assert_eq!(graph.get(&flow).await.1["validation_errors"], uploaded["validation_errors"]);
    assert_violates(graph.post_to(&format!("{flow}/publish"), &json!({})).await, Rule::FlowPublish, "9.4");
    assert_violates(upload(&graph, &flow, "{}", "other.json").await, Rule::Form, "12.5");

    let json = plain_json().to_string();
    let expected = json!({"success": true, "validation_errors": []});
    assert_eq!(upload(&graph, &flow, &json, "flow.json").await, (200, expected));
    let asset = graph.get(&format!("{flow}/assets?fields=name,asset_type,download_url")).await.1["data"][0].take();
    assert_eq!((&asset["name"], &asset["asset_type"]), (&json!("flow.json"), &json!("FLOW_JSON")));
    let url = asset["download_url"].as_str().unwrap();
    assert_eq!(fetch(graph.http.get(url)).await, (200, plain_json()), "the URL needs no token");
    assert_eq!(fetch(graph.http.get(url.replace("hash=", "hash=0"))).await.0, 404);
    let (_, preview) = graph.get(&format!("{flow}?fields=preview.invalidate(false),json_version,endpoint_uri")).await;
    assert_eq!((&preview["json_version"], preview.get("endpoint_uri")), (&json!("7.3"), None));
    assert_eq!(fetch(graph.http.get(preview["preview"]["preview_url"].as_str().unwrap())).await.0, 200);
    assert!(preview["preview"]["expires_at"].as_str().unwrap().ends_with("+0000"));

    assert_violates(graph.post_to(&format!("{flow}/deprecate"), &json!({})).await, Rule::FlowDeprecate, "9.4");
    assert_eq!(graph.post_to(&format!("{flow}/publish"), &json!({})).await, success());
    assert_violates(graph.post_to(&format!("{flow}/publish"), &json!({})).await, Rule::FlowPublish, "9.4");
    assert_violates(upload(&graph, &flow, &json, "flow.json").await, Rule::FlowUpdate, "9.4");
    assert_violates(graph.delete(&flow).await, Rule::FlowDelete, "9.4");
    assert_eq!(graph.post_to(&format!("{flow}/deprecate"), &json!({})).await, success());
    assert_violates(graph.post_to(&format!("{flow}/deprecate"), &json!({})).await, Rule::FlowDeprecate, "9.4");
    emulator.expect_idle().await;
    let changes: Vec<_> =
        server.changes().into_iter().map(|change| (change["field"].clone(), change["value"].clone())).collect();
    let value = |old: &str, new: &str| {
        let message = format!("Flow order changed status from {old} to {new}");
        json!({"event": "FLOW_STATUS_CHANGE", "message": message, "flow_id": flow, "old_status": old, "new_status": new})
    };
    let expected = [value("DRAFT", "PUBLISHED"), value("PUBLISHED", "DEPRECATED")];
    assert_eq!(changes, expected.map(|value| (json!("flows"), value)));
}

/// Meta: flows API. Forms are accepted, too.
#[tokio::test]
async fn flows_are_listed_changed_cloned_and_deleted() {
    let (_emulator, _server, graph) = start().await;
    let first =
        create(&graph, json!({"name": "a", "categories": "[\"SURVEY\"]", "flow_json": plain_json().to_string()})).await;
    let copy =
        create(&graph, json!({"name": "b", "categories": ["OTHER"], "clone_flow_id": first, "publish": true})).await;
    let (_, page) = graph.get(&format!("{FLOWS}?fields=id,status&limit=1")).await;
    assert_eq!(page["data"], json!([{"id": first, "status": "DRAFT"}]));
    let next = page["paging"]["next"].as_str().unwrap();
    let (_, page) = fetch(graph.http.get(next).bearer_auth(&graph.token)).await;
    assert_eq!(page["data"], json!([{"id": copy, "status": "PUBLISHED"}]));
    let change = json!({"name": "c", "categories": ["SIGN_UP", "SIGN_IN"], "endpoint_uri": "https://example.com/flow"});
    assert_eq!(graph.post_to(&first, &change).await, success());
    let (_, read) = graph.get(&format!("{first}?fields=name,categories,endpoint_uri,application")).await;
    let app = json!({"id": "3000003", "name": "Waxwing"});
    let expected = json!({
        "id": first, "name": "c", "categories": ["SIGN_UP", "SIGN_IN"], "endpoint_uri": "https://example.com/flow",
        "application": app,
    });
    assert_eq!(read, expected);
    assert_violates(graph.post_to(&first, &json!({"name": "b"})).await, Rule::FlowNameTaken, "9.4");
    assert_violates(graph.post_to(&first, &json!({"categories": ["PIRACY"]})).await, Rule::FlowCategories, "9.4");
    assert_violates(graph.post_to(FLOWS, &json!({"name": "d", "categories": []})).await, Rule::FlowCategories, "9.4");
    assert_violates(graph.post_to(FLOWS, &json!({"name": "d"})).await, Rule::Required, "12.5");
    assert_violates(
        graph.post_to(FLOWS, &json!({"name": "d", "categories": ["OTHER"], "colour": 1})).await,
        Rule::UnknownKey,
        "12.5",
    );
    let broken = json!({"name": "d", "categories": ["OTHER"], "flow_json": "{", "publish": true});
    assert_violates(graph.post_to(FLOWS, &broken).await, Rule::FlowPublish, "9.4");
    assert_violates(graph.get(&format!("{first}?fields=colour")).await, Rule::UnknownField, "9.2");
    assert_eq!(graph.delete(&first).await, success());
    assert_violates(graph.get(&format!("{first}/assets")).await, Rule::UnknownObject, "7.2");
    assert_eq!(graph.get(FLOWS).await.1["data"].as_array().map(Vec::len), Some(1));
}

/// Meta: error codes.
#[tokio::test]
async fn a_throttled_flow_is_sent_ten_times_in_an_hour() {
    let (emulator, _server, graph) = start().await;
    emulator.user("+34600000000").says("hi").await;
    let set = |status: FlowStatus| {
        let flow = Action::SetFlow { id: Some("1".to_owned()), name: "order".to_owned(), status };
        emulator.perform(flow).unwrap();
    };
    let send = async || {
        let parameters = json!({"flow_message_version": "3", "flow_id": "1", "flow_cta": "Go"});
        let action = json!({"name": "flow", "parameters": parameters});
        let flow = json!({"type": "flow", "body": {"text": "Order"}, "action": action});
        graph.post(json!({"to": "34600000000", "type": "interactive", "interactive": flow})).await
    };
    set(FlowStatus::Throttled);
    for _ in 0..10 {
        assert_eq!(send().await.0, 200);
    }
    assert_violates(send().await, Rule::FlowThrottled, "7.2");
    emulator.advance(std::time::Duration::from_hours(1));
    assert_eq!(send().await.0, 200);
    set(FlowStatus::Blocked);
    assert_violates(send().await, Rule::FlowBlocked, "7.2");
}

/// Published flow with an endpoint, and a user to whom it was sent.
struct Exchange {
    emulator: Emulator,
    webhook: WebhookServer,
    graph: Graph,
    endpoint: FlowServer,
    ana: User,
    flow: String,
}

impl Exchange {
    async fn new() -> Self {
        let (emulator, webhook, graph) = start().await;
        let endpoint = FlowServer::start().await;
        let key = json!({"business_public_key": public_key()});
        let encryption = "1000001/whatsapp_business_encryption";
        let body = json!({"name": "order", "categories": ["OTHER"], "flow_json": flow_json().to_string()});
        let flow = create(&graph, body).await;
        let publish = format!("{flow}/publish");
        assert_violates(graph.post_to(&publish, &json!({})).await, Rule::FlowPublish, "9.4");
        assert_eq!(graph.post_to(&flow, &json!({"endpoint_uri": endpoint.url})).await, success());
        assert_violates(graph.post_to(&publish, &json!({})).await, Rule::FlowPublish, "9.4");
        assert_eq!(graph.post_to(encryption, &key).await, success());
        endpoint.will_answer(json!({"data": {"status": "asleep"}}));
        assert_violates(graph.post_to(&publish, &json!({})).await, Rule::FlowPublish, "9.4");
        assert_eq!(graph.post_to(&publish, &json!({})).await, success());
        assert_eq!(endpoint.requests(), vec![json!({"version": "3.0", "action": "ping"}); 2]);
        let ana = emulator.user("+34600000000");
        ana.says("hi").await;
        Self { emulator, webhook, graph, endpoint, ana, flow }
    }

    /// Sends the flow. Returns the id of the message.
    async fn send(&self, action: &str, payload: Value) -> String {
        let mut parameters = json!({
            "flow_message_version": "3", "flow_id": self.flow, "flow_cta": "Go", "flow_token": "t-1",
            "flow_action": action,
        });
        if !payload.is_null() {
            parameters["flow_action_payload"] = payload;
        }
        let action = json!({"name": "flow", "parameters": parameters});
        let flow = json!({"type": "flow", "body": {"text": "Order"}, "action": action});
        let body = json!({"to": "34600000000", "type": "interactive", "interactive": flow});
        let (status, sent) = self.graph.post(body).await;
        assert_eq!(status, 200, "{sent}");
        self.ana.expect_message().await;
        sent["messages"][0]["id"].as_str().unwrap().to_owned()
    }

    /// Returns the last request that the endpoint received, without the signature of its token, which is right.
    fn last(&self) -> Value {
        let mut request = self.endpoint.requests().pop().unwrap();
        let signature = request.as_object_mut().unwrap().remove("flow_token_signature").unwrap();
        let (signed, mac) = signature.as_str().unwrap().rsplit_once('.').unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.emulator.app_secret().unwrap().as_bytes());
        hmac::verify(&key, signed.as_bytes(), &URL_SAFE_NO_PAD.decode(mac).unwrap()).unwrap();
        let claims = URL_SAFE_NO_PAD.decode(signed.split_once('.').unwrap().1).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&claims).unwrap()["flow_token"], request["flow_token"]);
        request
    }
}

fn data(data: &Value) -> Map<String, Value> {
    data.as_object().unwrap().clone()
}

/// Meta: flow endpoint.
#[tokio::test]
async fn the_endpoint_chooses_the_screens_and_ends_the_flow() {
    let scene = Exchange::new().await;
    let message = scene.send("data_exchange", Value::Null).await;
    scene.endpoint.will_answer(json!({"screen": "SIZE", "data": {"sizes": ["S", "L"]}}));
    let first = scene.ana.opens_flow(&message).await;
    assert_eq!((first.screen.as_deref(), &first.data), (Some("SIZE"), &json!({"sizes": ["S", "L"]})));
    assert_eq!(scene.last(), json!({"version": "4.0", "action": "INIT", "flow_token": "t-1"}));
    let signature = scene.endpoint.signatures().pop().unwrap();
    assert!(signature.starts_with("sha256=") && signature.len() == 71, "{signature}");

    scene.endpoint.will_answer(json!({"screen": "DONE", "data": {"price": 3}}));
    let second = scene.ana.submits_flow_screen(data(&json!({"size": "L"}))).await;
    assert_eq!((second.screen.as_deref(), second.error), (Some("DONE"), None));
    let exchange = |action: &str, screen: &str, data: Value| json!({"version": "4.0", "action": action, "flow_token": "t-1", "screen": screen, "data": data});
    assert_eq!(scene.last(), exchange("data_exchange", "SIZE", json!({"size": "L"})));
    scene.endpoint.will_answer(json!({"screen": "SIZE", "data": {}}));
    assert_eq!(scene.ana.goes_back_in_flow().await.screen.as_deref(), Some("SIZE"));
    assert_eq!(scene.last(), exchange("BACK", "DONE", json!({})));

    let params = json!({"flow_token": "t-1", "order": 7});
    scene
        .endpoint
        .will_answer(json!({"screen": "SUCCESS", "data": {"extension_message_response": {"params": params}}}));
    let end = scene.ana.submits_flow_screen(data(&json!({"size": "S"}))).await;
    assert!(end.is_completed && end.screen.is_none());
    scene.emulator.expect_idle().await;
    let reply = scene.webhook.messages().pop().unwrap();
    assert_eq!((&reply["interactive"]["type"], &reply["context"]["id"]), (&json!("nfm_reply"), &json!(message)));
    let response = reply["interactive"]["nfm_reply"]["response_json"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(response).unwrap(), params);
    let submit = Action::SubmitsFlowScreen { user: "Ana".to_owned(), data: Map::new(), back: false };
    assert!(scene.emulator.perform(submit).unwrap_err().to_string().contains("no flow open"));
}

/// Meta: flow endpoint. With `navigate`, the message names the first screen.
#[tokio::test]
async fn a_message_may_name_the_first_screen() {
    let scene = Exchange::new().await;
    let before = scene.endpoint.requests().len();
    let message = scene.send("navigate", json!({"screen": "DONE", "data": {"price": 3}})).await;
    let first = scene.ana.opens_flow(&message).await;
    assert_eq!((first.screen.as_deref(), &first.data), (Some("DONE"), &json!({"price": 3})));
    assert_eq!(scene.endpoint.requests().len(), before, "nobody asks the endpoint");
    let text = scene.graph.text("34600000000", "hello").await;
    let open = Action::OpensFlow { user: "Ana".to_owned(), message: Some(text) };
    assert!(scene.emulator.perform(open).unwrap_err().to_string().contains("opens no flow"));
}

/// Meta: flow endpoint; endpoint error codes.
#[tokio::test]
async fn refusals_of_the_endpoint_are_shown() {
    let scene = Exchange::new().await;
    let message = scene.send("data_exchange", Value::Null).await;
    let before = scene.endpoint.requests().len();
    scene.endpoint.will_fail(421, json!({}));
    scene.endpoint.will_answer(json!({"screen": "SIZE", "data": {}}));
    let shown = scene.ana.opens_flow(&message).await;
    assert_eq!((shown.screen.as_deref(), shown.error), (Some("SIZE"), None), "a 421 repeats the request once");
    assert_eq!(scene.endpoint.requests().len(), before + 2);

    for (status, body, expected) in [
        (427, json!({"error_msg": "The order exists already."}), "status 427: The order exists already."),
        (432, json!({}), "status 432"),
        (200, json!("not encrypted"), "cannot be decrypted"),
    ] {
        scene.endpoint.will_fail(status, body);
        let shown = scene.ana.opens_flow(&message).await;
        assert!(shown.error.as_deref().unwrap_or_default().contains(expected), "{shown:?}");
    }
    scene.endpoint.will_answer(json!({"screen": "NOWHERE", "data": {}}));
    let shown = scene.ana.opens_flow(&message).await;
    assert!(shown.error.unwrap().contains("NOWHERE"));
    assert_eq!(shown.screen, None);

    let control = format!("{}/control/flows", scene.emulator.url());
    let (_, flows) = fetch(scene.graph.http.get(control)).await;
    assert_eq!(
        (&flows["flows"][0]["status"], &flows["flows"][0]["screens"]),
        (&json!("PUBLISHED"), &json!(["SIZE", "DONE"]))
    );
    let open = &flows["open"][0];
    assert_eq!(
        (&open["state"], &open["message"], &open["flow"]),
        (&json!("failed"), &json!(message), &json!(scene.flow))
    );
}

#[tokio::test]
async fn a_late_answer_does_not_touch_another_flow() {
    let scene = Exchange::new().await;
    let late = scene.send("data_exchange", Value::Null).await;
    let other = scene.send("navigate", json!({"screen": "DONE"})).await;
    let params = json!({"extension_message_response": {"params": {"flow_token": "t-1"}}});
    scene.endpoint.will_answer(json!({"screen": "SUCCESS", "data": params}));
    let gate = scene.endpoint.will_wait();
    let before = scene.endpoint.requests().len();
    let open = Action::OpensFlow { user: "Ana".to_owned(), message: Some(late) };
    scene.emulator.perform(open).unwrap();
    while scene.endpoint.requests().len() == before {
        tokio::task::yield_now().await;
    }
    let messages = scene.webhook.messages().len();
    assert_eq!(scene.ana.opens_flow(&other).await.screen.as_deref(), Some("DONE"));
    gate.notify_one();
    scene.emulator.expect_idle().await;
    assert_eq!(scene.webhook.messages().len(), messages, "nobody completed the other flow");
    let (_, flows) = fetch(scene.graph.http.get(format!("{}/control/flows", scene.emulator.url()))).await;
    let open = &flows["open"][0];
    assert_eq!((&open["state"], &open["message"]), (&json!("open"), &json!(other)));
    scene.endpoint.will_answer(json!({"screen": "SIZE", "data": {}}));
    assert_eq!(scene.ana.submits_flow_screen(Map::new()).await.screen.as_deref(), Some("SIZE"));
}

#[tokio::test]
async fn exchanges_with_an_endpoint_are_logged_in_plain_text() {
    let scene = Exchange::new().await;
    let message = scene.send("data_exchange", Value::Null).await;
    scene.endpoint.will_answer(json!({"screen": "SIZE", "data": {}}));
    scene.ana.opens_flow(&message).await;
    let log = format!("{}/control/webhooks?path=/flow", scene.emulator.url());
    let (_, log) = fetch(scene.graph.http.get(log)).await;
    let last = log["exchanges"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["url"], &last["message"]), (&json!(scene.endpoint.url), &json!(message)));
    assert_eq!(last["request"]["body"]["json"]["action"], "INIT");
    assert_eq!(last["response"]["body"]["json"]["screen"], "SIZE");

    let nowhere = json!({"endpoint_uri": "http://127.0.0.1:9/flow"});
    assert_eq!(scene.graph.post_to(&scene.flow, &nowhere).await, success());
    let shown = scene.ana.opens_flow(&message).await;
    assert!(shown.error.unwrap().contains("cannot be reached"));
}
