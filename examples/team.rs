//! A team: a leader who hands tasks to its members, at the same time where it can, and writes the answer.
//!
//! ```sh
//! cargo run -- emulator                                   # prints variables: export them in a second terminal, and there
//! export OPENAI_API_KEY=...                               # or ANTHROPIC_API_KEY, GEMINI_API_KEY, or WAXWING_MODEL_URL for a server of your own
//! cargo run -p waxwing-examples --example team
//! ```
//!
//! Open the phone page that the first command names and ask what to do in some city tomorrow: the leader asks one member for the weather
//! and the other for things to see, and you get one answer. `Team::route` would let one of them answer by itself, `Team::broadcast` all of
//! them each time.

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
