//! Checks of the app that gets the webhooks.

use secrecy::ExposeSecret as _;
use waxwing::client::{App, AppSubscription};

use super::Finding;
use crate::number_flags::OpenNumber;

/// Subject of the findings about the secret.
pub(super) const SECRET: &str = "app secret";

/// Subject of the findings about the fields.
const FIELDS: &str = "fields of the webhook";

/// Object of webhooks from WhatsApp.
const OBJECT: &str = "whatsapp_business_account";

/// Field without which no message arrives.
const MESSAGES: &str = "messages";

/// Fields that the server acts on.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/set-up-webhooks>
pub(crate) const USED_FIELDS: [&str; 8] = [
    MESSAGES,
    "account_alerts",
    "account_update",
    "message_template_quality_update",
    "message_template_status_update",
    "phone_number_quality_update",
    "user_id_update",
    "user_preferences",
];

/// Examines the app with this id. With `fixes`, missing fields are subscribed.
pub(super) async fn check(number: &OpenNumber, id: Option<&str>, fixes: bool) -> Vec<Finding> {
    let (Some(id), Some(secret)) = (id, &number.settings.webhook_secrets.app_secret) else { return Vec::new() };
    let fix =
        format!("copy the secret of app {id}: App settings, Basic; set WHATSAPP_APP_SECRET for the server and here");
    let app = match number.client.app(id, secret) {
        Ok(app) => app,
        Err(error) => return vec![Finding::error(SECRET, error.to_string(), fix)],
    };
    match app.subscriptions().await {
        Ok(all) => {
            let mut findings = vec![Finding::ok(SECRET, format!("of app {id}"))];
            // Without a subscription, Meta has no address of the app, which another check reports.
            let subscription = all.into_iter().find(|subscription| subscription.object == OBJECT);
            if let Some(subscription) = subscription {
                let repairs = fixes.then_some((&app, number));
                findings.extend(fields(&subscription, repairs).await);
            }
            findings
        }
        Err(error) if error.api().is_some() => {
            vec![Finding::error(SECRET, format!("Meta does not accept it as the secret of app {id}"), fix)]
        }
        Err(error) => vec![Finding::warning(SECRET, error.explain(), "try again")],
    }
}

/// Examines the fields of a subscription, and adds missing ones with `repairs`.
async fn fields(subscription: &AppSubscription, repairs: Option<(&App<'_>, &OpenNumber)>) -> Vec<Finding> {
    let missing = missing(subscription);
    if missing.is_empty() {
        return vec![Finding::ok(FIELDS, "all that the server uses")];
    }
    if let Some((app, number)) = repairs
        && let Some(url) = &subscription.callback_url
        && let Some(token) = &number.settings.webhook_secrets.verify_token
    {
        let known = subscription.fields.iter().map(|field| field.name.as_str());
        let all: Vec<_> = known.chain(missing.iter().copied()).collect();
        return match app.subscribe(url, token.expose_secret(), &all).await {
            Ok(()) => vec![Finding::ok(FIELDS, format!("{} were missing, and are subscribed now", missing.join(", ")))],
            Err(error) => vec![Finding::error(FIELDS, error.explain(), "run `waxwing webhook subscribe --url URL`")],
        };
    }
    vec![lacking(&missing)]
}

/// Returns the used fields that a subscription does not have.
fn missing(subscription: &AppSubscription) -> Vec<&'static str> {
    USED_FIELDS.into_iter().filter(|used| subscription.fields.iter().all(|field| field.name != *used)).collect()
}

fn lacking(missing: &[&str]) -> Finding {
    let found = format!("{} not subscribed", missing.join(", "));
    let fix = "subscribe to them in the app (WhatsApp, Configuration), or run `waxwing doctor --fix`";
    if missing.contains(&MESSAGES) {
        return Finding::error(FIELDS, format!("{found}, so that no message arrives"), fix);
    }
    Finding::warning(FIELDS, found, fix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;
    use serde_json::json;

    #[test]
    fn only_the_field_of_messages_is_indispensable() {
        let of = |fields: &[&str]| {
            let fields: Vec<_> = fields.iter().map(|name| json!({ "name": name })).collect();
            missing(&serde_json::from_value(json!({ "object": OBJECT, "fields": fields })).unwrap())
        };
        assert_eq!(of(&USED_FIELDS), Vec::<&str>::new());
        assert_eq!(lacking(&of(&USED_FIELDS[1..])).level, Level::Error);
        assert_eq!(lacking(&of(&[MESSAGES])).level, Level::Warning);
    }
}
