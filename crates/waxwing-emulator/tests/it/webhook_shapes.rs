//! Webhooks field by field.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use waxwing_emulator::{Action, Emulator, FlowStatus};

use crate::support::{Graph, PNG, WebhookServer, start};

/// Chat with Ana, who has just sent a message.
struct Scene {
    emulator: Emulator,
    server: WebhookServer,
    graph: Graph,
}

impl Scene {
    async fn new() -> Self {
        let (emulator, server, graph) = start().await;
        emulator.user("+34600000000").says("hi").await;
        emulator.expect_idle().await;
        Self { emulator, server, graph }
    }

    /// Performs an action in its JSON form. Returns the last change that was posted.
    async fn change(&self, action: Value) -> Value {
        let action: Action = serde_json::from_value(action).unwrap();
        self.emulator.perform(action).unwrap();
        self.emulator.expect_idle().await;
        self.server.changes().pop().unwrap()
    }

    /// Performs an action. Returns the message that was posted, without its id and time.
    async fn message(&self, action: Value) -> Value {
        let mut message = self.change(action).await["value"]["messages"][0].take();
        for key in ["id", "timestamp"] {
            assert!(message.as_object_mut().unwrap().remove(key).is_some_and(|value| value.is_string()), "{key}");
        }
        message
    }

    /// Returns a message of Ana with these fields.
    #[expect(clippy::needless_pass_by_value, reason = "calls read better without a reference to a literal")]
    fn of_ana(&self, fields: Value) -> Value {
        let bsuid = self.emulator.user("+34600000000").bsuid().unwrap();
        let mut message = json!({"from": "34600000000", "from_user_id": bsuid});
        message.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        message
    }

    /// Sends a message, which must be accepted. Returns its id.
    async fn send(&self, mut body: Value) -> String {
        body["to"] = "34600000000".into();
        let (status, answer) = self.graph.post(body).await;
        assert_eq!(status, 200, "{answer}");
        answer["messages"][0]["id"].as_str().unwrap().to_owned()
    }

    /// Sends a message. Returns its statuses.
    async fn statuses(&self, body: Value) -> Vec<Value> {
        let id = self.send(body).await;
        self.emulator.expect_idle().await;
        let statuses = self.server.statuses().into_iter().map(|value| value["statuses"][0].clone());
        statuses.filter(|status| status["id"] == id.as_str()).collect()
    }
}

/// Meta: orders.
#[tokio::test]
async fn an_order_has_its_products() {
    let scene = Scene::new().await;
    let items = json!([
        {"product": "tea", "quantity": 2, "price": 3.5, "currency": "EUR"},
        {"product": "cup", "price": 10.0, "currency": "EUR"},
    ]);
    let order = scene.message(json!({"orders": {"user": "Ana", "catalog": "7", "items": items}})).await;
    let items = json!([
        {"product_retailer_id": "tea", "quantity": 2, "item_price": 3.5, "currency": "EUR"},
        {"product_retailer_id": "cup", "quantity": 1, "item_price": 10.0, "currency": "EUR"},
    ]);
    let order_object = json!({"catalog_id": "7", "text": "", "product_items": items});
    assert_eq!(order, scene.of_ana(json!({"type": "order", "order": order_object})));
}

/// Meta: flows.
#[tokio::test]
async fn the_answer_of_a_flow_is_a_string_of_json() {
    let scene = Scene::new().await;
    let flow = Action::SetFlow { id: Some("1".to_owned()), name: "order".to_owned(), status: FlowStatus::Published };
    scene.emulator.perform(flow).unwrap();
    let parameters = json!({"flow_message_version": "3", "flow_id": "1", "flow_cta": "Go", "flow_token": "t-1"});
    let action = json!({"name": "flow", "parameters": parameters});
    let flow = json!({"type": "flow", "body": {"text": "Order"}, "action": action});
    let id = scene.send(json!({"interactive": flow})).await;
    let answers = json!({"completes_flow": {"user": "Ana", "response": {"size": "L"}}});
    let mut reply = scene.message(answers).await;
    let answers = reply["interactive"]["nfm_reply"]["response_json"].take();
    let answers: Value = serde_json::from_str(answers.as_str().unwrap()).unwrap();
    assert_eq!(answers, json!({"size": "L", "flow_token": "t-1"}));
    let nfm = json!({"type": "nfm_reply", "nfm_reply": {"name": "flow", "body": "Sent", "response_json": null}});
    let context = json!({"from": "15550001111", "id": id});
    assert_eq!(reply, scene.of_ana(json!({"type": "interactive", "interactive": nfm, "context": context})));

    let text = scene.graph.text("34600000000", "hello").await;
    let on_text =
        Action::CompletesFlow { user: "Ana".to_owned(), message: Some(text), response: serde_json::Map::new() };
    assert!(scene.emulator.perform(on_text).unwrap_err().to_string().contains("opens no flow"));
}

/// Meta: inquiries about products.
#[tokio::test]
async fn a_user_asks_about_a_product_or_shares_it() {
    let scene = Scene::new().await;
    let product = json!({"catalog_id": "7", "product_retailer_id": "tea"});
    let ask = json!({"user": "Ana", "catalog": "7", "product": "tea", "text": "How much?"});
    let question = scene.message(json!({ "asks_about_product": ask })).await;
    let context = json!({"referred_product": product});
    assert_eq!(question, scene.of_ana(json!({"type": "text", "text": {"body": "How much?"}, "context": context})));
    let share = json!({"asks_about_product": {"user": "Ana", "catalog": "7", "product": "tea"}});
    let shared = json!({"type": "interactive", "interactive": {"type": "product", "product": product}});
    assert_eq!(scene.message(share).await, scene.of_ana(shared));
}

/// Meta: messages from ads; pricing, free entry points.
#[tokio::test]
async fn an_ad_is_referred_to_and_makes_messages_free() {
    let scene = Scene::new().await;
    let click = json!({"clicks_ad": {"user": "Ana", "text": "Hello!", "referral": {"source_type": "post"}}});
    let message = scene.message(click).await;
    assert_eq!((&message["type"], &message["text"]["body"]), (&json!("text"), &json!("Hello!")));
    assert_eq!(message["referral"]["source_type"], "post");
    for key in ["source_url", "source_id", "headline", "body", "media_type", "image_url", "ctwa_clid"] {
        assert!(message["referral"][key].is_string(), "{key}");
    }
    let hello = json!({"text": {"body": "hello"}});
    let free = json!({
        "billable": false, "pricing_model": "PMP", "type": "free_entry_point", "category": "referral_conversion",
    });
    for status in scene.statuses(hello.clone()).await {
        assert_eq!(
            (&status["pricing"], &status["conversation"]["origin"]["type"]),
            (&free, &json!("referral_conversion"))
        );
    }
    scene.emulator.advance(Duration::from_hours(72));
    scene.emulator.user("+34600000000").says("hi again").await;
    assert_eq!(scene.statuses(hello).await[0]["pricing"]["category"], "service");
}

/// Meta: pricing.
#[tokio::test]
async fn the_price_category_is_that_of_the_template() {
    let scene = Scene::new().await;
    for category in ["UTILITY", "MARKETING", "AUTHENTICATION"] {
        let name = category.to_lowercase();
        let body = json!({"type": "BODY", "text": "Hello"});
        let components = if category == "AUTHENTICATION" { json!([]) } else { json!([body]) };
        let template = json!({"name": name, "language": "en", "category": category, "components": components});
        scene.emulator.add_template(&template);
        let code = json!([{"type": "body", "parameters": [{"type": "text", "text": "123456"}]}]);
        let components = if category == "AUTHENTICATION" { code } else { json!([]) };
        let template = json!({"name": name, "language": {"code": "en"}, "components": components});
        let statuses = scene.statuses(json!({"type": "template", "template": template})).await;
        assert_eq!(statuses.len(), 2);
        for status in statuses {
            assert_eq!(
                (&status["pricing"]["category"], &status["conversation"]["origin"]["type"]),
                (&json!(name), &json!(name))
            );
        }
    }
    let template = json!({"name": "marketing", "language": {"code": "en"}});
    let body = json!({"messaging_product": "whatsapp", "to": "34600000000", "type": "template", "template": template});
    assert_eq!(scene.graph.post_to("1000001/marketing_messages", &body).await.0, 200);
    scene.emulator.expect_idle().await;
    assert_eq!(scene.server.statuses().pop().unwrap()["statuses"][0]["pricing"]["category"], "marketing_lite");
}

/// Meta: conversations.
#[tokio::test]
async fn the_messages_of_24_hours_share_a_conversation() {
    let scene = Scene::new().await;
    let conversation = async || {
        let statuses = scene.statuses(json!({"text": {"body": "hello"}})).await;
        assert_eq!(statuses[0]["conversation"]["id"], statuses[1]["conversation"]["id"]);
        assert!(statuses[1]["conversation"].get("expiration_timestamp").is_none(), "only `sent` has the end");
        statuses[0]["conversation"].clone()
    };
    let first = conversation().await;
    scene.emulator.advance(Duration::from_hours(23));
    assert_eq!(conversation().await, first, "the same id and the same end");
    let template = json!({"name": "hello_world", "language": {"code": "en_US"}});
    let utility = scene.statuses(json!({"type": "template", "template": template})).await;
    assert_ne!(utility[0]["conversation"]["id"], first["id"], "each category has its own");
    scene.emulator.advance(Duration::from_hours(1));
    scene.emulator.user("+34600000000").says("still there?").await;
    assert_ne!(conversation().await["id"], first["id"]);
}

/// Meta: unsupported messages.
#[tokio::test]
async fn an_unsupported_message_states_its_type() {
    let scene = Scene::new().await;
    for kind in ["poll_creation", "edit", "pin", "group_invite", "gif", "keep_in_chat", "link_preview", "order"] {
        let message = scene.message(json!({"unsupported": {"user": "Ana", "kind": kind}})).await;
        let title = "Message type unknown";
        let details = json!({"details": "Message type is currently not supported."});
        let errors = json!([{"code": 131_051, "title": title, "message": title, "error_data": details}]);
        let expected = json!({"type": "unsupported", "unsupported": {"type": kind}, "errors": errors});
        assert_eq!(message, scene.of_ana(expected));
    }
}

/// Meta: message echoes.
#[tokio::test]
async fn an_echo_may_have_a_file() {
    let scene = Scene::new().await;
    let file = json!({"mime_type": "image/png", "base64": STANDARD.encode(PNG)});
    let change = scene.change(json!({"message_echo": {"user": "Ana", "text": "look", "file": file}})).await;
    assert_eq!(change["field"], "smb_message_echoes");
    let echo = &change["value"]["message_echoes"][0];
    assert_eq!((&echo["from"], &echo["to"]), (&json!("15550001111"), &json!("34600000000")));
    assert_eq!((&echo["type"], &echo["image"]["caption"]), (&json!("image"), &json!("look")));
    let (status, found) = scene.graph.get(echo["image"]["id"].as_str().unwrap()).await;
    assert_eq!((status, &found["mime_type"]), (200, &json!("image/png")));
    let voice = json!({"mime_type": "audio/ogg; codecs=opus", "base64": "T2dnUw==", "voice": true});
    let change = scene.change(json!({"message_echo": {"user": "Ana", "file": voice}})).await;
    let audio = &change["value"]["message_echoes"][0]["audio"];
    assert_eq!((&audio["voice"], &audio["mime_type"]), (&json!(true), &json!("audio/ogg; codecs=opus")));
    let empty = json!({"message_echo": {"user": "Ana"}});
    assert!(scene.emulator.perform(serde_json::from_value(empty).unwrap()).is_err());
}

/// Meta: voice messages.
#[tokio::test]
async fn a_voice_note_is_marked() {
    let scene = Scene::new().await;
    let ana = scene.emulator.user("+34600000000");
    ana.sends_voice_note("OggS").await;
    ana.sends_audio("ID3", "audio/mpeg").await;
    scene.emulator.expect_idle().await;
    let messages = scene.server.messages();
    let audio = |back: usize| &messages[messages.len() - back]["audio"];
    assert_eq!((&audio(2)["voice"], &audio(2)["mime_type"]), (&json!(true), &json!("audio/ogg; codecs=opus")));
    assert_eq!(audio(1)["voice"], false);
    for key in ["id", "mime_type", "sha256", "url"] {
        assert!(audio(2)[key].is_string(), "{key}");
    }
}

/// Meta: business-scoped user ids, changelog of 11 August 2026.
#[tokio::test]
async fn system_messages_state_the_ids_before_the_change() {
    let scene = Scene::new().await;
    let join = json!({"join": {"phone": "+34600000009", "parent_bsuid": "ES.ENT.1", "name": "Eva"}});
    scene.emulator.perform(serde_json::from_value(join).unwrap()).unwrap();
    let old = scene.emulator.user("+34600000009").bsuid().unwrap();
    let rotate = json!({"user": "Eva", "signal": "user_changed_number", "phone": "+34600000010", "bsuid": "ES.2"});
    let message = scene.message(json!({ "rotate": rotate })).await;
    assert_eq!((&message["type"], &message["from"]), (&json!("system"), &json!("34600000009")));
    let system = &message["system"];
    assert_eq!((&system["type"], &system["wa_id"]), (&json!("user_changed_number"), &json!("34600000010")));
    assert_eq!((&system["user_id"], &system["previous_user_id"]), (&json!("ES.2"), &json!(old)));
    assert_eq!(system["previous_parent_user_id"], "ES.ENT.1");
    let rotate = json!({"user": "Eva", "signal": "user_changed_user_id", "bsuid": "ES.3"});
    let message = scene.message(json!({ "rotate": rotate })).await;
    assert_eq!(message["system"]["previous_user_id"], "ES.2");
    assert_eq!(message["system"]["user_id"], "ES.3");
}

/// Meta: calling.
#[tokio::test]
async fn a_call_has_a_session_and_a_duration() {
    let scene = Scene::new().await;
    let call = |event: &str| json!({"calls": {"user": "Ana", "event": event}});
    let change = scene.change(call("connect")).await;
    let connect = change["value"]["calls"][0].clone();
    assert_eq!((&connect["event"], &connect["direction"]), (&json!("connect"), &json!("USER_INITIATED")));
    assert_eq!(connect["session"]["sdp_type"], "offer");
    assert!(connect["session"]["sdp"].as_str().unwrap().starts_with("v=0\r\n"));
    assert_eq!(change["value"]["contacts"][0]["wa_id"], "34600000000");
    let settings = json!({"calling": {"status": "ENABLED"}});
    assert_eq!(scene.graph.post_to("1000001/settings", &settings).await.0, 200);
    let session = json!({"sdp_type": "answer", "sdp": "v=0\r\nm=audio 9 RTP/AVP 0\r\n"});
    let accept = json!({
        "messaging_product": "whatsapp", "action": "accept", "call_id": connect["id"], "session": session,
    });
    assert_eq!(scene.graph.post_to("1000001/calls", &accept).await.0, 200);
    scene.emulator.advance(Duration::from_secs(42));
    let terminate = scene.change(call("terminate")).await["value"]["calls"][0].take();
    assert_eq!((&terminate["id"], &terminate["status"]), (&connect["id"], &json!("COMPLETED")));
    assert!(
        terminate.get("session").is_none() && terminate["start_time"].is_string() && terminate["end_time"].is_string()
    );
    assert!((42..60).contains(&terminate["duration"].as_u64().unwrap()), "{terminate}");
    assert_ne!(scene.change(call("connect")).await["value"]["calls"][0]["id"], connect["id"]);
}

/// Meta: user preferences. The time stamp is a number.
#[tokio::test]
async fn a_preference_has_the_contact_of_its_user() {
    let scene = Scene::new().await;
    let change = scene.change(json!({"preference": {"user": "Ana", "value": "stop"}})).await;
    assert_eq!(change["field"], "user_preferences");
    let (preference, contact) = (&change["value"]["user_preferences"][0], &change["value"]["contacts"][0]);
    assert_eq!((&preference["category"], &preference["value"]), (&json!("marketing_messages"), &json!("stop")));
    assert!(preference["timestamp"].is_u64());
    assert_eq!((&contact["wa_id"], &contact["profile"]["name"]), (&preference["wa_id"], &json!("Ana")));
}

/// Meta: edit messages. The caption of a file can be edited, too.
#[tokio::test]
async fn a_caption_is_edited() {
    let scene = Scene::new().await;
    let ana = scene.emulator.user("+34600000000");
    let image = ana.sends_image(PNG, "image/png", None).await;
    scene.emulator.expect_idle().await;
    let sent = scene.server.messages().pop().unwrap()["image"].take();
    let edited = scene.message(json!({"edits": {"user": "Ana", "message": image, "text": "look"}})).await;
    let edit = &edited["edit"];
    assert_eq!((&edited["type"], &edit["original_message_id"]), (&json!("edit"), &json!(image)));
    let object = &edit["message"]["image"];
    assert_eq!((&edit["message"]["type"], &object["caption"]), (&json!("image"), &json!("look")));
    for key in ["id", "mime_type", "sha256"] {
        assert_eq!(object[key], sent[key], "{key}");
    }
    let voice = ana.sends_voice_note("OggS").await;
    let edit = json!({"edits": {"user": "Ana", "message": voice, "text": "look"}});
    assert!(scene.emulator.perform(serde_json::from_value(edit).unwrap()).is_err());
}

/// Meta: standby webhooks.
#[tokio::test]
async fn a_conversation_of_another_responder_arrives_in_standby() {
    let scene = Scene::new().await;
    let change = scene.change(json!({"standby": {"user": "Ana", "text": "Where is it?"}})).await;
    let value = &change["value"];
    assert_eq!((&change["field"], value.get("messages")), (&json!("standby"), None));
    assert_eq!(value["metadata"]["phone_number_id"], "1000001");
    let message = &value["standby"]["messages"][0];
    assert_eq!((&message["from"], &message["text"]["body"]), (&json!("34600000000"), &json!("Where is it?")));
    let change = scene.change(json!({"standby": {"user": "Ana", "text": "On its way.", "is_echo": true}})).await;
    let echo = &change["value"]["standby"]["message_echoes"][0];
    assert_eq!((&change["field"], &echo["to"]), (&json!("standby"), &json!("34600000000")));
    assert_eq!(echo["text"]["body"], "On its way.");
}

/// Meta: messaging handovers.
#[tokio::test]
async fn a_handover_names_both_owners() {
    let scene = Scene::new().await;
    for (event, new) in [("control_passed", "escalation"), ("control_taken", "ai_agent")] {
        let change = scene.change(json!({"handover": {"user": "Ana", "event": event}})).await;
        let value = &change["value"];
        assert_eq!((&change["field"], &value["type"]), (&json!("messaging_handovers"), &json!(event)));
        assert_eq!(
            (&value["sender"]["phone_number"], &value[event]["new_owner_role"]),
            (&json!("34600000000"), &json!(new))
        );
        assert_eq!(value["recipient"]["phone_number_id"], "1000001");
    }
    let release = json!({"handover": {"user": "Ana", "event": "release"}});
    assert!(scene.emulator.perform(serde_json::from_value(release).unwrap()).is_err());
}

/// Meta: calling. The statuses of a call by the business.
#[tokio::test]
async fn a_call_of_the_business_has_statuses() {
    let scene = Scene::new().await;
    let status = async |status: &str| {
        let change = scene.change(json!({"call_status": {"user": "Ana", "status": status}})).await;
        assert_eq!(change["field"], "calls");
        change["value"]["statuses"][0].clone()
    };
    let ringing = status("RINGING").await;
    assert_eq!((&ringing["type"], &ringing["status"]), (&json!("call"), &json!("RINGING")));
    assert_eq!(ringing["recipient_id"], "34600000000");
    assert!(ringing["id"].as_str().unwrap().starts_with("wacid.") && ringing["timestamp"].is_string());
    assert_eq!(status("REJECTED").await["id"], ringing["id"]);
    assert_ne!(status("RINGING").await["id"], ringing["id"]);
}

/// The fields that Meta documents, besides those that an action of its own posts.
#[tokio::test]
async fn each_documented_field_has_a_sample() {
    let scene = Scene::new().await;
    for field in [
        "account_alerts",
        "account_offboarded",
        "account_reconnected",
        "account_review_update",
        "account_settings_update",
        "account_update",
        "automatic_events",
        "business_capability_update",
        "business_username_updates",
        "flows",
        "group_lifecycle_update",
        "group_participants_update",
        "group_settings_update",
        "group_status_update",
        "history",
        "message_template_components_update",
        "message_template_quality_update",
        "message_template_status_update",
        "partner_solutions",
        "payment_configuration_update",
        "phone_number_name_update",
        "phone_number_quality_update",
        "security",
        "smb_app_state_sync",
        "template_category_update",
        "user_id_update",
    ] {
        let change = scene.change(json!({"notify": {"field": field}})).await;
        assert_eq!(change["field"], field);
        assert_ne!(change["value"]["event"], "SOMETHING_NEW", "{field}");
    }
    let group = scene.change(json!({"notify": {"field": "group_participants_update"}})).await;
    assert_eq!(group["value"]["groups"][0]["type"], "group_participants_add");
    let history = scene.change(json!({"notify": {"field": "history"}})).await;
    assert_eq!(history["value"]["history"][0]["metadata"]["chunk_order"], 1);
}
