//! The business numbers that are served, each with its settings.

use waxwing::{ConfigError, Setting, Settings};
use waxwing::{SETTINGS, SettingsSource};

use crate::check::DEFAULT_NAME;
use crate::config::Config;
use crate::problem::listed;
use crate::sections;
use crate::texts::book;
use crate::values::Secret;

/// A business number, with everything that it is served with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServedNumber {
    /// What the file calls it; none for the single number of the settings.
    pub name: Option<String>,
    /// Its settings. Those that belong to the server as a whole are the same for all numbers.
    pub settings: Settings,
    /// The name of the agent that answers.
    pub agent: String,
    /// Names of its access lists in `[access]`.
    pub access: Vec<String>,
    /// Names of its limits in `[limits]`.
    pub limits: Vec<String>,
}

/// Puts numbers together.
pub(crate) struct Numbers<'a, S> {
    pub(crate) config: &'a Config,
    /// What goes before the file.
    pub(crate) given: &'a S,
    /// Who answers where no agent is described.
    pub(crate) otherwise: Option<&'a str>,
}

impl<S: SettingsSource> Numbers<'_, S> {
    pub(crate) fn all(&self) -> Result<Vec<ServedNumber>, ConfigError> {
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

    fn single(&self) -> Result<ServedNumber, ConfigError> {
        let settings = Settings::read(&self.config.with(self.given))?;
        Ok(ServedNumber {
            name: None,
            settings,
            agent: self.agent(None)?,
            access: self.access(None),
            limits: self.limits(None),
        })
    }

    fn described(&self, name: &str, number: &sections::Number) -> Result<ServedNumber, ConfigError> {
        let common = self.config.with(self.given);
        let source = |setting: &Setting| number.own(setting).or_else(|| common.get(setting));
        if let Some(missing) = SETTINGS.iter().find(|setting| setting.required && source(setting).is_none()) {
            let key = missing.key.rsplit('.').next().unwrap_or_default();
            let hint = format!("set it in [numbers.{name}], or {} for all numbers", missing.variable);
            return Err(ConfigError::new(format!("number `{name}` has no {key}: {hint}")));
        }
        let told = |error| ConfigError::new(format!("number `{name}`: {error}"));
        Ok(ServedNumber {
            name: Some(name.to_owned()),
            settings: Settings::read(&source).map_err(told)?,
            agent: self.agent(number.agent.as_deref()).map_err(told)?,
            access: self.access(number.access.as_deref()),
            limits: self.limits(number.limits.as_deref()),
        })
    }

    fn access(&self, own: Option<&[String]>) -> Vec<String> {
        named_or_default(own, self.config.file.access.contains(DEFAULT_NAME))
    }

    fn limits(&self, own: Option<&[String]>) -> Vec<String> {
        named_or_default(own, self.config.file.limits.contains(DEFAULT_NAME))
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

/// The names that a number lists; the entry `default`, if it exists, for a number without a list.
fn named_or_default(own: Option<&[String]>, has_default: bool) -> Vec<String> {
    let default = || has_default.then(|| DEFAULT_NAME.to_owned()).into_iter().collect();
    own.map_or_else(default, <[String]>::to_vec)
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
