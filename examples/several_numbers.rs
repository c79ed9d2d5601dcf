//! Two business numbers of one Meta app in one process, each with its own agent.
//!
//! ```sh
//! cargo run -- emulator --number 1000002=15550002222      # prints environment variables; export them in a second terminal
//! export SUPPORT_PHONE_NUMBER_ID=1000002
//! cargo run -p waxwing-examples --example several_numbers
//! ```
//!
//! Messages from the phone page go to the first number, and the sales agent answers. This command sends a message to the second number, and
//! the support agent answers:
//!
//! ```sh
//! curl http://127.0.0.1:7778/control/actions --json '{"says": {"user": "+34600000000", "text": "hi", "number": "1000002"}}'
//! ```
//!
//! Each number has its own conversations, sessions and send queues, although Meta posts the webhooks of all numbers of an app to one URL. A
//! number of another Meta app needs another prefix: see `WhatsAppBuilder::prefix`.

use anyhow::Context as _;
use waxwing::agent::{Agent, Reply, RunContext, Turn, agent_fn};
use waxwing::types::PhoneNumberId;
use waxwing::{AgentOs, Settings, WhatsApp};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().init();
    let sales = Settings::from_env()?;
    let mut support = sales.clone();
    let number = std::env::var("SUPPORT_PHONE_NUMBER_ID").context("SUPPORT_PHONE_NUMBER_ID is not set")?;
    support.phone_number_id = PhoneNumberId::new(number);
    AgentOs::from_settings(&sales)
        .interface(WhatsApp::from_settings(front_office("sales"), &sales)?)
        .interface(WhatsApp::from_settings(front_office("support"), &support)?)
        .serve()
        .await?;
    Ok(())
}

/// Returns an agent that counts the messages of each conversation.
fn front_office(name: &'static str) -> impl Agent {
    agent_fn(name, move |_turn: Turn, ctx: RunContext| async move {
        let count = ctx.session().get::<u32>("count").unwrap_or(0) + 1;
        ctx.session().set("count", count)?;
        Ok(Reply::markdown(format!("Here is **{name}**. That was message {count} of yours.")))
    })
}
