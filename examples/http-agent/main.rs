//! An agent in another language: the turn goes out as JSON over HTTP, the answer comes back, both signed.
//!
//! ```sh
//! cargo run -- emulator                                   # prints variables: export them in a second terminal, and there
//! export WAXWING_AGENT_SECRET=between-these-two-only AGENT_URL=http://127.0.0.1:8080/
//! PORT=8080 python3 examples/http-agent/agent.py &        # or: PORT=8080 node examples/http-agent/agent.mjs &
//! cargo run -p waxwing-examples --example http_agent
//! ```
//!
//! Open the phone page that the first command names and write something, `menu` or `slow`, or send a picture: the program in Python
//! answers. It keeps no database; the count in its answers is in the session, on this side. docs/http-agent.md says what travels.

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
