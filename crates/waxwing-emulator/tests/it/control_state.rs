//! Control API: reset, export and import of the state.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use waxwing_emulator::{
    Emulator, Fault, FaultEffect, GraphEndpoint, NextIds, Rule, Rules, StateError, UpdateFilter, WebhookFault,
};

use crate::support::{Control, Graph, PNG, WebhookServer, builder, fetch, start};

/// Uses every part of the state.
async fn live(emulator: &Emulator, graph: &Graph, control: &Control) {
    let ana = emulator.user("+34600000000");
    let ben = emulator.user_without_phone("ES.123", "Ben");
    let picture = ana.sends_image(PNG, "image/png", Some("look")).await;
    ana.reacts(&picture, "👍").await;
    ben.says("hello").await;
    let media = graph.upload(PNG.to_vec(), "image/png").await.1["id"].as_str().unwrap().to_owned();
    graph.post(json!({"to": "34600000000", "type": "image", "image": {"id": media}})).await;
    graph.text("34600000000", "text").await;
    let buttons = json!({"to": "34600000000", "type": "interactive", "interactive": {
        "type": "button", "body": {"text": "Tea?"}, "action": {"buttons": [{"type": "reply", "reply": {"id": "1", "title": "Yes"}}]},
    }});
    graph.post(buttons).await;
    let template = json!({"to": "34600000000", "type": "template", "template": {"name": "hello_world", "language": {"code": "en_US"}}});
    graph.post(template).await;
    ben.goes_offline();
    graph.post(json!({"recipient": "ES.123", "type": "text", "text": {"body": "later"}})).await;
    let body = json!({"name": "order", "language": "en", "category": "UTILITY", "parameter_format": "NAMED", "components": [
        {"type": "BODY", "text": "Order {{number}}", "example": {"body_text_named_params": [{"param_name": "number", "example": "1"}]}},
        {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Open", "url": "https://a.example/{{1}}", "example": ["x"]}]},
    ]});
    assert_eq!(graph.post_to("2000002/message_templates", &body).await.0, 200);
    for action in [
        json!({"set_flow": {"name": "booking", "status": "published"}}),
        json!({"add_products": {"catalog": "77", "products": ["a", "b"]}}),
        json!({"create_group": {"subject": "Tea", "participants": ["+34600000000", "+34600000001"]}}),
        json!({"rotate": {"user": "+34600000001", "signal": "user_id_update"}}),
        json!({"clicks_ad": {"user": "+34600000000", "text": "from an ad"}}),
        json!({"calls": {"user": "+34600000000", "event": "connect"}}),
    ] {
        control.act(action).await;
    }
    graph.post_to("1000001/message_qrdls", &json!({"prefilled_message": "hi", "generate_qr_image": "SVG"})).await;
    graph
        .post_to(
            "1000001/block_users",
            &json!({"messaging_product": "whatsapp", "block_users": [{"user": "34600000001"}]}),
        )
        .await;
    graph.post_to("1000001/whatsapp_business_profile", &json!({"messaging_product": "whatsapp", "about": "Tea"})).await;
    emulator.inject(
        Fault::graph(GraphEndpoint::Send, FaultEffect::Delay(Duration::from_millis(1))).to("+34600000009").rate(0.5),
    );
    emulator.inject(Fault::webhook(UpdateFilter::Statuses, WebhookFault::Drop { attempts: 1 }).only("read").times(2));
    control.post("/rules", json!({"lenient": ["list-body"]})).await;
    control.post("/pace", json!({"pace": "off"})).await;
    control.post("/behavior", json!({"unknown_fields": 0.0, "status_delays": {"sent": "1ms"}})).await;
    emulator.advance(Duration::from_hours(1));
    emulator.expect_idle().await;
}

#[tokio::test]
async fn an_exported_state_is_restored_exactly() {
    let (emulator, _server, graph) = start().await;
    let control = Control::new(&emulator);
    live(&emulator, &graph, &control).await;
    let state = control.get("/state").await;
    assert_eq!(state["version"], 1);

    let other = builder().seed(99).start().await.unwrap();
    let server = WebhookServer::start(&other).await;
    let (restored, graph_there) = (Control::new(&other), Graph::new(&other));
    other.user("+34699999999").says("gone after the import").await;
    other.expect_idle().await;
    assert_eq!(restored.put("/state", &state).await, (204, Value::Null));
    assert_eq!(restored.get("/state").await, state);
    assert_eq!(restored.get("/timeline").await, control.get("/timeline").await);

    // Both go on in the same way: ids, chats, files, pending deliveries.
    for (emulator, graph) in [(&emulator, &graph), (&other, &graph_there)] {
        emulator.user_by_id(emulator.user("+34600000000").id()).unwrap().says("next").await;
        graph.text("34600000000", "answer").await;
        emulator.user("+34600000002").says("new user").await;
        emulator.expect_idle().await;
    }
    let chats = |emulator: &Emulator| -> Vec<_> {
        ["+34600000000", "+34600000002"]
            .map(|user| emulator.user(user).messages())
            .concat()
            .into_iter()
            .map(|it| (it.id.clone(), it.to_string()))
            .collect()
    };
    assert_eq!(chats(&emulator), chats(&other));
    let picture = emulator.user("+34600000000").messages().into_iter().find_map(|it| it.media().cloned()).unwrap();
    assert_eq!(picture.bytes, PNG);
    assert!(other.user("+34600000000").messages().iter().any(|it| it.media() == Some(&picture)));
    let ben = restored.act(json!({"comes_online": {"user": "Ben"}})).await;
    other.expect_idle().await;
    assert!(other.user_by_id(other.user("+34600000000").id()).is_some() && ben["user"] == 2);
    let delivered = server.statuses().iter().filter(|value| value["statuses"][0]["status"] == "delivered").count();
    assert_eq!(delivered, 2, "the answer, and the message that waited for Ben");
    let redelivered = server.messages().len();
    restored.act(json!({"redeliver": {"user": "+34600000000"}})).await;
    other.expect_idle().await;
    assert_eq!(server.messages().len(), redelivered + 1);
}

#[tokio::test]
async fn a_frozen_clock_is_restored() {
    let at = SystemTime::UNIX_EPOCH + Duration::from_hours(500_000);
    let first = builder().without_port().frozen_clock(at).start().await.unwrap();
    first.advance(Duration::from_hours(5));
    let state = first.export_state().unwrap();
    assert_eq!(state["clock"], json!({"frozen": {"at": 1_800_018_000_000_u64}}));
    let second = builder().without_port().frozen_clock(SystemTime::UNIX_EPOCH).start().await.unwrap();
    second.import_state(&state).unwrap();
    assert_eq!(second.export_state().unwrap(), state);
    second.reset(NextIds::Restart);
    assert_eq!(second.export_state().unwrap()["clock"]["frozen"]["at"], 0);
}

#[tokio::test]
async fn a_wrong_state_is_refused_and_changes_nothing() {
    let (emulator, _server, graph) = start().await;
    let control = Control::new(&emulator);
    live(&emulator, &graph, &control).await;
    let state = control.get("/state").await;
    let wrong = |pointer: &str, value: Value| {
        let mut wrong = state.clone();
        *wrong.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
        wrong
    };
    let mut unknown = state.clone();
    unknown["world"]["users"]["all"][1]["shoe_size"] = 46.into();
    for (wrong, path) in [
        (wrong("/version", json!(2)), "version: "),
        (wrong("/world/users/all/1/name", json!(7)), "world.users.all[1].name: "),
        (wrong("/world/users/all/1/id", json!(7)), "world.users.all[1].id: "),
        (wrong("/world/users/all/0/chat/next", json!(0)), "world.users.all[0].chat.entries: "),
        (
            wrong("/world/users/all/0/chat/entries/0/message/at", json!("noon")),
            "world.users.all[0].chat.entries[0].message.at: ",
        ),
        (wrong("/world/account/numbers", json!([])), "world.account.numbers: "),
        (wrong("/world/account/numbers/0/identity/waba_id", json!("7")), "--waba-id 7"),
        (wrong("/world/account/rules/0", json!("no-rule")), "no-rule"),
        (wrong("/world/account/templates/templates/1/components", json!([])), "world.account.templates.templates[1]: "),
        (wrong("/world/media/files/0/base64", json!("!")), "world.media.files[0].base64: "),
        (
            wrong("/world/runtime/faults/active/0/fault", json!({"send": "stal"})),
            "world.runtime.faults.active[0].fault",
        ),
        (unknown, "world.users.all[1].shoe_size"),
        (json!({}), "version"),
    ] {
        let (status, refused) = control.put("/state", &wrong).await;
        assert!(status == 400 && refused["error"].as_str().unwrap().contains(path), "{path}: {refused}");
    }
    let cut = state.to_string();
    let cut = control.http.put(format!("{}/state", control.base)).body(cut[..cut.len() - 1].to_owned());
    assert_eq!(fetch(cut).await.0, 400);
    assert_eq!(control.get("/state").await, state);
}

#[tokio::test]
async fn a_state_with_work_on_its_way_is_not_exported() {
    let emulator = builder().start().await.unwrap();
    let control = Control::new(&emulator);
    emulator.user("+34600000000").says("hi").await;
    let refused = fetch(control.http.get(format!("{}/state", control.base))).await;
    assert!(refused.0 == 409 && refused.1["error"].as_str().unwrap().contains("idle"), "{refused:?}");
    let _server = WebhookServer::start(&emulator).await;
    emulator.expect_idle().await;
    assert!(emulator.export_state().is_ok());
    let step = "[[step]]\nafter = \"1h\"\ndo.says = { user = \"+34600000000\", text = \"later\" }";
    emulator.play_scenario(&step.parse().unwrap()).unwrap();
    assert!(matches!(emulator.export_state(), Err(StateError::Busy(why)) if why.contains("scenario")));
}

#[tokio::test]
async fn a_reset_returns_to_the_start() {
    let rules = Rules::strict().with_lenient(Rule::UniqueRows);
    let emulator = builder().rules(rules).start().await.unwrap();
    let server = WebhookServer::start(&emulator).await;
    let (graph, control) = (Graph::new(&emulator), Control::new(&emulator));
    let fresh = control.get("/state").await;
    let first = emulator.user("+34600000000").says("hi").await;
    live(&emulator, &graph, &control).await;
    let now = control.get("").await["now"].as_u64().unwrap();
    assert_eq!(control.post("/reset", json!({})).await.0, 204);
    assert_eq!(control.get("/state").await, fresh);
    assert_eq!(control.get("/requests").await["exchanges"], json!([]), "the logs are empty");
    assert!(control.get("").await["now"].as_u64().unwrap() < now, "the clock is not ahead any more");
    assert_eq!(emulator.user("+34600000000").says("hi").await, first, "the ids start again");
    emulator.expect_idle().await;
    assert_eq!(server.messages().last().unwrap()["id"], first.as_str(), "the webhook stays");

    assert_eq!(control.post("/reset", json!({"ids": "continue"})).await.0, 204);
    assert_ne!(emulator.user("+34600000000").says("hi").await, first);
    let without_body = control.http.post(format!("{}/reset", control.base));
    assert_eq!(fetch(without_body).await.0, 204);
    let (status, refused) = control.post("/reset", json!({"ids": "forget"})).await;
    assert!(status == 400 && refused["error"].as_str().unwrap().contains("forget"), "{refused}");
}

/// Webhooks of the time before a reset must not reach the next test.
#[tokio::test]
async fn a_reset_ends_all_work_on_its_way() {
    let (emulator, server, graph) = start().await;
    server.will_respond(&[500]);
    let control = Control::new(&emulator);
    control.post("/behavior", json!({"redelivery": {"initial_backoff": "1h", "max_backoff": "1h"}})).await;
    emulator.user("+34600000000").says("before").await;
    server.wait_for(1).await;
    control.post("/behavior", json!({"status_delays": {"sent": "1h"}})).await;
    graph.text("34600000000", "before").await;
    assert_eq!(control.get("").await["idle"], false);
    emulator.reset(NextIds::Restart);
    assert_eq!(control.get("").await["idle"], true);
    emulator.user("+34600000000").says("after").await;
    emulator.advance(Duration::from_hours(3));
    emulator.expect_idle().await;
    let texts: Vec<_> = server.messages().iter().map(|message| message["text"]["body"].clone()).collect();
    assert_eq!((texts, server.statuses().len()), (vec![json!("before"), json!("after")], 0));
}

/// An open phone page loads its state again.
#[tokio::test]
async fn a_reset_reaches_an_open_page() {
    let (emulator, _server, _graph) = start().await;
    let control = Control::new(&emulator);
    emulator.user("+34600000000");
    let url = format!("{}/phone/events", emulator.url());
    let mut events = control.http.get(&url).send().await.unwrap();
    let mut text = String::new();
    while !text.contains("\n\n") {
        text += std::str::from_utf8(&events.chunk().await.unwrap().unwrap()).unwrap();
    }
    let id = text.lines().find_map(|line| line.strip_prefix("id: ")).unwrap().to_owned();
    emulator.reset(NextIds::Restart);
    while !text.contains("event: reset") {
        text += std::str::from_utf8(&events.chunk().await.unwrap().unwrap()).unwrap();
    }
    emulator.user("+34600000001");
    let resumed =
        control.http.get(&url).header("last-event-id", id).send().await.unwrap().chunk().await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&resumed).contains("event: reset"), "the id belongs to the world before the reset");
}
