//! Actions of users in groups.

use crate::action::{ActionError, ActionOutcome};
use crate::operations::{action_targets, groups};
use crate::rules::group::NewGroup;
use crate::rules::{GraphError, Rule};
use crate::world::World;
use crate::world::account::NumberIndex;

type ActionResult = Result<ActionOutcome, ActionError>;

/// Creates a group of the first number. No webhook reports the group.
pub(crate) fn create(world: &mut World, id: Option<String>, subject: String, users: &[String]) -> ActionResult {
    let named = users.iter().map(|user| action_targets::user(world, user)).collect::<Result<Vec<_>, _>>()?;
    let mut users = Vec::new();
    for user in named {
        if !users.contains(&user) {
            users.push(user);
        }
    }
    let id = id.unwrap_or_else(|| world.runtime.ids.group());
    if users.is_empty() || users.len() > world.account.rules.limit(Rule::GroupParticipants) {
        return Err(ActionError::new("a group needs 1 to 8 participants"));
    }
    if world.groups.get(&id).is_some() {
        return Err(ActionError::new("a group with this id exists"));
    }
    let request = NewGroup { subject, description: None, needs_approval: false };
    let mut group = groups::new_group(world, NumberIndex::default(), request);
    group.participants = users;
    let added = world.groups.add(id.clone(), group, &world.account.rules);
    added.map_err(|_| ActionError::new("there are too many groups"))?;
    Ok(ActionOutcome { id: Some(id), ..ActionOutcome::default() })
}

/// A user follows an invite link.
pub(crate) fn join(world: &mut World, user: &str, group: &str) -> ActionResult {
    let (user, group) = (action_targets::user(world, user)?, find(world, group)?);
    let request = groups::join(world, &group, user).map_err(|error| refused(&error))?;
    Ok(ActionOutcome::of_user(user, request.or(Some(group))))
}

/// A user leaves a group, or withdraws the request to join it.
pub(crate) fn leave(world: &mut World, user: &str, group: &str) -> ActionResult {
    let (user, group) = (action_targets::user(world, user)?, find(world, group)?);
    groups::leave(world, &group, user).map_err(|error| refused(&error))?;
    Ok(ActionOutcome::of_user(user, Some(group)))
}

/// Suspends a group, or ends its suspension.
pub(crate) fn suspend(world: &mut World, group: &str, is_suspended: bool) -> ActionResult {
    let group = find(world, group)?;
    groups::suspend(world, &group, is_suspended).map_err(|error| refused(&error))?;
    Ok(ActionOutcome { id: Some(group), ..ActionOutcome::default() })
}

fn find(world: &World, group: &str) -> Result<String, ActionError> {
    world.groups.find(group).ok_or_else(|| ActionError::new("there is no group with this id or invite link"))
}

fn refused(error: &GraphError) -> ActionError {
    let why = match error.rule {
        Some(Rule::GroupParticipants) => "the group is full",
        Some(Rule::GroupSuspended) => "the group is suspended",
        Some(Rule::GroupMember) => "the user is not in the group, and has no request to join it",
        Some(Rule::GroupJoinRequest) => "the user is in the group, or has requested to join it",
        _ => "the group does not allow this",
    };
    ActionError::new(why)
}
