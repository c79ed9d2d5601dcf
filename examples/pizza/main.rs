//! Bot that takes pizza orders, and stores the state of each order in the session.
//!
//! ```sh
//! cargo run -- emulator                                   # prints environment variables; export them in a second terminal
//! cargo run -p waxwing-examples --example pizza
//! cargo test -p waxwing-examples --test pizza             # or run its test; see test.rs
//! ```
//!
//! Open the phone page that the first command prints, and write hi.

mod bot;

use waxwing::AgentOs;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().init();
    AgentOs::from_env(bot::pizzeria())?.serve().await?;
    Ok(())
}
