//! SQL statements, grouped by the table that they read or change.

pub(super) mod attempt;
pub(super) mod campaign;
pub(super) mod campaign_recipient;
pub(super) mod conversation;
pub(super) mod cost;
pub(super) mod deduplication;
pub(super) mod entry;
pub(super) mod entry_media;
pub(super) mod event;
pub(super) mod idempotency;
pub(super) mod inbox;
pub(super) mod memory;
pub(super) mod message_count;
pub(super) mod meta;
pub(super) mod model_cost;
pub(super) mod outbox;
pub(super) mod outbox_media;
pub(super) mod quarantine;
pub(super) mod retention_cursor;
pub(super) mod send_queue;
pub(super) mod session;
pub(super) mod status;
pub(super) mod step;
pub(super) mod subscription;
pub(super) mod uploaded_media;
pub(super) mod user;
