//! The API for other systems: sending messages.

use std::time::Duration;

use futures_util::stream;
use image::ImageFormat;
use reqwest::multipart::{Form, Part};
use reqwest::{Body, Method, StatusCode};
use serde_json::{Value, json};
use waxwing_emulator::matcher::other;
use waxwing_emulator::{Action, ChatContent, MediaKind, User};
use waxwing_tests::TestEnv;

use crate::support::{API_TOKEN, Api, red_picture};

const ANA: &str = "+34600000000";
impl Api {
    pub(crate) async fn post(&self, key: Option<&str>, body: &Value) -> (u16, Value) {
        let request = self.request(Method::POST, "/v1/messages").json(body);
        let request = key.into_iter().fold(request, |request, key| request.header("Idempotency-Key", key));
        let (status, body) = self.call(request, ("/v1/messages", "post")).await;
        (status.as_u16(), body)
    }

    /// Posts a form with a file.
    async fn post_file(&self, key: Option<&str>, body: &Value, file: Part) -> (u16, Value) {
        let form = Form::new().text("message", body.to_string()).part("upload", file);
        let request = self.request(Method::POST, "/v1/messages").multipart(form);
        let request = key.into_iter().fold(request, |request, key| request.header("Idempotency-Key", key));
        let (status, body) = self.call(request, ("/v1/messages", "post")).await;
        (status.as_u16(), body)
    }

    pub(crate) async fn show(&self, id: &Value) -> Value {
        let path = format!("/v1/messages/{id}");
        let (status, body) = self.call(self.request(Method::GET, &path), ("/v1/messages/{id}", "get")).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    /// Returns a request to send a text to Ana.
    pub(crate) fn text(&self, text: &str) -> Value {
        json!({ "number": self.number, "to": { "phone": ANA }, "text": text })
    }
}

/// Returns the kind, the MIME type, the caption and the size of the next message, which is a file.
async fn next_file(user: &User) -> (MediaKind, String, Option<String>, usize) {
    let message = user.expect_message().await;
    let ChatContent::Media(file) = &message.content else { panic!("{message}") };
    (file.kind, file.mime_type.clone(), file.caption.clone(), file.bytes.len())
}

fn add_template(env: &TestEnv) {
    let body = json!({ "type": "BODY", "text": "Your order {{1}} is ready.", "example": { "body_text": [["17"]] } });
    env.emulator.add_template(&json!({
        "name": "order_ready", "language": "en", "category": "UTILITY", "components": [body],
    }));
}

#[tokio::test]
async fn a_message_is_sent_once_and_its_state_can_be_followed() {
    let env = TestEnv::new().await;
    let (api, server) = Api::start(&env, env.serve("echo")).await;
    let ana = env.emulator.user(ANA);
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    let (status, first) = api.post(Some("order-17"), &api.text("Your order is ready.")).await;
    assert_eq!((status, &first["repeated"]), (202, &json!(false)));
    ana.expect_text("Your order is ready.").await;
    let (status, again) = api.post(Some("order-17"), &api.text("Your order is ready.")).await;
    assert_eq!((status, &again["id"], &again["repeated"]), (200, &first["id"], &json!(true)));
    let (status, other) = api.post(Some("order-17"), &api.text("Your order is late.")).await;
    assert_eq!(status, 409);
    assert!(other["detail"].as_str().unwrap().contains("use a new key"), "{other}");
    let to = json!({ "conversation": first["conversation"] });
    let (status, _) = api.post(None, &json!({ "to": to, "text": "Bye!" })).await;
    assert_eq!(status, 202);
    ana.expect_text("Bye!").await;
    ana.reads_all();
    let read = async { while api.show(&first["id"]).await["state"] != "read" {} };
    tokio::time::timeout(Duration::from_secs(20), read).await.expect("the status arrives");
    env.drain(server).await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn a_template_reaches_a_user_who_has_never_written() {
    let env = TestEnv::new().await;
    add_template(&env);
    let (api, _server) = Api::start(&env, env.serve("echo")).await;
    let ana = env.emulator.user(ANA);
    let (status, refused) = api.post(Some("key"), &api.text("Hello!")).await;
    assert_eq!(status, 409);
    assert!(refused["detail"].as_str().unwrap().contains("send a template"), "{refused}");
    let values = json!([{ "type": "body", "parameters": [{ "type": "text", "text": "17" }] }]);
    let template = json!({ "name": "order_ready", "language": { "code": "en" }, "components": values });
    let body = json!({
        "number": api.number, "to": { "phone": ANA }, "content": { "type": "template", "template": template },
    });
    let (status, _) = api.post(Some("key"), &body).await;
    assert_eq!(status, 202, "a refused request leaves its key free");
    ana.expect(other("template")).await;
    let waits = json!({ "number": api.number, "to": { "phone": ANA }, "text": "More news.", "when_closed": "policy" });
    let (status, queued) = api.post(None, &waits).await;
    assert_eq!(status, 202);
    let parked = async { while api.show(&queued["id"]).await["state"] != "parked" {} };
    tokio::time::timeout(Duration::from_secs(20), parked).await.expect("the message waits for the user");
}

#[tokio::test]
async fn an_event_wakes_the_agent_once() {
    let env = TestEnv::new().await;
    let (api, server) = Api::start(&env, env.serve("echo")).await;
    let ana = env.emulator.user(ANA);
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    let (_, queued) = api.post(None, &api.text("Please pay 12.50 EUR.")).await;
    ana.expect_text("Please pay 12.50 EUR.").await;
    let path = format!("/v1/conversations/{}/events", queued["conversation"].as_str().unwrap());
    let report = async |body: Value| {
        let request = api.request(Method::POST, &path).header("Idempotency-Key", "payment-99").json(&body);
        let (status, body) = api.call(request, ("/v1/conversations/{key}/events", "post")).await;
        (status.as_u16(), body)
    };
    let paid = || json!({ "name": "payment_received", "data": { "order": 17 } });
    assert_eq!(report(paid()).await, (202, json!({ "conversation": queued["conversation"], "repeated": false })));
    ana.expect_text("echo payment_received {\"order\":17}").await;
    assert_eq!(report(paid()).await.1["repeated"], true);
    assert_eq!(report(json!({ "name": "payment_received", "data": { "order": 18 } })).await.0, 409);
    assert_eq!(report(json!({ "name": "Payment received" })).await.0, 400);
    let unknown = api.request(Method::POST, "/v1/conversations/0123456789abcdef/events").json(&paid());
    assert_eq!(api.call(unknown, ("/v1/conversations/{key}/events", "post")).await.0, StatusCode::NOT_FOUND);
    env.drain(server).await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn bad_requests_are_explained() {
    let env = TestEnv::new().await;
    let (api, _server) = Api::start(&env, env.serve("echo")).await;
    let number = &api.number;
    for (body, expected_status, expected) in [
        (json!([]), 400, "not a valid request"),
        (json!({ "to": { "phone": ANA }, "text": "hi", "txt": 1 }), 400, "unknown field `txt`"),
        (json!({ "to": { "phone": ANA }, "text": "hi" }), 400, "`number` is missing"),
        (json!({ "number": number, "to": { "phone": "Ana" }, "text": "hi" }), 400, "not a phone number"),
        (json!({ "number": number, "to": { "phone": ANA }, "text": "" }), 400, "the content is wrong"),
        (json!({ "number": "7", "to": { "phone": ANA }, "text": "hi" }), 404, "does not serve"),
        (json!({ "to": { "conversation": "0123456789abcdef" }, "text": "hi" }), 404, "not found"),
    ] {
        let (status, answer) = api.post(None, &body).await;
        let detail = answer["detail"].as_str().unwrap_or_default();
        assert!(status == expected_status && detail.contains(expected), "{body}: {status} {answer}");
    }
    let (status, answer) = api.post(Some(&"k".repeat(256)), &api.text("hi")).await;
    assert!(status == 400 && answer["detail"].as_str().unwrap().contains("255 bytes"), "{answer}");
    let large = api.text(&"x".repeat(300_000));
    assert_eq!(api.post(None, &large).await.0, 413);
    let unknown = api.call(api.request(Method::GET, "/v1/messages/77"), ("/v1/messages/{id}", "get")).await;
    assert_eq!(unknown.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_endpoint_needs_the_token() {
    let env = TestEnv::new().await;
    let (api, server) = Api::start(&env, env.serve("echo")).await;
    let operations = api.operations();
    assert!(operations.contains(&("/v1/messages", "post")), "{operations:?}");
    for (path, method) in operations {
        let url = format!("{}{}", api.origin, path.replace("{id}", "1").replace("{key}", "1"));
        for token in [None, Some("wrong"), Some(&API_TOKEN[1..])] {
            let request = api.client.request(Method::from_bytes(method.to_uppercase().as_bytes()).unwrap(), &url);
            let request = token.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth);
            assert_eq!(api.call(request, (path, method)).await.0, StatusCode::UNAUTHORIZED);
        }
    }
    // Commands of operators are not for other systems.
    let outbox = api.request(Method::GET, "/outbox").send().await.unwrap();
    assert_eq!(outbox.status(), StatusCode::NOT_FOUND);
    let ended = server.terminate().await;
    assert!(!ended.stdout.contains(API_TOKEN) && !ended.stderr.contains(API_TOKEN));
}

#[tokio::test]
async fn a_queue_that_is_full_takes_no_more() {
    let env = TestEnv::new().await;
    add_template(&env);
    let (api, _server) = Api::start(&env, env.serve("echo")).await;
    let ana = env.emulator.user(ANA);
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    // Nothing leaves the queue while Meta does not answer.
    env.emulator.next_send(waxwing_emulator::FaultEffect::Stall);
    let mut last = (202, Value::Null);
    for n in 0..=100 {
        last = api.post(None, &api.text(&n.to_string())).await;
    }
    assert_eq!(last.0, 429, "{}", last.1);
}

#[tokio::test]
async fn a_command_queues_messages_as_well() {
    let env = TestEnv::new().await;
    add_template(&env);
    let (_api, _server) = Api::start(&env, env.serve("echo")).await;
    let ana = env.emulator.user(ANA);
    let number = env.emulator.phone_number_id();
    let queue = async |arguments: &[&str]| {
        env.run(&[&["messages", "queue", "--number", number], arguments].concat()).output().await
    };
    let template = [ANA, "--template", "order_ready/en", "--value", "17", "--key", "order-17"];
    let queued = queue(&template).await;
    assert_eq!(queued.code, Some(0), "{}", queued.stderr);
    ana.expect(other("template")).await;
    let again = queue(&template).await;
    assert!(again.stdout.contains("already queued"), "{}{}", again.stdout, again.stderr);
    let refused = queue(&[ANA, "Hello!"]).await;
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("send a template"), "{}", refused.stderr);
}

#[tokio::test]
async fn opt_outs_are_listed_in_pages() {
    let env = TestEnv::new().await;
    let (api, _server) = Api::start(&env, env.serve("echo")).await;
    let list = async |query: &str| {
        let request = api.request(Method::GET, &format!("/v1/opt-outs{query}"));
        let (status, body) = api.call(request, ("/v1/opt-outs", "get")).await;
        (status.as_u16(), body)
    };
    assert_eq!(list("").await, (200, json!({ "opt_outs": [] })));
    let users = ["+34600000001", "+34600000002", "+34600000003"];
    for user in users {
        env.emulator.perform(Action::Preference { user: user.to_owned(), value: "stop".to_owned() }).unwrap();
    }
    env.emulator.expect_idle().await;
    let (mut found, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let (status, page) = list(&query).await;
        assert_eq!(status, 200, "{page}");
        for row in page["opt_outs"].as_array().unwrap() {
            assert_eq!(row["number"], api.number);
            assert!(row["at"].as_i64().unwrap() > 0 && row["conversation"].is_string(), "{row}");
            found.push(format!("+{}", row["phone"].as_str().unwrap()));
        }
        let Some(next) = page["next"].as_str() else { break };
        query = format!("?limit=2&after={next}");
    }
    assert_eq!(found, users);
    for (query, expected) in
        [("?limit=0", 400), ("?limit=1001", 400), ("?limit=many", 400), ("?page=2", 400), ("?after=x", 404)]
    {
        let (status, body) = list(query).await;
        assert_eq!(status, expected, "{query}");
        assert!(body["detail"].is_string(), "{body}");
    }
}

#[tokio::test]
async fn a_file_goes_along_with_its_message() {
    let env = TestEnv::new().await;
    let (api, server) = Api::start(&env, env.serve("echo")).await;
    let ana = env.emulator.user(ANA);
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    let picture = red_picture(600, ImageFormat::Png);
    let part = || Part::bytes(picture.clone()).file_name("menu.bin");
    let (status, first) = api.post_file(Some("menu"), &api.text("Our menu"), part()).await;
    assert_eq!((status, &first["repeated"]), (202, &json!(false)), "{first}");
    let caption = Some("Our menu".to_owned());
    assert_eq!(next_file(&ana).await, (MediaKind::Image, "image/png".into(), caption, picture.len()));
    let (status, again) = api.post_file(Some("menu"), &api.text("Our menu"), part()).await;
    assert_eq!((status, &again["id"]), (200, &first["id"]));
    let other = Part::bytes(red_picture(500, ImageFormat::Png));
    assert_eq!(api.post_file(Some("menu"), &api.text("Our menu"), other).await.0, 409);

    let document = json!({ "type": "document", "document": { "id": "upload", "filename": "menu.png" } });
    let body = json!({ "number": api.number, "to": { "phone": ANA }, "content": document });
    assert_eq!(api.post_file(None, &body, part()).await.0, 202);
    assert_eq!(next_file(&ana).await.0, MediaKind::Document);

    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/foreign/media/paper.pdf");
    let number = env.emulator.phone_number_id();
    let queued = env.run(&["messages", "queue", "--number", number, ANA, "The paper", "--file", path]).output().await;
    assert_eq!(queued.code, Some(0), "{}", queued.stderr);
    let (kind, mime_type, caption, _) = next_file(&ana).await;
    assert_eq!((kind, &*mime_type, caption.as_deref()), (MediaKind::Document, "application/pdf", Some("The paper")));
    let queue = ["messages", "queue", "--number", number, ANA, "-", "--file", path];
    let queued = env.run(&queue).input(" From a pipe\n").output().await;
    assert_eq!(queued.code, Some(0), "{}", queued.stderr);
    assert_eq!(next_file(&ana).await.2.as_deref(), Some("From a pipe"));
    env.drain(server).await;
    ana.expect_nothing().await;
}

#[tokio::test]
async fn the_content_of_a_command_decides_about_its_file() {
    let env = TestEnv::new().await;
    let (_api, server) = Api::start(&env, env.serve("echo")).await;
    let ana = env.emulator.user(ANA);
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    let number = env.emulator.phone_number_id();
    let picture = red_picture(100, ImageFormat::Png);
    std::fs::write(env.path("menu.png"), &picture).unwrap();
    std::fs::write(env.path("paper.pdf"), b"%PDF-1.7").unwrap();
    for kind in ["document", "image"] {
        let content = json!({ "type": kind, kind: { "id": "upload" } });
        std::fs::write(env.path(&format!("{kind}.json")), content.to_string()).unwrap();
    }
    let queue = async |content: &str, file: &str| {
        let queue = ["messages", "queue", "--number", number, ANA, "--content", content, "--file", file];
        env.run(&queue).output().await
    };
    let queued = queue("document.json", "menu.png").await;
    assert_eq!(queued.code, Some(0), "{}", queued.stderr);
    let (kind, mime_type, _, len) = next_file(&ana).await;
    assert_eq!((kind, &*mime_type, len), (MediaKind::Document, "image/png", picture.len()));
    env.drain(server).await;
    // No server checks the file now.
    let wrong = queue("image.json", "paper.pdf").await;
    assert!(wrong.code == Some(1) && wrong.stderr.contains("no JPEG and no PNG"), "{}", wrong.stderr);
}

/// Bytes that may precede the content of a part: `MAX_FRAMING` of the API.
const MAX_FRAMING: usize = 256 * 1024;

#[tokio::test]
async fn a_form_without_parts_ends_at_a_limit() {
    let env = TestEnv::new().await;
    let (api, _server) = Api::start(&env, env.serve("echo")).await;
    for (place, begin) in [("preamble", ""), ("headers", "--b\r\nx: ")] {
        // The last byte is one too many. More never comes, so a server without a limit waits for it.
        let begin = begin.as_bytes().to_vec();
        let rest = vec![b'x'; MAX_FRAMING - begin.len()];
        let sent = stream::iter([begin, rest, vec![b'x']].map(Ok::<_, std::io::Error>));
        let body = Body::wrap_stream(stream::StreamExt::chain(sent, stream::pending()));
        let request =
            api.request(Method::POST, "/v1/messages").header("content-type", "multipart/form-data; boundary=b");
        let answer = api.call(request.body(body), ("/v1/messages", "post"));
        let (status, answer) = tokio::time::timeout(Duration::from_secs(20), answer).await.expect(place);
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{place}: {answer}");
        assert!(answer["detail"].as_str().unwrap().contains("before or between its parts"), "{place}: {answer}");
    }
    let (status, answer) = api
        .post_file(None, &api.text("x"), Part::bytes([&b"\x89PNG\r\n\x1a\n"[..], &vec![0; 36 << 20]].concat()))
        .await;
    assert!(status == 413 && answer["detail"].as_str().unwrap().contains("smaller file"), "{status} {answer}");
}

#[tokio::test]
async fn a_file_that_cannot_be_sent_is_explained() {
    let env = TestEnv::new().await;
    let (api, _server) = Api::start(&env, env.serve("echo")).await;
    env.emulator.user(ANA).says("hi").await;
    let image = json!({ "type": "image", "image": { "id": "upload" } });
    let image = json!({ "number": api.number, "to": { "phone": ANA }, "content": image });
    let linked = json!({ "type": "image", "image": { "link": "https://example.com/a.png" } });
    let linked = json!({ "number": api.number, "to": { "phone": ANA }, "content": linked });
    let png = |len: usize| [&b"\x89PNG\r\n\x1a\n"[..], &vec![0; len]].concat();
    for (body, file, expected_status, expected) in [
        (&image, b"%PDF-1.7".to_vec(), 400, "no JPEG and no PNG"),
        (&linked, png(10), 400, "does not name the file"),
        (&api.text("x"), b"RIFF\0\0\0\0WEBPVP8 ".to_vec(), 400, "has no text"),
        (&api.text(&"x".repeat(2_000)), png(10), 400, "the content is wrong"),
        (&api.text("x"), Vec::new(), 400, "empty"),
        (&api.text("x"), png(6 << 20), 413, "smaller file"),
        (&api.text(&"x".repeat(300_000)), png(10), 413, "`message` has more than"),
    ] {
        let (status, answer) = api.post_file(None, body, Part::bytes(file)).await;
        let detail = answer["detail"].as_str().unwrap_or_default();
        assert!(status == expected_status && detail.contains(expected), "{expected}: {status} {answer}");
    }
    let (status, answer) = api.post(None, &image).await;
    assert!(status == 400 && answer["detail"].as_str().unwrap().contains("has none"), "{answer}");
    let wrong_order = Form::new().part("upload", Part::bytes(png(10))).text("message", api.text("x").to_string());
    let request = api.request(Method::POST, "/v1/messages").multipart(wrong_order);
    let (status, answer) = api.call(request, ("/v1/messages", "post")).await;
    assert!(status == 400 && answer["detail"].as_str().unwrap().contains("first part"), "{answer}");
}

#[tokio::test]
async fn two_files_are_received_at_a_time() {
    let env = TestEnv::new().await;
    let (api, _server) = Api::start(&env, env.serve("echo")).await;
    let endless = async || {
        loop {
            let body = Body::wrap_stream(stream::pending::<Result<Vec<u8>, std::io::Error>>());
            let form = Form::new().text("message", api.text("x").to_string()).part("upload", Part::stream(body));
            let answer = api.request(Method::POST, "/v1/messages").multipart(form).send().await.unwrap();
            assert_eq!(answer.status(), 503, "the file never ends");
        }
    };
    let refused = async {
        // Nothing is sent, because the request names no number.
        let body = json!({ "to": { "phone": ANA } });
        loop {
            let (status, answer) = api.post_file(None, &body, Part::bytes(&b"%PDF-1.7"[..])).await;
            if status == 503 {
                return answer;
            }
            assert_eq!(status, 400, "{answer}");
        }
    };
    let third = async {
        tokio::select! {
            answer = refused => answer,
            ((), ()) = async { tokio::join!(endless(), endless()) } => unreachable!("the files never end"),
        }
    };
    let answer = tokio::time::timeout(Duration::from_secs(20), third).await.expect("a third file is refused");
    assert!(answer["detail"].as_str().unwrap().contains("again later"), "{answer}");
}
