//! One fault, in the form that Rust, the control API and scenario files share.

use std::fmt;

use serde::Deserialize;

use super::outcome::{FaultEffect, GraphEndpoint};
use super::webhook::{UpdateFilter, WebhookFault};

/// A rule: what goes wrong where, and how often.
///
/// ```
/// use waxwing_emulator::{GraphEndpoint, Fault, FaultEffect, UpdateFilter, WebhookFault};
///
/// let busy = Fault::graph(GraphEndpoint::Send, FaultEffect::Error { code: 130_429, http: 400 }).rate(0.1);
/// let twice = Fault::webhook(UpdateFilter::Statuses, WebhookFault::Duplicate { copies: 1 }).only("delivered").times(3);
/// ```
///
/// In a scenario file, the key says where:
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
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "FaultForm")]
pub struct Fault {
    pub(crate) strike: Strike,
    pub(crate) only: Option<String>,
    pub(crate) rate: f64,
    pub(crate) times: Option<u64>,
    pub(crate) after: u64,
    pub(crate) seed: Option<u64>,
}

/// Where a fault strikes and what it does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Strike {
    /// Without an endpoint: every call.
    Graph(Option<GraphEndpoint>, FaultEffect),
    Webhook(UpdateFilter, WebhookFault),
}

/// Names an injected fault, to lift it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FaultId(pub(crate) u64);

impl fmt::Display for FaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Fault {
    /// A fault of the calls to one endpoint.
    pub fn graph(endpoint: GraphEndpoint, outcome: FaultEffect) -> Self {
        Self::new(Strike::Graph(Some(endpoint), outcome))
    }

    /// A fault of all calls.
    pub fn any_call(outcome: FaultEffect) -> Self {
        Self::new(Strike::Graph(None, outcome))
    }

    /// A fault of webhooks.
    pub fn webhook(updates: UpdateFilter, fault: WebhookFault) -> Self {
        Self::new(Strike::Webhook(updates, fault))
    }

    fn new(strike: Strike) -> Self {
        Self { strike, only: None, rate: 1.0, times: None, after: 0, seed: None }
    }

    /// Of webhooks: strikes only those of this status (`delivered`), message type (`image`) or field (`account_update`).
    pub fn only(mut self, kind: impl Into<String>) -> Self {
        self.only = Some(kind.into());
        self
    }

    /// The share that is struck, from 0 to 1; 1 by default. What is outside of that is taken as the nearest.
    pub fn rate(mut self, rate: f64) -> Self {
        self.rate = if rate.is_nan() { 0.0 } else { rate.clamp(0.0, 1.0) };
        self
    }

    /// Strikes this often and no more; without a limit by default.
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Spares this many before the first strike.
    pub fn after(mut self, spared: u64) -> Self {
        self.after = spared;
        self
    }

    /// Draws from this seed instead of the emulator's.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }
}

/// A fault as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultForm {
    send: Option<FaultEffect>,
    receipt: Option<FaultEffect>,
    upload: Option<FaultEffect>,
    download: Option<FaultEffect>,
    other: Option<FaultEffect>,
    any_call: Option<FaultEffect>,
    messages: Option<WebhookFault>,
    statuses: Option<WebhookFault>,
    fields: Option<WebhookFault>,
    webhooks: Option<WebhookFault>,
    only: Option<String>,
    rate: Option<f64>,
    times: Option<u64>,
    after: Option<u64>,
    seed: Option<u64>,
}

impl TryFrom<FaultForm> for Fault {
    type Error = &'static str;

    fn try_from(form: FaultForm) -> Result<Self, &'static str> {
        let calls = [
            (Some(GraphEndpoint::Send), form.send),
            (Some(GraphEndpoint::Receipt), form.receipt),
            (Some(GraphEndpoint::Upload), form.upload),
            (Some(GraphEndpoint::Download), form.download),
            (Some(GraphEndpoint::Other), form.other),
            (None, form.any_call),
        ];
        let webhooks = [
            (UpdateFilter::Messages, form.messages),
            (UpdateFilter::Statuses, form.statuses),
            (UpdateFilter::Fields, form.fields),
            (UpdateFilter::All, form.webhooks),
        ];
        let calls = calls.into_iter().filter_map(|(on, outcome)| Some(Strike::Graph(on, outcome?)));
        let webhooks = webhooks.into_iter().filter_map(|(of, fault)| Some(Strike::Webhook(of, fault?)));
        let mut strikes = calls.chain(webhooks);
        let (Some(strike), None) = (strikes.next(), strikes.next()) else {
            return Err(
                "a fault has exactly one of send, receipt, upload, download, other, any_call, messages, statuses, \
                        fields, webhooks",
            );
        };
        if form.only.is_some() && matches!(strike, Strike::Graph(..)) {
            return Err("only goes with messages, statuses, fields or webhooks");
        }
        let rate = form.rate.unwrap_or(1.0);
        if !(0.0..=1.0).contains(&rate) {
            return Err("a rate is a number from 0 to 1");
        }
        let FaultForm { only, times, after, seed, .. } = form;
        Ok(Self { strike, only, rate, times, after: after.unwrap_or(0), seed })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "calls read better without a reference to a literal")]
    fn check(json: Value, expected: Fault) {
        assert_eq!(serde_json::from_value::<Fault>(json).unwrap(), expected);
    }

    #[track_caller]
    fn check_refused(json: Value, why: &str) {
        let error = serde_json::from_value::<Fault>(json).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }

    #[test]
    fn rules_are_read() {
        check(
            json!({"send": {"error": {"code": 4, "http": 429}}, "rate": 0.5, "seed": 9}),
            Fault::graph(GraphEndpoint::Send, FaultEffect::Error { code: 4, http: 429 }).rate(0.5).seed(9),
        );
        check(json!({"any_call": "stall"}), Fault::any_call(FaultEffect::Stall));
        check(
            json!({"statuses": "reorder", "only": "sent", "times": 2, "after": 1}),
            Fault::webhook(UpdateFilter::Statuses, WebhookFault::Reorder).only("sent").times(2).after(1),
        );
        check(
            json!({"webhooks": {"delay": "1m"}}),
            Fault::webhook(UpdateFilter::All, WebhookFault::Delay(std::time::Duration::from_mins(1))),
        );
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        check_refused(json!({}), "exactly one of");
        check_refused(json!({"send": "stall", "upload": "stall"}), "exactly one of");
        check_refused(json!({"send": "stall", "rate": 1.5}), "from 0 to 1");
        check_refused(json!({"send": "stall", "only": "sent"}), "only goes with");
        check_refused(json!({"send": "stal"}), "stal");
        check_refused(json!({"send": {"error": {"code": 1, "htp": 4}}}), "htp");
        check_refused(json!({"sends": "stall"}), "sends");
        check_refused(json!({"webhooks": {"delay": "soon"}}), "soon");
    }
}
