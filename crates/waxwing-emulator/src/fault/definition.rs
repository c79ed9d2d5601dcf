//! Definition of a fault.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::effect::{FaultEffect, GraphEndpoint};
use super::webhook::{UpdateFilter, WebhookFault};
use crate::rules::address::phone_digits;

/// Fault of the Graph API or of webhooks: where it applies, its effect, and how often.
///
/// ```
/// use waxwing_emulator::{Fault, FaultEffect, GraphEndpoint, UpdateFilter, WebhookFault};
///
/// let rate_limited = Fault::graph(GraphEndpoint::Send, FaultEffect::Error { code: 130_429, http: 400 }).rate(0.1);
/// let duplicated = Fault::webhook(UpdateFilter::Statuses, WebhookFault::Duplicate { copies: 1 }).only("delivered").times(3);
/// ```
///
/// In a scenario file, a key states where the fault applies:
///
/// ```toml
/// [[fault]]
/// send = { error = { code = 130429 } }
/// rate = 0.1
///
/// [[fault]]
/// statuses = { duplicate = { copies = 1 } }
/// only = "delivered"
/// times = 3
///
/// [[fault]]
/// send = { error = { code = 131026 } }
/// to = "+34600000000"
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    pub(super) target: FaultTarget,
    pub(super) only: Option<String>,
    /// Phone number in digits, or BSUID.
    pub(super) recipient: Option<String>,
    pub(super) rate: f64,
    pub(super) times: Option<u64>,
    pub(super) after: u64,
    pub(super) seed: Option<u64>,
}

/// Calls or webhooks to which a fault applies, with its effect on them.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum FaultTarget {
    /// Calls of one endpoint, or of all endpoints for `None`.
    Graph(Option<GraphEndpoint>, FaultEffect),
    Webhook(UpdateFilter, WebhookFault),
}

/// Id of an injected fault, for [`Emulator::remove_fault`](crate::Emulator::remove_fault).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FaultId(pub(crate) u64);

impl fmt::Display for FaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Fault {
    /// Returns a fault of the calls of one endpoint.
    pub fn graph(endpoint: GraphEndpoint, effect: FaultEffect) -> Self {
        Self::new(FaultTarget::Graph(Some(endpoint), effect))
    }

    /// Returns a fault of all calls.
    pub fn any_call(effect: FaultEffect) -> Self {
        Self::new(FaultTarget::Graph(None, effect))
    }

    /// Returns a fault of webhooks.
    pub fn webhook(updates: UpdateFilter, fault: WebhookFault) -> Self {
        Self::new(FaultTarget::Webhook(updates, fault))
    }

    fn new(target: FaultTarget) -> Self {
        Self { target, only: None, recipient: None, rate: 1.0, times: None, after: 0, seed: None }
    }

    /// Restricts a webhook fault to one status (`delivered`), message type (`image`) or webhook field (`account_update`).
    pub fn only(mut self, kind: impl Into<String>) -> Self {
        self.only = Some(kind.into());
        self
    }

    /// Restricts a fault of [`GraphEndpoint::Send`] to the messages to one user, by phone number or BSUID.
    ///
    /// ```
    /// use waxwing_emulator::{Fault, FaultEffect, GraphEndpoint};
    ///
    /// // Meta accepts each message to this user, and reports later that it cannot be delivered.
    /// let never_delivered = Fault::graph(GraphEndpoint::Send, FaultEffect::AcceptThenFail { code: 131_026 });
    /// let fault = never_delivered.to("+34600000000");
    /// ```
    pub fn to(mut self, user: impl AsRef<str>) -> Self {
        let user = user.as_ref();
        self.recipient = Some(phone_digits(user).unwrap_or_else(|| user.to_owned()));
        self
    }

    /// Sets the share of calls or webhooks that the fault affects, from 0 to 1. Values outside are clamped. Default: 1.
    pub fn rate(mut self, rate: f64) -> Self {
        self.rate = if rate.is_nan() { 0.0 } else { rate.clamp(0.0, 1.0) };
        self
    }

    /// Limits how often the fault takes effect. Default: no limit.
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Exempts the first calls or webhooks. Default: 0.
    pub fn after(mut self, exempt: u64) -> Self {
        self.after = exempt;
        self
    }

    /// Sets the seed of the rate. Default: the seed of the emulator.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }
}
