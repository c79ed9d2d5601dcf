//! Scheduled messages: campaigns of one.

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use waxwing_store::{Clock as _, NewScheduledMessage, ScheduledMessage, SystemClock, Timestamp};
use waxwing_types::OutboundContent;

use super::error::CampaignError;
use crate::operator::Operator;
use crate::proactive::{ProactiveMessage, SendMessageError, WhenClosed, idempotency_key};

/// Longest time for which a message can be scheduled ahead: a year.
pub const MAX_SCHEDULE_AHEAD: Duration = Duration::from_hours(366 * 24);

/// Time by which the time of a message may be past, such as that of a request that was on its way.
const MAX_PAST: Duration = Duration::from_mins(1);

/// A scheduled message as the store keeps it.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredScheduledMessage {
    pub(crate) content: OutboundContent,
    /// Whether the settings decide while the service window is closed. Otherwise the message is not sent then.
    pub(crate) by_policy: bool,
    /// The agent that scheduled the message for its conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) agent: Option<String>,
}

impl StoredScheduledMessage {
    pub(crate) fn to_bytes(&self) -> Bytes {
        serde_json::to_vec(self).expect("a message has string keys").into()
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

impl Operator {
    /// Schedules a message. It is sent like a message of [`send`](Self::send) at its time. Without an engine, the next engine on the store sends
    /// it.
    ///
    /// # Errors
    ///
    /// [`CampaignError::Invalid`] for a time in the past or more than [`MAX_SCHEDULE_AHEAD`] ahead, for a file, and for content that WhatsApp would
    /// refuse. Those of the store: see [`CampaignStore::schedule_message`](waxwing_store::CampaignStore::schedule_message).
    pub async fn schedule(&self, message: ProactiveMessage, at: Timestamp) -> Result<ScheduledMessage, CampaignError> {
        let invalid = |reason: &str| Err(CampaignError::Invalid(reason.to_owned()));
        let now = self.engine.as_ref().map_or_else(|| SystemClock.now(), |engine| engine.clock.now());
        let send_in = at.since(now);
        if message.upload.is_some() {
            return invalid("a scheduled message cannot have a file; give its link, or upload the file to Meta first");
        }
        message.content.validate().map_err(|error| CampaignError::Invalid(format!("the content is wrong: {error}")))?;
        let by_policy = message.when_closed == WhenClosed::Policy;
        let stored = StoredScheduledMessage { content: message.content.clone(), by_policy, agent: None };
        let data = stored.to_bytes();
        let time = at.as_millis().to_be_bytes();
        let idempotency = idempotency_key(message.idempotency.as_ref(), &message.target, &[b"scheduled", &data, &time])
            .map_err(|error| CampaignError::Invalid(error.to_string()))?;
        // A message that was scheduled stays so, whatever has become of its template and of its time since.
        let is_known = match &idempotency {
            Some(key) => self.store.repeated_message(key).await?.is_some(),
            None => false,
        };
        if !is_known {
            if at.after(MAX_PAST) < now {
                return invalid("the time of the message is past");
            }
            if send_in > MAX_SCHEDULE_AHEAD {
                return invalid("a message can be scheduled at most a year ahead");
            }
            self.check_scheduled(&message).await?;
        }
        let new = NewScheduledMessage { target: message.target, data, send_in, idempotency };
        let scheduled = self.store.schedule_message(new).await?;
        self.wake_feeder();
        Ok(scheduled)
    }

    /// Checks the number and the template of a message, if an engine runs.
    async fn check_scheduled(&self, message: &ProactiveMessage) -> Result<(), CampaignError> {
        let Some(engine) = &self.engine else { return Ok(()) };
        let number = self.store.number_of(&message.target).await?;
        let route = engine.routes.get(&number).ok_or(CampaignError::UnknownNumber)?;
        if let OutboundContent::Template(template) = &message.content {
            let checked = engine.check_template(&number, &*route.graph, template).await;
            checked.map_err(|mismatch| CampaignError::Invalid(format!("the content is wrong: {mismatch}")))?;
        }
        Ok(())
    }
}

impl From<CampaignError> for SendMessageError {
    fn from(error: CampaignError) -> Self {
        match error {
            CampaignError::UnknownNumber => Self::UnknownNumber,
            CampaignError::Store(error) => Self::Store(error),
            other => Self::InvalidContent(other.to_string()),
        }
    }
}
