//! Sender of a message.

use std::fmt;

/// A user, as the sender of a message.
///
/// `Debug` output contains neither ids nor names.
///
/// ```
/// use waxwing_agent::User;
///
/// let ana = User::new("34600000000").with_name("Ana");
/// assert_eq!(ana.name.as_deref(), Some("Ana"));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// Phone number in digits with country code, or the business-scoped user id if the phone number is hidden. A label, not a key: it stays
    /// the same within a session, also if another id of the user becomes known or changes.
    pub id: String,
    /// Name in the user's profile. Users choose it themselves.
    pub name: Option<String>,
    /// Phone number in digits with country code. `None` if the user hides it.
    pub phone: Option<String>,
    /// Business-scoped user id. It changes with the user's phone number.
    pub bsuid: Option<String>,
    /// Business-scoped user id over linked portfolios of the business.
    pub parent_bsuid: Option<String>,
    /// Public handle. Users can change it at any time.
    pub username: Option<String>,
}

impl User {
    /// Creates a user with this id, without a name and further ids.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    /// Sets the name.
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_has_neither_id_nor_name() {
        assert_eq!(format!("{:?}", User::new("34600000001").with_name("Ana")), "User { .. }");
    }
}
