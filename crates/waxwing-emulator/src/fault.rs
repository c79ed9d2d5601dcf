//! What goes wrong, on request or at a rate.
//!
//! A [`Fault`] is a rule: where it strikes, what it does, how often. The same type is given to
//! [`Emulator::inject`](crate::Emulator::inject), posted to the control API and written into scenario files, so that one
//! vocabulary serves all three. A rate is not left to chance: whether a rule strikes follows from the seed, the rule's place and
//! what it is asked about.

mod dice;
mod outcome;
mod rule;
mod table;
mod webhook;

pub(crate) use dice::chance;
pub use outcome::{FaultEffect, GraphEndpoint};
pub(crate) use rule::FaultForm;
pub use rule::{Fault, FaultId};
pub(crate) use table::Faults;
pub use webhook::{UpdateFilter, WebhookFault};
