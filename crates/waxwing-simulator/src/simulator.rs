//! The handle on a running simulator.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::builder::Builder;
use crate::error::Error;
use crate::outcome::Outcome;
use crate::persona::Persona;
use crate::timeline::{Event, UserId};
use crate::user::User;
use crate::webhook::carrier;
use crate::{escape, graph, ids, phone};

/// How long a shutdown waits for open connections.
const GRACE: Duration = Duration::from_secs(2);

/// A running fake of the Cloud API. It ends with [`shutdown`](Self::shutdown) or when it is dropped.
pub struct Simulator {
    app: Arc<App>,
    server: JoinHandle<()>,
}

/// An answer of the webhook server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, at most 64 KiB of it.
    pub body: String,
}

/// What came of [`Simulator::verify_webhook`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verification {
    /// What the server answered.
    pub answer: Answer,
    /// What it should have answered, with status 200.
    pub challenge: String,
}

impl Verification {
    /// Whether Meta would take the webhook: 200 with the challenge as the whole body.
    pub fn is_accepted(&self) -> bool {
        self.answer.status == 200 && self.answer.body == self.challenge
    }
}

impl Simulator {
    /// The settings, all at their defaults.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn new(app: Arc<App>, server: JoinHandle<()>) -> Self {
        Self { app, server }
    }

    /// The base URL of the Graph API and the address of the phone page, without a trailing slash.
    pub fn url(&self) -> String {
        self.app.look().business.origin.clone()
    }

    /// Where the simulator listens.
    pub fn address(&self) -> SocketAddr {
        self.app.address
    }

    /// The same application as behind [`url`](Self::url), to be called without a socket. A dropped connection shows as an empty
    /// 502 there.
    pub fn router(&self) -> Router {
        router(Arc::clone(&self.app))
    }

    /// The id of the business number.
    pub fn phone_number_id(&self) -> &str {
        &self.app.settings.phone_number_id
    }

    /// The business number, in digits.
    pub fn display_phone_number(&self) -> &str {
        &self.app.settings.display_phone_number
    }

    /// The token that calls must bear.
    pub fn access_token(&self) -> &str {
        &self.app.settings.access_token
    }

    /// The secret that signs webhooks.
    pub fn app_secret(&self) -> Option<&str> {
        self.app.settings.app_secret.as_deref()
    }

    /// The token of the webhook's verification.
    pub fn verify_token(&self) -> &str {
        &self.app.settings.verify_token
    }

    /// The seed of all ids: given to [`Builder::seed`], it brings the same ones again.
    pub fn seed(&self) -> u64 {
        self.app.settings.seed
    }

    /// Posts webhooks to `url` from now on, those that wait and those that are being repeated included.
    pub fn set_webhook(&self, url: impl Into<String>) {
        let url = url.into();
        self.app.gate.send_modify(|gate| gate.url = Some(url));
    }

    /// Keeps status webhooks back until [`release_statuses`](Self::release_statuses).
    pub fn hold_statuses(&self) {
        self.app.gate.send_modify(|gate| gate.statuses_held = true);
    }

    /// Posts the status webhooks that were kept back.
    pub fn release_statuses(&self) {
        self.app.gate.send_modify(|gate| gate.statuses_held = false);
    }

    /// Decides what happens to the next send that has no outcome yet. Sends without one go the usual way.
    ///
    /// # Panics
    ///
    /// When more than a thousand outcomes wait.
    pub fn next_send(&self, outcome: Outcome) {
        self.app.look().plan(outcome);
    }

    /// Winds the simulator's clock forward: windows close, media expire, delays and pauses end. Deadlines of expectations
    /// are real time and stay.
    pub fn advance(&self, by: Duration) {
        self.app.clock.advance(by);
    }

    /// The user behind a phone number or a [`Persona`]; the same one each time.
    ///
    /// # Panics
    ///
    /// When the phone number is none, or there are more than 100,000 users.
    pub fn user(&self, persona: impl Into<Persona>) -> User {
        let persona = persona.into();
        let id = self.app.change(|world| world.join(&persona)).expect("there are too many users");
        User::new(Arc::clone(&self.app), id)
    }

    /// A user who has adopted a username and hides the phone number: webhooks carry the BSUID only.
    ///
    /// # Panics
    ///
    /// When the BSUID is none, or there are more than 100,000 users.
    pub fn user_without_phone(&self, bsuid: &str, name: &str) -> User {
        let username = name.to_lowercase().replace(|char: char| !char.is_ascii_alphanumeric(), ".");
        self.user(Persona::bsuid(bsuid).name(name).username(username))
    }

    /// A user of whom an event of the timeline tells.
    pub fn user_by_id(&self, id: UserId) -> Option<User> {
        self.app.look().person(id).map(|person| person.id).map(|id| User::new(Arc::clone(&self.app), id))
    }

    /// What has happened so far, oldest first; at most the last 20,000 events.
    pub fn timeline(&self) -> Vec<Event> {
        self.app.look().timeline.after(0).cloned().collect()
    }

    /// Waits until no webhook waits to be acknowledged and no message is on its way. Held statuses are waited for as well.
    ///
    /// # Panics
    ///
    /// When that takes longer than the deadline.
    #[track_caller]
    pub fn expect_settled(&self) -> impl Future<Output = ()> {
        let place = std::panic::Location::caller();
        async move {
            let settled = self.app.wait(|world| world.is_settled().then_some(()));
            let result = tokio::time::timeout(self.app.settings.deadline, settled).await;
            assert!(result.is_ok(), "{place}: webhooks or messages are still on their way\n{}", self.transcripts());
        }
    }

    /// Verifies the webhook as Meta does when its URL is entered.
    ///
    /// <https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests>
    ///
    /// # Errors
    ///
    /// When no URL is set or the server gives no answer.
    pub async fn verify_webhook(&self) -> Result<Verification, Error> {
        let url = self.webhook()?;
        let challenge = ids::secret().map_err(|error| Error::Random(Box::new(error)))?;
        let query =
            [("hub.mode", "subscribe"), ("hub.verify_token", self.verify_token()), ("hub.challenge", &challenge)];
        let url = reqwest::Url::parse_with_params(&url, &query).map_err(|error| Error::WebhookUrl(Box::new(error)))?;
        let request = self.app.http.get(url).timeout(self.app.settings.webhook_timeout);
        let answer = carrier::answer(request.send().await.map_err(Error::no_answer)?).await?;
        Ok(Verification { answer, challenge })
    }

    /// Posts any JSON to the webhook once, in Meta's spelling and signed. It is not repeated.
    ///
    /// # Errors
    ///
    /// When no URL is set or the server gives no answer.
    pub async fn post_webhook(&self, json: &Value) -> Result<Answer, Error> {
        carrier::post(&self.app, &self.webhook()?, Bytes::from(escape::to_bytes(json))).await
    }

    /// Posts any bytes to the webhook once, with these headers only. [`sign`](Self::sign) makes a signature.
    ///
    /// # Errors
    ///
    /// When no URL is set or the server gives no answer.
    pub async fn post_raw(&self, body: impl Into<Bytes>, headers: &[(&str, &str)]) -> Result<Answer, Error> {
        carrier::post_raw(&self.app, &self.webhook()?, body.into(), headers).await
    }

    /// The value of `X-Hub-Signature-256` for a body.
    pub fn sign(&self, body: &[u8]) -> String {
        self.app.settings.sign(body)
    }

    /// Stops listening and posting, and waits until all tasks have ended.
    pub async fn shutdown(mut self) {
        self.app.stopped.cancel();
        self.app.tasks.close();
        self.app.tasks.wait().await;
        // A client that never finishes its request must not keep the simulator alive.
        if tokio::time::timeout(GRACE, &mut self.server).await.is_err() {
            self.server.abort();
        }
    }

    fn webhook(&self) -> Result<String, Error> {
        self.app.gate.borrow().url.clone().ok_or(Error::NoWebhook)
    }

    fn transcripts(&self) -> String {
        let world = self.app.look();
        world.people().iter().map(|person| crate::user::transcript(&world, person.id)).collect()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.app.stopped.cancel();
        self.app.tasks.close();
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator")
            .field("address", &self.app.address)
            .field("seed", &self.seed())
            .finish_non_exhaustive()
    }
}

/// Everything that the simulator serves.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new().merge(phone::router(&app)).merge(graph::router()).with_state(app)
}
