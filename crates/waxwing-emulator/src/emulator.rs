//! The handle on a running emulator.

mod account;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use bytes::Bytes;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::action::{Action, ActionError, ActionOutcome};
use crate::app::App;
use crate::builder::EmulatorBuilder;
use crate::conduct::Behavior;
use crate::error::Error;
use crate::fault::{Fault, FaultEffect, FaultId};
use crate::persona::Persona;
use crate::scenario::Scenario;
use crate::service::GraphService;
use crate::timeline::{EmulatedUserId, TimelineEvent};
use crate::user::User;
use crate::webhook::carrier;
use crate::webhook::target::Target;
use crate::world::World;
use crate::{control, escape, graph, ids, phone};

/// How long a shutdown waits for open connections.
const GRACE: Duration = Duration::from_secs(2);

/// A running fake of the Cloud API. It ends with [`shutdown`](Self::shutdown) or when it is dropped.
pub struct Emulator {
    app: Arc<App>,
    server: Option<JoinHandle<()>>,
}

/// An answer of the webhook server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WebhookResponse {
    /// The HTTP status.
    pub status: u16,
    /// The body, at most 64 KiB of it.
    pub body: String,
}

/// What came of [`Emulator::verify_webhook`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WebhookVerification {
    /// What the server answered.
    pub response: WebhookResponse,
    /// What it should have answered, with status 200.
    pub challenge: String,
}

impl WebhookVerification {
    /// Whether Meta would take the webhook: 200 with the challenge as the whole body.
    pub fn is_accepted(&self) -> bool {
        self.response.status == 200 && self.response.body == self.challenge
    }
}

impl Emulator {
    /// The settings, all at their defaults.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::new()
    }

    pub(crate) fn new(app: Arc<App>, server: Option<JoinHandle<()>>) -> Self {
        Self { app, server }
    }

    /// The base URL of the Graph API and the address of the phone page, without a trailing slash.
    pub fn url(&self) -> String {
        self.app.look().business.origin.clone()
    }

    /// Where the emulator listens; none [without a port](EmulatorBuilder::without_port).
    pub fn address(&self) -> Option<SocketAddr> {
        self.app.address
    }

    /// The Graph side as a service, for a client in the same process that can be given one instead of the network. It takes requests
    /// to [`url`](Self::url) as the socket does; where a connection would break, it fails.
    pub fn service(&self) -> GraphService {
        GraphService::new(self.router())
    }

    /// The same application as behind [`url`](Self::url), to be called without a socket. A dropped connection shows as an empty
    /// 502 there; [`service`](Self::service) tells it apart.
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

    /// The seed of all ids: given to [`EmulatorBuilder::seed`], it brings the same ones again.
    pub fn seed(&self) -> u64 {
        self.app.settings.seed
    }

    /// Posts webhooks to `url` from now on, those that wait and those that are being repeated included.
    pub fn set_webhook(&self, url: impl Into<String>) {
        let target = Target::Url(url.into());
        self.app.gate.send_modify(|gate| gate.target = Some(target));
    }

    /// Delivers webhooks to an application in this process from now on, without a port: `path` is where it takes them, such as
    /// `/whatsapp/webhook`. A panic of the application is what it is on the network, a connection without an answer.
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
        let target = Target::service(service, path.into());
        self.app.gate.send_modify(|gate| gate.target = Some(target));
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
    pub fn next_send(&self, outcome: FaultEffect) {
        let planned = self.app.look().faults.plan(outcome);
        assert!(planned, "there are too many planned outcomes");
    }

    /// Puts a fault into force until it is lifted.
    ///
    /// # Panics
    ///
    /// When more than a thousand are in force.
    pub fn inject(&self, fault: Fault) -> FaultId {
        let id = self.app.look().faults.inject(fault);
        id.expect("there are too many faults")
    }

    /// Lifts one fault. False if it is not in force.
    pub fn remove_fault(&self, fault: FaultId) -> bool {
        self.app.look().faults.lift(fault)
    }

    /// Lifts all faults, outcomes of [`next_send`](Self::next_send) included.
    pub fn clear_faults(&self) {
        self.app.look().faults.lift_all();
    }

    /// Makes something happen at once.
    ///
    /// # Errors
    ///
    /// When it is not possible: there is no such user, message or group.
    pub fn perform(&self, action: Action) -> Result<ActionOutcome, ActionError> {
        self.app.change(|world| world.perform(action))
    }

    /// Plays a scenario from now on.
    ///
    /// # Errors
    ///
    /// When it has more faults than may be in force.
    pub fn play_scenario(&self, scenario: &Scenario) -> Result<(), ActionError> {
        self.app.change(|world| world.play_scenario(scenario))
    }

    /// Forgets the steps of scenarios that are still to come, and lifts all faults.
    pub fn stop_scenario(&self) {
        self.app.change(World::stop_scenario);
    }

    /// Changes how the emulated Meta behaves from now on.
    pub fn change_behavior(&self, change: impl FnOnce(&mut Behavior)) {
        self.app.change(|world| change(&mut world.behavior));
    }

    /// Winds the emulator's clock forward: windows close, media expire, delays and pauses end. Deadlines of expectations
    /// are real time and stay.
    pub fn advance(&self, by: Duration) {
        self.app.advance(by);
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
    pub fn user_by_id(&self, id: EmulatedUserId) -> Option<User> {
        self.app.look().person(id).map(|person| person.id).map(|id| User::new(Arc::clone(&self.app), id))
    }

    /// What has happened so far, oldest first; at most the last 20,000 events.
    pub fn timeline(&self) -> Vec<TimelineEvent> {
        self.app.look().timeline.after(0).cloned().collect()
    }

    /// Waits until no webhook waits to be acknowledged and no message is on its way. Held statuses are waited for as well.
    ///
    /// # Panics
    ///
    /// When that takes longer than the deadline.
    #[track_caller]
    pub fn expect_idle(&self) -> impl Future<Output = ()> {
        let place = std::panic::Location::caller();
        async move {
            let settled = self.app.wait(|world| world.is_idle().then_some(()));
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
    pub async fn verify_webhook(&self) -> Result<WebhookVerification, Error> {
        let webhook = self.webhook()?;
        let challenge = ids::secret().map_err(|error| Error::Random(Box::new(error)))?;
        let query =
            [("hub.mode", "subscribe"), ("hub.verify_token", self.verify_token()), ("hub.challenge", &challenge)];
        let answer = webhook.get(&self.app.http, &query, self.app.settings.webhook_timeout).await?;
        Ok(WebhookVerification { response: answer, challenge })
    }

    /// Posts any JSON to the webhook once, in Meta's spelling and signed. It is not repeated.
    ///
    /// # Errors
    ///
    /// When no URL is set or the server gives no answer.
    pub async fn post_webhook(&self, json: &Value) -> Result<WebhookResponse, Error> {
        carrier::post(&self.app, &self.webhook()?, Bytes::from(escape::to_bytes(json))).await
    }

    /// Posts any bytes to the webhook once, with these headers only. [`signature`](Self::signature) makes a signature.
    ///
    /// # Errors
    ///
    /// When no URL is set or the server gives no answer.
    pub async fn post_raw(&self, body: impl Into<Bytes>, headers: &[(&str, &str)]) -> Result<WebhookResponse, Error> {
        self.webhook()?.post(&self.app.http, body.into(), headers, self.app.settings.webhook_timeout).await
    }

    /// The value of `X-Hub-Signature-256` for a body.
    pub fn signature(&self, body: &[u8]) -> String {
        self.app.settings.sign(body)
    }

    /// Stops listening and posting, and waits until all tasks have ended.
    pub async fn shutdown(mut self) {
        self.app.stopped.cancel();
        self.app.tasks.close();
        self.app.tasks.wait().await;
        // A client that never finishes its request must not keep the emulator alive.
        if let Some(mut server) = self.server.take()
            && tokio::time::timeout(GRACE, &mut server).await.is_err()
        {
            server.abort();
        }
    }

    fn webhook(&self) -> Result<Target, Error> {
        self.app.gate.borrow().target.clone().ok_or(Error::NoWebhook)
    }

    fn transcripts(&self) -> String {
        let world = self.app.look();
        world.people().iter().map(|person| crate::user::transcript(&world, person.id)).collect()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.app.stopped.cancel();
        self.app.tasks.close();
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator")
            .field("address", &self.app.address)
            .field("seed", &self.seed())
            .finish_non_exhaustive()
    }
}

/// Everything that the emulator serves.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new().merge(phone::router(&app)).merge(control::router(&app)).merge(graph::router(&app)).with_state(app)
}
