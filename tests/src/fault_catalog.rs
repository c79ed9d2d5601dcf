//! Features of the emulator, by their names in scenario files.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use waxwing_emulator::{BehaviorChange, Fault, FaultEffect, WebhookFault};

/// Names of the emulator's features in scenario files. The emulator's parser provides the names, so the list is complete.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct FaultCatalog {
    /// Requests and webhooks that a fault can affect.
    pub places: BTreeSet<String>,
    /// Faults of requests.
    pub effects: BTreeSet<String>,
    /// Faults of webhooks.
    pub webhook_faults: BTreeSet<String>,
    /// Behavior settings.
    pub behavior: BTreeSet<String>,
}

/// Keys of a fault that do not name a request or a webhook.
pub(crate) const MODIFIERS: [&str; 6] = ["only", "to", "rate", "times", "after", "seed"];

impl FaultCatalog {
    /// Returns all features of the emulator.
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

/// Returns the names that `T` accepts. They come from the error message for an unknown name.
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
