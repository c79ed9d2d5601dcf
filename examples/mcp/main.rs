//! Tools from a server of the Model Context Protocol.
//!
//! ```sh
//! cargo run -- emulator                                   # prints variables: export them in a second terminal, and there
//! export OPENAI_API_KEY=...                               # or ANTHROPIC_API_KEY, GEMINI_API_KEY, or WAXWING_MODEL_URL for a server of your own
//! cargo run -p waxwing-examples --example mcp
//! cargo run -p waxwing-examples --example mcp -- npx -y @modelcontextprotocol/server-filesystem .     # or with another server
//! ```
//!
//! Open the phone page that the first command names and ask what there is to eat, then order it. The model calls the tools of the server,
//! which runs as a child; before the one that orders is called, you are asked. Without arguments the server is this program again;
//! kitchen.rs has it.

mod kitchen;

use std::ffi::OsString;

use waxwing::AgentOs;
use waxwing::llm::LlmAgent;
use waxwing::llm::mcp::McpServer;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let server = match arguments.next() {
        Some(word) if word == "kitchen" => return kitchen::serve().await,
        Some(command) => McpServer::stdio(command, arguments),
        None => McpServer::stdio(std::env::current_exe()?, [OsString::from("kitchen")]),
    };
    tracing_subscriber::fmt().init();
    let tools = server.require_approval("order", "Shall I order this?").connect().await?;
    let agent = LlmAgent::builder("waiter", waxwing_examples::model()?)
        .instructions("You are the waiter of a small restaurant. Use the tools. Be brief.")
        .tools_from(tools)
        .build()?;
    AgentOs::from_env(agent)?.serve().await?;
    Ok(())
}
