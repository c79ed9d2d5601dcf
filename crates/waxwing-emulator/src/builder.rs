//! Builder of an emulator.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::mpsc;

use crate::behavior::{Batching, Behavior, RedeliveryPolicy, StatusDelays, TemplateApproval};
use crate::clock::Clock;
use crate::emulator::Emulator;
use crate::error::Error;
use crate::operations::scenario;
use crate::rules::Rules;
use crate::rules::pace::Pace;
use crate::rules::rate_limits::RateLimits;
use crate::scenario::Scenario;
use crate::settings::EmulatorSettings;
use crate::shared::Shared;
use crate::webhook::target::META_USER_AGENT;
use crate::{effects, ids, scheduler, server, state};

/// URL of an emulator without a port. The name never resolves.
const URL_WITHOUT_PORT: &str = "http://emulator.invalid";

/// Settings of an [`Emulator`]. All settings have defaults for tests. `Debug` shows no secret.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), waxwing_emulator::Error> {
/// use waxwing_emulator::Emulator;
///
/// let emulator = Emulator::builder().seed(7).name("Pizzeria").without_port().start().await?;
/// assert_eq!(emulator.address(), None);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct EmulatorBuilder {
    settings: EmulatorSettings,
    bind: Option<SocketAddr>,
    seed: Option<u64>,
    access_token: Option<String>,
    verify_token: Option<String>,
    app_secret: AppSecretSetting,
    frozen: Option<SystemTime>,
    scenario: Option<Scenario>,
    #[cfg(feature = "https-proxy")]
    https_proxy: Option<SocketAddr>,
}

#[derive(Clone)]
enum AppSecretSetting {
    Random,
    Given(Option<String>),
}

impl Emulator {
    /// Returns a builder with the default settings.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder {
            settings: EmulatorSettings::default(),
            bind: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
            seed: None,
            access_token: None,
            verify_token: None,
            app_secret: AppSecretSetting::Random,
            frozen: None,
            scenario: None,
            #[cfg(feature = "https-proxy")]
            https_proxy: None,
        }
    }
}

impl EmulatorBuilder {
    /// Sets the `phone_number_id` of the first business number. Default: `1000001`.
    pub fn phone_number_id(mut self, id: impl Into<String>) -> Self {
        self.settings.phone_number_id = id.into();
        self
    }

    /// Sets the first business number in digits. Default: `15550001111`.
    pub fn display_phone_number(mut self, digits: impl Into<String>) -> Self {
        self.settings.display_phone_number = digits.into();
        self
    }

    /// Sets the id of the WhatsApp Business Account. Default: `2000002`. BSUIDs depend on this id.
    pub fn waba_id(mut self, id: impl Into<String>) -> Self {
        self.settings.waba_id = id.into();
        self
    }

    /// Adds a business number to the account, by `phone_number_id` and digits.
    pub fn number(mut self, id: impl Into<String>, digits: impl Into<String>) -> Self {
        self.settings.numbers.push((id.into(), digits.into()));
        self
    }

    /// Sets the id of the Meta app. Default: `3000003`.
    pub fn app_id(mut self, id: impl Into<String>) -> Self {
        self.settings.app_id = id.into();
        self
    }

    /// Sets the strictness of the rules that Meta's documentation leaves open. Default: strict.
    pub fn rules(mut self, rules: Rules) -> Self {
        self.settings.initial_rules = rules;
        self
    }

    /// Sets the rate limits. Default: Meta's.
    pub fn rate_limits(mut self, rate_limits: RateLimits) -> Self {
        self.settings.rate_limits = rate_limits;
        self
    }

    /// Sets the rate limits by their pace. Default: [`Pace::Meta`].
    pub fn pace(self, pace: Pace) -> Self {
        self.rate_limits(pace.limits())
    }

    /// Sets the name of the business on the phone page. Default: `Waxwing`.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.settings.name = name.into();
        self
    }

    /// Sets the access token that calls of the Graph API need. Default: random.
    pub fn access_token(mut self, token: impl Into<String>) -> Self {
        self.access_token = Some(token.into());
        self
    }

    /// Sets the app secret that signs webhooks. Default: random. `None` signs with an empty key.
    pub fn app_secret(mut self, secret: Option<String>) -> Self {
        self.app_secret = AppSecretSetting::Given(secret);
        self
    }

    /// Sets the verify token of the webhook. Default: random.
    pub fn verify_token(mut self, token: impl Into<String>) -> Self {
        self.verify_token = Some(token.into());
        self
    }

    /// Sets the webhook URL. Without a URL, webhooks wait for [`Emulator::set_webhook`].
    pub fn webhook(mut self, url: impl Into<String>) -> Self {
        self.settings.webhook = Some(url.into());
        self
    }

    /// Sets the timeout of webhook requests, in real time. Default: 10 s.
    pub fn webhook_timeout(mut self, timeout: Duration) -> Self {
        self.settings.webhook_timeout = timeout;
        self
    }

    /// Sets the delays between statuses. Default: a few milliseconds.
    pub fn status_delays(mut self, delays: StatusDelays) -> Self {
        self.settings.behavior.status_delays = delays;
        self
    }

    /// Sets the redelivery policy of webhooks. Default: a backoff from 50 ms to 2 s.
    pub fn redelivery(mut self, redelivery: RedeliveryPolicy) -> Self {
        self.settings.behavior.redelivery = redelivery;
        self
    }

    /// Sets the automatic approval of message templates. Default: never.
    pub fn template_approval(mut self, approval: TemplateApproval) -> Self {
        self.settings.behavior.template_approval = approval;
        self
    }

    /// Enables batching of webhook updates. Default: one webhook per update.
    pub fn batching(mut self, batching: Batching) -> Self {
        self.settings.behavior.batching = Some(batching);
        self
    }

    /// Sets the whole behavior of the emulated platform. Default: [`Behavior::default`].
    pub fn behavior(mut self, behavior: Behavior) -> Self {
        self.settings.behavior = behavior;
        self
    }

    /// Plays a scenario from the start. The seed of the scenario applies unless [`seed`](Self::seed) sets another one.
    pub fn scenario(mut self, scenario: Scenario) -> Self {
        self.scenario = Some(scenario);
        self
    }

    /// Freezes the clock at `start`. Only [`Emulator::advance`] moves it.
    ///
    /// With a frozen clock and a seed, the same calls of a client have the same results, time stamps included.
    pub fn frozen_clock(mut self, start: SystemTime) -> Self {
        self.frozen = Some(start);
        self
    }

    /// Sets the deadline of expectations, in real time. Default: 10 s.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.settings.deadline = deadline;
        self
    }

    /// Sets the listening address. Default: a free port on `127.0.0.1`.
    pub fn bind(mut self, address: SocketAddr) -> Self {
        self.bind = Some(address);
        self
    }

    /// Allows clients to call the phone page and the control API under another name of this machine, such as the name of a container.
    /// Repeat the call for more names. Default: only `localhost` and the addresses of this machine.
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.settings.allowed_hosts.push(name.into());
        self
    }

    /// Sets the URL by which clients reach the emulator, without a trailing slash. Media URLs begin with it. Default: the address.
    pub fn public_url(mut self, url: impl Into<String>) -> Self {
        self.settings.public_url = Some(url.into());
        self
    }

    /// Listens on no port.
    ///
    /// Clients use [`Emulator::service`] or [`Emulator::router`]; [`Emulator::set_webhook_service`] receives webhooks. There is no
    /// phone page, and the name in [`Emulator::url`] never resolves.
    pub fn without_port(mut self) -> Self {
        self.bind = None;
        self
    }

    /// Listens on another address as an HTTPS proxy for clients that call `https://graph.facebook.com`. Default: no proxy.
    ///
    /// [`Emulator::https_proxy_url`] is the value of `HTTPS_PROXY`, and [`Emulator::ca_certificate`] the certificate that the client must
    /// trust. The proxy connects to no other host.
    #[cfg(feature = "https-proxy")]
    pub fn https_proxy(mut self, address: SocketAddr) -> Self {
        self.https_proxy = Some(address);
        self
    }

    /// Sets the seed of all ids and rates. Default: random.
    ///
    /// Random ids prevent that a server with an old database takes new messages for duplicates. BSUIDs depend only on phone number and
    /// account. Secrets are always random.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Starts the emulator.
    ///
    /// # Errors
    ///
    /// Returns an error if the address cannot be bound, if the operating system provides no random bytes, or if the scenario cannot
    /// be started.
    pub async fn start(self) -> Result<Emulator, Error> {
        let settings = self.resolve_settings()?;
        let listener = match self.bind {
            Some(address) => Some(server::bind(address).await?),
            None => None,
        };
        let address = listener.as_ref().map(|(_, address)| *address);
        #[cfg(feature = "https-proxy")]
        let proxy = match self.https_proxy {
            Some(address) => Some(crate::https_proxy::HttpsProxy::bind(address).await?),
            None => None,
        };
        let http = reqwest::Client::builder()
            .user_agent(META_USER_AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(Error::client)?;
        let clock = self.frozen.map_or_else(Clock::start, Clock::frozen);
        let origin = || address.map_or_else(|| URL_WITHOUT_PORT.to_owned(), server::origin);
        let origin = settings.public_url.clone().unwrap_or_else(origin);
        let world = state::fresh_world(&settings, origin, clock.clone());
        let (effects, receiver) = mpsc::unbounded_channel();
        let run_id = ids::secret().map_err(random)?;
        let shared = Arc::new(Shared::new(settings, address, run_id, clock, http, world, effects));
        shared.spawn(effects::run(Arc::clone(&shared), receiver));
        shared.spawn(scheduler::run(Arc::clone(&shared)));
        if let Some(scenario) = &self.scenario {
            shared.change(|world| scenario::start(world, scenario)).map_err(Error::Scenario)?;
        }
        let server = listener.map(|(listener, _)| tokio::spawn(server::serve(Arc::clone(&shared), listener)));
        #[cfg(feature = "https-proxy")]
        let proxy = proxy.map(|proxy| proxy.run(&shared));
        Ok(Emulator::new(
            shared,
            server,
            #[cfg(feature = "https-proxy")]
            proxy,
        ))
    }

    /// Returns the settings with random values for everything that was not given.
    fn resolve_settings(&self) -> Result<EmulatorSettings, Error> {
        let mut settings = self.settings.clone();
        let seed = self.seed.or_else(|| self.scenario.as_ref()?.seed);
        settings.seed = seed.map_or_else(ids::random_seed, Ok).map_err(random)?;
        let secret = |given: Option<&String>| given.cloned().map_or_else(ids::secret, Ok).map_err(random);
        settings.access_token = secret(self.access_token.as_ref())?;
        settings.verify_token = secret(self.verify_token.as_ref())?;
        settings.app_secret = match &self.app_secret {
            AppSecretSetting::Random => Some(secret(None)?),
            AppSecretSetting::Given(given) => given.clone(),
        };
        Ok(settings)
    }
}

fn random(error: getrandom::Error) -> Error {
    Error::Random(Box::new(error))
}

impl fmt::Debug for EmulatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmulatorBuilder")
            .field("settings", &self.settings)
            .field("bind", &self.bind)
            .finish_non_exhaustive()
    }
}
