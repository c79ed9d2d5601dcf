//! Priority queues of the writer.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use tokio::sync::Notify;
use tokio::sync::mpsc::{self, Receiver, Sender};

/// Size up to which each class may fill a group, most urgent class first. The rest of a group is reserved for less urgent classes, so that a
/// flood of webhooks cannot stop the commits of turns.
const FILL_LIMITS: [usize; MAINTENANCE] = [160, 192, 256];
/// The class that runs alone when no other work waits.
const MAINTENANCE: usize = 3;
/// Maximum number of groups that run before waiting maintenance.
const MAX_GROUPS_BEFORE_MAINTENANCE: usize = 64;
/// Maximum number of operations in a queue. Callers wait for a free place.
const CAPACITY: usize = 1024;

/// Priority of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sqlite) enum Priority {
    /// Stores messages. Skipped if the caller has gone.
    Messages,
    /// Stores other webhook items. Skipped if the caller has gone.
    Statuses,
    /// Claims or reads. Skipped if the caller has gone.
    Claim,
    /// Writes. Runs in any case.
    Write,
    /// Removes old data when no other work waits. Skipped if the caller has gone.
    Maintenance,
}

impl Priority {
    /// Returns whether the operation is skipped after its caller has gone.
    pub(super) fn needs_caller(self) -> bool {
        self != Self::Write
    }

    fn class(self) -> usize {
        match self {
            Self::Messages => 0,
            Self::Statuses => 1,
            Self::Claim | Self::Write => 2,
            Self::Maintenance => MAINTENANCE,
        }
    }
}

/// Creates the two ends of the queues.
pub(super) fn queues<T>() -> (Submit<T>, Queues<T>) {
    let ends: [_; MAINTENANCE + 1] = std::array::from_fn(|_| mpsc::channel(CAPACITY));
    let stop = Arc::new(Notify::new());
    let senders = ends.each_ref().map(|(sender, _)| sender.clone());
    let receivers = ends.map(|(_, receiver)| receiver);
    let queues = Queues { receivers, groups_before_maintenance: 0, stop: Arc::clone(&stop), is_closed: false };
    (Submit { senders, stop }, queues)
}

/// Entry of the queues.
#[derive(Debug)]
pub(super) struct Submit<T> {
    senders: [Sender<T>; MAINTENANCE + 1],
    stop: Arc<Notify>,
}

impl<T> Submit<T> {
    /// Submits an operation, and waits for a free place. Returns false if the queues are closed.
    pub(super) async fn put(&self, priority: Priority, item: T) -> bool {
        self.senders[priority.class()].send(item).await.is_ok()
    }

    /// Closes the queues. Submitted operations still run.
    pub(super) fn stop(&self) {
        self.stop.notify_one();
    }
}

/// Exit of the queues.
#[derive(Debug)]
pub(super) struct Queues<T> {
    receivers: [Receiver<T>; MAINTENANCE + 1],
    /// Number of groups that ran before the waiting maintenance.
    groups_before_maintenance: usize,
    stop: Arc<Notify>,
    is_closed: bool,
}

impl<T> Queues<T> {
    /// Waits for work and returns a group of operations. Returns an empty group after the queues were closed and emptied.
    pub(super) async fn next_group(&mut self) -> Vec<T> {
        let first = loop {
            tokio::select! {
                biased;
                () = self.stop.notified(), if !self.is_closed => {
                    self.receivers.iter_mut().for_each(Receiver::close);
                    self.is_closed = true;
                }
                first = first(&mut self.receivers) => break first,
            }
        };
        let Some((class, first)) = first else { return Vec::new() };
        let mut group = vec![first];
        if class == MAINTENANCE {
            self.groups_before_maintenance = 0;
            return group;
        }
        for (queue, limit) in self.receivers.iter_mut().zip(FILL_LIMITS) {
            fill(&mut group, queue, limit);
        }
        let maintenance = &mut self.receivers[MAINTENANCE];
        if !maintenance.is_empty() {
            self.groups_before_maintenance += 1;
        }
        if self.groups_before_maintenance >= MAX_GROUPS_BEFORE_MAINTENANCE {
            let one_more = group.len() + 1;
            fill(&mut group, maintenance, one_more);
            self.groups_before_maintenance = 0;
        }
        group
    }
}

/// Returns the first operation of the most urgent queue that is not empty. Returns `None` when the queues are closed and empty.
async fn first<T>(queues: &mut [Receiver<T>]) -> Option<(usize, T)> {
    poll_fn(|cx| {
        let mut is_finished = true;
        for (class, queue) in queues.iter_mut().enumerate() {
            match queue.poll_recv(cx) {
                Poll::Ready(Some(item)) => return Poll::Ready(Some((class, item))),
                Poll::Ready(None) => {}
                Poll::Pending => is_finished = false,
            }
        }
        if is_finished { Poll::Ready(None) } else { Poll::Pending }
    })
    .await
}

fn fill<T>(group: &mut Vec<T>, queue: &mut Receiver<T>, limit: usize) {
    while group.len() < limit
        && let Ok(item) = queue.try_recv()
    {
        group.push(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Submits operations, and checks the numbers of each priority in the next groups.
    #[track_caller]
    fn check(waiting: &[(Priority, usize)], expected: &[&[(Priority, usize)]]) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (submit, mut queues) = queues();
            for (priority, count) in waiting {
                for _ in 0..*count {
                    assert!(submit.put(*priority, *priority).await);
                }
            }
            for (n, expected) in expected.iter().enumerate() {
                let mut runs: Vec<(Priority, usize)> = Vec::new();
                for item in queues.next_group().await {
                    match runs.last_mut() {
                        Some((last, count)) if *last == item => *count += 1,
                        _ => runs.push((item, 1)),
                    }
                }
                assert_eq!(runs, *expected, "group {n}");
            }
        });
    }

    #[test]
    fn each_class_has_a_share_of_a_group() {
        use Priority::{Claim, Maintenance, Messages, Statuses, Write};
        check(&[(Write, 1), (Statuses, 1), (Messages, 1)], &[&[(Messages, 1), (Statuses, 1), (Write, 1)]]);
        check(&[(Messages, 200)], &[&[(Messages, 160)], &[(Messages, 40)]]);
        check(
            &[(Write, 500), (Statuses, 500), (Messages, 500)],
            &[&[(Messages, 160), (Statuses, 32), (Write, 64)], &[(Messages, 160), (Statuses, 32), (Write, 64)]],
        );
        check(&[(Statuses, 500), (Claim, 500)], &[&[(Statuses, 192), (Claim, 64)], &[(Statuses, 192), (Claim, 64)]]);
        check(&[(Claim, 500), (Messages, 1)], &[&[(Messages, 1), (Claim, 255)], &[(Claim, 245)]]);
        check(&[(Maintenance, 2), (Write, 1)], &[&[(Write, 1)], &[(Maintenance, 1)], &[(Maintenance, 1)]]);
    }

    #[tokio::test]
    async fn maintenance_runs_under_constant_load() {
        let (submit, mut queues) = queues();
        for _ in 0..2 {
            assert!(submit.put(Priority::Maintenance, Priority::Maintenance).await);
        }
        let mut groups = Vec::new();
        for _ in 0..2 * MAX_GROUPS_BEFORE_MAINTENANCE {
            assert!(submit.put(Priority::Messages, Priority::Messages).await);
            groups.push(queues.next_group().await.contains(&Priority::Maintenance));
        }
        let with_maintenance: Vec<_> =
            groups.iter().enumerate().filter(|(_, contains)| **contains).map(|(n, _)| n + 1).collect();
        assert_eq!(with_maintenance, [MAX_GROUPS_BEFORE_MAINTENANCE, 2 * MAX_GROUPS_BEFORE_MAINTENANCE]);
    }

    #[tokio::test]
    async fn submitted_operations_run_after_the_queues_are_closed() {
        let (submit, mut queues) = queues();
        assert!(submit.put(Priority::Maintenance, 1).await);
        assert!(submit.put(Priority::Write, 2).await);
        submit.stop();
        assert_eq!(queues.next_group().await, [2]);
        assert!(!submit.put(Priority::Write, 3).await);
        assert_eq!(queues.next_group().await, [1]);
        assert!(queues.next_group().await.is_empty());
    }
}
