//! Received messages, from the webhook to the input of a turn.

pub(crate) mod accept;
pub(crate) mod classify;
pub(crate) mod content;
pub(crate) mod marketing_words;
pub(crate) mod media;
mod media_scan;
mod requeue;
mod status;
