//! Campaigns: one message to a list of recipients, at most once to each.
//!
//! The feeder moves recipients into the outbox in small steps, so a pause, quiet hours, opt-outs and budgets act within seconds. A scheduled
//! message is a campaign of one.

mod error;
pub(crate) mod feeder;
mod managed;
mod messaging_limit;
mod pace;
mod plan;
mod quiet_hours;
mod recipient;
mod scheduled;
mod stop;

pub use error::CampaignError;
pub use plan::Campaign;
pub use quiet_hours::{InvalidQuietHours, QuietHours};
pub use recipient::{CampaignRecipient, InvalidRecipient};
pub use scheduled::MAX_SCHEDULE_AHEAD;
pub(crate) use scheduled::StoredScheduledMessage;
