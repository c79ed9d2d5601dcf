//! Small model of leases with send queues, to which the SQLite store is compared.

mod conversation;
mod message;
mod operation;
mod policy;
mod world;

pub use operation::{Operation, RecordedOutcome};

/// Runs operations on an empty store in memory and on the model, then finishes all turns and sends.
///
/// # Panics
///
/// If the store does not do what the model does.
pub async fn check_model(operations: impl IntoIterator<Item = Operation>) {
    let mut world = world::World::new();
    for operation in operations {
        world.apply(operation).await;
    }
    world.drain().await;
}
