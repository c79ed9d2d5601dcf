//! Callback URLs of the app.

use std::collections::BTreeMap;

use serde_json::Value;

use super::target::WebhookTarget;

/// Callbacks that receive webhooks.
#[derive(Debug, Clone)]
pub(crate) struct Callbacks {
    /// Callback of the app.
    pub(crate) app: Option<WebhookTarget>,
    /// Callback URL of the business account, which takes precedence over the callback of the app.
    pub(crate) account_override: Option<String>,
    /// Callback URLs of numbers by their ids, which take precedence over all others.
    pub(crate) number_overrides: BTreeMap<String, String>,
    /// Whether status webhooks wait.
    pub(crate) are_statuses_held: bool,
}

impl Callbacks {
    pub(crate) fn new(app_url: Option<String>) -> Self {
        Self {
            app: app_url.map(WebhookTarget::Url),
            account_override: None,
            number_overrides: BTreeMap::new(),
            are_statuses_held: false,
        }
    }

    /// Returns the callback that receives a webhook with this body now.
    pub(crate) fn for_body(&self, body: &[u8]) -> Option<WebhookTarget> {
        let number = if self.number_overrides.is_empty() { None } else { number_of(body) };
        self.of_number(number.as_deref())
    }

    /// Returns the callback that receives the webhooks of a number now. `None` stands for webhooks of the account, and of several numbers.
    pub(crate) fn of_number(&self, number: Option<&str>) -> Option<WebhookTarget> {
        let of_number = number.and_then(|number| self.number_overrides.get(number));
        of_number.or(self.account_override.as_ref()).cloned().map(WebhookTarget::Url).or_else(|| self.app.clone())
    }
}

/// Returns the id of the number that all changes of a webhook belong to, if there is one.
fn number_of(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let entries = body["entry"].as_array()?.iter();
    let changes = entries.flat_map(|entry| entry["changes"].as_array().into_iter().flatten());
    let mut numbers = changes.map(|change| change["value"]["metadata"]["phone_number_id"].as_str());
    let first = numbers.next()??;
    numbers.all(|number| number == Some(first)).then(|| first.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_webhook_belongs_to_the_number_of_all_its_changes() {
        let change = |number: &str| json!({ "value": { "metadata": { "phone_number_id": number } } });
        let number = |changes: Value| {
            let body = json!({ "entry": [{ "changes": [changes[0]] }, { "changes": [changes[1]] }] });
            number_of(&serde_json::to_vec(&body).unwrap())
        };
        assert_eq!(number(json!([change("1"), change("1")])).as_deref(), Some("1"));
        assert_eq!(number(json!([change("1"), change("2")])), None);
        assert_eq!(number(json!([change("1"), { "value": {} }])), None);
        assert_eq!(number_of(b"?"), None);
    }
}
