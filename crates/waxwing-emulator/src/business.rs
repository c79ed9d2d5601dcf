//! Identity of a business number.

use serde::{Deserialize, Serialize};

/// Identity of a business number, as webhooks and media URLs state it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BusinessIdentity {
    pub(crate) phone_number_id: String,
    /// Phone number in digits.
    pub(crate) display_phone_number: String,
    pub(crate) waba_id: String,
    /// Scheme, host and port of the emulator, which no exported state contains.
    #[serde(skip)]
    pub(crate) origin: String,
}
