//! Accounts of business numbers.

use async_trait::async_trait;
use waxwing_types::{PhoneNumberId, WabaId};

use super::SqliteStore;
use super::tables::meta;
use super::writer::Priority;
use crate::{AccountStore, Error};

#[async_trait]
impl AccountStore for SqliteStore {
    async fn record_account(&self, number: &PhoneNumberId, account: &WabaId) -> Result<(), Error> {
        let (key, account) = (key(number), account.as_str().to_owned());
        self.writer.run(Priority::Write, move |tx| meta::set(tx.conn, &key, &account)).await
    }

    async fn account(&self, number: &PhoneNumberId) -> Result<Option<WabaId>, Error> {
        let key = key(number);
        Ok(self.reader.run(move |conn| meta::get(conn, &key)).await?.map(WabaId::new))
    }
}

fn key(number: &PhoneNumberId) -> String {
    format!("account:{}", number.as_str())
}
