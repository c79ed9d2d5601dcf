//! Faults of the emulated platform.
//!
//! A [`Fault`] states where it applies, its effect, and how often. The same type serves
//! [`Emulator::inject`](crate::Emulator::inject), the control API and scenario files. A rate is a reproducible draw: the seed, the
//! fault and the subject determine the result.

mod active;
mod definition;
mod effect;
mod form;
mod webhook;

pub(crate) use active::{CallFault, Faults};
pub use definition::{Fault, FaultId};
pub use effect::{FaultEffect, GraphEndpoint};
pub(crate) use form::FaultForm;
pub use webhook::{UpdateFilter, WebhookFault};
