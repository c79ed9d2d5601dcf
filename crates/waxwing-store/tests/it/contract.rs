//! `SqliteStore` keeps the contract.

use std::sync::Arc;

use waxwing_store::contract::Bench;
use waxwing_store::sqlite::{Options, SqliteStore};

async fn bench() -> Bench {
    let directory = tempfile::tempdir().unwrap();
    let clock = crate::clock();
    let options = Options::new("graph.example").clock(clock.clone());
    let store = SqliteStore::open(directory.path().join("waxwing.db"), options).await.unwrap();
    Bench::new(Arc::new(store), clock).keep(directory)
}

waxwing_store::contract_cases!(crate::contract::bench);
