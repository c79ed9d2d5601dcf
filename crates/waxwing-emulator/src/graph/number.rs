//! A business number under its id: `GET` and `POST /{version}/{phone_number_id}`.
//!
//! <https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account-to-number-current-status>,
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/override>

use serde_json::{Map, Value, json};

use super::response::pick_fields;
use crate::rules::GraphError;
use crate::rules::number_change::{self, WebhookChange};
use crate::shared::Shared;
use crate::webhook::target::WebhookTarget;
use crate::webhook_verification;

/// Default fields of a number.
const FIELDS: &str = "verified_name,code_verification_status,display_phone_number,quality_rating,platform_type";
/// Field of a number with the URLs that can receive its webhooks.
const WEBHOOK: &str = "webhook_configuration";

/// Returns the id and the requested fields of the number that these fields describe.
pub(super) fn describe(
    shared: &Shared,
    number: &Map<String, Value>,
    fields: Option<&str>,
) -> Result<Value, GraphError> {
    let mut number = number.clone();
    let id = number.get("id").and_then(Value::as_str).unwrap_or_default();
    number.insert(WEBHOOK.to_owned(), webhooks(shared, id));
    pick_fields(&number, &format!("id,{}", fields.unwrap_or(FIELDS))).map(Value::from)
}

/// Changes the PIN of two-step verification, or the URL that receives the webhooks of a number.
pub(super) async fn change(shared: &Shared, id: &str, body: Value) -> Result<Value, GraphError> {
    let change = number_change::check(body, &shared.rules())?;
    let number = shared.world().account.find_for_call(id)?;
    match change.webhook {
        None => {}
        Some(WebhookChange::Clear) => shared.callbacks.send_modify(|callbacks| {
            callbacks.number_overrides.remove(id);
        }),
        Some(WebhookChange::Set { url, verify_token }) => {
            webhook_verification::check(shared, &WebhookTarget::Url(url.clone()), &verify_token).await?;
            shared.callbacks.send_modify(|callbacks| {
                callbacks.number_overrides.insert(id.to_owned(), url);
            });
        }
    }
    if change.has_pin {
        shared.change(|world| world.account.number_mut(number).fields.insert("is_pin_enabled".to_owned(), true.into()));
    }
    Ok(json!({ "success": true }))
}

/// Returns the URLs that can receive the webhooks of a number. The first one that is set receives them.
fn webhooks(shared: &Shared, id: &str) -> Value {
    let callbacks = shared.callbacks.borrow();
    let app = match &callbacks.app {
        Some(WebhookTarget::Url(url)) => Some(url.clone()),
        _ => None,
    };
    let urls = [
        ("phone_number", callbacks.number_overrides.get(id).cloned()),
        ("whatsapp_business_account", callbacks.account_override.clone()),
        ("application", app),
    ];
    urls.into_iter().filter_map(|(name, url)| Some((name.to_owned(), url?.into()))).collect::<Map<_, _>>().into()
}
