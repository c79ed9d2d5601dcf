//! Tools of an MCP server (Model Context Protocol).
//!
//! ```sh
//! cargo run -- emulator                                   # prints environment variables; export them in a second terminal
//! export OPENAI_API_KEY=...                               # or ANTHROPIC_API_KEY, GEMINI_API_KEY, or WAXWING_MODEL_URL for another server
//! cargo run -p waxwing-examples --example mcp
//! cargo run -p waxwing-examples --example mcp -- npx -y @modelcontextprotocol/server-filesystem .     # or another server
//! ```
//!
//! Open the phone page that the first command prints, ask for the menu, and order a dish. The model calls the tools of the server, which
//! runs as a child process. The tool that orders needs your approval. Without arguments, the server is this program itself: see kitchen.rs.

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
