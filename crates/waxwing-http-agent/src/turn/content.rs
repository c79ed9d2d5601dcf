//! Conversion of content that has a form of its own.

use waxwing_agent::{MessageContent, Money, OrderItem, Product};

use super::milliseconds;
use crate::wire::{WireMessageContent, WireMoney, WireOrderItem, WireProduct};

/// Converts content. Returns none for content that the text of the message has in words.
pub(super) fn content(content: &MessageContent) -> Option<WireMessageContent> {
    Some(match content.clone() {
        MessageContent::Order(order) => WireMessageContent::Order {
            catalog_id: order.catalog_id,
            items: order.items.into_iter().map(item).collect(),
            total: order.total.map(money),
        },
        MessageContent::Form(form) => {
            WireMessageContent::Form { name: form.name, form: form.form, answer: form.answer }
        }
        MessageContent::Product(shared) => WireMessageContent::Product(product(&shared)),
        MessageContent::CallPermission(permission) => WireMessageContent::CallPermission {
            response: permission.response,
            permanent: permission.is_permanent,
            expires_at: permission.expires_at.map(milliseconds),
            source: permission.source,
        },
        MessageContent::Reaction(reaction) => {
            WireMessageContent::Reaction { message: reaction.message, emoji: reaction.emoji }
        }
        MessageContent::Event(event) => WireMessageContent::Event { name: event.name, data: event.data },
        MessageContent::Unknown(unknown) => WireMessageContent::Unknown { kind: unknown.kind, json: unknown.json },
        _ => return None,
    })
}

/// Converts a reference to a product.
pub(super) fn product(product: &Product) -> WireProduct {
    WireProduct::new(product.catalog_id.clone(), &product.product_id)
}

fn item(item: OrderItem) -> WireOrderItem {
    WireOrderItem { product_id: item.product_id, quantity: item.quantity, price: item.price.map(money) }
}

fn money(money: Money) -> WireMoney {
    WireMoney { amount: money.amount, currency: money.currency }
}
