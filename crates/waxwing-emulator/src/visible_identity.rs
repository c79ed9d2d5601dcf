//! Identity of a user as the business sees it.

/// Identity of a user as the business sees it at a certain time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VisibleIdentity {
    /// Phone number in digits, visible or not.
    pub(crate) phone: Option<String>,
    pub(crate) is_phone_visible: bool,
    pub(crate) bsuid: Option<String>,
    pub(crate) parent_bsuid: Option<String>,
    pub(crate) name: String,
    pub(crate) username: Option<String>,
}

impl VisibleIdentity {
    /// Returns the phone number if the business sees it.
    pub(crate) fn visible_phone(&self) -> Option<&str> {
        self.phone.as_deref().filter(|_| self.is_phone_visible)
    }
}
