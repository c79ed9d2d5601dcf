//! Exchange log: requests log, webhook log, and their JSON.

use std::time::Duration;

use serde_json::{Value, json};
use waxwing_emulator::{
    BotEvent, Emulator, ExchangeFilter, Fault, FaultEffect, GraphEndpoint, Rule, UpdateFilter, WebhookFault,
};

use crate::support::{PNG, WebhookServer, builder, fetch, start};

const ANA: &str = "+34600000000";

/// Calls a path of the control API. Returns status and JSON.
async fn control(emulator: &Emulator, path: &str, query: &[(&str, &str)]) -> (u16, Value) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = reqwest::Url::parse_with_params(&format!("{}/control/{path}", emulator.url()), query).unwrap();
    fetch(http.get(url)).await
}

async fn exchanges(emulator: &Emulator, path: &str, query: &[(&str, &str)]) -> Vec<Value> {
    let (status, mut body) = control(emulator, path, query).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_value(body["exchanges"].take()).unwrap()
}

#[tokio::test]
async fn a_call_is_recorded_with_its_response() {
    let (emulator, _server, graph) = start().await;
    let ana = emulator.user(ANA);
    ana.says("hi").await;
    let id = graph.text("34600000000", "¡hola!").await;
    let calls = exchanges(&emulator, "requests", &[]).await;
    let call = &calls[0];
    assert_eq!(calls.len(), 1);
    assert_eq!((&call["seq"], &call["kind"], &call["method"]), (&json!(call["seq"]), &json!("graph"), &json!("POST")));
    assert_eq!(call["path"], format!("/v25.0/{}/messages", emulator.phone_number_id()));
    assert_eq!(call["request"]["body"]["json"]["text"]["body"], "¡hola!");
    let text: Value = serde_json::from_str(call["request"]["body"]["text"].as_str().unwrap()).unwrap();
    assert_eq!(text, call["request"]["body"]["json"]);
    assert_eq!(call["request"]["headers"]["user-agent"], "tests");
    assert_eq!((&call["response"]["status"], &call["token"]), (&json!(200), &json!("right")));
    assert_eq!(call["response"]["body"]["json"]["messages"][0]["id"], id);
    assert_eq!((&call["message"], &call["user"], &call["endpoint"]), (&json!(id), &json!(1), &json!("send")));
    assert!(call["milliseconds"].is_number() && call["rule"].is_null() && call["error"].is_null());
    assert!(call["at"].as_u64().unwrap() > 1_700_000_000_000);

    let typed = emulator.requests();
    assert_eq!((typed[0].status(), typed[0].messages(), typed[0].user()), (Some(200), &[id][..], Some(ana.id())));
    assert_eq!(typed[0].request_json().unwrap()["text"]["body"], "¡hola!");
    assert_eq!(typed[0].response_header("facebook-api-version"), Some("v25.0"));
}

#[tokio::test]
async fn each_attempt_of_a_webhook_is_recorded() {
    let (emulator, server, _graph) = start().await;
    let ana = emulator.user(ANA);
    server.will_respond(&[500]);
    let hi = ana.says("hi").await;
    ana.expect_acknowledged(&hi).await;
    let webhooks = exchanges(&emulator, "webhooks", &[]).await;
    let seen: Vec<_> = webhooks.iter().map(|webhook| (&webhook["attempt"], &webhook["response"]["status"])).collect();
    assert_eq!(seen, [(&json!(1), &json!(500)), (&json!(2), &json!(200))]);
    let first = &webhooks[0];
    assert_eq!(
        (&first["kind"], &first["method"], &first["url"]),
        (&json!("webhook"), &json!("POST"), &json!(server.url))
    );
    assert_eq!((&first["message"], &first["user"], &first["path"]), (&json!(hi), &json!(1), &json!("/webhook")));
    let post = &server.posts()[0];
    let signature = post.headers["x-hub-signature-256"].to_str().unwrap();
    assert_eq!(first["request"]["headers"]["x-hub-signature-256"], signature);
    assert_eq!(first["request"]["body"]["text"], str::from_utf8(&post.body).unwrap());
    assert_eq!(first["request"]["body"]["json"]["object"], "whatsapp_business_account");
    assert_eq!(emulator.webhooks()[1].request_body(), &post.body[..]);
}

#[tokio::test]
async fn a_refusal_names_its_rule() {
    let (emulator, _server, graph) = start().await;
    graph.post(json!({"to": "34600000000", "type": "text", "text": {"body": "x".repeat(5_000)}})).await;
    let refused = emulator.expect_request(&ExchangeFilter::new().rule(Rule::TextBody)).await;
    assert_eq!(refused.status(), Some(Rule::TextBody.http()));
    let calls = exchanges(&emulator, "requests", &[("rule", "text-body")]).await;
    assert_eq!(calls[0]["rule_source"], Rule::TextBody.source());
    assert_eq!(exchanges(&emulator, "requests", &[("rule", "token")]).await.len(), 0);
}

/// The log is for people, and a screenshot of it must not show a secret.
#[tokio::test]
async fn secrets_do_not_appear() {
    let (emulator, _server, graph) = start().await;
    let secrets = [emulator.access_token(), emulator.app_secret().unwrap(), emulator.verify_token()].map(str::to_owned);
    emulator.verify_webhook().await.unwrap();
    emulator.user(ANA).says("hi").await;
    graph.text("34600000000", "hi").await;
    let app = format!("{}|{}", "3000003", secrets[1]);
    let query = format!("{}/debug_token?input_token={}&access_token={app}", graph.base, secrets[0]);
    fetch(graph.http.get(query)).await;
    let exchange = format!("{}/oauth/access_token?grant_type=client_credentials&client_id=3000003", graph.base);
    fetch(graph.http.get(format!("{exchange}&client_secret={}", secrets[1]))).await;
    let callback = json!({"callback_url": "http://127.0.0.1:9/", "verify_token": secrets[2], "object": "x"});
    graph.post_to("3000003/subscriptions", &callback).await;
    let (_, calls) = control(&emulator, "requests", &[]).await;
    let (_, webhooks) = control(&emulator, "webhooks", &[]).await;
    let shown = format!("{calls}{webhooks}{:?}{:?}", emulator.requests(), emulator.webhooks());
    for secret in &secrets {
        assert!(!shown.contains(secret.as_str()), "{shown}");
    }
    assert_eq!(calls["exchanges"][0]["request"]["headers"]["authorization"], "Bearer …");
    assert_eq!(calls["exchanges"].as_array().unwrap().len(), 4);
    assert_eq!(webhooks["exchanges"][0]["query"].as_str().unwrap().matches('…').count(), 1);

    fetch(graph.http.get(format!("{}/me", graph.base)).bearer_auth("wrong")).await;
    fetch(graph.http.get(format!("{}/me", graph.base))).await;
    let tokens: Vec<_> = exchanges(&emulator, "requests", &[("path", "/v25.0/me")]).await;
    assert_eq!((&tokens[0]["token"], &tokens[1]["token"]), (&json!("wrong"), &Value::Null));
    assert_eq!(tokens[0]["rule"], "token");
}

/// A developer may try the real token of the business, which the emulator does not know.
#[tokio::test]
async fn secrets_of_others_in_bodies_do_not_appear() {
    let (emulator, _server, graph) = start().await;
    let url = format!("{}/me", graph.base);
    let form = graph.http.post(&url).header("content-type", "application/x-www-form-urlencoded");
    fetch(form.body("access_token=EAAGreal&fields=id")).await;
    fetch(graph.http.post(&url).json(&json!({"client_secret": "EAAGreal", "deep": [{"verify_token": "EAAGreal"}]})))
        .await;
    let (_, calls) = control(&emulator, "requests", &[]).await;
    assert!(!calls.to_string().contains("EAAGreal"), "{calls}");
    assert_eq!(calls["exchanges"][0]["request"]["body"]["text"], "access_token=…&fields=id");
    assert_eq!(calls["exchanges"][1]["request"]["body"]["json"]["deep"][0]["verify_token"], "…");
    assert_eq!(calls["exchanges"][1]["request"]["body"]["text"].as_str().unwrap().matches('…').count(), 2);
}

/// One client that reads slowly must not hold many rendered bodies in memory.
#[tokio::test]
async fn a_stream_of_large_exchanges_is_complete() {
    let (emulator, _server, graph) = start().await;
    let large = "x".repeat(1_000_000);
    for number in 0..8 {
        let body = json!({"number": number, "text": large});
        fetch(graph.http.post(format!("{}/me", graph.base)).json(&body)).await;
    }
    let events = read_events(&emulator, "?kinds=exchange", None, 8).await;
    let numbers: Vec<_> = events.iter().map(|(_, _, data)| data["request"]["body"]["json"]["number"].clone()).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[tokio::test]
async fn filters_select_exchanges() {
    let (emulator, _server, graph) = start().await;
    let (ana, ben) = (emulator.user(ANA), emulator.user("+34600000001"));
    ana.says("hi").await;
    ben.says("hi").await;
    graph.text("34600000000", "one").await;
    let two = graph.text("34600000001", "two").await;
    graph.get("me").await;
    emulator.expect_idle().await;
    let count = async |query: &[(&str, &str)]| exchanges(&emulator, "requests", query).await.len();
    assert_eq!(count(&[]).await, 3);
    assert_eq!(count(&[("path", "/messages")]).await, 2);
    assert_eq!(count(&[("method", "get")]).await, 1);
    assert_eq!(count(&[("status", "200")]).await, 3);
    assert_eq!(count(&[("status", "none")]).await, 0);
    assert_eq!(count(&[("user", "2")]).await, 1);
    assert_eq!(count(&[("user", "+34600000001")]).await, 1);
    assert_eq!(count(&[("message", &two)]).await, 1);
    assert_eq!(count(&[("match", r#"{"text": {"body": "two"}}"#)]).await, 1);
    assert_eq!(count(&[("match", r#"{"text": {"body": "three"}}"#)]).await, 0);
    assert_eq!(count(&[("limit", "2")]).await, 2);
    let statuses = exchanges(&emulator, "webhooks", &[("message", &two)]).await;
    assert_eq!(statuses.len(), 2, "sent and delivered");
    let message =
        r#"{"entry": [{"changes": [{"field": "messages", "value": {"messages": [{"text": {"body": "hi"}}]}}]}]}"#;
    assert_eq!(exchanges(&emulator, "webhooks", &[("match", message), ("user", ANA)]).await.len(), 1);

    let (_, page) = control(&emulator, "requests", &[("limit", "2")]).await;
    let next = page["next"].to_string();
    assert_eq!(exchanges(&emulator, "requests", &[("after", &next)]).await.len(), 1);
    for (query, text) in [
        (("match", "{"), "match"),
        (("status", "ok"), "status"),
        (("rule", "no-rule"), "rule"),
        (("wait", "soon"), "wait"),
        (("pathh", "x"), "pathh"),
        (("user", "99"), "user"),
    ] {
        let (status, refused) = control(&emulator, "requests", &[query]).await;
        assert!(matches!(status, 400 | 404) && refused["error"].as_str().unwrap().contains(text), "{refused}");
    }
}

#[tokio::test]
async fn a_call_can_wait_for_an_exchange() {
    let (emulator, _server, graph) = start().await;
    emulator.user(ANA).says("hi").await;
    graph.text("34600000000", "one").await;
    let query = [("wait", "10s"), ("match", r#"{"text": {"body": "two"}}"#)];
    let waiting = control(&emulator, "requests", &query);
    let (found, ()) = tokio::join!(waiting, async {
        graph.text("34600000000", "two").await;
    });
    assert_eq!(found.1["exchanges"].as_array().unwrap().len(), 1);
    let (status, nothing) = control(&emulator, "requests", &[("wait", "1ms"), ("match", r#"{"text": 1}"#)]).await;
    assert_eq!((status, &nothing["exchanges"]), (200, &json!([])));
    assert!(nothing["next"].as_u64() >= emulator.requests().last().map(|call| call.seq()));
}

#[tokio::test]
async fn exchanges_without_a_response_are_recorded() {
    let (emulator, _server, graph) = start().await;
    let ana = emulator.user(ANA);
    ana.says("hi").await;
    let fault = emulator.inject(Fault::graph(GraphEndpoint::Send, FaultEffect::AcceptThenDropConnection));
    let hello = json!({"messaging_product": "whatsapp", "to": "34600000000", "text": {"body": "hello"}});
    let send = || graph.http.post(&graph.messages).bearer_auth(&graph.token).json(&hello);
    send().send().await.unwrap_err();
    let dropped = emulator.expect_request(&ExchangeFilter::new().no_response()).await;
    assert_eq!((dropped.fault(), dropped.user(), dropped.messages().len()), (Some(fault), Some(ana.id()), 1));
    assert!(dropped.error().unwrap().contains("closed the connection"), "{dropped:?}");
    emulator.clear_faults();

    emulator.next_send(FaultEffect::Stall);
    let refused = send().timeout(Duration::from_millis(50)).send().await.unwrap_err();
    assert!(refused.is_timeout());
    let stalled = emulator.expect_request(&ExchangeFilter::new().no_response().user(ana.id())).await;
    assert_eq!(stalled.seq(), dropped.seq());
    let all = async || {
        exchanges(&emulator, "requests", &[("status", "none"), ("after", &dropped.seq().to_string()), ("wait", "10s")])
            .await
    };
    assert!(all().await[0]["error"].as_str().unwrap().contains("caller closed the connection"));
}

#[tokio::test]
async fn faults_of_webhooks_are_named() {
    let (emulator, _server, _graph) = start().await;
    let ana = emulator.user(ANA);
    let drop = emulator.inject(Fault::webhook(UpdateFilter::Messages, WebhookFault::Drop { attempts: 1 }));
    let hi = ana.says("hi").await;
    ana.expect_acknowledged(&hi).await;
    emulator.clear_faults();
    emulator.inject(Fault::webhook(UpdateFilter::Messages, WebhookFault::LoseResponse { attempts: 1 }));
    let again = ana.says("again").await;
    ana.expect_acknowledged(&again).await;
    let of = |id: &str| {
        let webhooks = emulator.webhooks().into_iter().filter(|webhook| webhook.messages() == [id.to_owned()]);
        webhooks.map(|webhook| (webhook.status(), webhook.error().map(str::to_owned))).collect::<Vec<_>>()
    };
    assert_eq!(of(&hi), [(None, Some("a fault dropped the webhook before the server".to_owned())), (Some(200), None)]);
    assert_eq!(of(&again), [(Some(200), Some("a fault lost the response".to_owned())), (Some(200), None)]);
    assert_eq!(emulator.webhooks()[0].fault(), Some(drop));

    let unreachable = builder().start().await.unwrap();
    unreachable.set_webhook("http://127.0.0.1:1/webhook");
    unreachable.user(ANA).says("hi").await;
    let refused = unreachable.expect_webhook(&ExchangeFilter::new().no_response()).await;
    assert!(refused.error().unwrap().to_lowercase().contains("refused"), "{:?}", refused.error());
}

#[tokio::test]
async fn binary_bodies_are_recorded_by_size() {
    let (emulator, _server, graph) = start().await;
    let (_, uploaded) = graph.upload(PNG.to_vec(), "image/png").await;
    let (_, media) = graph.get(uploaded["id"].as_str().unwrap()).await;
    graph.http.get(media["url"].as_str().unwrap()).bearer_auth(&graph.token).send().await.unwrap();
    let large = vec![0; 2 * 1024 * 1024];
    graph.upload(large, "application/pdf").await;
    let calls = exchanges(&emulator, "requests", &[]).await;
    assert!(calls[0]["request"]["body"]["type"].as_str().unwrap().starts_with("multipart/form-data"));
    assert!(calls[0]["request"]["body"]["size"].as_u64().unwrap() > PNG.len() as u64);
    assert_eq!(calls[2]["response"]["body"], json!({"size": PNG.len(), "type": "image/png"}));
    assert_eq!(calls[2]["endpoint"], "download");
    assert!(calls[3]["request"]["body"]["size"].as_u64().unwrap() > 2 * 1024 * 1024);
    assert_eq!(calls[3]["response"]["status"], 200);
}

#[tokio::test]
async fn the_log_is_bounded() {
    let emulator = builder().without_port().start().await.unwrap();
    let service = emulator.service();
    let large = "x".repeat(1024 * 1024 - 64);
    let call = async |path: String, body: String| {
        let request =
            axum::http::Request::post(path).header("host", "localhost").body(axum::body::Body::from(body)).unwrap();
        tower::Service::call(&mut service.clone(), request).await.unwrap()
    };
    for number in 0..70 {
        call(format!("/v25.0/{number}"), large.clone()).await;
    }
    let kept = emulator.requests();
    assert!((60..=64).contains(&kept.len()), "{}", kept.len());
    assert_eq!(kept.last().unwrap().path(), "/v25.0/69");
    for number in 0..5_010 {
        call(format!("/v25.0/{number}"), String::new()).await;
    }
    assert_eq!(emulator.requests().len(), 5_000);
}

#[tokio::test]
async fn bot_events_are_recorded() {
    let (emulator, _server, graph) = start().await;
    emulator.record_bot_event(BotEvent::new("turn.started").user(ANA).turn("t1")).unwrap();
    let url = format!("{}/control/bot-events", emulator.url());
    let post = async |body: Value| fetch(graph.http.post(&url).json(&body)).await;
    let event = json!({"name": "model.called", "at": 1_790_000_000_000_u64, "turn": "t1", "data": {"tokens": 7}});
    let waiting = control(&emulator, "bot-events", &[("after", "1"), ("wait", "10s")]);
    let (found, recorded) = tokio::join!(waiting, post(event));
    assert_eq!(recorded, (200, json!({"seq": 2})));
    let expected = json!({"seq": 2, "name": "model.called", "at": 1_790_000_000_000_u64, "conversation": null,
        "user": null, "turn": "t1", "data": {"tokens": 7}});
    assert_eq!(found.1, json!({"events": [expected], "next": 2}));
    assert_eq!(emulator.bot_events()[1].details()["tokens"], 7);
    for (refused, text) in [
        (json!({"name": "Model called"}), "name"),
        (json!({"name": ""}), "name"),
        (json!({"name": "a", "data": {"text": "x".repeat(70_000)}}), "64 KiB"),
        (json!({"name": "a", "nme": 1}), "nme"),
        (json!({}), "name"),
    ] {
        let (status, body) = post(refused).await;
        assert!(matches!(status, 400 | 422) && body["error"].as_str().unwrap().contains(text), "{body}");
    }
}

/// Event of the stream: id, kind, data.
type Received = (String, String, Value);

/// Open stream of events.
struct EventStream {
    response: reqwest::Response,
    text: String,
}

impl EventStream {
    async fn open(emulator: &Emulator, query: &str, last: Option<&str>) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut request = http.get(format!("{}/control/events{query}", emulator.url()));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        Self { response: request.send().await.unwrap(), text: String::new() }
    }

    /// Reads a number of events.
    async fn read(&mut self, count: usize) -> Vec<Received> {
        let mut events = Vec::new();
        while events.len() < count {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let line = block.lines().find_map(|line| line.strip_prefix(name));
                    line.unwrap_or_default().trim().to_owned()
                };
                let data = field("data:");
                if !data.is_empty() {
                    events.push((field("id:"), field("event:"), serde_json::from_str(&data).unwrap()));
                }
                let rest = rest.to_owned();
                self.text = rest;
            } else {
                self.text.push_str(str::from_utf8(&self.response.chunk().await.unwrap().unwrap()).unwrap());
            }
        }
        events
    }
}

async fn read_events(emulator: &Emulator, query: &str, last: Option<&str>, count: usize) -> Vec<Received> {
    EventStream::open(emulator, query, last).await.read(count).await
}

#[tokio::test]
async fn one_stream_has_all_events_and_resumes() {
    let (emulator, _server, _graph) = start().await;
    let ana = emulator.user(ANA);
    let hi = ana.says("hi").await;
    ana.expect_acknowledged(&hi).await;
    emulator.record_bot_event(BotEvent::new("turn.started")).unwrap();
    let all = read_events(&emulator, "", None, 5).await;
    let mut kinds: Vec<_> = all.iter().map(|(_, kind, _)| kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["bot", "exchange", "timeline", "timeline", "timeline"]);
    let exchange = all.iter().find(|(_, kind, _)| kind == "exchange").unwrap();
    assert_eq!((&exchange.2["kind"], &exchange.2["message"]), (&json!("webhook"), &json!(hi)));

    // Each id resumes after its event, whatever its kind.
    for at in 0..all.len() {
        let rest = read_events(&emulator, "", Some(&all[at].0), all.len() - at - 1).await;
        let mut rest: Vec<_> = rest.into_iter().map(|(_, kind, data)| format!("{kind} {data}")).collect();
        let mut expected: Vec<_> = all[at + 1..].iter().map(|(_, kind, data)| format!("{kind} {data}")).collect();
        rest.sort_unstable();
        expected.sort_unstable();
        assert_eq!(rest, expected);
    }
    let only = read_events(&emulator, "?kinds=exchange", None, 1).await;
    assert_eq!(only[0].1, "exchange");
    let mut later = EventStream::open(&emulator, "?kinds=exchange&last=0", None).await;
    let more = ana.says("more").await;
    assert_eq!(later.read(1).await[0].2["message"], more);
    assert_eq!(read_events(&emulator, "", Some("another-1.1.1"), 1).await[0].1, "reset");
    let (status, refused) = control(&emulator, "events", &[("kinds", "exchanges")]).await;
    assert!(status == 400 && refused["error"].as_str().unwrap().contains("kinds"), "{refused}");
}

#[tokio::test]
async fn the_logs_are_for_this_machine_only() {
    let emulator = builder().start().await.unwrap();
    let _server = WebhookServer::start(&emulator).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for path in ["requests", "webhooks", "bot-events", "events"] {
        for (name, value) in [("host", "evil.example"), ("origin", "https://evil.example")] {
            let request = http.get(format!("{}/control/{path}", emulator.url())).header(name, value);
            assert_eq!(fetch(request).await.0, 403, "{path} {name}");
        }
    }
}
