//! Order from the catalog of the business.

use std::fmt;

use crate::redacted::debug_without_fields;

/// An order that a user sent from the catalog of the business.
///
/// The prices are those that the user saw. Check them before you charge the user. `Display` gives one product per line. `Debug` output
/// contains none of it.
///
/// ```
/// use waxwing_agent::{Money, Order, OrderItem};
///
/// let pizzas = OrderItem::new("pizza-7").with_quantity(2).with_price(Money::new("7.50", "EUR"));
/// assert_eq!(Order::new([pizzas]).to_string(), "2 × pizza-7 (7.50 EUR)");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Order {
    /// Id of the catalog.
    pub catalog_id: Option<String>,
    /// Ordered products.
    pub items: Vec<OrderItem>,
    /// Sum of all items. `None` unless all items state a quantity, a price and the same currency.
    pub total: Option<Money>,
}

/// A product of an order.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OrderItem {
    /// Id of the product in the catalog.
    pub product_id: String,
    /// Number of pieces.
    pub quantity: Option<u64>,
    /// Price of one piece.
    pub price: Option<Money>,
}

/// An amount of money. `Display` gives the amount and the currency.
///
/// ```
/// use waxwing_agent::Money;
///
/// assert_eq!(Money::new("7.50", "EUR").to_string(), "7.50 EUR");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Money {
    /// Exact decimal number, such as `7.50`.
    pub amount: String,
    /// Currency as a code of three letters, such as `EUR`. Empty if it is not known.
    pub currency: String,
}

impl Order {
    /// Creates an order of these products, without catalog and total.
    pub fn new(items: impl IntoIterator<Item = OrderItem>) -> Self {
        Self { items: items.into_iter().collect(), ..Self::default() }
    }
}

impl OrderItem {
    /// Creates an item without quantity and price.
    pub fn new(product_id: impl Into<String>) -> Self {
        Self { product_id: product_id.into(), ..Self::default() }
    }

    /// Sets the number of pieces.
    pub fn with_quantity(mut self, quantity: u64) -> Self {
        self.quantity = Some(quantity);
        self
    }

    /// Sets the price of one piece.
    pub fn with_price(mut self, price: Money) -> Self {
        self.price = Some(price);
        self
    }
}

impl Money {
    /// Creates an amount, which is a decimal number such as `7.50`, in a currency such as `EUR`.
    pub fn new(amount: impl Into<String>, currency: impl Into<String>) -> Self {
        Self { amount: amount.into(), currency: currency.into() }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.currency.as_str() {
            "" => f.write_str(&self.amount),
            currency => write!(f, "{} {currency}", self.amount),
        }
    }
}

impl fmt::Display for OrderItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { product_id, quantity, price } = self;
        if let Some(quantity) = quantity {
            write!(f, "{quantity} × ")?;
        }
        f.write_str(product_id)?;
        price.as_ref().map_or(Ok(()), |price| write!(f, " ({price})"))
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.items.iter().map(OrderItem::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Order").field("items", &self.items.len()).finish_non_exhaustive()
    }
}

debug_without_fields!(OrderItem, Money);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_displays_what_is_known_of_each_item() {
        let items = [
            OrderItem::new("a").with_quantity(2).with_price(Money::new("7.50", "EUR")),
            OrderItem::new("b").with_price(Money::new("1", "")),
            OrderItem::new("c"),
        ];
        assert_eq!(Order::new(items).to_string(), "2 × a (7.50 EUR)\nb (1)\nc");
    }

    #[test]
    fn debug_output_has_no_content() {
        let item = OrderItem::new("secret").with_price(Money::new("secret", "EUR"));
        let shown = format!("{:?} {item:?} {:?}", Order::new([item.clone()]), item.price);
        assert!(!shown.contains("secret"), "{shown}");
    }
}
