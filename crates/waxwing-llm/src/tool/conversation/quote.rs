//! Tool `quote_message`.

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_agent::Reply;

use super::validate::message_id;
use crate::{Tool, ToolContext, tool};

#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// Number of the message among those that the user sent since your last answer; 1 is the first. The last one if omitted.
    message: Option<usize>,
}

/// Creates the tool `quote_message`: the answer quotes a message of the user in the current turn.
pub fn quote_message() -> impl Tool {
    let description = "Makes your answer quote a message of the user. Use this tool if the user sent several messages and your answer is about \
                       one of them. A quote is not an answer: always write an answer as well.";
    tool("quote_message", description, async |Arguments { message }, ctx: ToolContext| {
        Ok(Reply::none().with_quote(message_id(&ctx, message)?))
    })
}
