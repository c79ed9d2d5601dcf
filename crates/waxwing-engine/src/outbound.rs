//! Messages to users, from the reply of an agent to the send request.

pub(crate) mod compile;
pub(crate) mod retry;
pub(crate) mod send;
mod send_counts;
mod sendable;
mod upload;
pub(crate) mod window;

pub use sendable::MAX_CONVERSION_MEMORY;
