//! Serves the agent. The settings are environment variables; see `.env.example`.

use waxwing::AgentOs;

#[tokio::main]
async fn main() -> Result<(), waxwing::Error> {
    AgentOs::from_env({{crate}}::assistant())?.serve().await
}
