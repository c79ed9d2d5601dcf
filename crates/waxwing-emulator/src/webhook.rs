//! Webhook requests of the emulated platform to the server under test.

pub(crate) mod callback;
pub(crate) mod response;
pub(crate) mod signature;
pub(crate) mod target;
