//! Identity of an emulated user.

use crate::rules::address::{is_bsuid, phone_digits};

/// Identity of an emulated WhatsApp user: a phone number, a business-scoped user id (BSUID), or both.
///
/// `Debug` shows the phone number and the name. The data is emulated.
///
/// ```
/// use waxwing_emulator::Persona;
///
/// let ana = Persona::phone("+34 600 000 000").name("Ana");
/// let ben = Persona::bsuid("ES.123").name("Ben").username("ben.c");
/// ```
///
/// <https://developers.facebook.com/docs/whatsapp/business-scoped-user-ids>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Persona {
    pub(crate) phone: Option<String>,
    pub(crate) bsuid: BsuidSource,
    pub(crate) name: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) parent_bsuid: Option<String>,
    pub(crate) hides_phone: bool,
}

/// Source of the BSUID of a persona.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BsuidSource {
    /// Derived from the phone number.
    Derived,
    Given(String),
    /// No BSUID, as in webhooks before April 2026.
    Absent,
}

impl Persona {
    /// Returns a user whose phone number the business sees. Spaces, dashes and the `+` are ignored.
    ///
    /// The BSUID is derived from the phone number. [`with_bsuid`](Self::with_bsuid) and [`without_bsuid`](Self::without_bsuid)
    /// override it.
    ///
    /// # Panics
    ///
    /// Panics if `phone` does not have 7 to 15 digits.
    pub fn phone(phone: &str) -> Self {
        let digits = phone_digits(phone).expect("a phone number has 7 to 15 digits");
        Self { phone: Some(digits), bsuid: BsuidSource::Derived, ..Self::empty() }
    }

    /// Returns a user who hides the phone number. Webhooks contain only the BSUID.
    ///
    /// # Panics
    ///
    /// Panics if `bsuid` is not two capital letters, a dot and 1 to 128 letters or digits.
    pub fn bsuid(bsuid: &str) -> Self {
        assert!(is_bsuid(bsuid), "a BSUID has the form ES.1234");
        Self { bsuid: BsuidSource::Given(bsuid.to_owned()), ..Self::empty() }
    }

    fn empty() -> Self {
        Self {
            phone: None,
            bsuid: BsuidSource::Absent,
            name: None,
            username: None,
            parent_bsuid: None,
            hides_phone: false,
        }
    }

    /// Sets the profile name. Default: a common first name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the username. Default: none.
    pub fn username(mut self, username: impl Into<String>) -> Self {
        self.username = Some(username.into());
        self
    }

    /// Sets the parent BSUID, which identifies the user across linked business portfolios. Default: none.
    ///
    /// # Panics
    ///
    /// Panics if `bsuid` is not two capital letters, a dot, an optional `ENT.` and 1 to 128 letters or digits.
    pub fn parent_bsuid(mut self, bsuid: &str) -> Self {
        assert!(is_bsuid(bsuid), "a parent BSUID has the form ES.ENT.1234");
        self.parent_bsuid = Some(bsuid.to_owned());
        self
    }

    /// Hides the phone number from the business for as long as the user has a username.
    ///
    /// The number becomes visible after the business has written to it. By default the business knows the number from the start.
    pub fn hides_phone(mut self) -> Self {
        self.hides_phone = true;
        self
    }

    /// Sets the BSUID of a user with a phone number.
    ///
    /// # Panics
    ///
    /// Panics if `bsuid` is not two capital letters, a dot and 1 to 128 letters or digits.
    pub fn with_bsuid(mut self, bsuid: &str) -> Self {
        self.bsuid = Self::bsuid(bsuid).bsuid;
        self
    }

    /// Removes the BSUID, as in webhooks before April 2026.
    ///
    /// The method has no effect on a user without a phone number, because that user would have no address left.
    pub fn without_bsuid(mut self) -> Self {
        if self.phone.is_some() {
            self.bsuid = BsuidSource::Absent;
        }
        self
    }
}

impl From<&str> for Persona {
    /// Calls [`Persona::phone`].
    fn from(phone: &str) -> Self {
        Self::phone(phone)
    }
}
