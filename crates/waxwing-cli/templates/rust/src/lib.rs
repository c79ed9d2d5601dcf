//! The agent of the bot.

use waxwing::agent::{Agent, AgentError, Reply, RunContext, Turn, agent_fn};

/// Returns the agent.
pub fn assistant() -> impl Agent {
    agent_fn("assistant", answer)
}

/// Answers a turn: one message of a user, or several that came in quick succession.
async fn answer(turn: Turn, ctx: RunContext) -> Result<Reply, AgentError> {
    // The state is committed together with the reply, and survives a restart.
    let count = ctx.session().get::<u64>("count").unwrap_or(0) + 1;
    ctx.session().set("count", count)?;
    Ok(Reply::text(format!("{count}: you said {}", turn.text())))
}
