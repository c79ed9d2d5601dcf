//! Accounts of business numbers.

use std::fmt;

use async_trait::async_trait;
use waxwing_types::{PhoneNumberId, WabaId};

use crate::Error;

/// Keeps the WhatsApp Business Account of each business number, as webhooks state it.
#[async_trait]
pub trait AccountStore: Send + Sync + fmt::Debug {
    /// Records the account of a business number. It replaces an earlier one.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn record_account(&self, number: &PhoneNumberId, account: &WabaId) -> Result<(), Error>;

    /// Returns the account of a business number, if it was recorded.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn account(&self, number: &PhoneNumberId) -> Result<Option<WabaId>, Error>;
}
