//! Event of a changed message template.

use std::fmt;

use bytes::Bytes;
use waxwing_types::WabaId;

/// Change of a message template. `Debug` hides the rest of the content.
///
/// <https://developers.facebook.com/docs/whatsapp/business-management-api/webhooks/components>
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TemplateEvent {
    /// WhatsApp Business Account of the template, if the webhook states it.
    pub waba_id: Option<WabaId>,
    /// Meta's id of the template in this language, if the webhook states it.
    pub template_id: Option<String>,
    /// Name of the template.
    pub name: String,
    /// Meta's code of the language. Some webhooks write `en-US` instead of `en_US`.
    pub language: String,
    /// The change.
    pub change: TemplateChange,
    /// Raw JSON of the change. A slice of the body.
    pub raw: Bytes,
}

/// The part of a message template that changed. Keywords of Meta are at most 64 characters long.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TemplateChange {
    /// The status, by `message_template_status_update`.
    Status {
        /// Meta's name of the event, such as `APPROVED`, `PAUSED`, `DISABLED` or `REINSTATED`.
        event: String,
        /// Meta's name of the reason. None if Meta states none.
        reason: Option<String>,
    },
    /// The quality, by `message_template_quality_update`.
    Quality {
        /// Meta's name of the new quality, such as `YELLOW`.
        score: String,
    },
    /// The category, by `template_category_update`.
    Category {
        /// Meta's name of the category: the new one, or the current one if Meta announces a change.
        category: String,
    },
    /// Texts or buttons, by `message_template_components_update`.
    Components,
}

impl fmt::Debug for TemplateEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TemplateEvent")
            .field("waba_id", &self.waba_id)
            .field("template_id", &self.template_id)
            .field("name", &self.name)
            .field("language", &self.language)
            .field("change", &self.change)
            .field("bytes", &self.raw.len())
            .finish()
    }
}
