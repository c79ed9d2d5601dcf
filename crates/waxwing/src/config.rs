//! The settings of a server: one table, read from whatever answers to their names.
//!
//! The environment is such a source, and so is a file, or the flags of a command: whoever asks by a setting's name gets the raw text,
//! and it is checked in one place, here.

mod table;

use std::net::IpAddr;
use std::time::Duration;

use secrecy::SecretString;
use waxwing_axum::Prefix;
use waxwing_engine::{Debounce, OnStale, SystemMessages, WhileRunning};
use waxwing_store::{OnInDoubt, Retention};
use waxwing_types::PhoneNumberId;
use waxwing_webhook::{AppSecrets, VerifyToken};

use crate::agent_os::unsafe_address;
use crate::database::Database;
use crate::error::ConfigError;
pub use table::{SETTINGS, Setting};

/// Something that knows the raw values of settings.
pub trait SettingsSource {
    /// The raw value of a setting; none, or an empty text, if it is not set.
    fn get(&self, setting: &Setting) -> Option<String>;
}

/// The environment of the process.
#[derive(Debug, Clone, Copy, Default)]
pub struct Environment;

impl SettingsSource for Environment {
    fn get(&self, setting: &Setting) -> Option<String> {
        std::env::var(setting.variable).ok()
    }
}

impl<F: Fn(&Setting) -> Option<String>> SettingsSource for F {
    fn get(&self, setting: &Setting) -> Option<String> {
        self(setting)
    }
}

/// Whether requests must be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// They must.
    Production,
    /// They need not; the server listens on the loopback address alone.
    Development,
}

/// All settings of a server with one business number, checked.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// Sends messages. `WHATSAPP_ACCESS_TOKEN`, required.
    pub access_token: SecretString,
    /// The business number. `WHATSAPP_PHONE_NUMBER_ID`, required.
    pub phone_number_id: PhoneNumberId,
    /// What Meta's challenge must bear. `WHATSAPP_VERIFY_TOKEN`; without it the challenge is answered with 500.
    pub verify_token: Option<VerifyToken>,
    /// Check the signature. `WHATSAPP_APP_SECRET`, several separated by commas.
    pub app_secrets: Option<AppSecrets>,
    /// `APP_ENV`: `production` or `development`. Default: production if there is an app secret, else development.
    pub mode: Mode,
    /// `WHATSAPP_GRAPH_URL`, default `https://graph.facebook.com`.
    pub graph_url: Option<String>,
    /// `WHATSAPP_API_VERSION`, default the client's.
    pub api_version: Option<String>,
    /// `DATABASE_URL`, default `sqlite://waxwing.db`.
    pub database: Database,
    /// `HOST`, default 127.0.0.1 in development, 0.0.0.0 in production.
    pub host: IpAddr,
    /// `PORT`, default 7777.
    pub port: u16,
    /// `WAXWING_PREFIX`, default `/whatsapp`.
    pub prefix: Prefix,
    /// `WAXWING_ALLOW_UNSIGNED`: lets a server in development listen on an address that others can reach. Default: false.
    pub allow_unsigned: bool,
    /// `WAXWING_SHUTDOWN_TIMEOUT`: how long running turns may take to end when the server stops. Default: 20 s.
    pub shutdown_timeout: Duration,
    /// The settings of the engine.
    pub engine: waxwing_engine::EngineSettings,
}

impl Settings {
    /// The settings that the environment gives.
    ///
    /// # Errors
    ///
    /// Names the settings that are missing, or the first that is wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(&Environment)
    }

    /// The database that a source names, whatever else it lacks.
    ///
    /// # Errors
    ///
    /// If the database's URL is wrong.
    pub fn database(source: &impl SettingsSource) -> Result<Database, ConfigError> {
        Raw(source).text("DATABASE_URL").map_or_else(|| Ok(Database::default()), |url| Database::parse(&url))
    }

    /// The settings that a source gives.
    ///
    /// # Errors
    ///
    /// Names the settings that are missing, or the first that is wrong.
    pub fn read(source: &impl SettingsSource) -> Result<Self, ConfigError> {
        let raw = Raw(source);
        let missing: Vec<_> =
            SETTINGS.iter().filter(|setting| setting.required && raw.find(setting).is_none()).collect();
        if !missing.is_empty() {
            let names: Vec<_> =
                missing.iter().map(|setting| format!("{} ({})", setting.variable, setting.key)).collect();
            let verb = if names.len() == 1 { "is" } else { "are" };
            return Err(ConfigError::new(format!("{} {verb} not set", names.join(" and "))));
        }
        let app_secrets = raw.parse("WHATSAPP_APP_SECRET", AppSecrets::parse)?;
        let mode = match raw.parse("APP_ENV", mode)? {
            Some(mode) => mode,
            None if app_secrets.is_some() => Mode::Production,
            None => Mode::Development,
        };
        if mode == Mode::Production && app_secrets.is_none() {
            return Err(ConfigError::new(
                "WHATSAPP_APP_SECRET is not set, and production mode checks signatures with it: set it, or set APP_ENV=development to take unsigned webhooks on this machine alone",
            ));
        }
        let settings = Self {
            access_token: raw.text("WHATSAPP_ACCESS_TOKEN").unwrap_or_default().into(),
            phone_number_id: PhoneNumberId::new(raw.text("WHATSAPP_PHONE_NUMBER_ID").unwrap_or_default()),
            verify_token: raw.text("WHATSAPP_VERIFY_TOKEN").map(VerifyToken::new),
            app_secrets,
            mode,
            graph_url: raw.text("WHATSAPP_GRAPH_URL"),
            api_version: raw.text("WHATSAPP_API_VERSION"),
            database: Self::database(source)?,
            host: raw.parse("HOST", host)?.unwrap_or_else(|| mode.host()),
            port: raw.parse("PORT", str::parse::<u16>)?.unwrap_or(7777),
            prefix: raw.parse("WAXWING_PREFIX", Prefix::new)?.unwrap_or_default(),
            allow_unsigned: raw.parse("WAXWING_ALLOW_UNSIGNED", str::parse::<bool>)?.unwrap_or(false),
            shutdown_timeout: raw
                .duration("WAXWING_SHUTDOWN_TIMEOUT", Duration::ZERO)?
                .unwrap_or(Duration::from_secs(20)),
            engine: raw.engine()?,
        };
        if mode == Mode::Development && !settings.host.is_loopback() && !settings.allow_unsigned {
            return Err(unsafe_address(settings.host));
        }
        Ok(settings)
    }
}

impl Mode {
    /// The address that a server listens on unless told otherwise.
    fn host(self) -> IpAddr {
        match self {
            Self::Production => IpAddr::from([0, 0, 0, 0]),
            Self::Development => IpAddr::from([127, 0, 0, 1]),
        }
    }
}

/// Reads and checks raw values.
struct Raw<'a, S>(&'a S);

impl<S: SettingsSource> Raw<'_, S> {
    fn find(&self, setting: &Setting) -> Option<String> {
        self.0.get(setting).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    fn text(&self, variable: &str) -> Option<String> {
        self.find(table::setting(variable))
    }

    /// A wrong value is told together with what is wrong with it, unless it is a secret.
    fn parse<T, E: ToString>(
        &self,
        variable: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(value) = self.text(variable) else { return Ok(None) };
        let setting = table::setting(variable);
        parse(&value).map(Some).map_err(|error| {
            let shown = if setting.secret { String::new() } else { format!(" {value:?}") };
            ConfigError::new(format!("{variable} ({}){shown} is wrong: {}", setting.key, error.to_string()))
        })
    }

    fn duration(&self, variable: &str, least: Duration) -> Result<Option<Duration>, ConfigError> {
        self.parse(variable, |value| duration(value, least, "a time like 400ms, 30s or 5m"))
    }

    /// For how long something is kept; none means for ever.
    fn age(&self, variable: &str, least: Duration, default: Option<Duration>) -> Result<Option<Duration>, ConfigError> {
        let age = self.parse(variable, |value| match value.to_ascii_lowercase().as_str() {
            "forever" => Ok(None),
            _ => duration(value, least, "a time like 12h or 30d, or forever").map(Some),
        })?;
        Ok(age.unwrap_or(default))
    }

    fn count<T: std::str::FromStr + PartialOrd + From<u8>>(&self, variable: &str) -> Result<Option<T>, ConfigError> {
        let parse = |value: &str| {
            value.parse::<T>().ok().filter(|count| *count >= T::from(1)).ok_or("write a whole number above 0")
        };
        self.parse(variable, parse)
    }

    fn engine(&self) -> Result<waxwing_engine::EngineSettings, ConfigError> {
        let mut engine = waxwing_engine::EngineSettings::default();
        let zero = Duration::ZERO;
        for (variable, least, setting) in [
            ("WAXWING_ACCEPT_TIMEOUT", Duration::from_millis(10), &mut engine.accept_timeout),
            ("WAXWING_LEASE", Duration::from_millis(100), &mut engine.lease),
            ("WAXWING_DEBOUNCE_MAX", zero, &mut engine.debounce_max),
            ("WAXWING_HANDOFF_DURATION", zero, &mut engine.handoff_duration),
            ("WAXWING_TYPING_RENEWAL", Duration::from_millis(100), &mut engine.typing_renewal),
            ("WAXWING_RUN_TIMEOUT", Duration::from_millis(1), &mut engine.run_timeout),
            ("WAXWING_ISOLATION_BACKOFF", zero, &mut engine.isolation_backoff),
            ("WAXWING_SEND_LEASE", Duration::from_secs(30), &mut engine.retry.lease),
            ("WAXWING_RETRY_BASE", zero, &mut engine.retry.base),
            ("WAXWING_RETRY_CAP", zero, &mut engine.retry.cap),
            ("WAXWING_RETRY_MAX_AGE", zero, &mut engine.retry.max_age),
            ("WAXWING_IN_DOUBT_WINDOW", zero, &mut engine.retry.in_doubt_window),
            ("WAXWING_IN_DOUBT_MAX", zero, &mut engine.retry.in_doubt_max),
            ("WAXWING_STALE_AFTER", zero, &mut engine.stale_after),
            ("WAXWING_PAIR_INTERVAL", zero, &mut engine.rate_limit.pair_interval),
            ("WAXWING_RETENTION_INTERVAL", Duration::from_millis(100), &mut engine.retention.interval),
        ] {
            *setting = self.duration(variable, least)?.unwrap_or(*setting);
        }
        engine.debounce = self.parse("WAXWING_DEBOUNCE", settle)?.unwrap_or_default();
        engine.while_running = self.parse("WAXWING_WHILE_RUNNING", while_running)?.unwrap_or_default();
        engine.on_stale = self.parse("WAXWING_ON_STALE", when_late)?.unwrap_or_default();
        engine.loop_limit = self.parse("WAXWING_LOOP_LIMIT", str::parse)?.unwrap_or(engine.loop_limit);
        let keep = &mut engine.retention.keep;
        for (variable, least, age) in [
            ("WAXWING_KEEP_INBOX", zero, &mut keep.inbox),
            ("WAXWING_KEEP_OUTBOX", zero, &mut keep.outbox),
            ("WAXWING_KEEP_SESSIONS", zero, &mut keep.sessions),
            ("WAXWING_KEEP_QUARANTINE", zero, &mut keep.quarantine),
            ("WAXWING_KEEP_MESSAGE_IDS", Retention::MIN_DEDUPLICATION, &mut keep.deduplication),
        ] {
            *age = self.age(variable, least, *age)?;
        }
        engine.retry.on_in_doubt = self.parse("WAXWING_ON_IN_DOUBT", on_doubt)?.unwrap_or_default();
        engine.retry.attempts = self.count("WAXWING_RETRY_ATTEMPTS")?.unwrap_or(engine.retry.attempts);
        engine.rate_limit.per_second = self.count("WAXWING_THROUGHPUT")?.unwrap_or(engine.rate_limit.per_second);
        engine.media.max_bytes = self.count("WAXWING_MAX_MEDIA_BYTES")?.unwrap_or(engine.media.max_bytes);
        engine.system_messages.standard = system_messages(self.0, engine.system_messages.standard);
        engine.run_attempts = self.count("WAXWING_RUN_ATTEMPTS")?.unwrap_or(engine.run_attempts);
        for (variable, places) in
            [("WAXWING_MAX_RUNS", &mut engine.max_runs), ("WAXWING_MAX_SENDS", &mut engine.max_sends)]
        {
            *places = self.count::<u16>(variable)?.map_or(*places, usize::from);
        }
        engine.history = self.parse("WAXWING_HISTORY", str::parse)?.unwrap_or(engine.history);
        Ok(engine)
    }
}

/// The texts that a source gives, those that it does not give from elsewhere.
pub fn system_messages(source: &impl SettingsSource, mut texts: SystemMessages) -> SystemMessages {
    let raw = Raw(source);
    for (variable, text) in [
        ("WAXWING_MESSAGE_APOLOGY", &mut texts.apology),
        ("WAXWING_MESSAGE_UNSUPPORTED", &mut texts.unsupported),
        ("WAXWING_MESSAGE_NEW_SESSION", &mut texts.new_session),
        ("WAXWING_MESSAGE_STOPPED", &mut texts.stopped),
        ("WAXWING_MESSAGE_HUMAN_HANDOFF", &mut texts.handed_off),
        ("WAXWING_MESSAGE_RESUMED", &mut texts.resumed),
        ("WAXWING_MESSAGE_HELP", &mut texts.help),
        ("WAXWING_MESSAGE_MEDIA_UNAVAILABLE", &mut texts.unsupported_media),
    ] {
        if let Some(value) = raw.text(variable) {
            *text = value;
        }
    }
    texts
}

fn duration(value: &str, least: Duration, example: &str) -> Result<Duration, String> {
    match humantime::parse_duration(value) {
        Ok(duration) if duration >= least => Ok(duration),
        Ok(_) => Err(format!("it must be {} at least", humantime::format_duration(least))),
        Err(_) => Err(format!("write {example}")),
    }
}

fn settle(value: &str) -> Result<Debounce, String> {
    match value {
        "adaptive" => Ok(Debounce::Adaptive),
        _ => duration(value, Duration::ZERO, "adaptive, or a time like 400ms or 2s").map(Debounce::Fixed),
    }
}

fn while_running(value: &str) -> Result<WhileRunning, &'static str> {
    match value {
        "queue" => Ok(WhileRunning::Queue),
        "interrupt" => Ok(WhileRunning::Interrupt),
        "steer" => Ok(WhileRunning::Steer),
        _ => Err("write queue, interrupt or steer"),
    }
}

fn when_late(value: &str) -> Result<OnStale, &'static str> {
    match value {
        "answer" => Ok(OnStale::Answer),
        "tell" => Ok(OnStale::Tell),
        "skip" => Ok(OnStale::Skip),
        _ => Err("write answer, tell or skip"),
    }
}

fn mode(value: &str) -> Result<Mode, &'static str> {
    match value.to_ascii_lowercase().as_str() {
        "production" => Ok(Mode::Production),
        "development" => Ok(Mode::Development),
        _ => Err("write production or development"),
    }
}

fn host(value: &str) -> Result<IpAddr, &'static str> {
    if value.eq_ignore_ascii_case("localhost") {
        return Ok(IpAddr::from([127, 0, 0, 1]));
    }
    value.parse().map_err(|_| "write an IP address, such as 127.0.0.1 or 0.0.0.0")
}

fn on_doubt(value: &str) -> Result<OnInDoubt, &'static str> {
    match value.to_ascii_lowercase().as_str() {
        "send-again" => Ok(OnInDoubt::SendAgain),
        "give-up" => Ok(OnInDoubt::GiveUp),
        _ => Err("write send-again or give-up"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[(&str, &str)]) -> Result<Settings, String> {
        let source = |setting: &Setting| {
            values.iter().find(|(variable, _)| *variable == setting.variable).map(|(_, value)| (*value).to_owned())
        };
        Settings::read(&source).map_err(|error| error.to_string())
    }

    fn with(values: &[(&str, &str)]) -> Result<Settings, String> {
        let required = [("WHATSAPP_ACCESS_TOKEN", "t0ken"), ("WHATSAPP_PHONE_NUMBER_ID", "1")];
        read(&[&required[..], values].concat())
    }

    #[track_caller]
    fn refused(values: &[(&str, &str)], parts: &[&str]) {
        let error = with(values).unwrap_err();
        for part in parts {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn everything_that_is_missing_is_named_at_once() {
        let error = read(&[("WHATSAPP_ACCESS_TOKEN", " ")]).unwrap_err();
        assert_eq!(
            error,
            "WHATSAPP_ACCESS_TOKEN (whatsapp.access_token) and WHATSAPP_PHONE_NUMBER_ID (whatsapp.phone_number_id) are not set"
        );
    }

    #[test]
    fn an_app_secret_means_production_and_the_world() {
        let settings = with(&[("WHATSAPP_APP_SECRET", "s")]).unwrap();
        assert_eq!((settings.mode, settings.host.to_string().as_str()), (Mode::Production, "0.0.0.0"));
        let settings = with(&[]).unwrap();
        assert_eq!((settings.mode, settings.host.to_string().as_str()), (Mode::Development, "127.0.0.1"));
        let settings = with(&[("WHATSAPP_APP_SECRET", "s"), ("APP_ENV", "Development")]).unwrap();
        assert_eq!(settings.mode, Mode::Development);
    }

    #[test]
    fn what_is_unsafe_is_refused_with_both_ways_out() {
        refused(&[("APP_ENV", "production")], &["WHATSAPP_APP_SECRET", "APP_ENV=development"]);
        refused(&[("HOST", "0.0.0.0")], &["HOST", "WHATSAPP_APP_SECRET", "--allow-unsigned"]);
        assert!(with(&[("HOST", "0.0.0.0"), ("WAXWING_ALLOW_UNSIGNED", "true")]).is_ok());
    }

    #[test]
    fn a_wrong_value_is_named_and_shown_unless_it_is_secret() {
        refused(&[("PORT", "70000")], &["PORT", "70000"]);
        refused(&[("APP_ENV", "prod")], &["APP_ENV", "production or development"]);
        refused(&[("WAXWING_DEBOUNCE", "soon")], &["WAXWING_DEBOUNCE", "400ms"]);
        refused(&[("WAXWING_WHILE_RUNNING", "wait")], &["WAXWING_WHILE_RUNNING", "queue, interrupt or steer"]);
        refused(&[("WAXWING_RETRY_ATTEMPTS", "0")], &["WAXWING_RETRY_ATTEMPTS", "above 0"]);
        refused(&[("WAXWING_LEASE", "1ms")], &["WAXWING_LEASE", "100ms at least"]);
        refused(&[("WAXWING_KEEP_INBOX", "never")], &["WAXWING_KEEP_INBOX", "30d, or forever"]);
        refused(&[("WAXWING_KEEP_MESSAGE_IDS", "7d")], &["WAXWING_KEEP_MESSAGE_IDS", "8days at least"]);
        refused(&[("WAXWING_PREFIX", "/{x}")], &["WAXWING_PREFIX", "/whatsapp"]);
        let error = with(&[("WHATSAPP_APP_SECRET", "hush,,")]).unwrap_err();
        assert!(error.contains("WHATSAPP_APP_SECRET") && !error.contains("hush"), "{error}");
    }

    #[test]
    fn settings_reach_the_engine() {
        let settings = with(&[
            ("WAXWING_DEBOUNCE", "0s"),
            ("WAXWING_IN_DOUBT_WINDOW", "150ms"),
            ("WAXWING_ON_IN_DOUBT", "give-up"),
        ])
        .unwrap();
        assert_eq!(settings.engine.debounce, Debounce::Fixed(Duration::ZERO));
        assert_eq!(with(&[]).unwrap().engine.debounce, Debounce::Adaptive);
        let settings = with(&[("WAXWING_WHILE_RUNNING", "steer"), ("WAXWING_ON_STALE", "skip")]).unwrap().engine;
        assert_eq!((settings.while_running, settings.on_stale), (WhileRunning::Steer, OnStale::Skip));
        let settings = with(&[
            ("WAXWING_DEBOUNCE", "0s"),
            ("WAXWING_IN_DOUBT_WINDOW", "150ms"),
            ("WAXWING_ON_IN_DOUBT", "give-up"),
        ])
        .unwrap();
        assert_eq!(settings.engine.retry.in_doubt_window, Duration::from_millis(150));
        assert_eq!(settings.engine.retry.on_in_doubt, OnInDoubt::GiveUp);
        let settings = with(&[("WAXWING_MESSAGE_APOLOGY", "Perdón"), ("WAXWING_MAX_SENDS", "3")]).unwrap();
        assert_eq!(
            (settings.engine.system_messages.standard.apology.as_str(), settings.engine.max_sends),
            ("Perdón", 3)
        );
        let keep =
            with(&[("WAXWING_KEEP_INBOX", "7d"), ("WAXWING_KEEP_SESSIONS", "Forever"), ("WAXWING_KEEP_OUTBOX", "0s")])
                .unwrap()
                .engine
                .retention
                .keep;
        let expected = Retention {
            inbox: Some(Duration::from_hours(7 * 24)),
            sessions: None,
            outbox: Some(Duration::ZERO),
            ..Retention::default()
        };
        assert_eq!(keep, expected);
        let found = with(&[]).unwrap().engine;
        let mut expected = waxwing_engine::EngineSettings::default();
        expected.media.dir.clone_from(&found.media.dir);
        assert_eq!(found, expected, "what is not set is at its default");
    }

    #[test]
    fn secrets_do_not_show() {
        let settings = with(&[("WHATSAPP_APP_SECRET", "hush"), ("WHATSAPP_VERIFY_TOKEN", "psst")]).unwrap();
        let shown = format!("{settings:?}");
        assert!(["t0ken", "hush", "psst"].iter().all(|secret| !shown.contains(secret)), "{shown}");
    }
}
