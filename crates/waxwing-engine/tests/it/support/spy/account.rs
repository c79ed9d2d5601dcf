//! Accounts of business numbers, through a spy.

use async_trait::async_trait;
use waxwing_store::{AccountStore, Error};
use waxwing_types::{PhoneNumberId, WabaId};

use super::Spy;

#[async_trait]
impl AccountStore for Spy {
    async fn record_account(&self, number: &PhoneNumberId, account: &WabaId) -> Result<(), Error> {
        self.inner.record_account(number, account).await
    }

    async fn account(&self, number: &PhoneNumberId) -> Result<Option<WabaId>, Error> {
        self.inner.account(number).await
    }
}
