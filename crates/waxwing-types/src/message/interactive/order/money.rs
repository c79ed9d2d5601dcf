//! Amounts of money in an order.

use serde::{Deserialize, Serialize};

use crate::redacted::debug_shows;

/// Amount of money: `value / offset` units of the currency of the order.
///
/// ```
/// use waxwing_types::Amount;
///
/// // 12.34 in a currency with cents.
/// let amount = Amount::cents(1234);
/// assert_eq!((amount.value, amount.offset), (1234, 100));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Amount {
    /// Amount in the smallest unit.
    pub value: u64,
    /// Number of smallest units in one unit of the currency. Meta requires 100 for the rupee, the real and the Singapore dollar.
    pub offset: u32,
}

/// Tax, or cost of the shipping. `Debug` hides the description.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrderCharge {
    /// Amount.
    #[serde(flatten)]
    pub amount: Amount,
    /// Text that the user sees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Discount. `Debug` hides the texts.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrderDiscount {
    /// Amount, with a text.
    #[serde(flatten)]
    pub charge: OrderCharge,
    /// Name of the discount.
    #[serde(rename = "discount_program_name", default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
}

impl Amount {
    /// Creates an amount in hundredths of the currency.
    pub fn cents(value: u64) -> Self {
        Self { value, offset: 100 }
    }
}

impl OrderCharge {
    /// Creates a charge without a text.
    pub fn new(amount: Amount) -> Self {
        Self { amount, description: None }
    }

    /// Sets the text that the user sees.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }
}

impl OrderDiscount {
    /// Creates a discount without a name.
    pub fn new(charge: impl Into<OrderCharge>) -> Self {
        Self { charge: charge.into(), program: None }
    }

    /// Sets the name of the discount.
    pub fn program(mut self, name: impl Into<String>) -> Self {
        self.program = Some(name.into());
        self
    }
}

impl From<Amount> for OrderCharge {
    fn from(amount: Amount) -> Self {
        Self::new(amount)
    }
}

impl From<Amount> for OrderDiscount {
    fn from(amount: Amount) -> Self {
        Self::new(amount)
    }
}

debug_shows! {
    OrderCharge { amount }
    OrderDiscount { charge }
}
