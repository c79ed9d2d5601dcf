//! The budgets for Meta's charges.

use std::fs::File;
use std::io::Read;
use std::sync::Arc;

use waxwing_engine::{BudgetSettings, NumberBudget, RateTable};
use waxwing_types::Decimal;

use super::raw::RawSettings;
use super::source::SettingsSource;
use crate::error::ConfigError;

/// Largest size of a rate table in bytes.
const MAX_RATES: u64 = 4 * 1024 * 1024;

pub(super) fn read<S: SettingsSource>(raw: &RawSettings<'_, S>) -> Result<BudgetSettings, ConfigError> {
    let mut budget = BudgetSettings::default();
    budget.rates = raw.parse("WAXWING_BUDGET_RATES", rates)?.map(Arc::new);
    budget.standard = NumberBudget {
        per_day: raw.parse("WAXWING_BUDGET_PER_DAY", amount)?,
        per_month: raw.parse("WAXWING_BUDGET_PER_MONTH", amount)?,
        is_hard: raw.parse("WAXWING_BUDGET_HARD", hard)?.unwrap_or_default(),
    };
    Ok(budget)
}

/// Reads a rate table from a file.
fn rates(path: &str) -> Result<RateTable, String> {
    let mut text = String::new();
    let file = File::open(path).map_err(|error| format!("the file cannot be read: {error}"))?;
    let read = file.take(MAX_RATES + 1).read_to_string(&mut text);
    read.map_err(|error| format!("the file cannot be read: {error}"))?;
    if text.len() as u64 > MAX_RATES {
        return Err(format!("the file is larger than {MAX_RATES} bytes; a rate table is a few kilobytes"));
    }
    RateTable::parse(&text).map_err(|error| error.to_string())
}

fn amount(value: &str) -> Result<Decimal, &'static str> {
    let amount = value.parse().ok().filter(|amount: &Decimal| amount.compare(Decimal::ZERO).is_ge());
    amount.ok_or("write an amount in the currency of the rates, such as 20 or 0.5")
}

fn hard(value: &str) -> Result<bool, &'static str> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("write true or false"),
    }
}
