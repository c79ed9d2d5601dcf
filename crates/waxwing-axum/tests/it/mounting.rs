//! Path prefixes, and mounting in another router.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get as route;
use serde_json::json;
use waxwing_axum::{Prefix, Webhook, health_router};
use waxwing_webhook::VerifyToken;

use crate::support::{DEADLINE, Fixture, deliver, get, processing, signed, text};

#[tokio::test]
async fn all_paths_start_with_the_prefix() {
    let fixture = Fixture::new().await;
    for (nth, (prefix, path)) in
        [("/", ""), ("bots/one/", "/bots/one"), ("/v1.0/~me", "/v1.0/~me")].into_iter().enumerate()
    {
        let router = fixture.webhook("s").router(&prefix.parse::<Prefix>().unwrap());
        get(&router, &format!("{path}/status")).await.is(200, &json!({ "status": "available" }));
        deliver(&router, &format!("{path}/webhook"), "s", text(&nth.to_string())).await.is(200, &processing());
        assert_eq!(get(&router, "/whatsapp/status").await.status, 404);
    }
    assert_eq!(fixture.waiting().await, ["0", "1", "2"]);
}

#[tokio::test]
async fn two_webhooks_in_one_router_have_their_own_secrets_and_tokens() {
    let fixture = Fixture::new().await;
    let webhook = |name: &str| Webhook::new(fixture.engine(DEADLINE), signed(name), Some(VerifyToken::new(name)));
    let at = |prefix: &str| prefix.parse::<Prefix>().unwrap();
    let router = Router::new().merge(webhook("one").router(&at("one"))).merge(webhook("two").router(&at("two")));
    for (own, other) in [("one", "two"), ("two", "one")] {
        deliver(&router, &format!("/{own}/webhook"), own, text(own)).await.is(200, &processing());
        let foreign = deliver(&router, &format!("/{own}/webhook"), other, text("foreign")).await;
        foreign.is_error(403, "the signature is missing or wrong");
        for (token, status) in [(own, 200), (other, 403)] {
            let query = format!("hub.mode=subscribe&hub.verify_token={token}&hub.challenge=1");
            assert_eq!(get(&router, &format!("/{own}/webhook?{query}")).await.status, status);
        }
    }
    assert_eq!(fixture.waiting().await, ["one", "two"]);
}

#[tokio::test]
async fn an_application_keeps_its_routes_and_its_fallback() {
    let fixture = Fixture::new().await;
    let webhook = fixture.webhook("s");
    let router = Router::new()
        .route("/", route(|| async { "home" }))
        .route("/whatsapp/about", route(|| async { "about" }))
        .fallback(|| async { (StatusCode::IM_A_TEAPOT, "nothing here") })
        .merge(webhook.router(&Prefix::default()))
        .merge(health_router(vec![webhook.clone()]));
    for (path, status, body) in [
        ("/", 200, "home"),
        ("/whatsapp/about", 200, "about"),
        ("/elsewhere", 418, "nothing here"),
        ("/whatsapp/elsewhere", 418, "nothing here"),
        ("/whatsapp/status", 200, r#"{"status":"available"}"#),
    ] {
        let answer = get(&router, path).await;
        assert_eq!((answer.status, answer.body.as_str()), (status, body), "{path}");
    }
    let health = json!({ "signatures": "checked", "status": "ready", "reasons": [] });
    get(&router, "/health").await.is(200, &health);
    deliver(&router, "/whatsapp/webhook", "s", text("wamid.1")).await.is(200, &processing());
    assert_eq!(fixture.waiting().await, ["wamid.1"]);
}
