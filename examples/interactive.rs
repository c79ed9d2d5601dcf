//! Buttons, lists, and a tool with approval.
//!
//! ```sh
//! cargo run -- emulator                                   # prints environment variables; export them in a second terminal
//! export OPENAI_API_KEY=...                               # or ANTHROPIC_API_KEY, GEMINI_API_KEY, or WAXWING_MODEL_URL for another server
//! cargo run -p waxwing-examples --example interactive
//! ```
//!
//! Open the phone page that the first command prints, and ask for a table for tonight. The model offers times as choices. Before the tool
//! books the table, you get a question with buttons. The tool is called only after you approve. The question stays valid after a restart.

use std::sync::Arc;

use serde::Deserialize;
use waxwing::AgentOs;
use waxwing::agent::AgentError;
use waxwing::llm::schemars::JsonSchema;
use waxwing::llm::{LlmAgent, conversation, tool};

#[derive(Deserialize, JsonSchema)]
#[schemars(crate = "waxwing::llm::schemars")]
struct Table {
    /// Number of people.
    people: u8,
    /// Time today, such as `20:30`.
    time: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().init();
    let book = tool("book_table", "Books a table for today.", |Table { people, time }, ctx| async move {
        // A real tool would book a table here. The idempotency key prevents a second booking if the call is repeated after a crash.
        tracing::info!(key = %ctx.idempotency_key(), "booked");
        Ok::<_, AgentError>(format!("booked for {people} at {time}"))
    });
    let book = book.require_approval_with(|Table { people, time }| format!("A table for **{people}** at **{time}**?"));
    let agent = LlmAgent::builder("host", waxwing_examples::model()?)
        .instructions("You take bookings for a small restaurant. Tables are free at 19:00, 20:30 and 22:00. Offer choices to tap.")
        .tools(conversation::all())
        .tools([Arc::new(book) as _])
        .build()?;
    AgentOs::from_env(agent)?.serve().await?;
    Ok(())
}
