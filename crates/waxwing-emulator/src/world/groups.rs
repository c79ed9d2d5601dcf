//! Groups.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/groups>

use std::collections::BTreeMap;

use crate::action::ActionError;
use crate::ids::Ids;
use crate::rules::{GraphError, Rule};
use crate::timeline::EmulatedUserId;

/// Maximum number of participants besides the business. Meta: groups.
const PARTICIPANTS: usize = 8;
/// Maximum number of groups of a business number. Meta: groups.
const CAPACITY: usize = 10_000;

/// Group chat with the business.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) subject: String,
    pub(crate) participants: Vec<EmulatedUserId>,
}

/// Groups by id.
#[derive(Debug, Default)]
pub(crate) struct Groups(BTreeMap<String, Group>);

impl Groups {
    /// Creates a group. Returns its id.
    pub(crate) fn create(
        &mut self,
        ids: &mut Ids,
        id: Option<String>,
        subject: String,
        participants: Vec<EmulatedUserId>,
    ) -> Result<String, ActionError> {
        let id = id.unwrap_or_else(|| ids.group());
        if participants.is_empty() || participants.len() > PARTICIPANTS {
            return Err(ActionError::new("a group needs 1 to 8 participants"));
        }
        if self.0.len() >= CAPACITY {
            return Err(ActionError::new("there are too many groups"));
        }
        if self.0.contains_key(&id) {
            return Err(ActionError::new("a group with this id exists"));
        }
        self.0.insert(id.clone(), Group { subject, participants });
        Ok(id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &Group)> {
        self.0.iter()
    }

    pub(crate) fn is_participant(&self, group: &str, user: EmulatedUserId) -> bool {
        self.participants(group).contains(&user)
    }

    /// Returns the participants of a group. An unknown group has none.
    pub(crate) fn participants(&self, group: &str) -> &[EmulatedUserId] {
        self.0.get(group).map_or(&[], |group| &group.participants)
    }

    /// Returns the first participant of a group.
    pub(crate) fn first_participant(&self, group: &str) -> Result<EmulatedUserId, GraphError> {
        self.participants(group).first().copied().ok_or_else(|| GraphError::violates(Rule::UnknownGroup))
    }
}
