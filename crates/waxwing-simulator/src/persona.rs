//! Who a simulated user is.

/// A simulated WhatsApp user: a phone number, a business-scoped user id (BSUID), or both.
///
/// ```
/// use waxwing_simulator::Persona;
///
/// let ana = Persona::phone("+34 600 000 000").name("Ana");
/// let ben = Persona::bsuid("ES.123").name("Ben").username("ben.c");
/// ```
///
/// <https://developers.facebook.com/docs/whatsapp/business-scoped-user-ids>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Persona {
    pub(crate) phone: Option<String>,
    pub(crate) bsuid: Bsuid,
    pub(crate) name: Option<String>,
    pub(crate) username: Option<String>,
}

/// Where the BSUID of a persona comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Bsuid {
    /// Made from the phone number.
    Derived,
    Given(String),
    /// Webhooks of before April 2026 had none.
    Absent,
}

impl Persona {
    /// A user whose phone number the business sees; blanks, dashes and the `+` do not matter. The BSUID is made from the number
    /// unless [`without_bsuid`](Self::without_bsuid) is called.
    ///
    /// # Panics
    ///
    /// When `phone` has not 7 to 15 digits: it is the test that is wrong.
    pub fn phone(phone: &str) -> Self {
        let digits = crate::rules::address::phone_digits(phone).expect("a phone number has 7 to 15 digits");
        Self { phone: Some(digits), bsuid: Bsuid::Derived, name: None, username: None }
    }

    /// A user who hides the phone number: webhooks carry the BSUID only.
    ///
    /// # Panics
    ///
    /// When `bsuid` is not two capital letters, a dot and 1 to 128 letters or digits.
    pub fn bsuid(bsuid: &str) -> Self {
        assert!(crate::rules::address::is_bsuid(bsuid), "a BSUID looks like ES.1234");
        Self { phone: None, bsuid: Bsuid::Given(bsuid.to_owned()), name: None, username: None }
    }

    /// The profile name; without one the user gets a common first name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The user's public handle.
    pub fn username(mut self, username: impl Into<String>) -> Self {
        self.username = Some(username.into());
        self
    }

    /// Gives a user with a phone number this BSUID instead of the one made from the number.
    ///
    /// # Panics
    ///
    /// As [`bsuid`](Self::bsuid).
    pub fn with_bsuid(mut self, bsuid: &str) -> Self {
        self.bsuid = Self::bsuid(bsuid).bsuid;
        self
    }

    /// Webhooks of this user carry no BSUID, as before April 2026. Does nothing for a user without a phone number, who would
    /// have no address left.
    pub fn without_bsuid(mut self) -> Self {
        if self.phone.is_some() {
            self.bsuid = Bsuid::Absent;
        }
        self
    }
}

impl From<&str> for Persona {
    /// [`Persona::phone`].
    fn from(phone: &str) -> Self {
        Self::phone(phone)
    }
}
