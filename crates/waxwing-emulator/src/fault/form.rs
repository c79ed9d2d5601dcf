//! Written form of faults, for JSON or TOML.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::definition::{Fault, FaultTarget};
use super::effect::{FaultEffect, GraphEndpoint};
use super::webhook::{UpdateFilter, WebhookFault};

/// Written form of a [`Fault`]. Exactly one of the first ten keys is present.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultForm {
    #[serde(skip_serializing_if = "Option::is_none")]
    send: Option<FaultEffect>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<FaultEffect>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upload: Option<FaultEffect>,
    #[serde(skip_serializing_if = "Option::is_none")]
    download: Option<FaultEffect>,
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<FaultEffect>,
    #[serde(skip_serializing_if = "Option::is_none")]
    any_call: Option<FaultEffect>,
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<WebhookFault>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statuses: Option<WebhookFault>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<WebhookFault>,
    #[serde(skip_serializing_if = "Option::is_none")]
    webhooks: Option<WebhookFault>,
    #[serde(skip_serializing_if = "Option::is_none")]
    only: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
}

impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        FaultForm::deserialize(deserializer)?.try_into().map_err(D::Error::custom)
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        FaultForm::from(self.clone()).serialize(serializer)
    }
}

/// Returns the form without the values that are the defaults.
impl From<Fault> for FaultForm {
    fn from(fault: Fault) -> Self {
        let Fault { target, only, recipient, rate, times, after, seed } = fault;
        let mut form = Self { only, to: recipient, times, seed, ..Self::default() };
        form.rate = (rate < 1.0).then_some(rate);
        form.after = (after > 0).then_some(after);
        match target {
            FaultTarget::Graph(endpoint, effect) => {
                let place = match endpoint {
                    Some(GraphEndpoint::Send) => &mut form.send,
                    Some(GraphEndpoint::Receipt) => &mut form.receipt,
                    Some(GraphEndpoint::Upload) => &mut form.upload,
                    Some(GraphEndpoint::Download) => &mut form.download,
                    Some(GraphEndpoint::Other) => &mut form.other,
                    None => &mut form.any_call,
                };
                *place = Some(effect);
            }
            FaultTarget::Webhook(filter, fault) => {
                let place = match filter {
                    UpdateFilter::Messages => &mut form.messages,
                    UpdateFilter::Statuses => &mut form.statuses,
                    UpdateFilter::Fields => &mut form.fields,
                    UpdateFilter::All => &mut form.webhooks,
                };
                *place = Some(fault);
            }
        }
        form
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
        let written = serde_json::to_value(&expected).unwrap();
        assert_eq!(serde_json::from_value::<Fault>(written).unwrap(), expected, "the written form is read again");
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
