//! Subjects of groups.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout};
use waxwing_types::{GroupId, PhoneNumberId};

use crate::graph::Graph;

/// Time for which a subject is used.
const FRESH: Duration = Duration::from_hours(1);

/// Time after which a subject is asked for again if Meta did not answer.
const RETRY: Duration = Duration::from_mins(5);

/// Longest time for which a run waits for a subject.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Largest number of remembered subjects.
const MAX_GROUPS: usize = 1_000;

/// Longest subject, in characters. Meta allows 128.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/groups/reference>
const MAX_SUBJECT: usize = 128;

/// Remembers the subjects of groups, which Meta states on request only.
#[derive(Debug, Default)]
pub(crate) struct GroupSubjects(Mutex<HashMap<(PhoneNumberId, GroupId), KnownSubject>>);

#[derive(Debug, Clone)]
struct KnownSubject {
    subject: Option<String>,
    until: Instant,
}

impl GroupSubjects {
    /// Returns the subject of a group, as far as it is known. Asks Meta if the subject is unknown or old. If that fails, the old subject is used.
    pub(crate) async fn get(&self, number: &PhoneNumberId, group: &GroupId, graph: &dyn Graph) -> Option<String> {
        let key = (number.clone(), group.clone());
        let known = self.known().get(&key).cloned();
        if let Some(known) = known.as_ref().filter(|known| Instant::now() < known.until) {
            return known.subject.clone();
        }
        let (subject, keep) = match timeout(TIMEOUT, graph.group_subject(group)).await {
            Ok(Ok(subject)) => (subject.map(|subject| subject.chars().take(MAX_SUBJECT).collect()), FRESH),
            Ok(Err(error)) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "subject of a group not known");
                (known.and_then(|known| known.subject), RETRY)
            }
            Err(_) => {
                tracing::debug!("subject of a group not known in time");
                (known.and_then(|known| known.subject), RETRY)
            }
        };
        let mut all = self.known();
        if all.len() >= MAX_GROUPS && !all.contains_key(&key) {
            let oldest = all.iter().min_by_key(|(_, known)| known.until).map(|(key, _)| key.clone());
            oldest.and_then(|oldest| all.remove(&oldest));
        }
        all.insert(key, KnownSubject { subject: subject.clone(), until: Instant::now() + keep });
        subject
    }

    /// Returns the subject of a group without a request.
    pub(crate) fn remembered(&self, number: &PhoneNumberId, group: &GroupId) -> Option<String> {
        self.known().get(&(number.clone(), group.clone()))?.subject.clone()
    }

    fn known(&self) -> MutexGuard<'_, HashMap<(PhoneNumberId, GroupId), KnownSubject>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{FailureKind, GraphError, MockGraph};
    use waxwing_client::FailureScope;

    fn graph(response: Result<&'static str, ()>, calls: usize) -> MockGraph {
        let mut graph = MockGraph::new();
        graph.expect_group_subject().times(calls).returning(move |_| match response {
            Ok(subject) => Ok(Some(subject.into())),
            Err(()) => Err(GraphError {
                kind: FailureKind::Transient,
                scope: FailureScope::Service,
                code: None,
                message: "down".into(),
                retry_after: None,
                allows_fallback: false,
            }),
        });
        graph
    }

    #[tokio::test(start_paused = true)]
    async fn a_subject_is_asked_for_once_in_an_hour_and_outlives_a_failure() {
        let (subjects, number) = (GroupSubjects::default(), PhoneNumberId::new("1"));
        let ask = async |graph: &MockGraph| subjects.get(&number, &GroupId::new("G"), graph).await;
        assert_eq!(ask(&graph(Err(()), 1)).await, None);
        assert_eq!(ask(&graph(Ok("Tea"), 0)).await, None, "Meta is left alone for a while");
        tokio::time::advance(RETRY).await;
        assert_eq!(ask(&graph(Ok("Tea"), 1)).await.as_deref(), Some("Tea"));
        assert_eq!(ask(&graph(Ok("Soup"), 0)).await.as_deref(), Some("Tea"));
        tokio::time::advance(FRESH).await;
        assert_eq!(ask(&graph(Err(()), 1)).await.as_deref(), Some("Tea"));
        tokio::time::advance(RETRY).await;
        assert_eq!(subjects.remembered(&number, &GroupId::new("G")).as_deref(), Some("Tea"));
        assert_eq!(ask(&graph(Ok("Soup"), 1)).await.as_deref(), Some("Soup"));
    }

    #[tokio::test(start_paused = true)]
    async fn memory_is_bounded() {
        let (subjects, number) = (GroupSubjects::default(), PhoneNumberId::new("1"));
        let long: &'static str = "x".repeat(1_000).leak();
        let graph = graph(Ok(long), MAX_GROUPS + 5);
        for nth in 0..MAX_GROUPS + 5 {
            let subject = subjects.get(&number, &GroupId::new(nth.to_string()), &graph).await;
            assert_eq!(subject.map(|subject| subject.len()), Some(MAX_SUBJECT));
        }
        assert_eq!(subjects.known().len(), MAX_GROUPS);
    }
}
