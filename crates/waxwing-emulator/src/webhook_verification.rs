//! Verification of webhooks.
//!
//! <https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests>

use crate::error::Error;
use crate::ids;
use crate::rules::{GraphError, Rule};
use crate::shared::Shared;
use crate::webhook::response::WebhookVerification;
use crate::webhook::target::WebhookTarget;
use crate::webhook_recording::{WebhookAttempt, WebhookRecorder};

/// Sends the verification request with a random challenge.
pub(crate) async fn verify(
    shared: &Shared,
    target: &WebhookTarget,
    verify_token: &str,
) -> Result<WebhookVerification, Error> {
    let challenge = ids::secret().map_err(|error| Error::Random(Box::new(error)))?;
    let query = [("hub.mode", "subscribe"), ("hub.verify_token", verify_token), ("hub.challenge", &challenge)];
    let recorder = WebhookRecorder::get(shared, target, &query);
    let response = target.get(&shared.http, &query, shared.settings.webhook_timeout).await;
    recorder.end(shared, WebhookAttempt::default(), Some(&response));
    Ok(WebhookVerification::new(response?, challenge))
}

/// Verifies the callback URL of a Graph API call.
pub(crate) async fn check(shared: &Shared, target: &WebhookTarget, verify_token: &str) -> Result<(), GraphError> {
    let refused = |why: &str| GraphError::with_details(Rule::CallbackUrl, why);
    let verification = verify(shared, target, verify_token).await;
    let verification = verification.map_err(|_| refused("the callback URL does not respond"))?;
    if verification.is_accepted() {
        Ok(())
    } else {
        Err(refused("the callback URL does not respond with the challenge"))
    }
}
