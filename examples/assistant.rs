//! Agent with a language model and a tool.
//!
//! ```sh
//! cargo run -- emulator                                   # prints environment variables; export them in a second terminal
//! export OPENAI_API_KEY=...                               # or ANTHROPIC_API_KEY, GEMINI_API_KEY, or WAXWING_MODEL_URL for another server
//! cargo run -p waxwing-examples --example assistant
//! ```
//!
//! Open the phone page that the first command prints, and ask for the weather in a city. The model calls the tool, and uses its result in
//! the answer. The model also gets your name, the time, and the earlier messages, also after a restart.

use serde::Deserialize;
use waxwing::AgentOs;
use waxwing::agent::AgentError;
use waxwing::llm::schemars::JsonSchema;
use waxwing::llm::{LlmAgent, tool};

// The schema for the model contains the doc comments.
#[derive(Deserialize, JsonSchema)]
#[schemars(crate = "waxwing::llm::schemars")]
struct City {
    /// The name of the city, in English.
    city: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().init();
    let weather = tool("weather", "The weather of a city, now.", |City { city }, _ctx| async move {
        // A real tool would call a weather service.
        Ok::<_, AgentError>(format!("rain, 14 °C in {city}"))
    });
    let agent = LlmAgent::builder("guide", waxwing_examples::model()?)
        .instructions("You are a guide for travellers. Be brief and friendly.")
        .include_user()
        .include_time("Europe/Madrid")
        .tool(weather)
        .build()?;
    AgentOs::from_env(agent)?.serve().await?;
    Ok(())
}
