//! Messages that a run schedules for its conversation.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;
use waxwing_agent::{AgentError, Reminder, StepKey};
use waxwing_store::{Error, Timestamp};
use waxwing_types::{OutboundContent, Text};

use crate::campaign::{MAX_SCHEDULE_AHEAD, StoredScheduledMessage};

/// Time of a scheduled message, compared with what the run knows.
#[derive(Debug, Clone, Copy)]
pub(super) struct ScheduledTime {
    pub(super) at: Timestamp,
    pub(super) now: Timestamp,
    /// Time from which every message of the agent fails.
    pub(super) fails_from: Option<Instant>,
}

/// Returns the stored form of a scheduled message, and the time until it is due.
pub(super) fn prepare(agent: &str, reminder: &Reminder, time: ScheduledTime) -> Result<(Bytes, Duration), AgentError> {
    let send_in = time.at.since(time.now);
    if send_in.is_zero() {
        return Err(AgentError::new("the time of the message is past"));
    }
    if send_in > MAX_SCHEDULE_AHEAD {
        return Err(AgentError::new("a message can be scheduled at most a year ahead"));
    }
    if time.fails_from.is_some_and(|end| Instant::now() + send_in >= end) {
        return Err(AgentError::window_closed());
    }
    let content = OutboundContent::from(Text::new(&reminder.text));
    content.validate().map_err(|error| AgentError::new(format!("the message cannot be sent: {error}")))?;
    let stored = StoredScheduledMessage { content, by_policy: true, agent: Some(agent.to_owned()) };
    Ok((stored.to_bytes(), send_in))
}

/// Returns the step that stands for a scheduled message in the journal of its run.
pub(super) fn step(key: &StepKey) -> StepKey {
    StepKey::new(format!("reminder:{}", key.name), key.nth)
}

/// Returns the error for a message that the store did not take.
pub(super) fn error(error: Error) -> AgentError {
    match error {
        Error::LimitReached { .. } => AgentError::new(error.to_string()),
        error => AgentError::retryable(error.to_string()).with_source(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    #[test]
    fn a_message_that_cannot_be_sent_is_refused_at_once() {
        let now = Timestamp::from_millis(1_000_000);
        let check = |in_secs: u64, text: &str, fails_in: Option<u64>| {
            let at = ScheduledTime {
                at: now.after(Duration::from_secs(in_secs)),
                now,
                fails_from: fails_in.map(|secs| Instant::now() + Duration::from_secs(secs)),
            };
            prepare("agent", &Reminder::new(SystemTime::now(), text), at).map(|(_, send_in)| send_in.as_secs())
        };
        assert_eq!(check(60, "hi", None).unwrap(), 60);
        assert_eq!(check(60, "hi", Some(120)).unwrap(), 60);
        assert!(check(60, "hi", Some(30)).unwrap_err().is_window_closed());
        assert!(check(0, "hi", None).unwrap_err().to_string().contains("past"));
        assert!(check(400 * 24 * 3600, "hi", None).unwrap_err().to_string().contains("a year"));
        assert!(check(60, "", None).unwrap_err().to_string().contains("cannot be sent"));
    }
}
