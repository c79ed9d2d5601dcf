//! One member for each turn, picked by the leader.

use waxwing_agent::{AgentError, Reply, RunContext, Turn};

use super::Team;

impl Team {
    pub(super) async fn run_route(&self, turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError> {
        let picked = self.pick(&turn, ctx).await?;
        let result = self.members[picked].answer(turn.clone(), ctx).await;
        match (result, self.default) {
            // What nobody knows the end of is not to be glossed over.
            (Err(error), Some(default)) if default != picked && !error.is_unfinished_step() => {
                let member = self.members[picked].name();
                tracing::warn!(member, %error, "a member of a team failed, and the default member answers");
                self.members[default].answer(turn, ctx).await
            }
            (result, _) => result,
        }
    }

    async fn pick(&self, turn: &Turn, ctx: &RunContext) -> Result<usize, AgentError> {
        if self.members.len() == 1 {
            return Ok(0);
        }
        let members: Vec<_> = self.members.iter().map(|member| (member.name(), member.description.as_str())).collect();
        let picked = self.leader.pick(&members, turn, ctx).await?;
        Ok(picked.or(self.default).unwrap_or(0))
    }
}
