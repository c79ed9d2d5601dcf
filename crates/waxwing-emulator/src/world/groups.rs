//! Groups.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/groups>

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::account::NumberIndex;
use crate::rules::{GraphError, Rule, Rules};
use crate::timeline::EmulatedUserId;
use crate::unix_time;

/// Start of each invite link.
const INVITE: &str = "https://chat.whatsapp.com/";
/// Maximum number of open requests to join a group.
const REQUESTS: usize = 1_000;

/// Group chat with the business.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    /// Business number that created the group.
    pub(crate) number: NumberIndex,
    pub(crate) subject: String,
    pub(crate) description: Option<String>,
    /// Whether the business approves the requests of users who join by the invite link.
    pub(crate) needs_approval: bool,
    pub(crate) is_suspended: bool,
    #[serde(with = "unix_time")]
    pub(crate) created: SystemTime,
    /// Last part of the invite link.
    pub(crate) invite_code: String,
    pub(crate) participants: Vec<EmulatedUserId>,
    pub(crate) join_requests: Vec<JoinRequest>,
}

/// Open request of a user to join a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JoinRequest {
    pub(crate) id: String,
    pub(crate) user: EmulatedUserId,
    #[serde(with = "unix_time")]
    pub(crate) at: SystemTime,
}

impl Group {
    pub(crate) fn invite_link(&self) -> String {
        format!("{INVITE}{}", self.invite_code)
    }

    /// Adds a participant. An open request of the user is removed.
    pub(crate) fn add(&mut self, user: EmulatedUserId, rules: &Rules) -> Result<(), GraphError> {
        if self.participants.contains(&user) {
            return Ok(());
        }
        if self.participants.len() >= rules.limit(Rule::GroupParticipants) {
            return Err(GraphError::violates(Rule::GroupParticipants));
        }
        self.join_requests.retain(|request| request.user != user);
        self.participants.push(user);
        Ok(())
    }

    /// Adds a request to join. Returns false if there are too many.
    pub(crate) fn request(&mut self, request: JoinRequest) -> bool {
        let has_room = self.join_requests.len() < REQUESTS;
        if has_room {
            self.join_requests.push(request);
        }
        has_room
    }
}

/// Groups by id.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Groups(BTreeMap<String, Group>);

impl Groups {
    /// Adds a group.
    pub(crate) fn add(&mut self, id: String, group: Group, rules: &Rules) -> Result<(), GraphError> {
        let count = self.0.values().filter(|known| known.number == group.number).count();
        if count >= rules.limit(Rule::GroupCount) {
            return Err(GraphError::violates(Rule::GroupCount));
        }
        self.0.insert(id, group);
        Ok(())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &Group)> {
        self.0.iter()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Group> {
        self.0.get(id)
    }

    /// Returns the group with an id, for a call.
    pub(crate) fn require(&self, id: &str) -> Result<&Group, GraphError> {
        self.get(id).ok_or_else(|| GraphError::violates(Rule::UnknownGroup))
    }

    /// Returns the group with an id, for a call that changes it. A suspended group cannot be changed.
    pub(crate) fn require_mut(&mut self, id: &str) -> Result<&mut Group, GraphError> {
        let group = self.0.get_mut(id).ok_or_else(|| GraphError::violates(Rule::UnknownGroup))?;
        if group.is_suspended { Err(GraphError::violates(Rule::GroupSuspended)) } else { Ok(group) }
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Group> {
        self.0.get_mut(id)
    }

    pub(crate) fn remove(&mut self, id: &str) {
        self.0.remove(id);
    }

    /// Returns the id of the group with an id or an invite link.
    pub(crate) fn find(&self, name: &str) -> Option<String> {
        let code = name.strip_prefix(INVITE);
        let found = self.0.iter().find(|(id, group)| *id == name || code == Some(group.invite_code.as_str()));
        found.map(|(id, _)| id.clone())
    }

    pub(crate) fn is_participant(&self, group: &str, user: EmulatedUserId) -> bool {
        self.participants(group).contains(&user)
    }

    /// Returns the participants of a group. An unknown group has none.
    pub(crate) fn participants(&self, group: &str) -> &[EmulatedUserId] {
        self.0.get(group).map_or(&[], |group| &group.participants)
    }

    /// Checks whether a number can send to a group. Returns the first participant.
    pub(crate) fn check_send(&self, group: &str, number: NumberIndex) -> Result<EmulatedUserId, GraphError> {
        let group = self.require(group)?;
        if group.number != number {
            return Err(GraphError::violates(Rule::UnknownGroup));
        }
        if group.is_suspended {
            return Err(GraphError::violates(Rule::GroupSuspended));
        }
        group.participants.first().copied().ok_or_else(|| GraphError::violates(Rule::GroupEmpty))
    }
}
