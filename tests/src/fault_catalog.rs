//! The abilities of the emulator, by the names in scenario files.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use waxwing_emulator::{BehaviorChange, Fault, FaultEffect, WebhookFault};

/// The abilities of the emulator, by the names in scenario files. They come from the parser of the emulator, so none can be missing.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct FaultCatalog {
    /// Where a fault strikes: the calls and the webhooks.
    pub places: BTreeSet<String>,
    /// Faults of calls.
    pub effects: BTreeSet<String>,
    /// Faults of webhooks.
    pub webhook_faults: BTreeSet<String>,
    /// How Meta behaves.
    pub behavior: BTreeSet<String>,
}

/// The keys of a fault that do not say where it strikes.
pub(crate) const MODIFIERS: [&str; 5] = ["only", "rate", "times", "after", "seed"];

impl FaultCatalog {
    /// Everything that can go wrong.
    pub fn from_emulator() -> Self {
        let mut places = names::<Fault>(json!({ "?": 0 }));
        places.retain(|name| !MODIFIERS.contains(&name.as_str()));
        Self {
            places,
            effects: names::<FaultEffect>(json!("?")),
            webhook_faults: names::<WebhookFault>(json!("?")),
            behavior: names::<BehaviorChange>(json!({ "?": 0 })),
        }
    }
}

/// The names that a type knows: those that it proposes for one that it does not know.
fn names<T: DeserializeOwned>(unknown: Value) -> BTreeSet<String> {
    let Err(error) = serde_json::from_value::<T>(unknown) else { panic!("nothing is called `?`") };
    let error = error.to_string();
    let (_, proposed) = error.split_once("expected one of").unwrap();
    proposed.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_scenarios() {
        let all = FaultCatalog::from_emulator();
        for (names, name) in [
            (&all.places, "send"),
            (&all.places, "webhooks"),
            (&all.effects, "accept_then_drop_connection"),
            (&all.webhook_faults, "lose_response"),
            (&all.behavior, "batching"),
        ] {
            assert!(names.contains(name), "{name} is not among {names:?}");
        }
        assert!(!all.places.contains("rate"));
    }
}
