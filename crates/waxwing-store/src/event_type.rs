//! Types of the events that other systems can subscribe to.

use std::fmt;
use std::str::FromStr;

/// Declares the types with their names.
macro_rules! event_types {
    ($($(#[$doc:meta])+ $type:ident = $name:literal,)+) => {
        /// Type of an event that other systems can subscribe to. `docs/events.md` describes the data of each type.
        ///
        /// ```
        /// use waxwing_store::EventType;
        ///
        /// assert_eq!(EventType::HandoffStarted.as_str(), "handoff.started");
        /// assert_eq!("handoff.started".parse(), Ok(EventType::HandoffStarted));
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum EventType {
            $($(#[$doc])+ $type,)+
        }

        impl EventType {
            /// All types.
            pub const ALL: &[Self] = &[$(Self::$type),+];

            /// Returns the name of the type, such as `message.received`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$type => $name,)+
                }
            }
        }
    };
}

event_types! {
    /// A user has sent a message.
    MessageReceived = "message.received",
    /// Meta has accepted a message.
    MessageSent = "message.sent",
    /// A message has reached the device of the user.
    MessageDelivered = "message.delivered",
    /// The user has read a message, or played it.
    MessageRead = "message.read",
    /// A message will not be delivered.
    MessageFailed = "message.failed",
    /// A human answers a conversation from now on.
    HandoffStarted = "handoff.started",
    /// The agent or the user asked for a human, and nobody has answered.
    HandoffUnanswered = "handoff.unanswered",
    /// The agent answers a conversation again.
    HandoffEnded = "handoff.ended",
    /// A user wants no marketing messages.
    MarketingStopped = "marketing.stopped",
    /// A user wants marketing messages again.
    MarketingResumed = "marketing.resumed",
    /// Two conversations turned out to be with one user.
    IdentityJoined = "identity.joined",
    /// An operator has to act.
    AlarmRaised = "alarm.raised",
    /// The account was banned, restricted, warned, shared or deleted.
    AccountUpdated = "account.updated",
    /// A limit or a profile of the account needs attention.
    AccountAlerted = "account.alerted",
    /// Meta has reviewed the account.
    AccountReviewed = "account.reviewed",
    /// Limits of the account changed.
    AccountCapabilityChanged = "account.capability_changed",
    /// The messaging limit or the throughput of a number changed.
    NumberQualityChanged = "number.quality_changed",
    /// Meta has decided on the display name of a number.
    NumberNameReviewed = "number.name_reviewed",
    /// The PIN or the two-step verification of a number changed.
    SecurityChanged = "security.changed",
    /// The status of a template changed.
    TemplateStatusChanged = "template.status_changed",
    /// The quality of a template changed.
    TemplateQualityChanged = "template.quality_changed",
    /// The category of a template changed.
    TemplateCategoryChanged = "template.category_changed",
    /// The texts or buttons of a template changed.
    TemplateComponentsChanged = "template.components_changed",
    /// A flow changed its status, or its endpoint fails.
    FlowChanged = "flow.changed",
    /// A group or its participants changed.
    GroupChanged = "group.changed",
    /// A call began, ended or changed its status.
    CallChanged = "call.changed",
    /// A payment changed its status.
    PaymentChanged = "payment.changed",
    /// A payment configuration changed.
    PaymentConfigurationChanged = "payment.configuration_changed",
    /// Another responder of a number got or lost control of a conversation.
    ControlChanged = "control.changed",
    /// A message arrived in a conversation that another responder owns.
    StandbyReceived = "standby.received",
}

/// The text names no type of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownEventType;

impl fmt::Display for UnknownEventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown type of events; docs/events.md lists the types")
    }
}

impl std::error::Error for UnknownEventType {}

impl FromStr for EventType {
    type Err = UnknownEventType;

    fn from_str(name: &str) -> Result<Self, UnknownEventType> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name).ok_or(UnknownEventType)
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_leads_back_to_its_type() {
        for kind in EventType::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
        }
        assert_eq!("message".parse::<EventType>(), Err(UnknownEventType));
    }
}
