//! Webhooks through the handle.

use axum::body::Body;
use axum::http::{Request, Response};
use bytes::Bytes;
use serde_json::Value;

use super::Emulator;
use crate::error::Error;
use crate::webhook::response::{WebhookResponse, WebhookVerification};
use crate::webhook::signature;
use crate::webhook::target::WebhookTarget;
use crate::webhook_recording::WebhookAttempt;
use crate::{json_escape, webhook_delivery, webhook_verification};

impl Emulator {
    /// Sets the webhook URL. Webhooks that wait or that are being redelivered use the new URL, too.
    pub fn set_webhook(&self, url: impl Into<String>) {
        let target = WebhookTarget::Url(url.into());
        self.shared.callbacks.send_modify(|callbacks| callbacks.app = Some(target));
    }

    /// Delivers webhooks to a service in this process, without a port. `path` is the path of its webhook.
    ///
    /// A panic of the service counts as a connection without a response.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), waxwing_emulator::Error> {
    /// use axum::{Router, routing::post};
    ///
    /// let emulator = waxwing_emulator::Emulator::builder().without_port().start().await?;
    /// emulator.set_webhook_service(Router::new().route("/webhook", post(async || "ok")), "/webhook");
    /// let ana = emulator.user("+34600000000");
    /// let hi = ana.says("hi").await;
    /// ana.expect_acknowledged(&hi).await;
    /// # Ok(()) }
    /// ```
    pub fn set_webhook_service<S>(&self, service: S, path: impl Into<String>)
    where
        S: tower::Service<Request<Body>, Response = Response<Body>> + Clone + Send + Sync + 'static,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        S::Future: Send,
    {
        let target = WebhookTarget::service(service, path.into());
        self.shared.callbacks.send_modify(|callbacks| callbacks.app = Some(target));
    }

    /// Holds status webhooks until [`release_statuses`](Self::release_statuses).
    pub fn hold_statuses(&self) {
        self.shared.callbacks.send_modify(|callbacks| callbacks.are_statuses_held = true);
    }

    /// Posts the held status webhooks.
    pub fn release_statuses(&self) {
        self.shared.callbacks.send_modify(|callbacks| callbacks.are_statuses_held = false);
    }

    /// Sends the verification request that Meta sends when an app sets its callback URL.
    ///
    /// <https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests>
    ///
    /// # Errors
    ///
    /// Returns an error if no webhook is set, its URL is not valid, or the server does not respond.
    pub async fn verify_webhook(&self) -> Result<WebhookVerification, Error> {
        webhook_verification::verify(&self.shared, &self.webhook()?, self.verify_token()).await
    }

    /// Posts JSON to the webhook once, signed and in Meta's escaped form. There is no redelivery.
    ///
    /// # Errors
    ///
    /// Returns an error if no webhook is set, its URL is not valid, or the server does not respond.
    pub async fn post_webhook(&self, json: &Value) -> Result<WebhookResponse, Error> {
        let body = Bytes::from(json_escape::to_bytes(json));
        webhook_delivery::post(&self.shared, &self.webhook()?, body, WebhookAttempt::default()).await
    }

    /// Posts bytes to the webhook once, with only these headers. [`signature`](Self::signature) computes a signature.
    ///
    /// # Errors
    ///
    /// Returns an error if no webhook is set, its URL is not valid, or the server does not respond.
    pub async fn post_raw(&self, body: impl Into<Bytes>, headers: &[(&str, &str)]) -> Result<WebhookResponse, Error> {
        let target = self.webhook()?;
        webhook_delivery::post_with(&self.shared, &target, body.into(), headers, WebhookAttempt::default()).await
    }

    /// Returns the value of the header `X-Hub-Signature-256` for a body.
    pub fn signature(&self, body: &[u8]) -> String {
        signature::sign(&self.shared.settings, body)
    }

    fn webhook(&self) -> Result<WebhookTarget, Error> {
        self.shared.callbacks.borrow().app.clone().ok_or(Error::NoWebhook)
    }
}
