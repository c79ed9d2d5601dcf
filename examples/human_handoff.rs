//! Handoff of a conversation to an operator, and back to the agent.
//!
//! ```sh
//! cargo run -- emulator                                   # prints environment variables; export them in a second terminal
//! export OPENAI_API_KEY=...                               # or ANTHROPIC_API_KEY, GEMINI_API_KEY, or WAXWING_MODEL_URL for another server
//! cargo run -p waxwing-examples --example human_handoff
//! ```
//!
//! Open the phone page that the first command prints, and ask for a person, or write `/human`. The agent is then paused, and the history
//! keeps your messages. An operator answers in the WhatsApp Business app. This command emulates the operator:
//!
//! ```sh
//! curl http://127.0.0.1:7778/control/actions --json '{"echo": {"user": "+34600000000", "text": "Bea here. How can I help?"}}'
//! ```
//!
//! Write `/bot` to return to the agent. Its history contains the messages of the handoff.

use std::sync::Arc;

use waxwing::AgentOs;
use waxwing::agent::HumanHandoff;
use waxwing::llm::{LlmAgent, conversation};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().init();
    let agent = LlmAgent::builder("desk", waxwing_examples::model()?)
        .instructions("You answer questions about a small hotel. Hand over to a person for complaints, refunds and whatever you do not know.")
        .tools([Arc::new(conversation::hand_off_to_human(HumanHandoff::until_resumed())) as _])
        .build()?;
    AgentOs::from_env(agent)?.serve().await?;
    Ok(())
}
