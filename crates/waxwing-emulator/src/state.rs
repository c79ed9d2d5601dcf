//! State of the emulated world as a whole: fresh, exported, imported.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::business::BusinessIdentity;
use crate::clock::{Clock, ClockState};
use crate::settings::EmulatorSettings;
use crate::shared::Shared;
use crate::world::World;
use crate::world::account::Account;
use crate::world::runtime::Runtime;

/// Version of the written form. A change of the form that an older emulator cannot read increases it.
const VERSION: u32 = 1;

/// Reason why the state cannot be exported or imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// Webhooks, messages or steps of a scenario are on their way. The written form does not contain them.
    #[error("{0}")]
    Busy(String),
    /// A value of the written form is wrong.
    #[error("{path}: {reason}")]
    Invalid {
        /// Place of the value, such as `world.users.all[0].name`.
        path: String,
        /// Reason in plain text.
        reason: String,
    },
}

/// Ids of messages, media and groups after a reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NextIds {
    /// The ids start again, as after a start with the same seed. A bot that remembers message ids takes the next messages for
    /// duplicates.
    #[default]
    Restart,
    /// No id is used twice.
    Continue,
}

/// Written form of the state.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StateFile {
    #[serde(rename = "version")]
    _version: u32,
    clock: ClockState,
    statuses_held: bool,
    account_webhook: Option<String>,
    /// Callback URLs of numbers by their ids.
    #[serde(default)]
    number_webhooks: BTreeMap<String, String>,
    world: World,
}

/// Returns the world of an emulator that has just started.
pub(crate) fn fresh_world(settings: &EmulatorSettings, origin: String, clock: Clock) -> World {
    let first = BusinessIdentity {
        phone_number_id: settings.phone_number_id.clone(),
        display_phone_number: settings.display_phone_number.clone(),
        waba_id: settings.waba_id.clone(),
        origin,
    };
    let rules = settings.initial_rules.clone();
    let account = Account::new(&first, &settings.numbers, &settings.name, rules, settings.rate_limits);
    World::new(account, Runtime::new(settings.behavior.clone(), clock, settings.seed))
}

/// Returns to the state after the start, and empties the logs. Settings, seed and webhook stay.
pub(crate) fn reset(shared: &Shared, next_ids: NextIds) {
    shared.change(|world| {
        let origin = world.account.first_number().origin.clone();
        let mut fresh = fresh_world(&shared.settings, origin, shared.clock.clone());
        if next_ids == NextIds::Continue {
            fresh.runtime.ids = world.runtime.ids.clone();
        }
        shared.clock.reset();
        world.replace(fresh);
        shared.logs.clear();
    });
    set_callbacks(shared, None, BTreeMap::new(), false);
}

/// Returns the written form of the whole state.
pub(crate) fn export(shared: &Shared) -> Result<Value, StateError> {
    let world = shared.world();
    let busy = |why: &str| Err(StateError::Busy(why.to_owned()));
    if !world.is_idle() {
        return busy("webhooks or messages are on their way; wait until `idle` of GET /control/health is true");
    }
    if world.runtime.timers.scenario_steps() > 0 {
        return busy("a scenario is playing; wait for its end, or stop it with DELETE /control/scenario");
    }
    let unwritable = |error: serde_json::Error| invalid("world", error.to_string());
    let callbacks = shared.callbacks.borrow();
    Ok(json!({
        "version": VERSION,
        "clock": shared.clock.state(),
        "statuses_held": callbacks.are_statuses_held,
        "account_webhook": callbacks.account_override,
        "number_webhooks": callbacks.number_overrides,
        "world": serde_json::to_value(&*world).map_err(unwritable)?,
    }))
}

/// Replaces the state by a written one. An error changes nothing.
pub(crate) fn import(shared: &Shared, json: &[u8]) -> Result<(), StateError> {
    check_version(json)?;
    let mut file: StateFile = read(json)?;
    let origin = shared.world().account.first_number().origin.clone();
    file.world
        .complete(&origin, shared.clock.clone())
        .map_err(|wrong| invalid(&format!("world.{}", wrong.path), wrong.reason))?;
    check_account(&file.world, &shared.settings)?;
    shared.change(|world| {
        shared.clock.restore(file.clock);
        world.replace(file.world);
        world.resume_calls();
    });
    set_callbacks(shared, file.account_webhook, file.number_webhooks, file.statuses_held);
    Ok(())
}

fn check_version(json: &[u8]) -> Result<(), StateError> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    let Versioned { version } = read(json)?;
    if version == VERSION {
        return Ok(());
    }
    Err(invalid("version", format!("this emulator reads version {VERSION}, not {version}")))
}

/// Checks that the state belongs to an account like the one of this emulator, to which the bot is connected.
fn check_account(world: &World, settings: &EmulatorSettings) -> Result<(), StateError> {
    let first = world.account.first_number();
    let same = |place: &str, found: &str, own: &str, setting: &str| {
        let why = || format!("the state has {found}, this emulator has {own}; start it with {setting} {found}");
        if found == own { Ok(()) } else { Err(invalid(&format!("world.account.numbers[0].identity.{place}"), why())) }
    };
    same("phone_number_id", &first.phone_number_id, &settings.phone_number_id, "--phone-number-id")?;
    same("waba_id", &first.waba_id, &settings.waba_id, "--waba-id")
}

fn read<'de, T: Deserialize<'de>>(json: &'de [u8]) -> Result<T, StateError> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| invalid(&error.path().to_string(), error.inner().to_string()))?;
    deserializer.end().map_err(|error| invalid(".", error.to_string()))?;
    Ok(value)
}

fn set_callbacks(
    shared: &Shared,
    account_override: Option<String>,
    number_overrides: BTreeMap<String, String>,
    are_statuses_held: bool,
) {
    shared.callbacks.send_modify(|callbacks| {
        callbacks.account_override = account_override;
        callbacks.number_overrides = number_overrides;
        callbacks.are_statuses_held = are_statuses_held;
    });
}

fn invalid(path: &str, reason: impl Into<String>) -> StateError {
    StateError::Invalid { path: path.to_owned(), reason: reason.into() }
}
