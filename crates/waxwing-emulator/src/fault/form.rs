//! Written form of faults, for JSON or TOML.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::definition::{Fault, FaultTarget};
use super::effect::{FaultEffect, GraphEndpoint};
use super::webhook::{UpdateFilter, WebhookFault};

/// Written form of a [`Fault`]. Exactly one of the first ten keys is present.
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
    to: Option<String>,
    rate: Option<f64>,
    times: Option<u64>,
    after: Option<u64>,
    seed: Option<u64>,
}

impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        FaultForm::deserialize(deserializer)?.try_into().map_err(D::Error::custom)
    }
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
        let calls = calls.into_iter().filter_map(|(endpoint, effect)| Some(FaultTarget::Graph(endpoint, effect?)));
        let webhooks = webhooks.into_iter().filter_map(|(filter, fault)| Some(FaultTarget::Webhook(filter, fault?)));
        let mut targets = calls.chain(webhooks);
        let (Some(target), None) = (targets.next(), targets.next()) else {
            return Err(
                "a fault needs exactly one of send, receipt, upload, download, other, any_call, messages, statuses, \
                        fields, webhooks",
            );
        };
        if form.only.is_some() && matches!(target, FaultTarget::Graph(..)) {
            return Err("`only` requires messages, statuses, fields or webhooks");
        }
        if form.to.is_some() && !matches!(target, FaultTarget::Graph(Some(GraphEndpoint::Send), _)) {
            return Err("`to` requires send");
        }
        let rate = form.rate.unwrap_or(1.0);
        if !(0.0..=1.0).contains(&rate) {
            return Err("`rate` must be a number from 0 to 1");
        }
        let FaultForm { only, to, times, after, seed, .. } = form;
        let fault = Self { target, only, recipient: None, rate, times, after: after.unwrap_or(0), seed };
        Ok(match to {
            Some(user) => fault.to(user),
            None => fault,
        })
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
    fn valid_faults_are_read() {
        check(
            json!({"send": {"error": {"code": 4, "http": 429}}, "rate": 0.5, "seed": 9}),
            Fault::graph(GraphEndpoint::Send, FaultEffect::Error { code: 4, http: 429 }).rate(0.5).seed(9),
        );
        check(json!({"any_call": "stall"}), Fault::any_call(FaultEffect::Stall));
        check(
            json!({"send": {"accept_then_fail": {"code": 131_026}}, "to": "+34 600 000 000"}),
            Fault::graph(GraphEndpoint::Send, FaultEffect::AcceptThenFail { code: 131_026 }).to("34600000000"),
        );
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
    fn invalid_faults_are_refused() {
        check_refused(json!({}), "exactly one of");
        check_refused(json!({"send": "stall", "upload": "stall"}), "exactly one of");
        check_refused(json!({"send": "stall", "rate": 1.5}), "from 0 to 1");
        check_refused(json!({"send": "stall", "only": "sent"}), "`only` requires");
        check_refused(json!({"upload": "stall", "to": "ES.1"}), "`to` requires");
        check_refused(json!({"send": "stal"}), "stal");
        check_refused(json!({"send": {"error": {"code": 1, "htp": 4}}}), "htp");
        check_refused(json!({"sends": "stall"}), "sends");
        check_refused(json!({"webhooks": {"delay": "soon"}}), "soon");
    }
}
