//! Delivery of events to other systems.

mod body;
mod delivery;
mod dispatcher;
mod operator;
mod subscription;

pub(crate) use dispatcher::{run, set_subscriptions};
pub use subscription::{EventDelivery, EventReceipt, EventReceiver, EventSubscription, MAX_SUBSCRIPTIONS};
