//! What a store that is slow, or gone, makes of the answers.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use waxwing_axum::{Prefix, Verification, Webhook, health_router};

use crate::support::{Fixture, ask, deliver, get, processing, signed, text};

const HOOK: &str = "/whatsapp/webhook";
const AGAIN: &str = "the webhook could not be stored in time; send it again";

#[tokio::test]
async fn what_is_not_stored_in_time_is_refused_and_taken_when_it_comes_again() {
    let fixture = Fixture::new().await;
    let hasty = Webhook::new(fixture.engine(Duration::from_millis(20)), signed("s"), None).router(&Prefix::default());
    let patient = fixture.router("s");
    fixture.gate.shut(true);
    for body in [text("wamid.1"), "not JSON".into()] {
        deliver(&hasty, HOOK, "s", body).await.refuses(503, AGAIN);
    }
    // What needs no store is answered all the same.
    deliver(&hasty, HOOK, "s", r#"{"object":"page"}"#).await.is(200, &json!({ "status": "ignored" }));
    get(&hasty, "/whatsapp/status").await.is(200, &json!({ "status": "available" }));
    deliver(&hasty, HOOK, "another", text("wamid.1")).await.refuses(403, "the signature is missing or wrong");
    fixture.gate.shut(false);
    for _ in 0..2 {
        deliver(&patient, HOOK, "s", text("wamid.1")).await.is(200, &processing());
    }
    assert_eq!(fixture.waiting().await, ["wamid.1"]);
}

#[tokio::test]
async fn a_store_that_is_closed_takes_nothing() {
    let fixture = Fixture::new().await;
    let router = fixture.router("s");
    fixture.store.close().await;
    for body in [text("wamid.1"), "not JSON".into(), "[]".into()] {
        deliver(&router, HOOK, "s", body).await.refuses(503, AGAIN);
    }
}

#[tokio::test]
async fn health_is_that_of_every_store_and_tells_of_unsigned_webhooks() {
    let (well, ill) = (Fixture::new().await, Fixture::new().await);
    let unsigned = Webhook::new(well.engine(crate::support::PATIENCE), Verification::Unsigned, None);
    for (webhooks, signatures) in
        [(vec![well.webhook("s"), ill.webhook("s")], "checked"), (vec![well.webhook("s"), unsigned], "unchecked")]
    {
        let answer = get(&health_router(webhooks), "/health").await;
        answer.is(200, &json!({ "status": "ok", "store": "ok", "signatures": signatures }));
    }
    let both = health_router(vec![well.webhook("s"), ill.webhook("s")]);
    ill.store.close().await;
    let unavailable = json!({ "status": "unavailable", "store": "silent", "signatures": "checked" });
    get(&both, "/health").await.is(503, &unavailable);
    let post = Request::post("/health").body(Body::empty()).unwrap();
    assert_eq!(ask(&both, post).await.status, 405);
}

#[tokio::test]
async fn a_store_that_stands_still_is_not_healthy() {
    let fixture = Fixture::new().await;
    let health = health_router(vec![fixture.webhook("s")]);
    fixture.gate.shut(true);
    let answer = get(&health, "/health").await;
    fixture.gate.shut(false);
    answer.is(503, &json!({ "status": "unavailable", "store": "silent", "signatures": "checked" }));
    assert_eq!(get(&health, "/health").await.status, 200);
}
