//! Messages that a run schedules for its conversation.

use std::sync::PoisonError;
use std::time::SystemTime;

use super::RunContext;
use crate::error::AgentError;
use crate::reminder::Reminder;
use crate::step::StepKey;

impl RunContext {
    /// Schedules a message to the user of this conversation, such as a reminder of an appointment. The message is sent at its time even if the
    /// server was restarted since, and the history has it from then on. A repeated run does not schedule the message again.
    ///
    /// A repeated run identifies the message by the number of messages that its [scope](Self::scoped) scheduled before, as with
    /// [`send_interim`](Self::send_interim).
    ///
    /// # Errors
    ///
    /// Returns an error for a time in the past or more than a year ahead, for a text that the channel cannot send, and if too many messages of the
    /// conversation are scheduled. The error [`is_window_closed`](AgentError::is_window_closed) if the channel would refuse the message at its
    /// time. Returns an error if the run has no channel, or does not hold its conversation any more.
    pub async fn remind_user(&self, at: SystemTime, text: impl Into<String> + Send) -> Result<(), AgentError> {
        let Some(conversation) = self.conversation().filter(|_| !self.is_muted) else {
            return Err(AgentError::new("messages cannot be scheduled here"));
        };
        let nth = {
            let mut counts = self.run.message_counts.scheduled.lock().unwrap_or_else(PoisonError::into_inner);
            let count = counts.entry(self.scope.clone()).or_default();
            *count += 1;
            *count - 1
        };
        conversation.schedule(&StepKey::new(&*self.scope, nth), Reminder::new(at, text)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Conversation;
    use crate::reply::Reply;
    use crate::session::Session;
    use async_trait::async_trait;
    use std::sync::{Arc, Mutex};

    #[derive(Default)]
    struct Scheduled(Mutex<Vec<(String, u32, String)>>);

    #[async_trait]
    impl Conversation for Scheduled {
        async fn send(&self, _key: &StepKey, _interim: Reply) -> Result<(), AgentError> {
            Ok(())
        }

        async fn schedule(&self, key: &StepKey, reminder: Reminder) -> Result<(), AgentError> {
            self.0.lock().unwrap().push((key.name.clone(), key.nth, reminder.text));
            Ok(())
        }
    }

    #[tokio::test]
    async fn each_scheduled_message_has_its_key() {
        let scheduled = Arc::new(Scheduled::default());
        let ctx = RunContext::builder("1", Session::new("1")).conversation(scheduled.clone()).build();
        let at = SystemTime::UNIX_EPOCH;
        ctx.remind_user(at, "a").await.unwrap();
        ctx.remind_user(at, "b").await.unwrap();
        ctx.scoped("tool").remind_user(at, "c").await.unwrap();
        assert!(ctx.muted().remind_user(at, "d").await.is_err());
        assert!(RunContext::in_memory("1").remind_user(at, "e").await.is_err());
        let expected =
            [("", 0, "a"), ("", 1, "b"), ("tool", 0, "c")].map(|(name, nth, text)| (name.into(), nth, text.into()));
        assert_eq!(*scheduled.0.lock().unwrap(), expected);
    }
}
