//! Carries letters to the webhook: signed, at least once, in the order of their lane.
//!
//! <https://developers.facebook.com/docs/graph-api/webhooks/getting-started>

use std::time::Duration;

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::app::App;
use crate::emulator::WebhookResponse;
use crate::error::Error;
use crate::timeline::WebhookSubject;
use crate::webhook::target::Target;
use crate::world::{Lane, Letter};

/// Carries what is in a lane until it is empty.
pub(crate) async fn carry(app: &std::sync::Arc<App>, lane: &Lane) {
    while let Some(letter) = app.change(|world| world.mail.next(lane)) {
        deliver(app, letter).await;
    }
}

/// Posts one letter until it is answered with 200 or too old. Any other answer is repeated, as Meta does.
async fn deliver(app: &std::sync::Arc<App>, letter: Letter) {
    let redelivery = app.look().behavior.redelivery;
    let mut pause = if redelivery.immediate_first_retry { Duration::ZERO } else { redelivery.initial_backoff };
    for attempt in 1..=redelivery.max_attempts {
        let target = gate(app, &letter.about).await;
        let status = if attempt <= letter.dropped {
            None
        } else {
            let _turn = app.carriers.acquire().await;
            let answer = post(app, &target, letter.body.clone()).await;
            answer.ok().map(|answer| answer.status).filter(|_| attempt - letter.dropped > letter.unheard)
        };
        // Before anybody hears of the attempt and winds the clock.
        let next = app.clock.now() + pause;
        app.change(|world| world.attempted(&letter, attempt, status));
        if status == Some(200) {
            return;
        }
        let age = app.clock.now().duration_since(letter.since).unwrap_or_default();
        if age + pause > redelivery.max_age {
            break;
        }
        app.clock.sleep_until(next).await;
        pause = (pause * 2).max(redelivery.initial_backoff).min(redelivery.max_backoff);
    }
    tracing::warn!("a webhook was never acknowledged and is lost");
    app.change(|world| world.gave_up(letter.about));
}

/// Waits until the letter may go, and says where.
async fn gate(app: &App, about: &[WebhookSubject]) -> Target {
    let is_status = about.iter().any(|about| matches!(about, WebhookSubject::Status { .. }));
    let mut gate = app.gate.subscribe();
    loop {
        let state = gate.borrow_and_update().clone();
        if let Some(target) = state.callback()
            && !(is_status && state.statuses_held)
        {
            return target;
        }
        if gate.changed().await.is_err() {
            // Cannot happen while `app` holds the sender.
            std::future::pending::<()>().await;
        }
    }
}

/// Posts a body once, signed.
pub(crate) async fn post(app: &App, target: &Target, body: Bytes) -> Result<WebhookResponse, Error> {
    let signature = app.settings.sign(&body);
    let headers = [("Content-Type", "application/json"), ("X-Hub-Signature-256", signature.as_str())];
    target.post(&app.http, body, &headers, app.settings.webhook_timeout).await
}

/// The value of `X-Hub-Signature-256` for a body.
pub(crate) fn signature(app_secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(app_secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::escape;

    /// Meta: validate payloads. The digest was computed with another tool.
    #[test]
    fn the_signature_is_over_the_escaped_bytes() {
        let body = escape::to_bytes(&json!({"text": "é 😀", "u": "https://x"}));
        assert_eq!(body, br#"{"text":"\u00e9 \ud83d\ude00","u":"https:\/\/x"}"#);
        assert_eq!(
            signature("app-secret", &body),
            "sha256=0f02b4d213e5661570b08b8628003dd630383ed9e72fe4054fab7d39e994e785"
        );
    }
}
