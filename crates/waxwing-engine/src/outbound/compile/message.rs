//! Message of a compiled reply.

use waxwing_store::{Draft, Upload};
use waxwing_types::{Address, OutboundContent, Text, limits};

/// A message of a reply, for any address.
#[derive(Debug)]
pub(super) struct CompiledMessage {
    pub(super) content: OutboundContent,
    pub(super) upload: Option<Upload>,
    /// Whether the message continues the message before it.
    continues: bool,
    fallback: Option<OutboundContent>,
}

impl CompiledMessage {
    /// Sets the medium that is uploaded before the message is sent.
    pub(super) fn with_upload(self, upload: Upload) -> Self {
        Self { upload: Some(upload), ..self }
    }

    /// Sets whether the message continues the message before it, and makes no sense without it.
    pub(super) fn continuing(self, continues: bool) -> Self {
        Self { continues, ..self }
    }

    /// Sets the text that is sent in place of the message if Meta refuses it. A blank text is none.
    pub(super) fn or_text(self, text: &str) -> Self {
        let text = waxwing_markdown::split(text.trim(), limits::TEXT_BODY).into_iter().next();
        let fallback = text.filter(|text| !text.is_empty()).map(|text| Text::new(text).into());
        Self { fallback, ..self }
    }

    /// Returns the message for an address.
    pub(super) fn into_draft(self, to: &Address) -> Draft {
        Draft {
            to: to.clone(),
            content: self.content,
            reply_to: None,
            callback_data: None,
            upload: self.upload,
            needs_previous: self.continues,
            fallback: self.fallback,
        }
    }
}

impl<C: Into<OutboundContent>> From<C> for CompiledMessage {
    fn from(content: C) -> Self {
        Self { content: content.into(), upload: None, continues: false, fallback: None }
    }
}
