//! Partial change of the behavior.

use serde::Deserialize;

use super::redelivery::RedeliveryPolicy;
use super::{Batching, Behavior, StatusDelays, TemplateApproval};

/// Change of the [`Behavior`] by a scenario or by the control API. Fields that are `None` keep their value.
///
/// ```
/// use waxwing_emulator::BehaviorChange;
///
/// let mut change = BehaviorChange::default();
/// change.unknown_fields = Some(0.2);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct BehaviorChange {
    /// New [`Behavior::status_delays`].
    pub status_delays: Option<StatusDelays>,
    /// New [`Behavior::redelivery`].
    pub redelivery: Option<RedeliveryPolicy>,
    /// New [`Behavior::batching`]. `max_updates = 1` ends batching.
    pub batching: Option<Batching>,
    /// New [`Behavior::contact_book`].
    pub contact_book: Option<bool>,
    /// New [`Behavior::conversations`].
    pub conversations: Option<bool>,
    /// New [`Behavior::unknown_fields`].
    pub unknown_fields: Option<f64>,
    /// New [`Behavior::template_approval`].
    pub template_approval: Option<TemplateApproval>,
}

impl BehaviorChange {
    pub(crate) fn apply(&self, behavior: &mut Behavior) {
        fn set<T: Clone>(value: &mut T, change: Option<&T>) {
            if let Some(change) = change {
                value.clone_from(change);
            }
        }
        set(&mut behavior.status_delays, self.status_delays.as_ref());
        set(&mut behavior.redelivery, self.redelivery.as_ref());
        set(&mut behavior.contact_book, self.contact_book.as_ref());
        set(&mut behavior.conversations, self.conversations.as_ref());
        set(&mut behavior.unknown_fields, self.unknown_fields.as_ref());
        set(&mut behavior.template_approval, self.template_approval.as_ref());
        if let Some(batching) = self.batching {
            behavior.batching = (batching.max_updates > 1).then_some(batching);
        }
    }
}
