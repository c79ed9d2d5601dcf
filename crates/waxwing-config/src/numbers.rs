//! The business numbers that are served, each with its settings.

use waxwing::config::{SETTINGS, Source};
use waxwing::{ConfigError, Setting, Settings};

use crate::check::DEFAULT_GUARD;
use crate::config::Config;
use crate::problem::listed;
use crate::sections;
use crate::texts::book;
use crate::values::Secret;

/// A business number, with everything that it is served with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Number {
    /// What the file calls it; none for the single number of the settings.
    pub name: Option<String>,
    /// Its settings. Those that belong to the server as a whole are the same for all numbers.
    pub settings: Settings,
    /// The name of the agent that answers.
    pub agent: String,
    /// The names of the guards before it.
    pub guards: Vec<String>,
}

/// Puts numbers together.
pub(crate) struct Numbers<'a, S> {
    pub(crate) config: &'a Config,
    /// What goes before the file.
    pub(crate) given: &'a S,
    /// Who answers where no agent is described.
    pub(crate) otherwise: Option<&'a str>,
}

impl<S: Source> Numbers<'_, S> {
    pub(crate) fn all(&self) -> Result<Vec<Number>, ConfigError> {
        let file = &self.config.file;
        let mut numbers = match file.numbers.len() {
            0 => vec![self.single()?],
            _ => file.numbers.iter().map(|(name, it)| self.described(name, it)).collect::<Result<_, _>>()?,
        };
        for number in &mut numbers {
            number.settings.engine.system_messages = book(file, &number.settings.engine.system_messages.standard);
        }
        Ok(numbers)
    }

    fn single(&self) -> Result<Number, ConfigError> {
        let settings = Settings::read(&self.config.with(self.given))?;
        Ok(Number { name: None, settings, agent: self.agent(None)?, guards: self.guards(None) })
    }

    fn described(&self, name: &str, number: &sections::Number) -> Result<Number, ConfigError> {
        let common = self.config.with(self.given);
        let source = |setting: &Setting| number.own(setting).or_else(|| common.get(setting));
        if let Some(missing) = SETTINGS.iter().find(|setting| setting.required && source(setting).is_none()) {
            let key = missing.key.rsplit('.').next().unwrap_or_default();
            let hint = format!("set it in [numbers.{name}], or {} for all numbers", missing.variable);
            return Err(ConfigError::new(format!("number `{name}` has no {key}: {hint}")));
        }
        let told = |error| ConfigError::new(format!("number `{name}`: {error}"));
        Ok(Number {
            name: Some(name.to_owned()),
            settings: Settings::read(&source).map_err(told)?,
            agent: self.agent(number.agent.as_deref()).map_err(told)?,
            guards: self.guards(number.guards.as_deref()),
        })
    }

    fn guards(&self, own: Option<&[String]>) -> Vec<String> {
        let default = || self.config.file.guards.contains(DEFAULT_GUARD).then(|| DEFAULT_GUARD.to_owned());
        own.map_or_else(|| default().into_iter().collect(), <[String]>::to_vec)
    }

    /// Who answers: whom a flag or the environment names, else whom the number does, else whom `[whatsapp]` does, else the only one that there is.
    fn agent(&self, own: Option<&str>) -> Result<String, ConfigError> {
        let setting = SETTINGS.iter().find(|setting| setting.variable == "WAXWING_AGENT");
        let setting = setting.expect("the table has it");
        let given = self.given.get(setting).map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        let described = || own.map(str::to_owned).or_else(|| self.config.setting(setting));
        let file = &self.config.file;
        let other =
            || file.sole_agent().or(self.otherwise.filter(|_| file.answerers().next().is_none())).map(str::to_owned);
        given.or_else(described).or_else(other).ok_or_else(|| {
            ConfigError::new(match listed(file.answerers()) {
                names if names.is_empty() => {
                    "who answers? Describe an agent in waxwing.toml, or say --agent echo".to_owned()
                }
                names => format!("who answers? Set `agent`, in [whatsapp] or for each of [numbers]; there are {names}"),
            })
        })
    }
}

impl sections::Number {
    /// What the number says of a setting.
    fn own(&self, setting: &Setting) -> Option<String> {
        let secret = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.expose().to_owned());
        match setting.variable {
            "WHATSAPP_PHONE_NUMBER_ID" => Some(self.phone_number_id.clone()),
            "WHATSAPP_ACCESS_TOKEN" => secret(&self.access_token),
            "WHATSAPP_APP_SECRET" => secret(&self.app_secret),
            "WHATSAPP_VERIFY_TOKEN" => secret(&self.verify_token),
            "WAXWING_PREFIX" => self.prefix.clone(),
            _ => None,
        }
    }
}
