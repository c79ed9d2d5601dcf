//! Policies of a business number.

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

    /// Takes the policies that are not set from others.
    pub(crate) fn or(self, others: &Self) -> Self {
        Self {
            hours: self.hours.or_else(|| others.hours.clone()),
            first_contact_version: self.first_contact_version.or_else(|| others.first_contact_version.clone()),
            first_contact_in_groups: self.first_contact_in_groups.or(others.first_contact_in_groups),
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
        let own = NumberPolicies::default().first_contact_version("3");
        assert_eq!(own.or(&engine), engine.clone().first_contact_version("3"));
        assert_eq!(engine.clone().or(&NumberPolicies::default()), engine);
    }
}
