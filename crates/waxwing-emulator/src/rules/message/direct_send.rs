//! Form of messages that are sent without a template (Direct Send).
//!
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/direct-send>

use std::ops::RangeInclusive;

use super::{MessageDraft, interactive};
use crate::rules::{GraphError, RequestObject, Rule};

/// Types of interactive messages that can be sent without a template.
const INTERACTIVE: [&str; 3] = ["button", "cta_url", "voice_call"];

/// Category of a message that is sent without a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DirectSendCategory {
    Authentication,
    Utility,
}

impl DirectSendCategory {
    /// Returns Meta's name of the category, which is also the price category.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::Utility => "utility",
        }
    }

    /// Returns the allowed times to live, in seconds.
    fn ttl(self) -> RangeInclusive<usize> {
        match self {
            Self::Authentication => 30..=900,
            Self::Utility => 30..=43_200,
        }
    }
}

/// Returns the category of a message. `None` for a message that follows the usual rules.
pub(super) fn category(body: &RequestObject<'_>) -> Result<Option<DirectSendCategory>, GraphError> {
    let category = match body.has("category") {
        false => None,
        true if body.one_of("category", &["utility", "authentication"])? == "utility" => {
            Some(DirectSendCategory::Utility)
        }
        true => Some(DirectSendCategory::Authentication),
    };
    let Some(ttl) = body.number("ttl_seconds")? else { return Ok(category) };
    let violates = |why: &str| body.violates(Rule::DirectSendTtl, "ttl_seconds", why);
    let range = category.ok_or_else(|| violates("requires a category"))?.ttl();
    if range.contains(&ttl) {
        Ok(category)
    } else {
        Err(violates(&format!("must be between {} and {}", range.start(), range.end())))
    }
}

/// Checks the content of a message without a template.
pub(super) fn check_draft(
    body: &RequestObject<'_>,
    kind: &str,
    category: DirectSendCategory,
) -> Result<MessageDraft, GraphError> {
    let unsupported = || body.violates(Rule::DirectSendContent, kind, "cannot be sent without a template");
    match (kind, category) {
        ("text", _) => {
            let text = body.required_object("text", &["body"])?;
            text.required_text("body", Rule::DirectSendBody).map(|text| MessageDraft::Text(text.to_owned()))
        }
        ("interactive", DirectSendCategory::Utility) => {
            let object = body.required_object(kind, interactive::KEYS)?;
            if !INTERACTIVE.contains(&object.required("type")?) {
                return Err(unsupported());
            }
            let references = interactive::check(&object, Rule::DirectSendButtons)?;
            let content = body.get(kind).cloned().unwrap_or_default();
            Ok(MessageDraft::Other { kind: kind.to_owned(), body: content, references })
        }
        _ => Err(unsupported()),
    }
}
