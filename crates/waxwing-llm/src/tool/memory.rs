//! The tools by which a model changes what is known of the user across sessions.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_agent::AgentError;

use super::{Tool, ToolContext, tool};

/// Both of them.
pub(crate) fn all() -> Vec<Arc<dyn Tool>> {
    vec![Arc::new(remember()), Arc::new(forget())]
}

#[derive(Deserialize, JsonSchema)]
struct Remembered {
    /// One fact in one sentence, such as "Is allergic to nuts."; 500 characters at most.
    fact: String,
}

fn remember() -> impl Tool {
    let description = "Keeps a fact about the user for later conversations. Use it for what the user wants you to remember, and for what will matter next time; not \
                       for what matters now alone.";
    tool("remember", description, async |Remembered { fact }, ctx: ToolContext| {
        let id = ctx.run().memory().remember(fact)?;
        Ok(format!("Remembered under the number {id}."))
    })
}

#[derive(Deserialize, JsonSchema)]
struct Forgotten {
    /// The number of the fact.
    number: u64,
}

fn forget() -> impl Tool {
    let description = "Forgets a fact about the user: one that has become wrong, or that the user wants forgotten.";
    tool("forget", description, async |Forgotten { number }, ctx: ToolContext| {
        if ctx.run().memory().forget(number) {
            Ok("Forgotten.")
        } else {
            Err(AgentError::new(format!("there is no fact with the number {number}")))
        }
    })
}
