//! A bot that takes pizza orders and remembers where in the order each user is.
//!
//! ```sh
//! cargo run -- emulator                                   # prints variables: export them in a second terminal, and there
//! cargo run -p waxwing-examples --example pizza
//! cargo test -p waxwing-examples --test pizza             # or let its test talk to it; see test.rs
//! ```
//!
//! Open the phone page that the first command names and say hi.

mod bot;

use waxwing::AgentOs;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().init();
    AgentOs::from_env(bot::pizzeria())?.serve().await?;
    Ok(())
}
