//! Team mode `route`: the leader picks a member for each turn.

use waxwing_agent::{AgentError, Reply, RunContext, Turn};

use super::Team;

impl Team {
    pub(super) async fn run_route(&self, turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError> {
        let picked = self.pick(&turn, ctx).await?;
        let result = self.members[picked].answer_user(turn.clone(), ctx).await;
        match (result, self.default) {
            // An unfinished step may have taken effect, so the error must reach the engine.
            (Err(error), Some(default)) if default != picked && !error.is_unfinished_step() => {
                let member = self.members[picked].name();
                tracing::warn!(member, %error, "team member failed; asking the default member");
                self.members[default].answer_user(turn, ctx).await
            }
            (result, _) => result,
        }
    }

    /// Returns the index of the member that should answer.
    async fn pick(&self, turn: &Turn, ctx: &RunContext) -> Result<usize, AgentError> {
        if self.members.len() == 1 {
            return Ok(0);
        }
        let members: Vec<_> = self.members.iter().map(|member| (member.name(), member.description.as_str())).collect();
        let picked = self.leader.pick_member(&members, turn, ctx).await?;
        Ok(picked.or(self.default).unwrap_or(0))
    }
}
