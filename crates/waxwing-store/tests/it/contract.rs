//! Contract tests of `SqliteStore`, in a file and in memory.

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

mod memory {
    use super::*;

    async fn fixture() -> Fixture {
        let clock = crate::clock();
        Fixture::new(Arc::new(SqliteStore::in_memory(clock.clone()).unwrap()), clock)
    }

    waxwing_store_contract::store_contract!(crate::contract::memory::fixture);
}
