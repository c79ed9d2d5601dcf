//! The policies of business numbers.

use waxwing_client::types::WaId;
use waxwing_engine::{CallPolicy, HandoffStaff, NumberPolicies, OpeningHours, OutsideHours};

use super::outside_window::template;
use super::raw::RawSettings;
use super::source::SettingsSource;
use super::table::setting;
use crate::error::ConfigError;

/// Reads the policies.
pub(super) fn read<S: SettingsSource>(raw: &RawSettings<'_, S>) -> Result<NumberPolicies, ConfigError> {
    let mut policies = NumberPolicies::default();
    policies.hours = hours(raw)?;
    policies.first_contact_version = raw.text("WAXWING_FIRST_CONTACT_VERSION");
    policies.first_contact_in_groups = raw.parse("WAXWING_FIRST_CONTACT_IN_GROUPS", str::parse::<bool>)?;
    policies.calls = raw.parse("WAXWING_CALLS", calls)?;
    policies.passes_thread = raw.parse("WAXWING_HANDOFF_THREAD", handoff_thread)?;
    policies.handoff_staff = handoff_staff(raw)?;
    Ok(policies)
}

/// Reads the opening hours. There are none without opening times.
fn hours<S: SettingsSource>(raw: &RawSettings<'_, S>) -> Result<Option<OpeningHours>, ConfigError> {
    const OTHERS: [&str; 3] = ["WAXWING_HOURS_TIME_ZONE", "WAXWING_HOURS_HOLIDAYS", "WAXWING_HOURS_WHEN_CLOSED"];
    if raw.text("WAXWING_HOURS_OPEN").is_none() {
        return match OTHERS.into_iter().find(|other| raw.text(other).is_some()) {
            Some(other) => Err(needs(other, "WAXWING_HOURS_OPEN", "[\"mon-fri 09:00-17:00\"]")),
            None => Ok(None),
        };
    }
    let zone = raw.parse("WAXWING_HOURS_TIME_ZONE", OpeningHours::in_zone)?;
    let hours = zone.ok_or_else(|| needs("WAXWING_HOURS_OPEN", "WAXWING_HOURS_TIME_ZONE", "Europe/Madrid"))?;
    let hours = raw.parse("WAXWING_HOURS_OPEN", |open| add(hours, open, OpeningHours::open))?;
    let Some(mut hours) = hours else { return Ok(None) };
    if raw.text("WAXWING_HOURS_HOLIDAYS").is_some() {
        let with_holidays = |days: &str| add(hours.clone(), days, OpeningHours::holiday);
        hours = raw.parse("WAXWING_HOURS_HOLIDAYS", with_holidays)?.unwrap_or(hours);
    }
    let outside = raw.parse("WAXWING_HOURS_WHEN_CLOSED", outside)?.unwrap_or_default();
    Ok(Some(hours.outside(outside)))
}

/// Adds the entries of a list: a JSON array, or entries separated by semicolons.
fn add<E: ToString>(
    hours: OpeningHours,
    list: &str,
    add: impl Fn(OpeningHours, &str) -> Result<OpeningHours, E>,
) -> Result<OpeningHours, String> {
    let entries: Vec<String> = if list.starts_with('[') {
        serde_json::from_str(list).map_err(|_| "write a list such as [\"mon-fri 09:00-17:00\"]")?
    } else {
        list.split(';').filter(|entry| !entry.trim().is_empty()).map(str::to_owned).collect()
    };
    entries.iter().try_fold(hours, |hours, entry| add(hours, entry.trim())).map_err(|error| error.to_string())
}

/// Reads the employee who is told about handoffs.
fn handoff_staff<S: SettingsSource>(raw: &RawSettings<'_, S>) -> Result<Option<HandoffStaff>, ConfigError> {
    let template = raw.parse("WAXWING_HANDOFF_TEMPLATE", template)?;
    let staff = raw.parse("WAXWING_HANDOFF_STAFF", phone)?.map(HandoffStaff::new);
    match (staff, template) {
        (None, Some(_)) => Err(needs("WAXWING_HANDOFF_TEMPLATE", "WAXWING_HANDOFF_STAFF", "+34600000001")),
        (staff, template) => Ok(staff.map(|staff| template.into_iter().fold(staff, HandoffStaff::template))),
    }
}

fn phone(value: &str) -> Result<WaId, &'static str> {
    WaId::of_phone(value).ok_or("write a phone number with its country code, such as +34600000001")
}

fn calls(value: &str) -> Result<CallPolicy, &'static str> {
    match value {
        "ignore" => Ok(CallPolicy::Ignore),
        "reject" => Ok(CallPolicy::Reject),
        _ => Err("write ignore or reject"),
    }
}

/// Returns whether a human handoff passes the conversation.
fn handoff_thread(value: &str) -> Result<bool, &'static str> {
    match value {
        "keep" => Ok(false),
        "pass" => Ok(true),
        _ => Err("write keep or pass"),
    }
}

fn outside(value: &str) -> Result<OutsideHours, &'static str> {
    match value {
        "away" => Ok(OutsideHours::Away),
        "wait" => Ok(OutsideHours::Wait),
        "answer" => Ok(OutsideHours::Answer),
        _ => Err("write away, wait or answer"),
    }
}

/// Returns the error of a setting that has no effect without another one.
fn needs(variable: &str, other: &str, example: &str) -> ConfigError {
    let (setting, other) = (setting(variable), setting(other));
    ConfigError::new(format!(
        "{} ({}) is set without {} ({}): set it, such as {example}",
        setting.variable, setting.key, other.variable, other.key
    ))
}
