//! Tools that change the memory of a user.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_agent::AgentError;

use super::function::tool;
use super::{Tool, ToolContext};

/// Returns the tools `remember` and `forget`.
pub(crate) fn all() -> Vec<Arc<dyn Tool>> {
    vec![Arc::new(remember()), Arc::new(forget())]
}

#[derive(Deserialize, JsonSchema)]
struct Remember {
    /// One fact in one sentence, such as "Is allergic to nuts."; at most 500 characters.
    fact: String,
}

fn remember() -> impl Tool {
    let description = "Stores a fact about the user for later conversations. Use this tool when the user asks you to remember something, and for facts that \
                       will be useful in later conversations. Do not store facts that matter only now.";
    tool("remember", description, async |Remember { fact }, ctx: ToolContext| {
        let id = ctx.run().memory().remember(fact)?;
        Ok(format!("Stored as fact {id}."))
    })
}

#[derive(Deserialize, JsonSchema)]
struct Forget {
    /// Number of the fact.
    number: u64,
}

fn forget() -> impl Tool {
    let description = "Deletes a stored fact about the user. Use this tool when a fact is no longer true, or when the user asks you to forget it.";
    tool("forget", description, async |Forget { number }, ctx: ToolContext| {
        if ctx.run().memory().forget(number) {
            Ok("Deleted.")
        } else {
            Err(AgentError::new(format!("there is no fact {number}")))
        }
    })
}
