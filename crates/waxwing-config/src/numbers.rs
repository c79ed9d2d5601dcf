//! Business numbers with their settings.

use std::collections::HashMap;

use waxwing::engine::OutsideWindow;
use waxwing::{ConfigError, Setting, Settings};
use waxwing::{SETTINGS, SettingsSource};

use crate::description::Description;
use crate::messages::catalog;
use crate::reserved_name::DEFAULT;
use crate::sections::NumberSection;
use crate::suggestion::any_of;
use crate::values::SecretValue;

/// Variable of the setting that names the file with the rates.
const RATES: &str = "WAXWING_BUDGET_RATES";

/// A business number with its settings.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServedNumber {
    /// Name of the number in the file. `None` for the single number of the settings.
    pub name: Option<String>,
    /// Settings of the number. Settings of the whole server are the same for all numbers.
    pub settings: Settings,
    /// Name of the agent that answers.
    pub agent: String,
    /// Names of the number's access lists in `[access]`.
    pub access: Vec<String>,
    /// Names of the number's limits in `[limits]`.
    pub limits: Vec<String>,
}

/// Builds the numbers of a file.
pub(crate) struct NumberBuilder<'a, S> {
    pub(crate) description: &'a Description,
    /// Settings that take precedence over the file.
    pub(crate) overrides: &'a S,
    /// Agent that answers if the file defines none.
    pub(crate) fallback_agent: Option<&'a str>,
}

impl<S: SettingsSource> NumberBuilder<'_, S> {
    pub(crate) fn all(&self) -> Result<Vec<ServedNumber>, ConfigError> {
        let file = &self.description.file;
        let mut numbers = if file.numbers.len() == 0 { vec![self.single()?] } else { self.named_numbers()? };
        let budgets: HashMap<_, _> = numbers
            .iter()
            .map(|number| (number.settings.phone_number_id.clone(), number.settings.engine.budget.standard))
            .collect();
        let of_agents = self.outside_window_of_agents()?;
        for number in &mut numbers {
            number.settings.engine.outside_window_of_agents.clone_from(&of_agents);
            number.settings.engine.budget.numbers.clone_from(&budgets);
            let messages = &mut number.settings.engine.system_messages;
            *messages = catalog(file, messages);
        }
        Ok(numbers)
    }

    /// Builds the numbers of the file. They share the rates, whose file is read once.
    fn named_numbers(&self) -> Result<Vec<ServedNumber>, ConfigError> {
        let rates = Settings::budget(&self.description.settings_under(self.overrides))?.rates;
        let numbers = self.description.file.numbers.iter().map(|(name, section)| {
            let mut number = self.named(name, section)?;
            number.settings.engine.budget.rates.clone_from(&rates);
            Ok(number)
        });
        numbers.collect()
    }

    /// Returns the policies outside the service window of the agents and teams that have their own.
    fn outside_window_of_agents(&self) -> Result<HashMap<String, OutsideWindow>, ConfigError> {
        let file = &self.description.file;
        let agents = file.agents.iter().map(|(name, agent)| (name, agent.outside_window()));
        let all = agents.chain(file.teams.iter().map(|(name, team)| (name, team.leader.outside_window())));
        let with_own = all.filter(|(_, (policy, template))| policy.is_some() || template.is_some());
        with_own.map(|(name, own)| Ok((name.to_owned(), agent_outside_window(name, own)?))).collect()
    }

    /// Builds the number of the settings.
    fn single(&self) -> Result<ServedNumber, ConfigError> {
        let settings = Settings::read(&self.description.settings_under(self.overrides))?;
        Ok(ServedNumber {
            name: None,
            settings,
            agent: self.agent(None)?,
            access: self.access(None),
            limits: self.limits(None),
        })
    }

    /// Builds a number of the file, without rates.
    fn named(&self, name: &str, number: &NumberSection) -> Result<ServedNumber, ConfigError> {
        let common = self.description.settings_under(self.overrides);
        let source = |setting: &Setting| {
            let is_rates = setting.variable == RATES;
            number.setting(setting).or_else(|| common.get(setting)).filter(|_| !is_rates)
        };
        if let Some(missing) = SETTINGS.iter().find(|setting| setting.required && source(setting).is_none()) {
            let key = missing.key.rsplit('.').next().unwrap_or_default();
            let fix = format!("set it in [numbers.{name}], or {} for all numbers", missing.variable);
            return Err(ConfigError::new(format!("number `{name}` has no {key}; {fix}")));
        }
        let in_number = |error: ConfigError| self.in_number(name, number, &error);
        Ok(ServedNumber {
            name: Some(name.to_owned()),
            settings: Settings::read(&source).map_err(in_number)?,
            agent: self.agent(number.agent.as_deref()).map_err(in_number)?,
            access: self.access(number.access.as_deref()),
            limits: self.limits(number.limits.as_deref()),
        })
    }

    /// Names the number in an error, with the position of the setting if the number itself sets it.
    fn in_number(&self, name: &str, number: &NumberSection, error: &ConfigError) -> ConfigError {
        let error = error.with_message(format!("number `{name}`: {error}"));
        let Some(setting) = SETTINGS.iter().find(|setting| Some(setting.key) == error.setting()) else { return error };
        if number.setting(setting).is_none() {
            return error;
        }
        // Tables of a number have the names of the sections that they refine.
        let key = match setting.section() {
            "hours" | "budget" => setting.key,
            _ => setting.key.rsplit('.').next().unwrap_or_default(),
        };
        self.description.at(&format!("numbers.{name}.{key}"), &error)
    }

    fn access(&self, own: Option<&[String]>) -> Vec<String> {
        own_or_default(own, self.description.file.access.contains(DEFAULT))
    }

    fn limits(&self, own: Option<&[String]>) -> Vec<String> {
        own_or_default(own, self.description.file.limits.contains(DEFAULT))
    }

    /// Returns the agent of a number: the agent of a flag or the environment, else of the number, else of `[whatsapp]`, else the only
    /// agent.
    fn agent(&self, own: Option<&str>) -> Result<String, ConfigError> {
        let setting = SETTINGS.iter().find(|setting| setting.variable == "WAXWING_AGENT");
        let setting = setting.expect("the table has this setting");
        let override_ = self.overrides.get(setting).map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        let in_file = || own.map(str::to_owned).or_else(|| self.description.setting(setting));
        let file = &self.description.file;
        let fallback = self.fallback_agent.filter(|_| file.agent_names().next().is_none());
        let only = || file.sole_agent().or(fallback).map(str::to_owned);
        override_.or_else(in_file).or_else(only).ok_or_else(|| {
            ConfigError::new(match any_of(file.agent_names()) {
                names if names.is_empty() => {
                    "no agent is defined; define one in waxwing.toml, or start with --agent echo".to_owned()
                }
                names => {
                    format!(
                        "it is not clear which agent answers; set `agent` in [whatsapp] or in each number to {names}"
                    )
                }
            })
        })
    }
}

/// Reads the policy outside the service window of an agent.
fn agent_outside_window(
    name: &str,
    (policy, template): (Option<&[String]>, Option<&str>),
) -> Result<OutsideWindow, ConfigError> {
    let source = |setting: &Setting| match setting.variable {
        "WAXWING_OUTSIDE_WINDOW" => policy.map(|words| words.join(" ")),
        "WAXWING_WINDOW_TEMPLATE" => template.map(str::to_owned),
        _ => None,
    };
    let engine = Settings::engine(&source).map_err(|error| ConfigError::new(format!("agent `{name}`: {error}")))?;
    Ok(engine.outside_window)
}

/// Returns a list as a JSON array, since entries can contain spaces.
fn json_array(entries: &[String]) -> String {
    serde_json::Value::from(entries).to_string()
}

/// Returns the names that a number lists, or the entry `default` for a number without a list.
fn own_or_default(own: Option<&[String]>, has_default: bool) -> Vec<String> {
    let default = || has_default.then(|| DEFAULT.to_owned()).into_iter().collect();
    own.map_or_else(default, <[String]>::to_vec)
}

impl NumberSection {
    /// Returns the value of a setting in the number.
    fn setting(&self, setting: &Setting) -> Option<String> {
        let exposed = |secret: &Option<SecretValue>| secret.as_ref().map(|secret| secret.expose().to_owned());
        match setting.variable {
            "WHATSAPP_PHONE_NUMBER_ID" => Some(self.phone_number_id.clone()),
            "WHATSAPP_ACCESS_TOKEN" => exposed(&self.access_token),
            "WHATSAPP_APP_SECRET" => exposed(&self.app_secret),
            "WHATSAPP_VERIFY_TOKEN" => exposed(&self.verify_token),
            "WAXWING_PREFIX" => self.prefix.clone(),
            "WAXWING_OUTSIDE_WINDOW" => self.outside_window.as_ref().map(|words| words.join(" ")),
            "WAXWING_WINDOW_TEMPLATE" => self.window_template.clone(),
            "WAXWING_HOURS_OPEN" => self.hours.as_ref()?.open.as_deref().map(json_array),
            "WAXWING_HOURS_TIME_ZONE" => self.hours.as_ref()?.time_zone.clone(),
            "WAXWING_HOURS_HOLIDAYS" => self.hours.as_ref()?.holidays.as_deref().map(json_array),
            "WAXWING_HOURS_WHEN_CLOSED" => self.hours.as_ref()?.when_closed.clone(),
            "WAXWING_CALLS" => self.calls.clone(),
            "WAXWING_HANDOFF_THREAD" => self.handoff_thread.clone(),
            "WAXWING_HANDOFF_STAFF" => self.handoff_staff.clone(),
            "WAXWING_HANDOFF_TEMPLATE" => self.handoff_template.clone(),
            "WAXWING_FIRST_CONTACT_VERSION" => self.first_contact_version.clone(),
            "WAXWING_BUDGET_PER_DAY" => self.budget.as_ref()?.per_day.as_ref().map(|amount| amount.0.clone()),
            "WAXWING_BUDGET_PER_MONTH" => self.budget.as_ref()?.per_month.as_ref().map(|amount| amount.0.clone()),
            "WAXWING_BUDGET_HARD" => self.budget.as_ref()?.hard.map(|is_hard| is_hard.to_string()),
            _ => None,
        }
    }
}
