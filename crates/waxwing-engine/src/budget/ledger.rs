//! Charges of the current periods, compared with the budgets.

use std::collections::HashMap;

use jiff::civil::Date;
use waxwing_types::{Decimal, PhoneNumberId};

use super::{BudgetDecision, BudgetPeriod, BudgetSettings, NumberBudget};
use crate::charges::ChargeSum;

/// Charges of the current day and month.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Day in UTC, in days since the Unix epoch, with the version of the counts. `None` until the charges are read.
    read: Option<(i64, u64)>,
    day: HashMap<PhoneNumberId, ChargeSum>,
    month: HashMap<PhoneNumberId, ChargeSum>,
    /// The highest alarm of each number and period, with the first day of the period.
    raised: HashMap<(PhoneNumberId, BudgetPeriod), (i64, AlarmLevel)>,
}

/// Part of a budget that is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum AlarmLevel {
    /// 80 %.
    Approached,
    /// All of it.
    Reached,
}

/// A budget that is used, or almost used.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BudgetAlarm {
    pub(crate) number: PhoneNumberId,
    pub(crate) period: BudgetPeriod,
    pub(crate) is_reached: bool,
    pub(crate) is_hard: bool,
    pub(crate) charges: ChargeSum,
    pub(crate) budget: Decimal,
}

impl Ledger {
    /// Returns whether the charges are those of a day and a version of the counts, or newer.
    pub(super) fn is_of(&self, today: i64, version: u64) -> bool {
        self.read.is_some_and(|read| read >= (today, version))
    }

    /// Sets the charges of a day and of its month, as a version of the counts has them. Older ones have no effect.
    pub(super) fn set(
        &mut self,
        read: (i64, u64),
        day: HashMap<PhoneNumberId, ChargeSum>,
        month: HashMap<PhoneNumberId, ChargeSum>,
    ) {
        if self.is_of(read.0, read.1) {
            return;
        }
        self.read = Some(read);
        (self.day, self.month) = (day, month);
    }

    /// Decides whether a number may send a message that costs something.
    pub(super) fn decide(&self, number: &PhoneNumberId, budget: NumberBudget) -> BudgetDecision {
        let used = self
            .periods(number, budget)
            .into_iter()
            .find(|(_, charges, limit)| level(charges.amount, *limit) == Some(AlarmLevel::Reached));
        used.map_or(BudgetDecision::Allowed, |(period, ..)| BudgetDecision::Used(period))
    }

    /// Returns the alarms that were not raised before, the longer period last.
    pub(super) fn alarms(&mut self, settings: &BudgetSettings) -> Vec<BudgetAlarm> {
        let Some((today, _)) = self.read else { return Vec::new() };
        let mut numbers: Vec<_> = self.month.keys().cloned().collect();
        numbers.sort();
        let mut alarms = Vec::new();
        for number in numbers {
            let budget = settings.of(&number);
            for (period, charges, limit) in self.periods(&number, budget) {
                let Some(level) = level(charges.amount, limit) else { continue };
                let start = match period {
                    BudgetPeriod::Day => today,
                    BudgetPeriod::Month => first_day_of_month(today),
                };
                let now = (start, level);
                let before = self.raised.insert((number.clone(), period), now);
                if before.is_some_and(|(known, highest)| known == start && highest >= level) {
                    continue;
                }
                let (is_reached, is_hard) = (level == AlarmLevel::Reached, budget.is_hard);
                alarms.push(BudgetAlarm {
                    number: number.clone(),
                    period,
                    is_reached,
                    is_hard,
                    charges,
                    budget: limit,
                });
            }
        }
        alarms
    }

    /// Returns the charges and the limit of each period with a budget.
    fn periods(&self, number: &PhoneNumberId, budget: NumberBudget) -> Vec<(BudgetPeriod, ChargeSum, Decimal)> {
        let charges = |sums: &HashMap<_, ChargeSum>| sums.get(number).copied().unwrap_or(ChargeSum::ZERO);
        let periods = [
            (BudgetPeriod::Day, charges(&self.day), budget.per_day),
            (BudgetPeriod::Month, charges(&self.month), budget.per_month),
        ];
        periods.into_iter().filter_map(|(period, sum, limit)| Some((period, sum, limit?))).collect()
    }
}

/// Returns how much of a budget is used. A budget of 0 is used from the start.
fn level(amount: Decimal, limit: Decimal) -> Option<AlarmLevel> {
    if amount.compare(limit).is_ge() {
        return Some(AlarmLevel::Reached);
    }
    // 80 % of the limit, in whole numbers. Amounts beyond the range of decimals are far above every limit.
    let is_near = match (amount.checked_mul(5), limit.checked_mul(4)) {
        (Some(used), Some(part)) => used.compare(part).is_ge(),
        _ => true,
    };
    is_near.then_some(AlarmLevel::Approached)
}

/// Returns the first day of the month of a day, both in days since the Unix epoch.
pub(super) fn first_day_of_month(day: i64) -> i64 {
    let date = i32::try_from(day).ok().and_then(|days| {
        let span = jiff::Span::new().try_days(days).ok()?;
        Date::constant(1970, 1, 1).checked_add(span).ok()
    });
    date.map_or(day, |date| day - i64::from(date.day()) + 1)
}

impl BudgetAlarm {
    /// Warns the operators.
    pub(crate) fn log(&self, currency: &str) {
        let Self { number, period, is_reached, is_hard, charges, budget } = self;
        let (number, period) = (number.as_str(), period.as_str());
        let (charged, budget, without_rate) = (charges.amount.to_string(), budget.to_string(), charges.without_rate);
        if !is_reached {
            tracing::warn!(
                number,
                period,
                charged,
                budget,
                currency,
                without_rate,
                "80 % of the budget for meta's charges used"
            );
        } else if *is_hard {
            let message = "budget for meta's charges used; messages that cost something are not answered";
            tracing::warn!(number, period, charged, budget, currency, without_rate, "{message}");
        } else {
            let message = "budget for meta's charges used; campaigns stop, users are answered";
            tracing::warn!(number, period, charged, budget, currency, without_rate, "{message}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1 January 2026.
    const NEW_YEAR: i64 = 20_454;

    fn number() -> PhoneNumberId {
        PhoneNumberId::new("1000001")
    }

    fn amount(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn sums(text: &str) -> HashMap<PhoneNumberId, ChargeSum> {
        HashMap::from([(number(), ChargeSum { amount: amount(text), ..ChargeSum::ZERO })])
    }

    fn settings(per_day: &str, per_month: &str) -> BudgetSettings {
        let standard =
            NumberBudget { per_day: Some(amount(per_day)), per_month: Some(amount(per_month)), is_hard: false };
        BudgetSettings { standard, ..BudgetSettings::default() }
    }

    #[test]
    fn each_alarm_is_raised_once_in_its_period() {
        let (settings, mut ledger) = (settings("10", "100"), Ledger::default());
        let mut version = 0;
        let mut check = |today, day, month, expected: &[(&str, bool)]| {
            version += 1;
            ledger.set((today, version), sums(day), sums(month));
            let alarms = ledger.alarms(&settings);
            let found: Vec<_> = alarms.iter().map(|alarm| (alarm.period.as_str(), alarm.is_reached)).collect();
            assert_eq!(found, expected, "{day} {month}");
        };
        check(NEW_YEAR, "7.999", "7.999", &[]);
        check(NEW_YEAR, "8", "8", &[("day", false)]);
        check(NEW_YEAR, "9", "9", &[]);
        check(NEW_YEAR, "10", "10", &[("day", true)]);
        check(NEW_YEAR, "30", "30", &[]);
        check(NEW_YEAR + 1, "12", "85", &[("day", true), ("month", false)]);
        check(NEW_YEAR + 2, "0", "99", &[]);
        check(NEW_YEAR + 31, "0", "0", &[]);
        check(NEW_YEAR + 31, "9", "100", &[("day", false), ("month", true)]);
    }

    #[test]
    fn a_used_budget_of_either_period_decides() {
        let budget = settings("10", "100").standard;
        for (day, month, expected) in [
            ("9.99", "99.99", BudgetDecision::Allowed),
            ("10.0", "10", BudgetDecision::Used(BudgetPeriod::Day)),
            ("0", "100", BudgetDecision::Used(BudgetPeriod::Month)),
        ] {
            let mut ledger = Ledger::default();
            ledger.set((NEW_YEAR, 0), sums(day), sums(month));
            assert_eq!(ledger.decide(&number(), budget), expected, "{day} {month}");
        }
        let none = NumberBudget { per_day: Some(Decimal::ZERO), ..NumberBudget::default() };
        assert_eq!(Ledger::default().decide(&number(), none), BudgetDecision::Used(BudgetPeriod::Day));
    }

    #[test]
    fn older_charges_replace_no_newer_ones() {
        let (budget, mut ledger) = (settings("10", "100").standard, Ledger::default());
        ledger.set((NEW_YEAR, 2), sums("10"), sums("10"));
        ledger.set((NEW_YEAR, 1), sums("5"), sums("5"));
        assert!(ledger.is_of(NEW_YEAR, 1) && !ledger.is_of(NEW_YEAR, 3) && !ledger.is_of(NEW_YEAR + 1, 2));
        assert_eq!(ledger.decide(&number(), budget), BudgetDecision::Used(BudgetPeriod::Day));
    }

    #[test]
    fn months_begin_on_their_first_day() {
        for (day, expected) in [
            (NEW_YEAR, NEW_YEAR),
            (NEW_YEAR + 30, NEW_YEAR),
            (NEW_YEAR + 31, NEW_YEAR + 31),
            (NEW_YEAR + 31 + 28, NEW_YEAR + 59),
            (-1, -31),
            (i64::MAX, i64::MAX),
        ] {
            assert_eq!(first_day_of_month(day), expected, "{day}");
        }
    }
}
