//! Actions of people by the control API.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::{Control, Graph, PNG, WebhookServer, start};

const ANA: &str = "+34600000000";

/// Performs an action, and returns the message of its webhook.
async fn message(
    control: &Control,
    server: &WebhookServer,
    emulator: &waxwing_emulator::Emulator,
    action: Value,
) -> Value {
    let outcome = control.act(action).await;
    emulator.expect_idle().await;
    let message = server.messages().last().unwrap().clone();
    assert_eq!(message["id"], outcome["id"]);
    message
}

async fn buttons(graph: &Graph) -> String {
    let button = |id: &str, title: &str| json!({"type": "reply", "reply": {"id": id, "title": title}});
    let (_, sent) = graph
        .post(json!({"to": "34600000000", "type": "interactive", "interactive": {
            "type": "button", "body": {"text": "Tea?"}, "action": {"buttons": [button("1", "Yes"), button("2", "No")]},
        }}))
        .await;
    sent["messages"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn files_are_sent() {
    let (emulator, server, _graph) = start().await;
    let control = Control::new(&emulator);
    let act = async |action| message(&control, &server, &emulator, action).await;
    let png = STANDARD.encode(PNG);
    let file = json!({"mime_type": "image/png", "base64": png});
    let sent = act(json!({"sends_file": {"user": ANA, "file": file, "caption": "look"}})).await;
    assert_eq!((&sent["type"], &sent["image"]["caption"]), (&json!("image"), &json!("look")));
    let media = sent["image"]["id"].as_str().unwrap();
    assert_eq!(Graph::new(&emulator).get(media).await.1["file_size"], PNG.len());
    let document = json!({"mime_type": "image/png", "base64": png, "filename": "a.png"});
    let sent = act(json!({"sends_file": {"user": ANA, "file": document, "kind": "document"}})).await;
    assert_eq!(sent["document"]["filename"], "a.png");
    let sent = act(json!({"sends_voice_note": {"user": ANA, "base64": STANDARD.encode(b"OggS")}})).await;
    assert_eq!((&sent["type"], &sent["audio"]["voice"]), (&json!("audio"), &json!(true)));
    let sent = act(json!({"sends_sticker": {"user": ANA, "base64": STANDARD.encode(b"RIFF")}})).await;
    assert_eq!((&sent["type"], &sent["sticker"]["mime_type"]), (&json!("sticker"), &json!("image/webp")));

    let before = server.messages().len();
    let album =
        control.act(json!({"sends_album": {"user": ANA, "files": [file, file, file], "caption": "three"}})).await;
    emulator.expect_idle().await;
    let messages = server.messages().split_off(before);
    assert_eq!(album["ids"], messages.iter().map(|it| it["id"].clone()).collect::<Value>());
    let captions: Vec<_> = messages.iter().map(|it| it["image"]["caption"].clone()).collect();
    assert_eq!(captions, [json!("three"), Value::Null, Value::Null]);
    let (status, refused) = control.post("/actions", json!({"sends_album": {"user": ANA, "files": []}})).await;
    assert!(status == 400 && refused["error"].as_str().unwrap().contains("empty"), "{refused}");
    let (status, _) = control.post("/actions", json!({"sends_sticker": {"user": ANA, "base64": "!"}})).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn choices_are_tapped() {
    let (emulator, server, graph) = start().await;
    let control = Control::new(&emulator);
    let act = async |action| message(&control, &server, &emulator, action).await;
    act(json!({"says": {"user": ANA, "text": "hi"}})).await;
    let first = buttons(&graph).await;
    let second = buttons(&graph).await;
    emulator.expect_idle().await;
    let tapped = act(json!({"taps": {"user": ANA, "title": "Yes"}})).await;
    assert_eq!((&tapped["context"]["id"], &tapped["interactive"]["button_reply"]["id"]), (&json!(second), &json!("1")));
    let tapped = act(json!({"taps": {"user": ANA, "title": "No", "message": first}})).await;
    assert_eq!(tapped["context"]["id"], json!(first));
    let (status, refused) = control.post("/actions", json!({"taps": {"user": ANA, "title": "Maybe"}})).await;
    assert!(status == 400 && refused["error"].as_str().unwrap().contains("Maybe"), "{refused}");
}

#[tokio::test]
async fn messages_are_reacted_to() {
    let (emulator, server, graph) = start().await;
    let control = Control::new(&emulator);
    let act = async |action| message(&control, &server, &emulator, action).await;
    let own = act(json!({"says": {"user": ANA, "text": "hi"}})).await["id"].clone();
    let latest = graph.text("34600000000", "hello").await;
    emulator.expect_idle().await;
    let reaction = act(json!({"reacts": {"user": ANA, "emoji": "👍"}})).await;
    assert_eq!(reaction["reaction"], json!({"message_id": latest, "emoji": "👍"}));
    let reaction = act(json!({"reacts": {"user": ANA, "emoji": "👍", "message": own}})).await;
    assert_eq!(reaction["reaction"]["message_id"], own);
    let removed = act(json!({"unreacts": {"user": ANA, "message": own}})).await;
    assert_eq!(
        (&removed["reaction"]["message_id"], removed["reaction"]["emoji"].as_str().unwrap_or_default()),
        (&own, "")
    );
    let (status, _) = control.post("/actions", json!({"unreacts": {"user": ANA, "message": "wamid.0"}})).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn locations_and_contacts_are_shared() {
    let (emulator, server, graph) = start().await;
    let control = Control::new(&emulator);
    let act = async |action| message(&control, &server, &emulator, action).await;
    let place = act(json!({"shares_location": {"user": ANA, "latitude": 1.5, "longitude": 2.5, "name": "Bar"}})).await;
    assert_eq!(place["location"], json!({"latitude": 1.5, "longitude": 2.5, "name": "Bar"}));
    let request = graph.text("34600000000", "Where are you?").await;
    emulator.expect_idle().await;
    let place = act(json!({"shares_location": {"user": ANA, "latitude": 1, "longitude": 2, "request": request}})).await;
    assert_eq!(place["context"]["id"], json!(request));
    let contact = act(json!({"shares_contact": {"user": ANA, "name": "Ben Li", "phone": "+34 600 000 001"}})).await;
    assert_eq!(contact["contacts"][0]["phones"][0]["wa_id"], "34600000001");
    let own = act(json!({"shares_own_number": {"user": ANA}})).await;
    assert_eq!(
        (&own["contacts"][0]["phones"][0]["phone"], &own["context"]["id"]),
        (&json!("+34600000000"), &json!(request))
    );
}

#[tokio::test]
async fn phones_are_switched_off_and_on() {
    let (emulator, server, graph) = start().await;
    let control = Control::new(&emulator);
    control.act(json!({"says": {"user": ANA, "text": "hi"}})).await;
    control.act(json!({"goes_offline": {"user": ANA}})).await;
    let (first, second) = (graph.text("34600000000", "1").await, graph.text("34600000000", "2").await);
    emulator.expect_idle().await;
    let statuses = |server: &WebhookServer| {
        let of = |value: &Value| (value["statuses"][0]["id"].clone(), value["statuses"][0]["status"].clone());
        server.statuses().iter().map(of).collect::<Vec<_>>()
    };
    assert!(statuses(&server).iter().all(|(_, status)| status == "sent"));
    let (status, refused) = control.post("/actions", json!({"says": {"user": ANA, "text": "hi"}})).await;
    assert!(status == 400 && refused["error"].as_str().unwrap().contains("comes_online"), "{refused}");
    let (status, _) = control.post("/actions", json!({"reads": {"user": ANA, "message": first}})).await;
    assert_eq!(status, 400, "the message is not on the phone yet");
    control.act(json!({"comes_online": {"user": ANA}})).await;
    control.act(json!({"reads": {"user": ANA, "message": first}})).await;
    emulator.expect_idle().await;
    let all = statuses(&server);
    assert!(
        all.contains(&(json!(first), json!("read"))) && all.contains(&(json!(second), json!("delivered"))),
        "{all:?}"
    );
    assert!(!all.contains(&(json!(second), json!("read"))));
}

/// A test in any language can check what the bot has sent, to the last key.
#[tokio::test]
async fn messages_of_the_business_have_their_whole_request() {
    let (emulator, _server, graph) = start().await;
    let control = Control::new(&emulator);
    control.act(json!({"says": {"user": ANA, "text": "hi"}})).await;
    let text = json!({"messaging_product": "whatsapp", "to": "34600000000", "type": "text",
        "text": {"body": "https://a.example", "preview_url": true}, "biz_opaque_callback_data": "x"});
    graph.post(text.clone()).await;
    let url = format!("{}/phone/chats/1/messages?wait=10", emulator.url());
    let (_, inbox) = crate::support::fetch(control.http.get(url)).await;
    assert_eq!(inbox["messages"][0]["body"], text);
    assert_eq!(emulator.user(ANA).messages()[0].request, Some(text));
}
