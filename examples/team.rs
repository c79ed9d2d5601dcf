//! Team: a leader gives tasks to its members, and writes the answer.
//!
//! ```sh
//! cargo run -- emulator                                   # prints environment variables; export them in a second terminal
//! export OPENAI_API_KEY=...                               # or ANTHROPIC_API_KEY, GEMINI_API_KEY, or WAXWING_MODEL_URL for another server
//! cargo run -p waxwing-examples --example team
//! ```
//!
//! Open the phone page that the first command prints, and ask for a plan for tomorrow in a city. The leader asks one member for the weather
//! and another member for sights, at the same time if possible. You get one answer. With `Team::route`, one of the members would answer.
//! With `Team::broadcast`, all members would answer each time.

use std::sync::Arc;

use serde::Deserialize;
use waxwing::AgentOs;
use waxwing::agent::AgentError;
use waxwing::llm::schemars::JsonSchema;
use waxwing::llm::{LlmAgent, Team, tool};

#[derive(Deserialize, JsonSchema)]
#[schemars(crate = "waxwing::llm::schemars")]
struct City {
    /// The name of the city, in English.
    city: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().init();
    let model = Arc::new(waxwing_examples::model()?);
    let forecast = tool("forecast", "The weather of a city tomorrow.", |City { city }, _ctx| async move {
        Ok::<_, AgentError>(format!("sun, 21 °C in {city}"))
    });
    let meteorologist = LlmAgent::builder("meteorologist", model.clone())
        .instructions("You tell the weather. Be brief.")
        .tool(forecast);
    let guide =
        LlmAgent::builder("guide", model.clone()).instructions("You know the sights of all cities. Name three.");
    let leader = LlmAgent::builder("travel-agency", model)
        .instructions("You plan days for travellers. Ask your colleagues, both at once, and answer in two sentences.")
        .max_turns(3);
    let team = Team::coordinate(leader)
        .member("Knows the weather.", meteorologist.build()?)
        .member("Knows what to see.", guide.build()?)
        .build()?;
    AgentOs::from_env(team)?.serve().await?;
    Ok(())
}
