//! Answers of all members, merged by the leader.

use futures_util::future::join_all;
use waxwing_agent::{Agent as _, AgentError, Reply, RunContext, Turn};

use super::Team;
use super::member::{Member, beside};

impl Team {
    pub(super) async fn run_broadcast(&self, mut turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError> {
        let work = self.members.iter().map(|member| {
            let (turn, ctx) = (turn.clone(), ctx.scoped(member.name()));
            async move { (member, member.work(turn, &ctx).await) }
        });
        let (mut given, mut told, mut failures) = (Reply::none(), Vec::new(), Vec::new());
        for (member, result) in join_all(work).await {
            match result {
                Ok(work) => {
                    told.push(answer(member, &work.words));
                    given = given.with_reply(work.reply);
                }
                Err(error) => {
                    tracing::warn!(member = member.name(), %error, "a member of a team failed");
                    told.push(format!("[{:?}, a member of your team, could not answer.]", member.name()));
                    failures.push(error);
                }
            }
        }
        if failures.len() == self.members.len() {
            // If another try may help one of them, it may help the run.
            failures.sort_by_key(|error| !error.is_retryable());
            return Err(failures.swap_remove(0));
        }
        let last = turn.messages.last().cloned();
        turn.messages.extend(told.into_iter().map(|words| beside(last.as_ref(), words)));
        let merged = self.leader.run(turn, ctx).await?;
        Ok(merged.with_reply(given))
    }
}

/// What a member has answered, as the leader gets to read it.
fn answer(member: &Member, words: &str) -> String {
    let readers = if member.is_shown { "The user reads it too, below yours." } else { "You alone read it." };
    let name = member.name();
    format!(
        "[The answer of {name:?}, a member of your team, for you to merge with the others. {readers}]\n{words}\n[End of the answer.]"
    )
}
