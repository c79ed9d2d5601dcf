//! Team mode `broadcast`: the leader merges the answers of all members.

use futures_util::future::join_all;
use waxwing_agent::{Agent as _, AgentError, Reply, RunContext, TeamNote, Turn};

use super::Team;
use super::member::{Member, note};

impl Team {
    pub(super) async fn run_broadcast(&self, mut turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError> {
        let answers = self.members.iter().map(|member| {
            let (turn, ctx) = (turn.clone(), ctx.scoped(member.name()));
            async move { (member, member.answer_leader(turn, &ctx).await) }
        });
        let (mut attachments, mut notes, mut errors) = (Reply::none(), Vec::new(), Vec::new());
        for (member, answer) in join_all(answers).await {
            match answer {
                Ok(answer) => {
                    notes.push(answer_note(member, answer.text, answer.note));
                    attachments = attachments.with_reply(answer.reply);
                }
                Err(error) => {
                    tracing::warn!(member = member.name(), %error, "team member failed");
                    notes.push(TeamNote::Failure { member: member.name().to_owned() });
                    errors.push(error);
                }
            }
        }
        if errors.len() == self.members.len() {
            // If a retry may help one member, it may help the run.
            errors.sort_by_key(|error| !error.is_retryable());
            return Err(errors.swap_remove(0));
        }
        let last = turn.messages.last().cloned();
        turn.messages.extend(notes.into_iter().map(|text| note(last.as_ref(), text)));
        let merged = self.leader.run(turn, ctx).await?;
        Ok(merged.with_reply(attachments))
    }
}

/// Returns the answer of a member as the leader reads it. `attachments` is the note about its reply parts.
fn answer_note(member: &Member, text: String, attachments: Option<&str>) -> TeamNote {
    let readers =
        if member.is_shown { "The user also reads this answer, below yours." } else { "Only you read this answer." };
    let mut note = format!("Merge the answers of all members into one. {readers}");
    if let Some(attachments) = attachments {
        note = format!("{note} {attachments}");
    }
    TeamNote::Answer { member: member.name().to_owned(), text, note }
}
