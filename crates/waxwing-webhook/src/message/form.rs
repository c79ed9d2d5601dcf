//! Answer to a form.

use std::fmt;

use serde_json::Value;

use crate::json::JsonObject;

/// Answer to a Flow or to an address form (Meta: `nfm_reply`). `Debug` hides all of it.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/guides/receiveflowresponse>
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FormReply {
    /// Kind of form: `flow` or `address_message`.
    pub name: Option<String>,
    /// Text that the chat shows for the answer.
    pub body: Option<String>,
    /// Data of the form. A string with Meta's text if that text is not JSON.
    pub answer: Value,
}

impl FormReply {
    /// Reads an answer. `None` if it has no data.
    pub(super) fn read(reply: &JsonObject<'_>) -> Option<Self> {
        let raw = reply.get("response_json")?;
        // The data are JSON in a string. They are read as JSON, too, if Meta ever sends them as such.
        let text = reply.string("response_json").unwrap_or_else(|| raw.get().to_owned());
        let answer = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Some(Self { name: reply.keyword("name"), body: reply.string("body"), answer })
    }
}

impl fmt::Debug for FormReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FormReply").field("name", &self.name).finish_non_exhaustive()
    }
}
