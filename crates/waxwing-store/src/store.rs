//! Umbrella over the traits of a store.

use crate::{
    AccountStore, AgentControlStore, CampaignStore, EventStore, HandoffStore, InboxStore, JournalStore, MonitorStore,
    OperatorStore, OutboxStore, ProactiveStore, ReceivedMediaStore, RetentionStore, TurnStore, UsageStore,
};

/// A complete store: durable inbox and outbox, sessions, and a journal.
///
/// Every method of a store is one transaction. If a method returns `Ok`, its writes are on disk. If a method returns an error, it has
/// written nothing. A call whose future is dropped may still take effect. Methods take durations, and the store adds its own clock, so the
/// clocks of several processes need not agree.
///
/// Every implementation guarantees, over all processes:
///
/// - At most one lease on a conversation is held at a time. A write with an older epoch fails with
///   [`Error::LeaseLost`](crate::Error::LeaseLost).
/// - The rows of a send queue are handed out in order, one at a time.
/// - A message id is stored once, and each stored message gets exactly one [`MessageOutcome`](crate::MessageOutcome).
///
/// This trait is implemented for every type that implements all of its supertraits.
pub trait Store:
    InboxStore
    + TurnStore
    + JournalStore
    + OutboxStore
    + ProactiveStore
    + OperatorStore
    + RetentionStore
    + MonitorStore
    + AgentControlStore
    + ReceivedMediaStore
    + AccountStore
    + UsageStore
    + CampaignStore
    + EventStore
    + HandoffStore
{
}

impl<S> Store for S where
    S: InboxStore
        + TurnStore
        + JournalStore
        + OutboxStore
        + ProactiveStore
        + OperatorStore
        + RetentionStore
        + MonitorStore
        + AgentControlStore
        + ReceivedMediaStore
        + AccountStore
        + UsageStore
        + CampaignStore
        + EventStore
        + HandoffStore
        + ?Sized
{
}
