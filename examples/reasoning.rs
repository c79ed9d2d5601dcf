//! A model that thinks before it answers, and shows its thoughts.
//!
//! ```sh
//! cargo run -- emulator                                   # prints variables: export them in a second terminal, and there
//! export ANTHROPIC_API_KEY=...                            # or OPENAI_API_KEY, GEMINI_API_KEY, or WAXWING_MODEL_URL for a server of your own
//! cargo run -p waxwing-examples --example reasoning
//! ```
//!
//! Open the phone page that the first command names and set a riddle. Above the answer you see, as a quotation, what the model thought,
//! where its provider tells (OpenAI does not). In the history that the model reads there are no thoughts.

use waxwing::AgentOs;
use waxwing::llm::{LlmAgent, ModelParameters, ReasoningEffort};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().init();
    let mut parameters = ModelParameters::default();
    parameters.reasoning_effort = Some(ReasoningEffort::Medium);
    let agent = LlmAgent::builder("thinker", waxwing_examples::model()?)
        .instructions("You solve riddles. Answer in one sentence.")
        .parameters(parameters)
        .show_reasoning()
        .build()?;
    AgentOs::from_env(agent)?.serve().await?;
    Ok(())
}
