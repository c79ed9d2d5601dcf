//! Sums of Meta's charges.

use waxwing_store::MessageCount;
use waxwing_types::Decimal;

use crate::rates::RateTable;

/// Sum of Meta's charges for some messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChargeSum {
    /// Messages that Meta charges.
    pub billable: u64,
    /// Messages that are free.
    pub free: u64,
    /// Charged messages without a rate. Their price is unknown, and not part of the amount.
    pub without_rate: u64,
    /// Price of the charged messages with a rate, in the currency of the rate table.
    pub amount: Decimal,
}

impl ChargeSum {
    /// The sum of no messages.
    pub(crate) const ZERO: Self = Self { billable: 0, free: 0, without_rate: 0, amount: Decimal::ZERO };

    /// Adds messages of one market and category. Without a rate table, no message has a rate.
    pub(crate) fn add(&mut self, count: &MessageCount, rates: Option<&RateTable>) {
        self.billable = self.billable.saturating_add(count.billable);
        self.free = self.free.saturating_add(count.free);
        let price = rates.and_then(|rates| rates.price(count.market, &count.category));
        let sum = price.and_then(|price| price.checked_mul(count.billable)?.checked_add(self.amount));
        match sum {
            Some(sum) => self.amount = sum,
            None => self.without_rate = self.without_rate.saturating_add(count.billable),
        }
    }
}

#[cfg(test)]
mod tests {
    use waxwing_types::Market;

    use super::*;

    #[test]
    fn a_message_without_a_rate_is_never_free() {
        let rates = RateTable::parse("market,category,price,currency\n34,service,0.1,EUR").unwrap();
        let mut sum = ChargeSum::ZERO;
        for (category, market, billable, free) in
            [("service", "34", 3, 2), ("service", "33", 5, 0), ("utility", "34", 7, 1), ("service", "34", 0, 4)]
        {
            let count = MessageCount {
                key: String::new(),
                category: category.into(),
                kind: "regular".into(),
                market: Market::of_calling_code(market),
                billable,
                free,
            };
            sum.add(&count, Some(&rates));
        }
        assert_eq!((sum.billable, sum.free, sum.without_rate), (15, 7, 12));
        assert_eq!(sum.amount.to_string(), "0.3");
        let count = MessageCount {
            key: String::new(),
            category: "service".into(),
            kind: String::new(),
            market: None,
            billable: 2,
            free: 0,
        };
        let mut sum = ChargeSum::ZERO;
        sum.add(&count, None);
        assert_eq!((sum.without_rate, sum.amount), (2, Decimal::ZERO));
    }
}
