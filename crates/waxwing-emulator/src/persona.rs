//! Who an emulated user is.

/// An emulated WhatsApp user: a phone number, a business-scoped user id (BSUID), or both.
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
    pub(crate) bsuid: Bsuid,
    pub(crate) name: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) parent_bsuid: Option<String>,
    pub(crate) hides_phone: bool,
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
        Self { phone: Some(digits), bsuid: Bsuid::Derived, ..Self::nobody() }
    }

    /// A user who hides the phone number: webhooks carry the BSUID only.
    ///
    /// # Panics
    ///
    /// When `bsuid` is not two capital letters, a dot and 1 to 128 letters or digits.
    pub fn bsuid(bsuid: &str) -> Self {
        assert!(crate::rules::address::is_bsuid(bsuid), "a BSUID looks like ES.1234");
        Self { bsuid: Bsuid::Given(bsuid.to_owned()), ..Self::nobody() }
    }

    fn nobody() -> Self {
        Self { phone: None, bsuid: Bsuid::Absent, name: None, username: None, parent_bsuid: None, hides_phone: false }
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

    /// The BSUID over linked portfolios, which only some businesses get to see.
    ///
    /// # Panics
    ///
    /// As [`bsuid`](Self::bsuid).
    pub fn parent_bsuid(mut self, bsuid: &str) -> Self {
        assert!(crate::rules::address::is_bsuid(bsuid), "a parent BSUID looks like ES.ENT.1234");
        self.parent_bsuid = Some(bsuid.to_owned());
        self
    }

    /// The business has never seen the phone number: as long as the user has a username, webhooks do not carry it. It shows once
    /// the business has written to the number. Without this, the number of a persona is known from the start.
    pub fn hides_phone(mut self) -> Self {
        self.hides_phone = true;
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
