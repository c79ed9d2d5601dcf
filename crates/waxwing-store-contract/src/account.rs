//! Accounts of business numbers.

use waxwing_types::{PhoneNumberId, WabaId};

use crate::Fixture;

/// Each number has its own account, and the latest record counts.
pub async fn a_number_keeps_its_latest_account(b: Fixture) {
    let (first, second) = (PhoneNumberId::new("1"), PhoneNumberId::new("2"));
    assert_eq!(b.store.account(&first).await.unwrap(), None);
    for account in ["10", "10", "20"] {
        b.store.record_account(&first, &WabaId::new(account)).await.unwrap();
        assert_eq!(b.store.account(&first).await.unwrap(), Some(WabaId::new(account)));
    }
    assert_eq!(b.store.account(&second).await.unwrap(), None);
}
