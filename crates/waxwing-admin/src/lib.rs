#![doc = include_str!("../README.md")]

mod api_server;
mod campaign_operations;
mod campaign_request;
mod client;
mod endpoint;
mod error;
mod message_file;
mod message_request;
mod operations;
mod page;
mod request;
mod selector;
mod server;
mod usage_date;
mod views;

pub use api_server::ApiServer;
pub use campaign_request::{CampaignRequest, RecipientRequest};
pub use client::{AdminClient, LOG_PAGE};
pub use error::AdminError;
pub use message_file::MessageFile;
pub use message_request::{MessageRequest, Recipient, WhenClosedName, content_from_meta};
pub use selector::{ConversationRef, InvalidSelector, Selector};
pub use server::AdminServer;
pub use usage_date::{InvalidUsageDate, UsageDate};
pub use views::agents::AgentsView;
pub use views::campaign::{AddedView, CampaignView, RecipientView, ScheduledStateView, ScheduledView};
pub use views::conversation::{ConversationDataView, ConversationView, MemoryView, SessionView};
pub use views::identity::UserView;
pub use views::log::{LogEntryView, MediumView, UserLogEntryView};
pub use views::message::{FoundMessageView, StoredMessageView};
pub use views::outbox::{AttemptView, CodeView, DeliveryView, OutboxDetailView, OutboxView, QueuedView, RecordedView};
pub use views::quarantine::{QuarantineDetailView, QuarantineView};
pub use views::subscription::SubscriptionView;
pub use views::usage::{UsageRowView, UsageView};
pub use views::user::{ErasureView, KnownUserView, UserDataView};
