//! Agent in another language: turns and answers are signed JSON over HTTP.
//!
//! ```sh
//! cargo run -- emulator                                   # prints environment variables; export them in a second terminal
//! export WAXWING_AGENT_SECRET=between-these-two-only AGENT_URL=http://127.0.0.1:8080/
//! PORT=8080 python3 examples/http-agent/agent.py &        # or: PORT=8080 node examples/http-agent/agent.mjs &
//! cargo run -p waxwing-examples --example http_agent
//! ```
//!
//! Open the phone page that the first command prints, and write a message such as `menu` or `slow`, or send an image. The Python program
//! answers. It has no database. Waxwing stores the count in its answers as session state. docs/http-agent.md describes the contract.

use anyhow::Context as _;
use waxwing::AgentOs;
use waxwing::http_agent::HttpAgent;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().init();
    let variable = |name: &str| std::env::var(name).with_context(|| format!("{name} is not set"));
    let agent =
        HttpAgent::builder("other").url(variable("AGENT_URL")?).secret(variable("WAXWING_AGENT_SECRET")?).build()?;
    AgentOs::from_env(agent)?.serve().await?;
    Ok(())
}
