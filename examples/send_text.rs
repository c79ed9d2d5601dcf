//! Sends a text with the client crate alone: without a server, a database, or an agent.
//!
//! ```sh
//! cargo run -- emulator                                   # prints environment variables; export them in a second terminal
//! cargo run -p waxwing-examples --example send_text -- +34600000000 "hello there"
//! ```
//!
//! Meta delivers a text only within 24 hours after the user's last message. Later, Meta accepts templates only. The emulator has the same
//! rule: first write a message on the phone page, or look at the error.
#![allow(clippy::print_stdout, reason = "an example speaks to the person who started it")]

use anyhow::Context;
use waxwing_client::Client;
use waxwing_client::types::{OutboundMessage, PhoneNumberId, Text, WaId};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(to), Some(text)) = (arguments.next(), arguments.next()) else {
        anyhow::bail!("usage: send_text +34600000000 \"hello there\"");
    };
    let variable = |name: &str| std::env::var(name).with_context(|| format!("{name} is not set"));
    let number = PhoneNumberId::new(variable("WHATSAPP_PHONE_NUMBER_ID")?);
    let mut client = Client::builder(variable("WHATSAPP_ACCESS_TOKEN")?, number);
    if let Ok(url) = variable("WHATSAPP_GRAPH_URL") {
        client = client.base_url(url);
    }
    let sent = client.build()?.send(&OutboundMessage::new(WaId::new(to), Text::new(text))).await?;
    println!("Meta took it as {}", sent.id.as_str());
    Ok(())
}
