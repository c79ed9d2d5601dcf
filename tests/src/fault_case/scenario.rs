//! Faults in the format of scenario files.

use std::collections::BTreeMap;
use std::fmt;

use toml::{Table, Value};
use waxwing_emulator::Scenario;

use crate::fault_catalog::{FaultCatalog, MODIFIERS};

/// Scenario keys of the faults that affect webhooks.
const WEBHOOKS: [&str; 4] = ["messages", "statuses", "fields", "webhooks"];

/// Builder of a scenario for the emulator.
#[derive(Debug, Clone, Default)]
pub(crate) struct ScenarioScript {
    /// Behavior settings, by their keys.
    behavior: BTreeMap<&'static str, &'static str>,
    /// Faults with their rates, from 0 to 1.
    faults: Vec<(&'static str, f64)>,
    /// Events during the case.
    steps: Vec<&'static str>,
}

impl ScenarioScript {
    pub(crate) fn behavior(mut self, key: &'static str, value: &'static str) -> Self {
        self.behavior.insert(key, value);
        self
    }

    pub(crate) fn fault(mut self, fault: &'static str, rate: f64) -> Self {
        self.faults.push((fault, rate));
        self
    }

    pub(crate) fn step(mut self, step: &'static str) -> Self {
        self.steps.push(step);
        self
    }

    /// Adds the settings, faults and events of `other`. `rate` returns the rate of each added fault.
    pub(crate) fn add(&mut self, other: &Self, mut rate: impl FnMut() -> f64) {
        self.behavior.extend(&other.behavior);
        self.faults.extend(other.faults.iter().map(|(fault, _)| (*fault, rate())));
        self.steps.extend(&other.steps);
    }

    /// Whether a user's message may never reach the server.
    pub(crate) fn is_lossy(&self) -> bool {
        self.faults.iter().any(|(fault, _)| fault.contains("\"lose\"") && !fault.starts_with("statuses"))
    }

    /// Returns the scenario for the emulator.
    pub(crate) fn scenario(&self) -> Scenario {
        let text = self.to_string();
        text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    /// Adds the features that the scenario uses to `used`.
    pub(crate) fn note(&self, used: &mut FaultCatalog) {
        used.behavior.extend(self.behavior.keys().map(|key| (*key).to_owned()));
        for (fault, _) in &self.faults {
            let fault: Table = fault.parse().unwrap();
            let (place, what) = fault.into_iter().find(|(key, _)| !MODIFIERS.contains(&key.as_str())).unwrap();
            let name = match what {
                Value::Table(table) => table.keys().next().unwrap().clone(),
                name => name.as_str().unwrap().to_owned(),
            };
            let names = if WEBHOOKS.contains(&place.as_str()) { &mut used.webhook_faults } else { &mut used.effects };
            names.insert(name);
            used.places.insert(place);
        }
    }
}

/// Formats the scenario as a scenario file.
impl fmt::Display for ScenarioScript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "[behavior]")?;
        for (key, value) in &self.behavior {
            writeln!(f, "{key} = {value}")?;
        }
        for (fault, rate) in &self.faults {
            writeln!(f, "[[fault]]\n{fault}\nrate = {rate:.2}")?;
        }
        self.steps.iter().try_for_each(|step| writeln!(f, "[[step]]\n{step}"))
    }
}
