//! Message of a compiled reply.

use waxwing_store::{Draft, Upload};
use waxwing_types::{Address, InteractiveAction, InteractiveHeader, MessageId, OutboundContent, Text, limits};

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

    /// Returns true if a medium can be the header of the message.
    pub(super) fn takes_header(&self) -> bool {
        let OutboundContent::Interactive(interactive) = &self.content else { return false };
        let allows_media = matches!(interactive.action, InteractiveAction::Buttons(_) | InteractiveAction::Link(_));
        allows_media && interactive.header.is_none()
    }

    /// Sets the medium that is the header of an interactive message.
    pub(super) fn set_header(&mut self, header: InteractiveHeader, upload: Upload) {
        if let OutboundContent::Interactive(interactive) = &mut self.content {
            interactive.header = Some(header);
            self.upload = Some(upload);
        }
    }

    /// Makes a text show a preview of its first link, if it has one.
    pub(super) fn with_link_preview(mut self) -> Self {
        if let OutboundContent::Text(text) = &mut self.content {
            text.preview_url = text.body.contains("https://") || text.body.contains("http://");
        }
        self
    }

    /// Returns whether the message can quote another one.
    pub(super) fn can_quote(&self) -> bool {
        !matches!(self.content, OutboundContent::Reaction(_))
    }

    /// Returns the message for an address.
    pub(super) fn into_draft(self, to: &Address, quote: Option<MessageId>) -> Draft {
        Draft {
            to: to.clone(),
            content: self.content,
            reply_to: quote,
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
