//! The question that a webhook must answer before anything is posted to it.
//!
//! <https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests>

use crate::app::App;
use crate::ids;
use crate::rules::{GraphError, Rule};
use crate::webhook::target::Target;

/// Asks with the token and a challenge; the challenge must come back as the whole body.
pub(crate) async fn verify(app: &App, target: &Target, verify_token: &str) -> Result<(), GraphError> {
    let refused = |why: &str| GraphError::because(Rule::CallbackUrl, why);
    let challenge = ids::secret().map_err(|_| refused("there is no challenge to send"))?;
    let query = [("hub.mode", "subscribe"), ("hub.verify_token", verify_token), ("hub.challenge", &challenge)];
    let answer = target.get(&app.http, &query, app.settings.webhook_timeout).await;
    let answer = answer.map_err(|_| refused("the callback URL gives no answer"))?;
    let is_accepted = answer.status == 200 && answer.body == challenge;
    if is_accepted { Ok(()) } else { Err(refused("the callback URL does not answer with the challenge")) }
}
