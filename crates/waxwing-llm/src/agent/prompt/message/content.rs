//! Content with a form of its own in the prompt.

use std::time::SystemTime;

use jiff::Timestamp;
use serde_json::Value;
use waxwing_agent::{BusinessEvent, CallPermission, FormAnswer, MessageContent, Order, OrderItem, UnknownContent};

use super::product;
use crate::tag::Tag;

/// Returns content with a form of its own as the model reads it.
pub(super) fn content(content: &MessageContent) -> Tag {
    match content {
        MessageContent::Order(ordered) => order(ordered),
        MessageContent::Form(answer) => form(answer),
        MessageContent::Product(shared) => product("shared_product", shared),
        MessageContent::CallPermission(answer) => call_permission(answer),
        MessageContent::Unknown(content) => unknown(content),
        other => Tag::new("content").text(&other.plain_text()),
    }
}

fn order(order: &Order) -> Tag {
    let tag = Tag::new("order").attr_if_some("catalog_id", order.catalog_id.as_ref());
    tag.attr_if_some("total", order.total.as_ref()).children(order.items.iter().map(item))
}

fn item(item: &OrderItem) -> Tag {
    let tag = Tag::new("item").attr("product_id", &item.product_id);
    tag.attr_if_some("quantity", item.quantity).attr_if_some("price", item.price.as_ref())
}

fn form(form: &FormAnswer) -> Tag {
    let tag = Tag::new("form").attr_if_some("name", form.name.as_ref()).attr_if_some("form", form.form.as_ref());
    tag.text(&json(&form.answer))
}

fn call_permission(permission: &CallPermission) -> Tag {
    Tag::new("call_permission")
        .attr("response", &permission.response)
        .attr_if_some("permanent", permission.is_permanent.then_some("yes"))
        .attr_if_some("expires", permission.expires_at.and_then(timestamp))
}

/// Returns an event of another system of the business.
pub(super) fn event(event: &BusinessEvent) -> Tag {
    let tag = Tag::new("event").attr("name", &event.name);
    if event.data.is_null() { tag } else { tag.text(&json(&event.data)) }
}

fn unknown(unknown: &UnknownContent) -> Tag {
    let tag = Tag::new("content").attr("type", &unknown.kind);
    match &unknown.json {
        Some(value) => tag.text(&json(value)),
        None => tag.attr("problem", "WhatsApp does not pass it on"),
    }
}

/// Returns JSON on one line. A text is returned as it is.
fn json(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn timestamp(time: SystemTime) -> Option<Timestamp> {
    Timestamp::try_from(time).ok()
}
