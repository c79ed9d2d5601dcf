//! Webhooks of other systems: `[webhooks.NAME]`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::values::{DurationValue, SecretValue};

/// Webhook that gets events, such as received messages and human handoffs. See docs/events.md.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookSection {
    /// URL to which events are posted.
    pub(crate) url: SecretValue,
    /// Secret that signs the events, such as `"${CRM_SECRET}"`: `whsec_` and 24 to 64 bytes in Base64. While a secret is being replaced, both are
    /// given, separated by a comma.
    pub(crate) secret: SecretValue,
    /// Types of events, such as `["handoff.started", "message.*"]`. `"*"` stands for all.
    pub(crate) events: Vec<String>,
    /// Allows addresses of this machine and of private networks. Default: false.
    #[serde(default)]
    pub(crate) allow_private_addresses: bool,
    /// Timeout of a request. 15 seconds if not set, and at most 55 seconds.
    pub(crate) timeout: Option<DurationValue>,
}
