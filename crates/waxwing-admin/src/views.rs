//! Stored data as operators see it.

pub(crate) mod agents;
pub(crate) mod campaign;
pub(crate) mod conversation;
pub(crate) mod identity;
pub(crate) mod log;
pub(crate) mod message;
pub(crate) mod opt_out;
pub(crate) mod outbox;
pub(crate) mod quarantine;
pub(crate) mod subscription;
pub(crate) mod usage;
pub(crate) mod user;
