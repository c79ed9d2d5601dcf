//! Tap on a button or a list row.

use std::fmt;

use crate::json::JsonObject;

/// Button or list row that the user tapped. `Debug` hides all texts.
///
/// The id comes from the user's phone, and an old message can be tapped at any time. Check the id before acting on it.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples>
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InteractiveReply {
    /// Id of the button or row, or payload of a quick reply. The title if Meta states no id.
    pub id: String,
    /// Label that the user tapped. The id if Meta states no title.
    pub title: String,
    /// Second line of a list row.
    pub description: Option<String>,
}

impl InteractiveReply {
    /// Reads the reply to a button or a list.
    pub(super) fn read(reply: &JsonObject<'_>) -> Option<Self> {
        Self::from_parts(reply.string("id"), reply.string("title"), reply.string("description"))
    }

    /// Reads the quick reply of a template.
    pub(super) fn read_quick_reply(button: &JsonObject<'_>) -> Option<Self> {
        Self::from_parts(button.string("payload"), button.string("text"), None)
    }

    fn from_parts(id: Option<String>, title: Option<String>, description: Option<String>) -> Option<Self> {
        let either = id.clone().or_else(|| title.clone())?;
        Some(Self { id: id.unwrap_or_else(|| either.clone()), title: title.unwrap_or(either), description })
    }
}

impl fmt::Debug for InteractiveReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InteractiveReply").finish_non_exhaustive()
    }
}
