//! The webhook side: what Meta posts to the server under test.

pub(crate) mod carrier;
pub(crate) mod future;
pub(crate) mod payload;
pub(crate) mod sample;
pub(crate) mod target;
pub(crate) mod verification;
