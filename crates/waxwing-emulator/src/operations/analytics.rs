//! Analytics of an account, counted from the messages of the chats.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::clock::unix_seconds;
use crate::message::{ChatContent, DeliveryState, Party};
use crate::rules::analytics::{AnalyticsKind, AnalyticsQuery};
use crate::world::World;
use crate::world::chat::ChatEntry;

/// Product types of messages: templates, other messages of the business, and messages of users.
const PRODUCT_TYPES: [&str; 3] = ["0", "2", "100"];

/// Message that counts.
#[derive(Debug)]
struct CountedMessage<'a> {
    entry: &'a ChatEntry,
    /// Phone number of the business, in digits.
    phone: &'a str,
    country: String,
    /// Start of the time that the data point of the message covers.
    start: u64,
}

/// Returns the value of a field of analytics.
pub(crate) fn run(world: &World, query: &AnalyticsQuery) -> Value {
    let messages = messages(world, query);
    if query.kind == AnalyticsKind::Messaging {
        let numbers = world.account.numbers().iter().map(|number| number.identity.display_phone_number.as_str());
        let numbers: Vec<_> = numbers.filter(|phone| query.selects("phone_numbers", phone)).collect();
        let points = messaging(&messages, query);
        return json!({ "phone_numbers": numbers, "granularity": query.granularity, "data_points": points });
    }
    json!({ "data": [{ "data_points": by_dimension(&messages, query) }] })
}

/// Returns the messages that a query selects by time, number and country.
fn messages<'a>(world: &'a World, query: &AnalyticsQuery) -> Vec<CountedMessage<'a>> {
    let period = query.period().as_secs();
    let entries = world.users.all().iter().flat_map(|user| user.chat.entries().map(move |entry| (user, entry)));
    let counted = entries.filter_map(|(user, entry)| {
        let at = unix_seconds(entry.message.at);
        if entry.message.group.is_some() || !(query.start..query.end).contains(&at) {
            return None;
        }
        let phone = world.account.number(world.number_of(&entry.message)).identity.display_phone_number.as_str();
        let start = query.start + (at - query.start) / period * period;
        Some(CountedMessage { entry, phone, country: user.country(), start })
    });
    let is_selected = |message: &CountedMessage<'_>| {
        query.selects("phone_numbers", message.phone) && query.selects("country_codes", &message.country)
    };
    counted.filter(is_selected).collect()
}

fn messaging(messages: &[CountedMessage<'_>], query: &AnalyticsQuery) -> Vec<Value> {
    let mut points = BTreeMap::<u64, [u64; 2]>::new();
    for message in messages {
        let of_user = message.entry.message.from == Party::User;
        let is_template = matches!(message.entry.message.content, ChatContent::Template(_));
        let product = if of_user { PRODUCT_TYPES[2] } else { PRODUCT_TYPES[usize::from(!is_template)] };
        // Messages of users count only on request.
        let counts =
            if of_user { query.names("product_types", product) } else { query.selects("product_types", product) };
        if counts {
            let point = points.entry(message.start).or_default();
            point[0] += 1;
            point[1] += u64::from(is_delivered(message.entry));
        }
    }
    let points = points.into_iter().map(|(start, [sent, delivered])| {
        json!({ "start": start, "end": end(start, query), "sent": sent, "delivered": delivered })
    });
    points.collect()
}

/// Counts conversations, or delivered messages, for each combination of the dimensions.
fn by_dimension(messages: &[CountedMessage<'_>], query: &AnalyticsQuery) -> Vec<Value> {
    let (prefix, count) = match query.kind {
        AnalyticsKind::Conversation => ("conversation", "conversation"),
        AnalyticsKind::Pricing | AnalyticsKind::Messaging => ("pricing", "volume"),
    };
    let mut points = BTreeMap::<(u64, String), (Map<String, Value>, u64)>::new();
    let mut conversations = BTreeSet::new();
    for message in messages.iter().filter(|message| message.entry.message.from == Party::Business) {
        if !is_delivered(message.entry) || message.entry.from_business_app {
            continue;
        }
        let price = &message.entry.price;
        let conversation = price.conversation.as_ref().map(|conversation| &conversation.id);
        if query.kind == AnalyticsKind::Conversation && !conversations.insert(conversation) {
            continue;
        }
        let kind = if price.is_free_entry { "FREE_ENTRY_POINT" } else { "REGULAR" };
        let category = price.category.to_ascii_uppercase();
        let categories = if prefix == "pricing" { "pricing_categories" } else { "conversation_categories" };
        let types = if prefix == "pricing" { "pricing_types" } else { "conversation_types" };
        if !query.selects(categories, &category) || !query.selects(types, kind) {
            continue;
        }
        let named = [
            ("PHONE".to_owned(), "phone_number".to_owned(), message.phone.to_owned()),
            ("COUNTRY".to_owned(), "country".to_owned(), message.country.clone()),
            (format!("{prefix}_type").to_ascii_uppercase(), format!("{prefix}_type"), kind.to_owned()),
            (format!("{prefix}_category").to_ascii_uppercase(), format!("{prefix}_category"), category),
        ];
        let named = named.into_iter().filter(|(dimension, ..)| query.names("dimensions", dimension));
        let named: Map<_, Value> = named.map(|(_, name, value)| (name, value.into())).collect();
        let key = (message.start, Value::from(named.clone()).to_string());
        points.entry(key).or_insert_with(|| (named, 0)).1 += 1;
    }
    let point = |((start, _), (mut point, number)): ((u64, String), (Map<String, Value>, u64))| {
        point.insert("start".to_owned(), start.into());
        point.insert("end".to_owned(), end(start, query).into());
        point.insert(count.to_owned(), number.into());
        Value::from(point)
    };
    points.into_iter().map(point).collect()
}

fn end(start: u64, query: &AnalyticsQuery) -> u64 {
    (start + query.period().as_secs()).min(query.end)
}

fn is_delivered(entry: &ChatEntry) -> bool {
    matches!(entry.message.state, DeliveryState::Delivered | DeliveryState::Read | DeliveryState::Played)
}
