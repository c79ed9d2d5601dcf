//! WhatsApp agent in a few lines.
//!
//! ```sh
//! cargo run -- emulator                                   # prints environment variables; export them in a second terminal
//! cargo run -p waxwing-examples --example basic
//! ```
//!
//! Open the phone page that the first command prints, and write a message. The agent greets you by name. With the environment variables of
//! a real number (`WHATSAPP_ACCESS_TOKEN`, `WHATSAPP_PHONE_NUMBER_ID`, `WHATSAPP_VERIFY_TOKEN`, `WHATSAPP_APP_SECRET`), the agent answers
//! on this number.

use waxwing::AgentOs;
use waxwing::agent::{Reply, RunContext, Turn, agent_fn};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().init();
    let agent = agent_fn("greeter", |turn: Turn, ctx: RunContext| async move {
        let name = ctx.user_name().unwrap_or("stranger");
        Ok(Reply::markdown(format!("Hello **{name}**, you said: {}", turn.text())))
    });
    AgentOs::from_env(agent)?.serve().await?;
    Ok(())
}
