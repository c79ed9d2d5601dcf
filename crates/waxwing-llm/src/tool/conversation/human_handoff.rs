//! The way to a person.

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_agent::{HumanHandoff, Reply};

use super::required;
use crate::{Tool, tool};

/// The longest farewell, in characters.
const MAX_FAREWELL: usize = 1000;

#[derive(Deserialize, JsonSchema)]
struct Farewell {
    /// What the user reads, in Markdown: that a person will answer here, and what about; 1000 characters at most.
    message: String,
}

/// `hand_off_to_human`: hands the conversation over to a person of the business when the turn has ended.
pub fn hand_off_to_human(handoff: HumanHandoff) -> impl Tool {
    let description = "Hands the conversation over to a person of the business, who answers from then on in your place. Use it when the user asks for a \
                       person, or when you cannot help.";
    tool("hand_off_to_human", description, move |Farewell { message }, _| async move {
        required("message", &message, MAX_FAREWELL)?;
        Ok(Reply::markdown(message).with_handoff(handoff))
    })
}
