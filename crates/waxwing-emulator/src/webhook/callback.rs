//! Callback URLs of the app.

use super::target::WebhookTarget;

/// Callbacks that receive webhooks.
#[derive(Debug, Clone)]
pub(crate) struct Callbacks {
    /// Callback of the app.
    pub(crate) app: Option<WebhookTarget>,
    /// Callback URL of the business account, which takes precedence over the callback of the app.
    pub(crate) account_override: Option<String>,
    /// Whether status webhooks wait.
    pub(crate) are_statuses_held: bool,
}

impl Callbacks {
    pub(crate) fn new(app_url: Option<String>) -> Self {
        Self { app: app_url.map(WebhookTarget::Url), account_override: None, are_statuses_held: false }
    }

    /// Returns the callback that receives webhooks now.
    pub(crate) fn current(&self) -> Option<WebhookTarget> {
        self.account_override.clone().map(WebhookTarget::Url).or_else(|| self.app.clone())
    }
}
