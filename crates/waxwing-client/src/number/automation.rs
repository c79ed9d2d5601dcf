//! Conversational automation of a number.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Number;
use crate::Error;

/// Text that WhatsApp offers when the user types a slash.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/phone-numbers/conversational-components>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChatCommand {
    /// Name without the slash, at most 32 characters.
    #[serde(rename = "command_name")]
    pub name: String,
    /// Description, at most 256 characters.
    #[serde(rename = "command_description")]
    pub description: String,
}

/// Texts that WhatsApp offers to users of a number.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/phone-numbers/conversational-components>
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ConversationalAutomation {
    /// Commands that WhatsApp offers when the user types a slash.
    #[serde(default)]
    pub commands: Vec<ChatCommand>,
    /// Questions that WhatsApp offers before the first message.
    #[serde(default)]
    pub prompts: Vec<String>,
}

impl ChatCommand {
    /// Creates a command from its name without the slash, and its description.
    pub fn new(name: impl Into<String>, description: impl Into<String>) -> Self {
        Self { name: name.into(), description: description.into() }
    }
}

impl Number<'_> {
    /// Returns the commands and the questions that WhatsApp offers.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/phone-numbers/conversational-components>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API refuses the request.
    pub async fn automation(&self) -> Result<ConversationalAutomation, Error> {
        #[derive(Deserialize)]
        struct Found {
            #[serde(default)]
            conversational_automation: ConversationalAutomation,
        }

        Ok(self.node.get::<Found>(&[], "conversational_automation").await?.conversational_automation)
    }

    /// Sets the commands that WhatsApp offers when the user types a slash, at most 30, and the questions that it offers before the first
    /// message, at most 4.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/phone-numbers/conversational-components>
    ///
    /// # Errors
    ///
    /// Returns an error if there are too many, or if one is too long.
    pub async fn set_commands(&self, commands: &[ChatCommand], prompts: &[String]) -> Result<(), Error> {
        self.node.post(&["conversational_automation"], &json!({ "commands": commands, "prompts": prompts })).await
    }
}
