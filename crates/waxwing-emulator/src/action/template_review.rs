//! Decision of Meta about a message template.

use serde::Deserialize;

use crate::account_status::{TemplateQuality, TemplateStatus};

/// Decision of Meta about a message template. Each part that is present has a webhook of its own.
///
/// ```
/// use waxwing_emulator::{TemplateReview, TemplateStatus};
///
/// let mut review = TemplateReview::of("order_ready", "en");
/// review.status = Some(TemplateStatus::Rejected);
/// review.reason = Some("ABUSIVE_CONTENT".to_owned());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TemplateReview {
    /// Name of the template.
    pub name: String,
    /// Language code, such as `en_US`.
    pub language: String,
    /// New status.
    pub status: Option<TemplateStatus>,
    /// Reason of the status. Default: `INVALID_FORMAT` for a rejection, `NONE` otherwise.
    pub reason: Option<String>,
    /// New quality.
    pub quality: Option<TemplateQuality>,
    /// New category, such as `MARKETING`.
    pub category: Option<String>,
}

impl TemplateReview {
    /// Returns a review that decides nothing yet.
    pub fn of(name: impl Into<String>, language: impl Into<String>) -> Self {
        let (name, language) = (name.into(), language.into());
        Self { name, language, status: None, reason: None, quality: None, category: None }
    }
}
