//! EmulatorSettings, and the start.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::net::TcpListener;

use crate::app::App;
use crate::clock::Clock;
use crate::conduct::{Batching, Behavior, RedeliveryPolicy, StatusDelays};
use crate::connection::{Connection, Listener};
use crate::emulator::Emulator;
use crate::error::Error;
use crate::rules::Rules;
use crate::rules::pace::RateLimits;
use crate::scenario::Scenario;
use crate::webhook::{carrier, target};
use crate::world::{Business, World};
use crate::{emulator, ids};

/// The origin of an emulator without a port: a name that never resolves.
const NOWHERE: &str = "http://emulator.invalid";

/// Collects the settings of a [`Emulator`]; each has a default that suits a test. `Debug` shows no secret.
#[derive(Clone)]
pub struct EmulatorBuilder {
    settings: EmulatorSettings,
    bind: Option<SocketAddr>,
    seed: Option<u64>,
    access_token: Option<String>,
    verify_token: Option<String>,
    app_secret: Secret,
    frozen: Option<SystemTime>,
    scenario: Option<Scenario>,
}

/// The app secret as it was asked for.
#[derive(Clone)]
enum Secret {
    Random,
    Given(Option<String>),
}

impl fmt::Debug for EmulatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmulatorBuilder")
            .field("settings", &self.settings)
            .field("bind", &self.bind)
            .finish_non_exhaustive()
    }
}

/// What the running emulator needs of the settings. `Debug` shows no secret.
#[derive(Clone)]
pub(crate) struct EmulatorSettings {
    pub(crate) phone_number_id: String,
    pub(crate) display_phone_number: String,
    pub(crate) waba_id: String,
    pub(crate) name: String,
    pub(crate) access_token: String,
    pub(crate) app_secret: Option<String>,
    pub(crate) verify_token: String,
    pub(crate) webhook: Option<String>,
    pub(crate) webhook_timeout: Duration,
    /// What it starts with; the world has what is in force.
    pub(crate) behavior: Behavior,
    pub(crate) deadline: Duration,
    pub(crate) seed: u64,
    pub(crate) app_id: String,
    pub(crate) rules: Rules,
    pub(crate) rate_limits: RateLimits,
    /// The numbers besides the first: id and digits.
    pub(crate) numbers: Vec<(String, String)>,
}

impl EmulatorSettings {
    /// The signature of a body; of an app without a secret, one that nobody can check.
    pub(crate) fn sign(&self, body: &[u8]) -> String {
        carrier::signature(self.app_secret.as_deref().unwrap_or_default(), body)
    }
}

impl fmt::Debug for EmulatorSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmulatorSettings")
            .field("phone_number_id", &self.phone_number_id)
            .field("behavior", &self.behavior)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

impl EmulatorBuilder {
    pub(crate) fn new() -> Self {
        let settings = EmulatorSettings {
            phone_number_id: "1000001".to_owned(),
            display_phone_number: "15550001111".to_owned(),
            waba_id: "2000002".to_owned(),
            name: "Waxwing".to_owned(),
            access_token: String::new(),
            app_secret: None,
            verify_token: String::new(),
            webhook: None,
            webhook_timeout: Duration::from_secs(10),
            behavior: Behavior::default(),
            deadline: Duration::from_secs(10),
            seed: 0,
            app_id: "3000003".to_owned(),
            rules: Rules::strict(),
            rate_limits: RateLimits::default(),
            numbers: Vec::new(),
        };
        Self {
            settings,
            bind: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
            seed: None,
            access_token: None,
            verify_token: None,
            app_secret: Secret::Random,
            frozen: None,
            scenario: None,
        }
    }

    /// The id of the business number; `1000001` by default.
    pub fn phone_number_id(mut self, id: impl Into<String>) -> Self {
        self.settings.phone_number_id = id.into();
        self
    }

    /// The business number in digits; `15550001111` by default.
    pub fn display_phone_number(mut self, digits: impl Into<String>) -> Self {
        self.settings.display_phone_number = digits.into();
        self
    }

    /// The WhatsApp Business Account; `2000002` by default. BSUIDs are made from it.
    pub fn waba_id(mut self, id: impl Into<String>) -> Self {
        self.settings.waba_id = id.into();
        self
    }

    /// One more business number of the same account, by its id and its digits.
    pub fn number(mut self, id: impl Into<String>, digits: impl Into<String>) -> Self {
        self.settings.numbers.push((id.into(), digits.into()));
        self
    }

    /// The id of the Meta app; `3000003` by default.
    pub fn app_id(mut self, id: impl Into<String>) -> Self {
        self.settings.app_id = id.into();
        self
    }

    /// How the rules are read that Meta's documentation leaves open; strictly by default.
    pub fn rules(mut self, rules: Rules) -> Self {
        self.settings.rules = rules;
        self
    }

    /// How fast one may write; as fast as at Meta by default.
    pub fn rate_limits(mut self, rate_limits: RateLimits) -> Self {
        self.settings.rate_limits = rate_limits;
        self
    }

    /// The name of the business, as the phone page shows it; `Waxwing` by default.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.settings.name = name.into();
        self
    }

    /// The token that calls must bear; random by default.
    pub fn access_token(mut self, token: impl Into<String>) -> Self {
        self.access_token = Some(token.into());
        self
    }

    /// The secret that signs webhooks; random by default. With `None`, webhooks bear a signature that nobody can check.
    pub fn app_secret(mut self, secret: Option<String>) -> Self {
        self.app_secret = Secret::Given(secret);
        self
    }

    /// The token of the webhook's verification; random by default.
    pub fn verify_token(mut self, token: impl Into<String>) -> Self {
        self.verify_token = Some(token.into());
        self
    }

    /// Where webhooks are posted. Without one they wait for [`Emulator::set_webhook`].
    pub fn webhook(mut self, url: impl Into<String>) -> Self {
        self.settings.webhook = Some(url.into());
        self
    }

    /// How long the webhook server may take to answer; 10 s by default.
    pub fn webhook_timeout(mut self, timeout: Duration) -> Self {
        self.settings.webhook_timeout = timeout;
        self
    }

    /// How long messages of the business take; a few milliseconds by default.
    pub fn status_delays(mut self, delays: StatusDelays) -> Self {
        self.settings.behavior.status_delays = delays;
        self
    }

    /// How webhooks are repeated.
    pub fn redelivery(mut self, redelivery: RedeliveryPolicy) -> Self {
        self.settings.behavior.redelivery = redelivery;
        self
    }

    /// How updates are gathered into one webhook; each travels alone by default.
    pub fn batching(mut self, batching: Batching) -> Self {
        self.settings.behavior.batching = Some(batching);
        self
    }

    /// How the emulated Meta behaves, all of it.
    pub fn behavior(mut self, behavior: Behavior) -> Self {
        self.settings.behavior = behavior;
        self
    }

    /// Plays a scenario from the start. Its seed is the emulator's unless [`seed`](Self::seed) gives another.
    pub fn scenario(mut self, scenario: Scenario) -> Self {
        self.scenario = Some(scenario);
        self
    }

    /// Stops the clock: it begins at this time and moves by [`Emulator::advance`] alone. With a seed, a client that does the same
    /// then gets the same, time stamps included.
    pub fn frozen_clock(mut self, start: SystemTime) -> Self {
        self.frozen = Some(start);
        self
    }

    /// How long an expectation waits before it fails; 10 s by default, in real time.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.settings.deadline = deadline;
        self
    }

    /// Where to listen; `127.0.0.1` and any free port by default.
    pub fn bind(mut self, address: SocketAddr) -> Self {
        self.bind = Some(address);
        self
    }

    /// Listens on no port: the Graph side is called through [`Emulator::service`] or [`Emulator::router`], and webhooks go where
    /// [`Emulator::set_webhook_service`] says. There is no phone page then, and [`Emulator::url`] is a name that no network knows.
    pub fn without_port(mut self) -> Self {
        self.bind = None;
        self
    }

    /// Makes all ids the same in each run. By default they are new in each start, so that a server that remembers an earlier
    /// run does not take new messages for repetitions. (BSUIDs are always the same for the same phone number and account, and
    /// secrets never come from the seed.)
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Binds the socket, if there is to be one, and starts.
    ///
    /// # Errors
    ///
    /// When the address cannot be bound, or the operating system gives no random bytes.
    pub async fn start(self) -> Result<Emulator, Error> {
        let random = |error: getrandom::Error| Error::Random(Box::new(error));
        let mut settings = self.settings;
        let seed = self.seed.or_else(|| self.scenario.as_ref()?.seed);
        settings.seed = seed.map_or_else(ids::random_seed, Ok).map_err(random)?;
        let secret = |given: Option<String>| given.map_or_else(ids::secret, Ok).map_err(random);
        settings.access_token = secret(self.access_token)?;
        settings.verify_token = secret(self.verify_token)?;
        settings.app_secret = match self.app_secret {
            Secret::Random => Some(secret(None)?),
            Secret::Given(given) => given,
        };
        let run = secret(None)?;

        let listener = match self.bind {
            Some(address) => Some(listen(address).await.map_err(|source| Error::Bind { address, source })?),
            None => None,
        };
        let address = listener.as_ref().map(|(_, address)| *address);
        let http = reqwest::Client::builder()
            .user_agent(target::NAME)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(Error::client)?;
        let clock = self.frozen.map_or_else(Clock::start, Clock::frozen);
        let business = Business {
            phone_number_id: settings.phone_number_id.clone(),
            display_phone_number: settings.display_phone_number.clone(),
            waba_id: settings.waba_id.clone(),
            origin: address.map_or_else(|| NOWHERE.to_owned(), origin),
        };
        let mut world = World::new(business, settings.behavior.clone(), clock.clone(), settings.seed);
        world.account.configure(settings.rules.clone(), settings.rate_limits, &settings.name, &settings.numbers);
        let app = Arc::new(App::new(settings, address, run, clock, http, world));
        app.follow_agenda();
        if let Some(scenario) = &self.scenario {
            app.change(|world| world.play_scenario(scenario)).map_err(Error::Scenario)?;
        }

        let server = listener.map(|(listener, _)| tokio::spawn(serve(Arc::clone(&app), listener)));
        Ok(Emulator::new(app, server))
    }
}

async fn listen(address: SocketAddr) -> std::io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves until the emulator stops.
async fn serve(app: Arc<App>, listener: TcpListener) {
    let stopped = app.stopped.clone().cancelled_owned();
    let service = emulator::router(app).into_make_service_with_connect_info::<Connection>();
    if let Err(error) = axum::serve(Listener(listener), service).with_graceful_shutdown(stopped).await {
        tracing::error!(%error, "the emulator stopped listening");
    }
}

/// The URL under which a listener is reached from this machine.
fn origin(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    }
}
