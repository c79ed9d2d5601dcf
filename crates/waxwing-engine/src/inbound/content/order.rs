//! Orders for agents.

use waxwing_agent::{Money, Order, OrderItem};
use waxwing_types::Decimal;
use waxwing_webhook::{InboundOrder, InboundOrderItem};

/// Converts an order, and computes its total.
pub(super) fn order(order: InboundOrder) -> Order {
    let total = total(&order.items);
    let mut converted = Order::new(order.items.into_iter().map(item));
    converted.catalog_id = order.catalog_id;
    converted.total = total;
    converted
}

fn item(ordered: InboundOrderItem) -> OrderItem {
    let mut item = OrderItem::new(ordered.product_id);
    item.quantity = ordered.quantity;
    item.price = ordered.price.map(|price| Money::new(price.to_string(), ordered.currency.unwrap_or_default()));
    item
}

/// Returns the sum of all items. Returns none unless all items state a quantity, a price and the same currency.
fn total(items: &[InboundOrderItem]) -> Option<Money> {
    let currency = items.first()?.currency.as_ref()?;
    let price = |item: &InboundOrderItem| {
        (item.currency.as_ref() == Some(currency)).then_some(())?;
        item.price?.checked_mul(item.quantity?)
    };
    let mut prices = items.iter().map(price);
    let first = prices.next()??;
    let sum = prices.try_fold(first, |sum, price| Decimal::checked_add(sum, price?))?;
    Some(Money::new(sum.to_string(), currency))
}
