//! Messages that other systems of the business send: outside of a turn, to any user.

use std::fmt;

use sha2::{Digest as _, Sha256};
use waxwing_store::{
    ABOUT, ConversationId, ConversationTarget, IdempotencyKey, NewMessage, QueuedMessage, Store, Upload,
};
use waxwing_types::{Bsuid, MediaId, MediaSource, OutboundContent, WaId};

use crate::budget::{BudgetDecision, BudgetPeriod, BudgetPurpose};
use crate::history;
use crate::operator::Operator;
use crate::shared::Shared;
use crate::unsent_media::validate_before_upload;

/// Longest idempotency key in bytes.
const MAX_KEY: usize = 255;

/// A message that no turn asked for. `Debug` output contains neither the recipient nor the content.
///
/// ```
/// use waxwing_client::types::{PhoneNumberId, TemplateMessage, UserProfile, WaId};
/// use waxwing_engine::ProactiveMessage;
/// use waxwing_store::ConversationTarget;
///
/// let ana = ConversationTarget::User(PhoneNumberId::new("1000001"), UserProfile::from(WaId::new("34600000000")));
/// let message = ProactiveMessage::new(ana, TemplateMessage::new("order_ready", "en")).idempotency_key("shop", "order-17");
/// assert!(!format!("{message:?}").contains("34600000000"));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct ProactiveMessage {
    /// The conversation. One that does not exist is created.
    pub target: ConversationTarget,
    /// Content.
    pub content: OutboundContent,
    /// File of the content, if it is to be uploaded to Meta.
    pub upload: Option<Upload>,
    /// Handling while the customer service window is closed. Templates are sent at any time.
    pub when_closed: WhenClosed,
    /// Conversation of another user that the content is about. The message is erased with the data of that user.
    pub about: Option<ConversationId>,
    /// Caller and key under which the message can be sent again without a second copy, for 24 hours.
    pub idempotency: Option<(String, String)>,
}

/// Handling of a proactive message while the customer service window is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum WhenClosed {
    /// The message is refused, and nothing is stored.
    #[default]
    Refuse,
    /// The message is queued, and [`OutsideWindow`](crate::OutsideWindow) decides: Direct Send, a template that asks the user to write, or a wait.
    Policy,
}

/// Why a proactive message was not queued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendMessageError {
    /// The engine does not serve the business number.
    #[error("the server does not serve the business number")]
    UnknownNumber,
    /// WhatsApp would refuse the content, or the event is not valid.
    #[error("the content is wrong: {0}")]
    InvalidContent(String),
    /// The hard budget of the number for Meta's charges is used.
    #[error("the budget of the {} for Meta's charges is used", .0.as_str())]
    BudgetUsed(BudgetPeriod),
    /// The idempotency key is empty or too long.
    #[error("the idempotency key must have 1 to 255 bytes")]
    InvalidKey,
    /// The store refused the message, or failed: see [`ProactiveStore::queue_message`](waxwing_store::ProactiveStore::queue_message).
    #[error(transparent)]
    Store(#[from] waxwing_store::Error),
}

impl ProactiveMessage {
    /// Creates a message that is refused while the customer service window is closed, unless it is a template.
    pub fn new(target: ConversationTarget, content: impl Into<OutboundContent>) -> Self {
        let content = content.into();
        Self { target, content, upload: None, when_closed: WhenClosed::default(), about: None, idempotency: None }
    }

    /// Sets the file of the content, which takes the place of its media source.
    pub fn upload(mut self, file: Upload) -> Self {
        if let Some(source) = self.content.media_mut() {
            *source = MediaSource::Id(MediaId::new(""));
        }
        self.upload = Some(file);
        self
    }

    /// Queues the message although the customer service window is closed. The settings decide what becomes of it.
    pub fn by_policy(mut self) -> Self {
        self.when_closed = WhenClosed::Policy;
        self
    }

    /// States that the content has data of the user of another conversation.
    pub fn about(mut self, conversation: ConversationId) -> Self {
        self.about = Some(conversation);
        self
    }

    /// Makes the call repeatable: the same caller with the same key and the same message gets the earlier result for 24 hours.
    pub fn idempotency_key(mut self, caller: impl Into<String>, key: impl Into<String>) -> Self {
        self.idempotency = Some((caller.into(), key.into()));
        self
    }

    fn key(&self) -> Result<Option<IdempotencyKey>, SendMessageError> {
        let content =
            serde_json::to_vec(&self.content).map_err(|error| SendMessageError::InvalidContent(error.to_string()))?;
        let file = self.upload.as_ref().map(|upload| &upload.bytes[..]).unwrap_or_default();
        let when_closed = format!("{:?}", self.when_closed);
        idempotency_key(self.idempotency.as_ref(), &self.target, &[b"message", &content, when_closed.as_bytes(), file])
    }
}

/// Returns the key of a request, by which another request with the same key is recognized. `parts` are the parts of the request.
pub(crate) fn idempotency_key(
    caller_and_key: Option<&(String, String)>,
    target: &ConversationTarget,
    parts: &[&[u8]],
) -> Result<Option<IdempotencyKey>, SendMessageError> {
    let Some((caller, key)) = caller_and_key else { return Ok(None) };
    if !(1..=MAX_KEY).contains(&key.len()) {
        return Err(SendMessageError::InvalidKey);
    }
    let (number, target) = match target {
        ConversationTarget::Conversation(id) => ("", format!("conversation {}", id.0)),
        ConversationTarget::Key(key) => ("", format!("key {key}")),
        ConversationTarget::User(number, user) => {
            let id = user.bsuid.as_ref().map(Bsuid::as_str).or(user.wa_id.as_ref().map(WaId::as_str));
            (number.as_str(), format!("user {}", id.unwrap_or_default()))
        }
    };
    let mut digest = Sha256::new();
    for part in [target.as_bytes()].iter().chain(parts) {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    let scope = format!("{}:{caller}{number}", caller.len());
    Ok(Some(IdempotencyKey { scope, key: key.clone(), request: digest.finalize().into() }))
}

impl Shared {
    /// Queues a message that no turn asked for, and wakes the sender.
    pub(crate) async fn send_message(&self, message: ProactiveMessage) -> Result<QueuedMessage, SendMessageError> {
        let number = self.store.number_of(&message.target).await?;
        let route = self.routes.get(&number).ok_or(SendMessageError::UnknownNumber)?;
        let key = message.key()?;
        // A message that was queued stays so, whatever has become of its template and of the budget since.
        if let Some(key) = &key
            && let Some(queued) = self.store.repeated_message(key).await?
        {
            return Ok(queued);
        }
        if let OutboundContent::Template(template) = &message.content
            && let Err(mismatch) = self.check_template(&number, &*route.graph, template).await
        {
            return Err(SendMessageError::InvalidContent(mismatch.to_string()));
        }
        let (budgets, store, clock) = (&self.guards.budgets, &*self.store, &*self.clock);
        if let BudgetDecision::Used(period) = budgets.decide(&number, BudgetPurpose::Conversation, store, clock).await?
        {
            return Err(SendMessageError::BudgetUsed(period));
        }
        let queued = queue(&*self.store, message, key).await?;
        self.due.sends.notify_one();
        Ok(queued)
    }
}

impl Operator {
    /// Queues a message that no turn asked for. Without an engine, the next engine on the store sends it.
    ///
    /// # Errors
    ///
    /// Those of [`Engine::send`](crate::Engine::send).
    pub async fn send(&self, message: ProactiveMessage) -> Result<QueuedMessage, SendMessageError> {
        if let Some(engine) = &self.engine {
            return engine.send_message(message).await;
        }
        let key = message.key()?;
        queue(&*self.store, message, key).await
    }
}

/// Returns the id of a new message. It names the conversation that the message is about, for an erasure.
fn id(about: Option<ConversationId>) -> String {
    let unique = uuid::Uuid::now_v7().simple();
    about.map_or_else(|| format!("message-{unique}"), |about| format!("{ABOUT}{}-{unique}", about.0))
}

/// Queues a message in a store. An engine on the store sends it.
async fn queue(
    store: &dyn Store,
    message: ProactiveMessage,
    idempotency: Option<IdempotencyKey>,
) -> Result<QueuedMessage, SendMessageError> {
    let valid = match &message.upload {
        Some(_) if message.content.media().is_none() => {
            let problem = format!("a message of the type {} takes no file", message.content.kind());
            return Err(SendMessageError::InvalidContent(problem));
        }
        Some(_) => validate_before_upload(&message.content),
        None => message.content.validate(),
    };
    valid.map_err(|error| SendMessageError::InvalidContent(error.to_string()))?;
    let new = NewMessage {
        id: id(message.about),
        needs_window: message.when_closed == WhenClosed::Refuse && message.content.needs_service_window(),
        log: history::proactive(&message.content),
        target: message.target,
        content: message.content,
        upload: message.upload,
        idempotency,
    };
    Ok(store.queue_message(new).await?)
}

impl fmt::Debug for ProactiveMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProactiveMessage")
            .field("target", &self.target)
            .field("kind", &self.content.kind())
            .field("when_closed", &self.when_closed)
            .field("has_key", &self.idempotency.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_types::{PhoneNumberId, Text, UserProfile};

    fn to(phone: &str, text: &str) -> ProactiveMessage {
        let user = ConversationTarget::User(PhoneNumberId::new("1"), UserProfile::from(WaId::new(phone)));
        ProactiveMessage::new(user, Text::new(text)).idempotency_key("shop", "key")
    }

    #[test]
    fn each_part_of_a_request_counts() {
        let request = |message: ProactiveMessage| message.key().unwrap().unwrap().request;
        let first = request(to("34600000001", "hi"));
        assert_eq!(request(to("34600000001", "hi")), first);
        for other in [to("34600000002", "hi"), to("34600000001", "ho"), to("34600000001", "hi").by_policy()] {
            assert_ne!(request(other), first);
        }
    }

    #[test]
    fn a_key_belongs_to_its_caller_and_number() {
        let scope = |caller: &str, number: &str| {
            let user = ConversationTarget::User(PhoneNumberId::new(number), UserProfile::from(WaId::new("1")));
            let message = ProactiveMessage::new(user, Text::new("hi")).idempotency_key(caller, "key");
            message.key().unwrap().unwrap().scope
        };
        assert_ne!(scope("a", "1"), scope("b", "1"));
        assert_ne!(scope("a", "1"), scope("a", "2"));
        assert_ne!(scope("a", "11"), scope("a1", "1"));
        let long = to("1", "hi").idempotency_key("shop", "k".repeat(256));
        assert!(matches!(long.key(), Err(SendMessageError::InvalidKey)));
    }
}
