//! Changes of a business number under its id.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/two-step-verification>,
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/override>

use serde_json::Value;

use super::registration::six_digits;
use super::{GraphError, RequestObject, Rules};

/// Change of a number. A part that is `None` does not change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NumberChange {
    /// Whether the request sets the PIN of two-step verification.
    pub(crate) has_pin: bool,
    pub(crate) webhook: Option<WebhookChange>,
}

/// Change of the URL that receives the webhooks of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WebhookChange {
    /// The callback of the account or of the app receives them again.
    Clear,
    Set {
        url: String,
        verify_token: String,
    },
}

/// Checks a change. The emulator accepts each PIN.
pub(crate) fn check(body: Value, rules: &Rules) -> Result<NumberChange, GraphError> {
    let check = |body: &RequestObject<'_>| {
        let has_pin = body.has("pin");
        if has_pin {
            six_digits(body, "pin")?;
        }
        let configuration = body.object("webhook_configuration", &["override_callback_uri", "verify_token"])?;
        let webhook = configuration.map(|configuration| {
            let uri = configuration.string("override_callback_uri")?;
            if uri.ok_or_else(|| configuration.missing("override_callback_uri"))?.is_empty() {
                return Ok(WebhookChange::Clear);
            }
            let url = configuration.link("override_callback_uri")?.to_owned();
            Ok(WebhookChange::Set { url, verify_token: configuration.required("verify_token")?.to_owned() })
        });
        let webhook = webhook.transpose()?;
        if !has_pin && webhook.is_none() {
            return Err(body.missing("pin or webhook_configuration"));
        }
        Ok(NumberChange { has_pin, webhook })
    };
    RequestObject::read(body, &["pin", "webhook_configuration"], rules, check).map(|(change, _)| change)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_sets_a_pin_or_a_webhook() {
        let read = |body| check(body, &Rules::strict());
        assert_eq!(read(json!({ "pin": "123456" })), Ok(NumberChange { has_pin: true, webhook: None }));
        let set = json!({ "override_callback_uri": "https://a.example", "verify_token": "t" });
        let expected = WebhookChange::Set { url: "https://a.example".to_owned(), verify_token: "t".to_owned() };
        assert_eq!(read(json!({ "webhook_configuration": set })).unwrap().webhook, Some(expected));
        let clear = json!({ "webhook_configuration": { "override_callback_uri": "" } });
        assert_eq!(read(clear).unwrap().webhook, Some(WebhookChange::Clear));
        for wrong in [
            json!({}),
            json!({ "pin": "12345" }),
            json!({ "colour": "red" }),
            json!({ "webhook_configuration": {} }),
            json!({ "webhook_configuration": { "override_callback_uri": "https://a.example" } }),
            json!({ "webhook_configuration": { "override_callback_uri": "a", "verify_token": "t" } }),
        ] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
