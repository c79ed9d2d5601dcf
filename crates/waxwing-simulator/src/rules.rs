//! Meta's rules, as this crate reads them.
//!
//! A table of its own, on purpose: the crates under test have theirs, and a misreading should not be shared by both. Nothing here
//! knows HTTP or the state of the simulated world; what depends on time or on earlier messages gets it as an argument.
//!
//! A send passes, in this order: [`message`] (its form), [`window`] (may we write to this user now), [`media`] (what the id or link
//! holds). Rules of pace, the throughput of the number (130429) and the pair limit (131056), belong between window and media.

pub(crate) mod address;
pub(crate) mod error;
pub(crate) mod media;
pub(crate) mod message;
pub(crate) mod window;

pub(crate) use error::GraphError;
