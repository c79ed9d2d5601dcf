//! What waits for the writer: a queue for each class of work, and how much of each goes into a group.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use tokio::sync::Notify;
use tokio::sync::mpsc::{self, Receiver, Sender};

/// To which size each class may fill a group, the most urgent one first. What lies between two of these is kept for the less urgent class,
/// so a flood of webhooks cannot keep turns from being finished.
const MARKS: [usize; UPKEEP] = [160, 192, 256];
/// The class that goes alone, when nothing else waits.
const UPKEEP: usize = 3;
/// How many groups go before upkeep at most, so that a writer that is never idle gets round to it as well.
const PATIENCE: usize = 64;
/// How many operations wait in a queue at most; callers wait for a place.
const QUEUE: usize = 1024;

/// How urgent an operation is, and whether it is of use to nobody but its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sqlite) enum Priority {
    /// Takes messages in: before everything else, and not at all if nobody waits for the answer any more.
    Messages,
    /// Takes in what is no message: after messages, and not at all if nobody waits for the answer any more.
    News,
    /// Not at all if nobody waits for the answer any more.
    Claim,
    /// In any case.
    Write,
    /// When nothing else waits, and not at all if nobody waits for the answer any more.
    Upkeep,
}

impl Priority {
    /// True if the operation is not to be run once its caller has gone.
    pub(super) fn needs_caller(self) -> bool {
        self != Self::Write
    }

    fn class(self) -> usize {
        match self {
            Self::Messages => 0,
            Self::News => 1,
            Self::Claim | Self::Write => 2,
            Self::Upkeep => UPKEEP,
        }
    }
}

/// Makes the two ends of the queues.
pub(super) fn queues<T>() -> (Places<T>, Queues<T>) {
    let ends: [_; UPKEEP + 1] = std::array::from_fn(|_| mpsc::channel(QUEUE));
    let stop = Arc::new(Notify::new());
    let senders = ends.each_ref().map(|(sender, _)| sender.clone());
    let receivers = ends.map(|(_, receiver)| receiver);
    (Places { senders, stop: Arc::clone(&stop) }, Queues { receivers, passed_over: 0, stop, closed: false })
}

/// Where operations are placed.
#[derive(Debug)]
pub(super) struct Places<T> {
    senders: [Sender<T>; UPKEEP + 1],
    stop: Arc<Notify>,
}

impl<T> Places<T> {
    /// Waits for a place; false if there is none any more.
    pub(super) async fn put(&self, priority: Priority, item: T) -> bool {
        self.senders[priority.class()].send(item).await.is_ok()
    }

    /// Lets nothing else in. What is placed already is still done.
    pub(super) fn stop(&self) {
        self.stop.notify_one();
    }
}

/// Where the writer takes them from.
#[derive(Debug)]
pub(super) struct Queues<T> {
    receivers: [Receiver<T>; UPKEEP + 1],
    /// How many groups have gone before the upkeep that waits.
    passed_over: usize,
    stop: Arc<Notify>,
    closed: bool,
}

impl<T> Queues<T> {
    /// Waits until there is something to do and takes as much of it as fits a group; nothing if the writer is to end.
    pub(super) async fn next_group(&mut self) -> Vec<T> {
        let first = loop {
            tokio::select! {
                biased;
                () = self.stop.notified(), if !self.closed => {
                    self.receivers.iter_mut().for_each(Receiver::close);
                    self.closed = true;
                }
                first = first(&mut self.receivers) => break first,
            }
        };
        let Some((class, first)) = first else { return Vec::new() };
        let mut group = vec![first];
        if class == UPKEEP {
            self.passed_over = 0;
            return group;
        }
        for (queue, mark) in self.receivers.iter_mut().zip(MARKS) {
            fill(&mut group, queue, mark);
        }
        let upkeep = &mut self.receivers[UPKEEP];
        if !upkeep.is_empty() {
            self.passed_over += 1;
        }
        if self.passed_over >= PATIENCE {
            let one_more = group.len() + 1;
            fill(&mut group, upkeep, one_more);
            self.passed_over = 0;
        }
        group
    }
}

/// The first item of the most urgent queue that has one. None once the queues are closed and empty: until then it waits for callers that
/// are placing something right now.
async fn first<T>(queues: &mut [Receiver<T>]) -> Option<(usize, T)> {
    poll_fn(|cx| {
        let mut all_ended = true;
        for (class, queue) in queues.iter_mut().enumerate() {
            match queue.poll_recv(cx) {
                Poll::Ready(Some(item)) => return Poll::Ready(Some((class, item))),
                Poll::Ready(None) => {}
                Poll::Pending => all_ended = false,
            }
        }
        if all_ended { Poll::Ready(None) } else { Poll::Pending }
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

    /// Places so many of each and counts what each of the next groups holds of them.
    #[track_caller]
    fn check(waiting: &[(Priority, usize)], expected: &[&[(Priority, usize)]]) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (places, mut queues) = queues();
            for (priority, count) in waiting {
                for _ in 0..*count {
                    assert!(places.put(*priority, *priority).await);
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
        use Priority::{Claim, Messages, News, Upkeep, Write};
        check(&[(Write, 1), (News, 1), (Messages, 1)], &[&[(Messages, 1), (News, 1), (Write, 1)]]);
        check(&[(Messages, 200)], &[&[(Messages, 160)], &[(Messages, 40)]]);
        check(
            &[(Write, 500), (News, 500), (Messages, 500)],
            &[&[(Messages, 160), (News, 32), (Write, 64)], &[(Messages, 160), (News, 32), (Write, 64)]],
        );
        check(&[(News, 500), (Claim, 500)], &[&[(News, 192), (Claim, 64)], &[(News, 192), (Claim, 64)]]);
        check(&[(Claim, 500), (Messages, 1)], &[&[(Messages, 1), (Claim, 255)], &[(Claim, 245)]]);
        check(&[(Upkeep, 2), (Write, 1)], &[&[(Write, 1)], &[(Upkeep, 1)], &[(Upkeep, 1)]]);
    }

    #[tokio::test]
    async fn upkeep_does_not_wait_for_ever() {
        let (places, mut queues) = queues();
        for _ in 0..2 {
            assert!(places.put(Priority::Upkeep, Priority::Upkeep).await);
        }
        let mut groups = Vec::new();
        for _ in 0..2 * PATIENCE {
            assert!(places.put(Priority::Messages, Priority::Messages).await);
            groups.push(queues.next_group().await.contains(&Priority::Upkeep));
        }
        let turns: Vec<_> = groups.iter().enumerate().filter(|(_, upkeep)| **upkeep).map(|(n, _)| n + 1).collect();
        assert_eq!(turns, [PATIENCE, 2 * PATIENCE]);
    }

    #[tokio::test]
    async fn what_was_placed_is_handed_out_before_the_end() {
        let (places, mut queues) = queues();
        assert!(places.put(Priority::Upkeep, 1).await);
        assert!(places.put(Priority::Write, 2).await);
        places.stop();
        assert_eq!(queues.next_group().await, [2]);
        assert!(!places.put(Priority::Write, 3).await);
        assert_eq!(queues.next_group().await, [1]);
        assert!(queues.next_group().await.is_empty());
    }
}
