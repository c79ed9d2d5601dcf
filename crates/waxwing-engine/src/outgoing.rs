//! Delivery of events to other systems.

mod body;
mod delivery;
mod dispatcher;
mod operator;

pub(crate) use dispatcher::{run, set_subscriptions};
