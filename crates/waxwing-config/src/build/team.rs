//! Teams of agents.

use std::sync::Arc;

use waxwing_agent::Agent;
use waxwing_llm::{LlmAgentBuilder, Team};

use crate::report::ProblemReport;
use crate::sections::{MembersSection, TeamMode};

/// Returns a team. `members` are the agents with their descriptions.
pub(super) fn team(
    section: &MembersSection,
    leader: LlmAgentBuilder,
    members: Vec<(String, Arc<dyn Agent>)>,
    path: &str,
    report: &mut ProblemReport<'_>,
) -> Option<Team> {
    let mut team = match section.mode {
        TeamMode::Route => Team::route(leader),
        TeamMode::Coordinate => Team::coordinate(leader),
        TeamMode::Broadcast => Team::broadcast(leader),
    };
    for (description, member) in members {
        team = team.member(description, member);
    }
    if let Some(name) = &section.default {
        team = team.default_member(name);
    }
    if section.show_members {
        team = team.show_members();
    }
    if let Some(timeout) = section.member_timeout {
        team = team.member_timeout(timeout.0);
    }
    team.build().map_err(|error| report.key_error(path, error.to_string())).ok()
}
