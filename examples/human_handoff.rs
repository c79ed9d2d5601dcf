//! An agent that hands over to a person of the business, and gets the conversation back.
//!
//! ```sh
//! cargo run -- emulator                                   # prints variables: export them in a second terminal, and there
//! export OPENAI_API_KEY=...                               # or ANTHROPIC_API_KEY, GEMINI_API_KEY, or WAXWING_MODEL_URL for a server of your own
//! cargo run -p waxwing-examples --example human_handoff
//! ```
//!
//! Open the phone page that the first command names and ask for a person, or write `/human`: from then on the agent is silent, and your
//! messages are kept. An operator who types in the WhatsApp Business app answers you; the emulator plays it:
//!
//! ```sh
//! curl http://127.0.0.1:7778/control/actions --json '{"echo": {"user": "+34600000000", "text": "Bea here. How can I help?"}}'
//! ```
//!
//! Write `/bot` to talk to the agent again. It has read what was said meanwhile.

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
