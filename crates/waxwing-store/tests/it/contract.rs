//! `SqliteStore` keeps the contract, in a file and in memory.

use std::sync::Arc;

use waxwing_store::contract::Bench;
use waxwing_store::{SqliteOptions, SqliteStore};

mod file {
    use super::*;

    async fn bench() -> Bench {
        let directory = tempfile::tempdir().unwrap();
        let clock = crate::clock();
        let options = SqliteOptions::new("graph.example").clock(clock.clone());
        let store = SqliteStore::open(directory.path().join("waxwing.db"), options).await.unwrap();
        Bench::new(Arc::new(store), clock).keep(directory)
    }

    waxwing_store::contract_cases!(crate::contract::file::bench);
}

mod memory {
    use super::*;

    async fn bench() -> Bench {
        let clock = crate::clock();
        Bench::new(Arc::new(SqliteStore::in_memory(clock.clone()).unwrap()), clock)
    }

    waxwing_store::contract_cases!(crate::contract::memory::bench);
}
