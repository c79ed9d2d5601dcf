//! Teams.

use std::sync::Arc;

use waxwing_agent::Agent;
use waxwing_llm::{LlmAgentBuilder, Team};

use crate::problem::Report;
use crate::sections::{Members, Mode};

/// A team of agents that are there already, each with what it is for.
pub(super) fn team(
    it: &Members,
    leader: LlmAgentBuilder,
    members: Vec<(String, Arc<dyn Agent>)>,
    path: &str,
    report: &mut Report<'_>,
) -> Option<Team> {
    let mut team = match it.mode {
        Mode::Route => Team::route(leader),
        Mode::Coordinate => Team::coordinate(leader),
        Mode::Broadcast => Team::broadcast(leader),
    };
    for (description, member) in members {
        team = team.member(description, member);
    }
    if let Some(name) = &it.default {
        team = team.default_member(name);
    }
    if it.show_members {
        team = team.show_members();
    }
    if let Some(timeout) = it.member_timeout {
        team = team.member_timeout(timeout.0);
    }
    team.build().map_err(|error| report.key_error(path, error.to_string())).ok()
}
