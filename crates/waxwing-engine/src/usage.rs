//! Report of usage.

use std::collections::BTreeMap;

use waxwing_store::{UsageKey, UsageQuery, UsageStore};
use waxwing_types::Decimal;

use crate::charges::ChargeSum;
use crate::rates::RateTable;

/// Largest number of days of a report.
pub const MAX_USAGE_DAYS: i64 = 1000;

/// Largest number of sums that a report reads.
const MAX_SUMS: usize = 200_000;

/// Usage by one key: delivered messages with Meta's charges, and the cost of models. Charges and costs can have different currencies, so they are never added up.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct UsageReport {
    /// Currency of Meta's charges, as a code of ISO 4217. `None` without a rate table.
    pub currency: Option<String>,
    /// The rows, in the order of their keys.
    pub rows: Vec<UsageRow>,
}

/// Usage with one key.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct UsageRow {
    /// Value of the key. A day is a number of days since the Unix epoch. Empty if it is unknown.
    pub key: String,
    /// Delivered messages, with Meta's charges.
    pub messages: ChargeSum,
    /// Cost of models, in the currency of their prices.
    pub model_cost: Decimal,
}

/// Why a report failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UsageError {
    /// The period is too long, or the numbers have too many keys in it.
    #[error("the period has too much data for a report; choose a later first day, at most {MAX_USAGE_DAYS} days ago")]
    TooLarge,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] waxwing_store::Error),
}

/// Reads the usage of a store.
pub(crate) async fn report(
    store: &(impl UsageStore + ?Sized),
    query: UsageQuery,
    rates: Option<&RateTable>,
) -> Result<UsageReport, UsageError> {
    if query.until.saturating_sub(query.since) > MAX_USAGE_DAYS {
        return Err(UsageError::TooLarge);
    }
    let counts = store.message_counts(query, MAX_SUMS).await?;
    let costs = store.model_costs(query, MAX_SUMS).await?;
    if counts.len() == MAX_SUMS || costs.len() == MAX_SUMS {
        return Err(UsageError::TooLarge);
    }
    let mut rows: BTreeMap<SortedKey, UsageRow> = BTreeMap::new();
    let mut row = |key: &str, change: &mut dyn FnMut(&mut UsageRow)| {
        let sorted = SortedKey::new(query.by, key);
        change(rows.entry(sorted).or_insert_with(|| UsageRow {
            key: key.to_owned(),
            messages: ChargeSum::ZERO,
            model_cost: Decimal::ZERO,
        }));
    };
    for count in &counts {
        row(&count.key, &mut |row| row.messages.add(count, rates));
    }
    for cost in &costs {
        row(&cost.key, &mut |row| row.model_cost = Decimal::from_billionths(cost.billionths));
    }
    let currency = rates.map(|rates| rates.currency().to_owned());
    Ok(UsageReport { currency, rows: rows.into_values().collect() })
}

/// Key that sorts days by number and names by letter.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct SortedKey(i64, String);

impl SortedKey {
    fn new(by: UsageKey, key: &str) -> Self {
        match by {
            UsageKey::Day => Self(key.parse().unwrap_or_default(), String::new()),
            UsageKey::Number | UsageKey::Agent | UsageKey::Category => Self(0, key.to_owned()),
        }
    }
}
