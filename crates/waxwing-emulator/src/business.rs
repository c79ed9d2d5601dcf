//! Identity of a business number.

/// Identity of a business number, as webhooks and media URLs state it.
#[derive(Debug, Clone)]
pub(crate) struct BusinessIdentity {
    pub(crate) phone_number_id: String,
    /// Phone number in digits.
    pub(crate) display_phone_number: String,
    pub(crate) waba_id: String,
    /// Scheme, host and port of the emulator.
    pub(crate) origin: String,
}
