//! Policies of a business number.

use super::handoff_staff::HandoffStaff;
use crate::opening_hours::OpeningHours;

/// Policies of a business number. A policy that is not set is that of the engine, or else the default.
///
/// ```
/// use waxwing_engine::{NumberPolicies, OpeningHours, OutsideHours};
///
/// # fn main() -> Result<(), waxwing_engine::InvalidHours> {
/// let hours = OpeningHours::in_zone("Europe/Madrid")?.open("mon-fri 09:00-17:00")?;
/// let policies = NumberPolicies::default().hours(hours.outside(OutsideHours::Wait)).first_contact_version("2");
/// assert!(policies.hours.is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct NumberPolicies {
    /// Opening hours. Default: always open.
    pub hours: Option<OpeningHours>,
    /// Version of the first-contact text. A user who got another version gets the text again. Default: `1`.
    pub first_contact_version: Option<String>,
    /// Whether groups get the first-contact text as well. Default: no.
    pub first_contact_in_groups: Option<bool>,
    /// Default answer to calls of users. Default: they are ignored.
    pub calls: Option<CallPolicy>,
    /// Whether a human handoff gives the conversation to the next app that shares it. Default: no.
    pub passes_thread: Option<bool>,
    /// The employee who gets a message on WhatsApp when a conversation is handed off, and when nobody answers it. Default: nobody.
    pub handoff_staff: Option<HandoffStaff>,
}

/// Default answer to calls of users.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallPolicy {
    /// The call rings until it ends. A program can answer it: the function of [`EngineBuilder::on_event`](crate::EngineBuilder::on_event) gets the session of the caller.
    #[default]
    Ignore,
    /// The call is rejected, and the user gets the message [`NumberTexts::call_rejected`](crate::NumberTexts::call_rejected).
    Reject,
}

impl NumberPolicies {
    /// Sets the opening hours.
    pub fn hours(mut self, hours: OpeningHours) -> Self {
        self.hours = Some(hours);
        self
    }

    /// Sets the version of the first-contact text.
    pub fn first_contact_version(mut self, version: impl Into<String>) -> Self {
        self.first_contact_version = Some(version.into());
        self
    }

    /// Sets whether groups get the first-contact text.
    pub fn first_contact_in_groups(mut self, in_groups: bool) -> Self {
        self.first_contact_in_groups = Some(in_groups);
        self
    }

    /// Sets the default answer to calls.
    pub fn calls(mut self, policy: CallPolicy) -> Self {
        self.calls = Some(policy);
        self
    }

    /// Sets whether a human handoff gives the conversation to the next app that shares it, such as an inbox of the business (thread control).
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messaging-handovers>
    pub fn passes_thread(mut self, passes: bool) -> Self {
        self.passes_thread = Some(passes);
        self
    }

    /// Sets the employee who is told about human handoffs.
    pub fn handoff_staff(mut self, staff: HandoffStaff) -> Self {
        self.handoff_staff = Some(staff);
        self
    }

    /// Takes the policies that are not set from others.
    pub(crate) fn or(self, others: &Self) -> Self {
        Self {
            hours: self.hours.or_else(|| others.hours.clone()),
            first_contact_version: self.first_contact_version.or_else(|| others.first_contact_version.clone()),
            first_contact_in_groups: self.first_contact_in_groups.or(others.first_contact_in_groups),
            calls: self.calls.or(others.calls),
            passes_thread: self.passes_thread.or(others.passes_thread),
            handoff_staff: self.handoff_staff.or_else(|| others.handoff_staff.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_takes_the_policies_that_it_does_not_set() {
        let hours = || OpeningHours::in_zone("UTC").unwrap();
        let engine = NumberPolicies::default().hours(hours()).first_contact_version("2").first_contact_in_groups(true);
        let engine = engine.calls(CallPolicy::Reject).passes_thread(true);
        let engine = engine.handoff_staff(HandoffStaff::new(waxwing_types::WaId::new("34600000001")));
        let own = NumberPolicies::default().first_contact_version("3");
        assert_eq!(own.or(&engine), engine.clone().first_contact_version("3"));
        assert_eq!(engine.clone().or(&NumberPolicies::default()), engine);
    }
}
