//! Inspector: files of its page, and exchanges that a person repeats or edits.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use waxwing_emulator::{Emulator, FaultEffect};

use crate::support::{PNG, fetch, start};

const ANA: &str = "+34600000000";

async fn post(emulator: &Emulator, path: &str, body: Value) -> (u16, Value) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    fetch(http.post(format!("{}/control/{path}", emulator.url())).json(&body)).await
}

#[tokio::test]
async fn a_webhook_is_posted_again_byte_for_byte() {
    let (emulator, server, _graph) = start().await;
    let ana = emulator.user(ANA);
    let hi = ana.says("¡hola!").await;
    ana.expect_acknowledged(&hi).await;
    let seq = emulator.webhooks()[0].seq();
    let (status, again) = post(&emulator, &format!("webhooks/{seq}/resend"), json!({})).await;
    assert_eq!((status, &again["exchange"]["response"]["status"]), (200, &json!(200)), "{again}");
    assert_eq!((&again["exchange"]["message"], &again["exchange"]["user"]), (&json!(hi), &json!(1)));
    let posts = server.posts();
    assert_eq!(posts[0].body, posts[1].body);
    for name in ["x-hub-signature-256", "content-type", "user-agent"] {
        assert_eq!(posts[0].headers[name], posts[1].headers[name]);
    }
}

#[tokio::test]
async fn an_edited_webhook_is_signed() {
    let (emulator, server, _graph) = start().await;
    let body = json!({"object": "whatsapp_business_account", "entry": [], "text": "é/"});
    let (status, posted) = post(&emulator, "webhooks", json!({ "body": body })).await;
    assert_eq!((status, &posted["exchange"]["response"]["status"]), (200, &json!(200)), "{posted}");
    let received = &server.posts()[0];
    assert_eq!(received.headers["x-hub-signature-256"], emulator.signature(&received.body));
    assert_eq!(serde_json::from_slice::<Value>(&received.body).unwrap(), body);
    assert!(received.body.is_ascii(), "the body has Meta's escapes");
    server.will_respond(&[500]);
    let (_, refused) = post(&emulator, "webhooks", json!({ "body": body })).await;
    assert_eq!(refused["exchange"]["response"]["status"], 500);
    emulator.expect_idle().await;
    assert_eq!(server.posts().len(), 2, "an edited webhook is posted once");
}

#[tokio::test]
async fn a_call_is_repeated_with_the_access_token() {
    let (emulator, _server, graph) = start().await;
    let ana = emulator.user(ANA);
    ana.says("hi").await;
    let id = graph.text("34600000000", "hello").await;
    let seq = emulator.requests()[0].seq();
    let (status, again) = post(&emulator, &format!("requests/{seq}/resend"), json!({})).await;
    let again = &again["exchange"];
    assert_eq!((status, &again["response"]["status"], &again["token"]), (200, &json!(200), &json!("right")), "{again}");
    assert!(again["message"].is_string() && again["message"] != id, "the call sends a second message");
    assert_eq!(
        again["request"]["body"],
        json!({"text": again["request"]["body"]["text"], "json":
        {"messaging_product": "whatsapp", "to": "34600000000", "type": "text", "text": {"body": "hello"}}})
    );

    fetch(graph.http.get(format!("{}/me?fields=id&access_token=wrong", graph.base))).await;
    let seq = emulator.requests().last().unwrap().seq();
    let (_, again) = post(&emulator, &format!("requests/{seq}/resend"), json!({})).await;
    assert_eq!((&again["exchange"]["rule"], &again["exchange"]["query"]), (&json!("token"), &json!("fields=id")));

    emulator.next_send(FaultEffect::DropConnection);
    let seq = emulator.requests()[0].seq();
    let (_, dropped) = post(&emulator, &format!("requests/{seq}/resend"), json!({})).await;
    assert!(dropped["exchange"]["response"].is_null() && dropped["exchange"]["error"].is_string(), "{dropped}");
}

#[tokio::test]
async fn an_edited_call_is_sent() {
    let (emulator, _server, _graph) = start().await;
    let path = format!("/v25.0/{}", emulator.phone_number_id());
    let (status, read) =
        post(&emulator, "requests", json!({"method": "get", "path": format!("{path}?fields=id")})).await;
    assert_eq!(
        (status, &read["exchange"]["response"]["body"]["json"]["id"]),
        (200, &json!(emulator.phone_number_id()))
    );
    let body = json!({"messaging_product": "whatsapp", "to": "34600000000", "text": {"body": ""}});
    let call = json!({"method": "POST", "path": format!("{path}/messages"), "body": body});
    let (status, refused) = post(&emulator, "requests", call).await;
    assert_eq!((status, &refused["exchange"]["response"]["status"]), (200, &json!(400)), "{refused}");
    assert!(refused["exchange"]["rule_source"].as_str().unwrap().starts_with("cloud-api "));
    let without = json!({"method": "GET", "path": path, "token": false});
    assert_eq!(post(&emulator, "requests", without).await.1["exchange"]["rule"], "token");
    for (call, text) in [
        (json!({"method": "GET", "path": "no path"}), "path"),
        (json!({"method": "G T", "path": "/"}), "method"),
        (json!({"path": "/"}), "method"),
    ] {
        let (status, refused) = post(&emulator, "requests", call).await;
        assert!(matches!(status, 400 | 422) && refused["error"].as_str().unwrap().contains(text), "{refused}");
    }
}

#[tokio::test]
async fn exchanges_that_cannot_be_repeated_are_refused() {
    let (emulator, _server, graph) = start().await;
    emulator.verify_webhook().await.unwrap();
    graph.upload([PNG, &vec![0; 2 << 20]].concat(), "image/png").await;
    let upload = emulator.requests()[0].seq();
    let verification = emulator.webhooks()[0].seq();
    for (path, expected) in [
        (format!("requests/{upload}/resend"), 409),
        (format!("webhooks/{verification}/resend"), 409),
        (format!("requests/{verification}/resend"), 404),
        ("requests/99/resend".to_owned(), 404),
    ] {
        let (status, refused) = post(&emulator, &path, json!({})).await;
        assert!(status == expected && refused["error"].is_string(), "{path}: {status} {refused}");
    }
}

/// Requests of pages and tests to a path that the emulator does not have are not calls of the bot.
#[tokio::test]
async fn paths_of_the_emulator_itself_are_no_calls() {
    let (emulator, _server, graph) = start().await;
    for path in ["control/nothing", "page/nothing.js", "favicon.ico"] {
        fetch(graph.http.get(format!("{}/{path}", emulator.url()))).await;
    }
    assert_eq!(emulator.requests().len(), 0);
}

/// Each module of the page exists, so that no script fails to load.
#[tokio::test]
async fn the_page_has_all_its_modules() {
    let (emulator, _server, graph) = start().await;
    let get = async |path: &str| {
        let response = graph.http.get(format!("{}{path}", emulator.url())).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response
    };
    let page = get("/inspector").await;
    assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("script-src 'self'"));
    let html = page.text().await.unwrap();
    assert!(html.contains("/page/inspector/page.js") && html.contains("/page/inspector/inspector.css"));
    get("/page/inspector/inspector.css").await;
    let phone = get("/").await.text().await.unwrap();
    assert!(phone.contains("/page/inspector/next-to-phone.js"));

    let mut known = BTreeSet::new();
    let mut open = vec!["/page/inspector/page.js".to_owned(), "/page/inspector/next-to-phone.js".to_owned()];
    while let Some(path) = open.pop() {
        let script = get(&path).await;
        assert!(script.headers()["content-type"].to_str().unwrap().starts_with("text/javascript"), "{path}");
        let base = reqwest::Url::parse(&format!("http://page{path}")).unwrap();
        for line in script.text().await.unwrap().lines() {
            let Some((_, rest)) = line.strip_prefix("import ").and_then(|rest| rest.split_once("from \"")) else {
                continue;
            };
            let imported = base.join(rest.trim_end_matches("\";")).unwrap().path().to_owned();
            if known.insert(imported.clone()) {
                open.push(imported);
            }
        }
    }
    assert!(known.len() > 20, "{known:?}");
    let missing = graph.http.get(format!("{}/page/inspector/missing.js", emulator.url())).send().await.unwrap();
    assert_eq!(missing.status(), 404);
}
