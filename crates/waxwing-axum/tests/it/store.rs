//! Responses while the store is slow or closed.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use waxwing_axum::{BodyBudget, Prefix, Verification, Webhook, health_router};

use crate::support::{Fixture, deliver, get, processing, send, signed, text};

const HOOK: &str = "/whatsapp/webhook";
const AGAIN: &str = "the webhook could not be stored in time; send it again";

#[tokio::test]
async fn a_webhook_that_is_not_stored_in_time_gets_503_and_is_accepted_when_redelivered() {
    let fixture = Fixture::new().await;
    let hasty = Webhook::new(fixture.engine(Duration::from_millis(20)), signed("s"), None).router(&Prefix::default());
    let patient = fixture.router("s");
    fixture.clock.block(true);
    for body in [text("wamid.1"), "not JSON".into()] {
        deliver(&hasty, HOOK, "s", body).await.is_error(503, AGAIN);
    }
    // Requests that need no store still succeed.
    deliver(&hasty, HOOK, "s", r#"{"object":"page"}"#).await.is(200, &json!({ "status": "ignored" }));
    get(&hasty, "/whatsapp/status").await.is(200, &json!({ "status": "available" }));
    deliver(&hasty, HOOK, "another", text("wamid.1")).await.is_error(403, "the signature is missing or wrong");
    fixture.clock.block(false);
    for _ in 0..2 {
        deliver(&patient, HOOK, "s", text("wamid.1")).await.is(200, &processing());
    }
    assert_eq!(fixture.waiting().await, ["wamid.1"]);
}

#[tokio::test]
async fn verified_bodies_keep_their_memory_until_the_store_has_dropped_them() {
    let (fixture, budget) = (Fixture::new().await, BodyBudget::new(BodyBudget::MIN_BYTES));
    let engine = fixture.engine(Duration::from_millis(20));
    let hasty = Webhook::with_budget(engine, signed("s"), None, budget.clone()).router(&Prefix::default());
    fixture.clock.block(true);
    let large = |id: &str| {
        let body = text(id);
        format!("{body}{}", " ".repeat(400_000 - body.len()))
    };
    // Each takes 2 MB with its items.
    for id in ["wamid.1", "wamid.2"] {
        deliver(&hasty, HOOK, "s", large(id)).await.is_error(503, AGAIN);
    }
    assert_eq!(budget.verified_bytes(), 4_000_000, "the bodies wait in the queue of the store");
    let exhausted = "too many webhooks wait to be stored; send it again";
    deliver(&hasty, HOOK, "s", large("wamid.3")).await.is_error(503, exhausted);
    fixture.clock.block(false);
    deliver(&hasty, HOOK, "s", large("wamid.3")).await.is(200, &processing());
    // The store answers before it drops the body.
    let freed = async {
        while (budget.verified_bytes(), budget.used_bytes()) != (0, 0) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::support::DEADLINE, freed).await.expect("the store drops the body");
}

#[tokio::test]
async fn a_closed_store_accepts_nothing() {
    let fixture = Fixture::new().await;
    let router = fixture.router("s");
    fixture.store.close().await;
    for body in [text("wamid.1"), "not JSON".into(), "[]".into()] {
        deliver(&router, HOOK, "s", body).await.is_error(503, AGAIN);
    }
}

#[tokio::test]
async fn health_covers_every_store_and_reports_unsigned_webhooks() {
    let (well, ill) = (Fixture::new().await, Fixture::new().await);
    let unsigned = Webhook::new(well.engine(crate::support::DEADLINE), Verification::Unsigned, None);
    for (webhooks, signatures) in
        [(vec![well.webhook("s"), ill.webhook("s")], "checked"), (vec![well.webhook("s"), unsigned], "unchecked")]
    {
        let answer = get(&health_router(webhooks), "/health").await;
        answer.is(200, &json!({ "status": "ready", "reasons": [], "signatures": signatures }));
    }
    let both = health_router(vec![well.webhook("s"), ill.webhook("s")]);
    ill.store.close().await;
    let unavailable = json!({ "status": "unavailable", "reasons": ["store_write"], "signatures": "checked" });
    for path in ["/health", "/health/ready"] {
        get(&both, path).await.is(503, &unavailable);
    }
    get(&both, "/health/live").await.is(200, &json!({ "status": "alive" }));
    let post = Request::post("/health").body(Body::empty()).unwrap();
    assert_eq!(send(&both, post).await.status, 405);
}

#[tokio::test]
async fn a_blocked_store_is_not_healthy() {
    let fixture = Fixture::new().await;
    let health = || health_router(vec![fixture.webhook("s")]);
    fixture.clock.block(true);
    let answer = get(&health(), "/health").await;
    get(&health(), "/health/live").await.is(200, &json!({ "status": "alive" }));
    fixture.clock.block(false);
    answer.is(503, &json!({ "status": "unavailable", "reasons": ["store_write"], "signatures": "checked" }));
    assert_eq!(get(&health(), "/health").await.status, 200);
}
