//! Contract tests of `SqliteStore`: in a file with plain or with sealed content, and in memory.

use std::sync::Arc;

use waxwing_store::{SqliteOptions, SqliteStore};
use waxwing_store_contract::Fixture;

mod file {
    use super::*;

    async fn fixture() -> Fixture {
        let directory = tempfile::tempdir().unwrap();
        let clock = crate::clock();
        let options = SqliteOptions::new("graph.example").clock(clock.clone());
        let store = SqliteStore::open(directory.path().join("waxwing.db"), options).await.unwrap();
        Fixture::new(Arc::new(store), clock).keep(directory)
    }

    waxwing_store_contract::store_contract!(crate::contract::file::fixture);
}

mod sealed {
    use super::*;

    async fn fixture() -> Fixture {
        let directory = tempfile::tempdir().unwrap();
        let clock = crate::clock();
        let options =
            SqliteOptions::new("graph.example").clock(clock.clone()).storage_keys(crate::sealed::keys("0a", &[]));
        let store = SqliteStore::open(directory.path().join("waxwing.db"), options).await.unwrap();
        Fixture::new(Arc::new(store), clock).keep(directory)
    }

    waxwing_store_contract::store_contract!(crate::contract::sealed::fixture);
}

mod memory {
    use super::*;

    async fn fixture() -> Fixture {
        let clock = crate::clock();
        Fixture::new(Arc::new(SqliteStore::in_memory(clock.clone()).unwrap()), clock)
    }

    waxwing_store_contract::store_contract!(crate::contract::memory::fixture);
}
