//! Agent that shows the reasoning of its model.
//!
//! ```sh
//! cargo run -- emulator                                   # prints environment variables; export them in a second terminal
//! export ANTHROPIC_API_KEY=...                            # or OPENAI_API_KEY, GEMINI_API_KEY, or WAXWING_MODEL_URL for another server
//! cargo run -p waxwing-examples --example reasoning
//! ```
//!
//! Open the phone page that the first command prints, and ask a riddle. The reasoning of the model appears as a quote above the answer, if
//! the provider returns it. OpenAI does not. The history of the model does not contain the reasoning.

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
