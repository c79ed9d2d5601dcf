//! Handle of a running emulator.

mod account;
mod faults;
mod logs;
#[cfg(feature = "https-proxy")]
mod proxy;
mod state;
mod webhook;

use std::fmt;
use std::net::SocketAddr;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::task::JoinHandle;

use crate::action::{Action, ActionError, ActionOutcome};
use crate::behavior::Behavior;
use crate::operations::{actions, scenario};
use crate::persona::Persona;
use crate::rules::pace::Pace;
use crate::scenario::Scenario;
use crate::service::GraphService;
use crate::shared::Shared;
use crate::timeline::{EmulatedUserId, TimelineEvent};
use crate::user::{User, transcript};
use crate::{scheduler, server};

/// Time for which a shutdown waits for open connections.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// Running emulator of the Cloud API.
///
/// The emulator stops with [`shutdown`](Self::shutdown), or when the handle is dropped.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), waxwing_emulator::Error> {
/// let emulator = waxwing_emulator::Emulator::builder().seed(1).start().await?;
/// println!("Graph API and phone page: {}", emulator.url());
/// emulator.shutdown().await;
/// # Ok(()) }
/// ```
pub struct Emulator {
    shared: Arc<Shared>,
    server: Option<JoinHandle<()>>,
    #[cfg(feature = "https-proxy")]
    proxy: Option<crate::https_proxy::RunningProxy>,
}

impl Emulator {
    pub(crate) fn new(
        shared: Arc<Shared>,
        server: Option<JoinHandle<()>>,
        #[cfg(feature = "https-proxy")] proxy: Option<crate::https_proxy::RunningProxy>,
    ) -> Self {
        Self {
            shared,
            server,
            #[cfg(feature = "https-proxy")]
            proxy,
        }
    }

    /// Returns the base URL of the Graph API, without a trailing slash. The phone page has the same URL.
    pub fn url(&self) -> String {
        self.shared.world().account.first_number().origin.clone()
    }

    /// Returns the listening address, or `None` [without a port](crate::EmulatorBuilder::without_port).
    pub fn address(&self) -> Option<SocketAddr> {
        self.shared.address
    }

    /// Returns the Graph API as a service for a client in the same process.
    ///
    /// The service accepts requests to [`url`](Self::url). Where a fault would drop the connection, the service returns an error.
    pub fn service(&self) -> GraphService {
        GraphService::new(self.router())
    }

    /// Returns the router that serves [`url`](Self::url).
    ///
    /// The router cannot express a dropped connection; it returns an empty 502 instead. [`service`](Self::service) returns an error.
    pub fn router(&self) -> Router {
        server::router(Arc::clone(&self.shared))
    }

    /// Returns the `phone_number_id` of the first business number.
    pub fn phone_number_id(&self) -> &str {
        &self.shared.settings.phone_number_id
    }

    /// Returns the first business number in digits.
    pub fn display_phone_number(&self) -> &str {
        &self.shared.settings.display_phone_number
    }

    /// Returns the access token that calls of the Graph API need.
    pub fn access_token(&self) -> &str {
        &self.shared.settings.access_token
    }

    /// Returns the app secret that signs webhooks.
    pub fn app_secret(&self) -> Option<&str> {
        self.shared.settings.app_secret.as_deref()
    }

    /// Returns the verify token of the webhook.
    pub fn verify_token(&self) -> &str {
        &self.shared.settings.verify_token
    }

    /// Returns the seed. [`EmulatorBuilder::seed`](crate::EmulatorBuilder::seed) with this seed reproduces all ids.
    pub fn seed(&self) -> u64 {
        self.shared.settings.seed
    }

    /// Performs an action at once.
    ///
    /// # Errors
    ///
    /// Returns an error if the action refers to a user, message, group or number that does not exist.
    pub fn perform(&self, action: Action) -> Result<ActionOutcome, ActionError> {
        self.shared.change(|world| actions::perform(world, action))
    }

    /// Starts a scenario.
    ///
    /// # Errors
    ///
    /// Returns an error if there are more than 1,000 active faults.
    pub fn play_scenario(&self, scenario: &Scenario) -> Result<(), ActionError> {
        self.shared.change(|world| scenario::start(world, scenario))
    }

    /// Removes the pending steps of all scenarios, and all faults.
    pub fn stop_scenario(&self) {
        self.shared.change(scenario::stop);
    }

    /// Changes the behavior of the emulated platform.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), waxwing_emulator::Error> {
    /// # let emulator = waxwing_emulator::Emulator::builder().start().await?;
    /// emulator.change_behavior(|behavior| behavior.unknown_fields = 0.5);
    /// # Ok(()) }
    /// ```
    pub fn change_behavior(&self, change: impl FnOnce(&mut Behavior)) {
        self.shared.change(|world| change(&mut world.runtime.behavior));
    }

    /// Changes the rate limits by their pace. Messages that were sent before count.
    pub fn set_pace(&self, pace: Pace) {
        self.shared.change(|world| world.account.rate_limits = pace.limits());
    }

    /// Advances the emulator's clock: service windows close, media expire, delays and backoffs end.
    ///
    /// The deadlines of expectations are real time and do not change.
    pub fn advance(&self, by: Duration) {
        scheduler::advance(&self.shared, by);
    }

    /// Returns the user with a phone number or a [`Persona`]. The same argument returns the same user.
    ///
    /// # Panics
    ///
    /// Panics if the phone number is not valid, or if there are more than 100,000 users.
    pub fn user(&self, persona: impl Into<Persona>) -> User {
        let persona = persona.into();
        let id = self.shared.change(|world| world.users.join(&mut world.runtime, &persona));
        User::new(Arc::clone(&self.shared), id.expect("there are at most 100,000 users"))
    }

    /// Returns a user who hides the phone number behind a username. Webhooks contain only the BSUID.
    ///
    /// # Panics
    ///
    /// Panics if the BSUID is not valid, or if there are more than 100,000 users.
    pub fn user_without_phone(&self, bsuid: &str, name: &str) -> User {
        let username = name.to_lowercase().replace(|char: char| !char.is_ascii_alphanumeric(), ".");
        self.user(Persona::bsuid(bsuid).name(name).username(username))
    }

    /// Returns the user with an id from the timeline.
    pub fn user_by_id(&self, id: EmulatedUserId) -> Option<User> {
        let exists = self.shared.world().users.get(id).is_some();
        exists.then(|| User::new(Arc::clone(&self.shared), id))
    }

    /// Returns the events so far, oldest first. The timeline keeps the latest 20,000 events.
    pub fn timeline(&self) -> Vec<TimelineEvent> {
        self.shared.world().runtime.timeline.after(0).cloned().collect()
    }

    /// Waits until no webhook waits for its acknowledgement and no message is in transit. Held statuses count as waiting.
    ///
    /// # Panics
    ///
    /// Panics after the deadline of the emulator ([`EmulatorBuilder::deadline`](crate::EmulatorBuilder::deadline)).
    #[track_caller]
    pub fn expect_idle(&self) -> impl Future<Output = ()> {
        let location = Location::caller();
        async move {
            let idle = self.shared.wait(|world| world.is_idle().then_some(()));
            let result = tokio::time::timeout(self.shared.settings.deadline, idle).await;
            assert!(result.is_ok(), "{location}: webhooks or messages are still in transit\n{}", self.transcripts());
        }
    }

    /// Stops the emulator. Waits for its tasks, and up to two seconds for open connections.
    pub async fn shutdown(mut self) {
        self.shared.stopped.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
        // A client that never finishes its request must not delay the shutdown further.
        if let Some(mut server) = self.server.take()
            && tokio::time::timeout(SHUTDOWN_TIMEOUT, &mut server).await.is_err()
        {
            server.abort();
        }
    }

    fn transcripts(&self) -> String {
        let world = self.shared.world();
        world.users.all().iter().map(|user| transcript(&world, user.id)).collect()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.shared.stopped.cancel();
        self.shared.tasks.close();
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator")
            .field("address", &self.shared.address)
            .field("seed", &self.seed())
            .finish_non_exhaustive()
    }
}
