//! Ways to send a message other than the usual one.

use serde::{Deserialize, Serialize};

use super::{InteractiveAction, OutboundContent};
use crate::limits;
use crate::validation::{self, ValidationError};

/// Send without a template, also outside the customer service window (Direct Send). Meta enables it for some accounts and refuses it for others
/// with the code 100.
///
/// This crate expresses texts, reply buttons, links, [both together](crate::MixedButtons) and call buttons that are sent in this way. Meta
/// also takes buttons that copy a one-time password: send these with [`RawContent`](crate::RawContent).
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/direct-send>
///
/// ```
/// use waxwing_types::{DirectSend, OutboundMessage, Text, WaId};
///
/// let ready = Text::new("Your order 17 is ready.");
/// let message = OutboundMessage::new(WaId::new("34600000000"), ready).direct_send(DirectSend::utility().ttl_seconds(3600));
/// message.validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DirectSend {
    /// Category, which decides the price.
    pub category: DirectSendCategory,
    /// Seconds after which Meta no longer delivers the message: from 30, up to 43,200 for utility and 900 for authentication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_seconds: Option<u32>,
}

/// Category of a message that is sent without a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DirectSendCategory {
    /// News about something that the user has ordered or asked for.
    Utility,
    /// One-time passwords.
    Authentication,
}

/// Send of a marketing template over the API for marketing messages, which chooses the time and the recipients by their engagement.
///
/// <https://developers.facebook.com/docs/whatsapp/marketing-messages-lite-api>
///
/// ```
/// use waxwing_types::{MarketingOptions, OutboundMessage, ProductPolicy, TemplateMessage, WaId};
///
/// let offer = TemplateMessage::new("spring_offer", "en");
/// let options = MarketingOptions::default().policy(ProductPolicy::Strict).shares_activity(false);
/// OutboundMessage::new(WaId::new("34600000000"), offer).marketing(options).validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MarketingOptions {
    /// Handling of a template that the API for marketing messages does not take. Meta falls back to the Cloud API if not set.
    #[serde(rename = "product_policy", default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<ProductPolicy>,
    /// Whether Meta may use what the user does with the message. The setting of the account if not set.
    #[serde(rename = "message_activity_sharing", default, skip_serializing_if = "Option::is_none")]
    pub shares_activity: Option<bool>,
}

/// Handling of a template that the API for marketing messages does not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum ProductPolicy {
    /// Meta sends it over the Cloud API.
    CloudApiFallback,
    /// Meta refuses it.
    Strict,
}

impl DirectSend {
    /// Creates a send of news that the user expects, with Meta's time to live of 30 days.
    pub fn utility() -> Self {
        Self { category: DirectSendCategory::Utility, ttl_seconds: None }
    }

    /// Creates a send of a one-time password, with Meta's time to live of 10 minutes.
    pub fn authentication() -> Self {
        Self { category: DirectSendCategory::Authentication, ttl_seconds: None }
    }

    /// Sets the number of seconds after which Meta no longer delivers the message.
    pub fn ttl_seconds(mut self, seconds: u32) -> Self {
        self.ttl_seconds = Some(seconds);
        self
    }

    pub(super) fn validate(&self, content: &OutboundContent) -> Result<(), ValidationError> {
        let (longest, expected) = match self.category {
            DirectSendCategory::Utility => (43_200, "a number of seconds from 30 to 43200"),
            DirectSendCategory::Authentication => (900, "a number of seconds from 30 to 900"),
        };
        if self.ttl_seconds.is_some_and(|seconds| !(30..=longest).contains(&seconds)) {
            return Err(ValidationError::Malformed { field: "ttl_seconds", expected });
        }
        let is_utility = self.category == DirectSendCategory::Utility;
        let (field, expected) = ("category", "left out: this content needs a template");
        match content {
            OutboundContent::Text(text) if !text.preview_url => {
                validation::at_most("text.body", &text.body, limits::DIRECT_SEND_BODY)
            }
            OutboundContent::Interactive(interactive) if is_utility => match interactive.action {
                InteractiveAction::Buttons(_)
                | InteractiveAction::Mixed(_)
                | InteractiveAction::Link(_)
                | InteractiveAction::Call(_) => Ok(()),
                _ => Err(ValidationError::Malformed { field, expected }),
            },
            OutboundContent::Raw(_) => Ok(()),
            _ => Err(ValidationError::Malformed { field, expected }),
        }
    }
}

impl MarketingOptions {
    /// Sets what Meta does with a template that the API for marketing messages does not take.
    pub fn policy(mut self, policy: ProductPolicy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// Sets whether Meta may use what the user does with the message.
    pub fn shares_activity(mut self, shares: bool) -> Self {
        self.shares_activity = Some(shares);
        self
    }

    pub(super) fn validate(content: &OutboundContent) -> Result<(), ValidationError> {
        match content {
            OutboundContent::Template(_) | OutboundContent::Raw(_) => Ok(()),
            _ => Err(ValidationError::Malformed { field: "type", expected: "template, for a marketing message" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Image, Interactive, LinkButton, MediaId, OutboundMessage, TemplateMessage, Text, WaId};
    use serde_json::json;

    fn message(content: impl Into<OutboundContent>) -> OutboundMessage {
        OutboundMessage::new(WaId::new("1"), content)
    }

    #[test]
    fn a_direct_send_has_a_category_and_a_time_to_live() {
        let sent =
            serde_json::to_value(message(Text::new("hi")).direct_send(DirectSend::utility().ttl_seconds(60))).unwrap();
        assert_eq!((&sent["category"], &sent["ttl_seconds"]), (&json!("utility"), &json!(60)));
        let sent = serde_json::to_value(message(Text::new("hi")).direct_send(DirectSend::authentication())).unwrap();
        assert_eq!((&sent["category"], sent.get("ttl_seconds")), (&json!("authentication"), None));
        for (direct, seconds) in [(DirectSend::utility(), 43_201), (DirectSend::authentication(), 901)] {
            for seconds in [29, seconds] {
                let error = message(Text::new("hi")).direct_send(direct.clone().ttl_seconds(seconds)).validate();
                assert!(matches!(error, Err(ValidationError::Malformed { field: "ttl_seconds", .. })), "{error:?}");
            }
        }
    }

    #[test]
    fn a_direct_send_takes_some_content_only() {
        let check = |content: OutboundContent, direct: DirectSend, is_valid: bool| {
            assert_eq!(message(content.clone()).direct_send(direct).validate().is_ok(), is_valid, "{content:?}");
        };
        let link = || Interactive::link("Track it", LinkButton::new("https://example.com").label("Track"));
        check(Text::new("hi").into(), DirectSend::utility(), true);
        check(Text::new("x".repeat(1025)).into(), DirectSend::utility(), false);
        check(Text::new("hi").preview_url(true).into(), DirectSend::utility(), false);
        check(link().into(), DirectSend::utility(), true);
        check(link().into(), DirectSend::authentication(), false);
        check(Interactive::location_request("Where?").into(), DirectSend::utility(), false);
        check(Image::new(MediaId::new("77")).into(), DirectSend::utility(), false);
    }

    #[test]
    fn marketing_takes_templates_only() {
        let options = || MarketingOptions::default().policy(ProductPolicy::CloudApiFallback).shares_activity(true);
        let offer = message(TemplateMessage::new("offer", "en")).marketing(options());
        assert_eq!(offer.validate(), Ok(()));
        let sent = serde_json::to_value(offer).unwrap();
        assert_eq!(sent["product_policy"], "CLOUD_API_FALLBACK");
        assert_eq!(sent["message_activity_sharing"], true);
        let error = message(Text::new("hi")).marketing(options()).validate();
        assert!(matches!(error, Err(ValidationError::Malformed { field: "type", .. })), "{error:?}");
    }
}
