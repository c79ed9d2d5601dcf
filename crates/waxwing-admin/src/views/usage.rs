//! Usage with its costs.

use serde::{Deserialize, Serialize};
use waxwing::engine::{UsageReport, UsageRow};
use waxwing::store::UsageKey;
use waxwing::types::Decimal;

use crate::usage_date::UsageDate;

/// Usage by one key: delivered messages with Meta's charges, and the cost of models. Amounts are decimal numbers.
///
/// Meta's charges and the costs of models can have different currencies, so they are never added up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UsageView {
    /// First day (UTC), such as `2026-11-01`.
    pub since: String,
    /// Last day (UTC).
    pub until: String,
    /// Currency of Meta's charges, as a code of ISO 4217. `None` if the server has no rate table.
    pub currency: Option<String>,
    /// The rows, in the order of their keys.
    pub rows: Vec<UsageRowView>,
    /// The sum of the rows.
    pub total: UsageRowView,
}

/// Usage with one key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UsageRowView {
    /// A day such as `2026-11-30`, the id of a number, the name of an agent, or a category of Meta. Empty if it is unknown.
    pub key: String,
    /// Delivered messages that Meta charges.
    pub billable: u64,
    /// Delivered messages that are free.
    pub free: u64,
    /// Charged messages without a rate. Their price is unknown, and not part of the charges.
    pub without_rate: u64,
    /// Meta's charges for the messages with a rate. `None` if no charged message has a rate.
    pub charges: Option<String>,
    /// Cost of models, in the currency of their prices.
    pub model_cost: String,
}

impl UsageView {
    pub(crate) fn new(report: UsageReport, by: UsageKey, since: UsageDate, until: UsageDate) -> Self {
        let mut sum = Sum::default();
        let row = |row: UsageRow| {
            let messages = row.messages;
            let amounts = Sum {
                billable: messages.billable,
                free: messages.free,
                without_rate: messages.without_rate,
                charges: Some(messages.amount),
                model_cost: Some(row.model_cost),
            };
            sum.add(amounts);
            let day = (by == UsageKey::Day).then(|| row.key.parse().ok().map(|day| UsageDate(day).to_string()));
            amounts.view(day.flatten().unwrap_or(row.key))
        };
        let rows = report.rows.into_iter().map(row).collect();
        Self {
            since: since.to_string(),
            until: until.to_string(),
            currency: report.currency,
            rows,
            total: sum.view(String::new()),
        }
    }
}

/// A sum of usage. An amount is `None` if it has too many digits.
#[derive(Clone, Copy)]
struct Sum {
    billable: u64,
    free: u64,
    without_rate: u64,
    charges: Option<Decimal>,
    model_cost: Option<Decimal>,
}

impl Default for Sum {
    fn default() -> Self {
        let zero = Some(Decimal::ZERO);
        Self { billable: 0, free: 0, without_rate: 0, charges: zero, model_cost: zero }
    }
}

impl Sum {
    fn add(&mut self, other: Self) {
        let plus = |a: Option<Decimal>, b: Option<Decimal>| a.zip(b).and_then(|(a, b)| a.checked_add(b));
        self.billable = self.billable.saturating_add(other.billable);
        self.free = self.free.saturating_add(other.free);
        self.without_rate = self.without_rate.saturating_add(other.without_rate);
        self.charges = plus(self.charges, other.charges);
        self.model_cost = plus(self.model_cost, other.model_cost);
    }

    fn view(self, key: String) -> UsageRowView {
        let text = |amount: Decimal| amount.trimmed().to_string();
        let Self { billable, free, without_rate, charges, model_cost } = self;
        let has_charges = billable == 0 || without_rate < billable;
        UsageRowView {
            key,
            billable,
            free,
            without_rate,
            charges: charges.filter(|_| has_charges).map(text),
            model_cost: model_cost.map(text).unwrap_or_default(),
        }
    }
}
