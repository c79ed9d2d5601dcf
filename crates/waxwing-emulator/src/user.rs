//! Test kit: handle of an emulated user.

mod actions;
mod expect;
mod flow;
mod step;
mod transcript;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use crate::message::{ChatMessage, MediaKind, UserContent};
use crate::operations::inbound::{self, InboundOptions};
use crate::operations::user_phone;
use crate::shared::Shared;
use crate::timeline::EmulatedUserId;
use crate::world::account::NumberIndex;
use crate::world::webhook_queues::QueueKey;

pub use flow::FlowScreen;
pub use step::TestStep;
pub(crate) use transcript::transcript;

/// Emulated WhatsApp user, as a handle for tests. Clones refer to the same user.
///
/// Expectations consume the messages of the business in order: each expectation checks the first message that no expectation of
/// this user has consumed. An expectation waits for a message until the deadline
/// ([`EmulatorBuilder::deadline`](crate::EmulatorBuilder::deadline)). A failed expectation panics and prints the conversation.
///
/// ```no_run
/// # async fn example(emulator: waxwing_emulator::Emulator) {
/// let ana = emulator.user("+34600000000");
/// let hi = ana.says("hi").await;
/// ana.expect_read(&hi).await;
/// ana.expect("Hello!").await;
/// ana.expect_nothing().await;
/// # }
/// ```
#[derive(Clone)]
pub struct User {
    shared: Arc<Shared>,
    id: EmulatedUserId,
    /// Message that the messages of this handle quote.
    quoting: Option<String>,
    /// Business number to which this handle sends messages.
    number: NumberIndex,
}

impl User {
    pub(crate) fn new(shared: Arc<Shared>, id: EmulatedUserId) -> Self {
        Self { shared, id, quoting: None, number: NumberIndex::default() }
    }

    /// Returns a handle whose messages quote a message.
    ///
    /// ```no_run
    /// # async fn example(ana: waxwing_emulator::User) {
    /// let request = ana.expect_message().await;
    /// ana.quoting(&request).shares_location(40.4168, -3.7038).await;
    /// # }
    /// ```
    pub fn quoting(&self, message: impl AsRef<str>) -> Self {
        Self { quoting: Some(message.as_ref().to_owned()), ..self.clone() }
    }

    /// Returns a handle that sends messages to another business number ([`EmulatorBuilder::number`](crate::EmulatorBuilder::number)).
    ///
    /// Expectations consume the messages of all business numbers. [`ChatMessage::number`] is the number of a message.
    ///
    /// # Panics
    ///
    /// Panics if the business has no number with this `phone_number_id`.
    pub fn to_number(&self, phone_number_id: &str) -> Self {
        let number = self.shared.world().account.find(phone_number_id);
        let number = number.unwrap_or_else(|| panic!("the business has no number {phone_number_id}"));
        Self { number, ..self.clone() }
    }

    /// Returns the user's id in the timeline.
    pub fn id(&self) -> EmulatedUserId {
        self.id
    }

    /// Returns the phone number in digits, whether the business sees it or not.
    pub fn phone(&self) -> Option<String> {
        self.shared.world().users.get(self.id).and_then(|user| user.phone.clone())
    }

    /// Returns the business-scoped user id.
    pub fn bsuid(&self) -> Option<String> {
        self.shared.world().users.get(self.id).and_then(|user| user.bsuid.clone())
    }

    /// Returns the profile name.
    pub fn name(&self) -> String {
        self.shared.world().users.get(self.id).map(|user| user.name.clone()).unwrap_or_default()
    }

    /// Sends a text. Returns the message id.
    ///
    /// The webhook is queued when the method returns. The method waits only if 1,000 webhooks of the user are queued.
    ///
    /// # Panics
    ///
    /// Panics if the user is offline, like every method that sends a message.
    pub async fn says(&self, text: impl Into<String>) -> String {
        self.send(UserContent::Text(text.into())).await
    }

    /// Sends a text that quotes a message. Returns the message id.
    pub async fn replies(&self, to: impl AsRef<str>, text: impl Into<String>) -> String {
        self.quoting(to).says(text).await
    }

    /// Sends an image. Returns the message id.
    pub async fn sends_image(&self, bytes: impl Into<Bytes>, mime_type: &str, caption: Option<&str>) -> String {
        self.sends_media(MediaKind::Image, bytes, mime_type, caption, None).await
    }

    /// Sends a document. Returns the message id.
    pub async fn sends_document(
        &self,
        bytes: impl Into<Bytes>,
        mime_type: &str,
        filename: &str,
        caption: Option<&str>,
    ) -> String {
        self.sends_media(MediaKind::Document, bytes, mime_type, caption, Some(filename)).await
    }

    /// Sends an audio file. Returns the message id.
    pub async fn sends_audio(&self, bytes: impl Into<Bytes>, mime_type: &str) -> String {
        self.sends_media(MediaKind::Audio, bytes, mime_type, None, None).await
    }

    /// Sends a media message of any kind. Returns the message id.
    ///
    /// The emulator does not check the file, because users may send files that a business may not.
    pub async fn sends_media(
        &self,
        kind: MediaKind,
        bytes: impl Into<Bytes>,
        mime_type: &str,
        caption: Option<&str>,
        filename: Option<&str>,
    ) -> String {
        let content = UserContent::Media {
            kind,
            bytes: bytes.into(),
            mime_type: mime_type.to_owned(),
            caption: caption.map(str::to_owned),
            filename: filename.map(str::to_owned),
            voice: false,
        };
        self.send(content).await
    }

    /// Sends a message of any type, known or unknown. Returns the message id.
    ///
    /// `body` is the JSON object under the name of the type, such as `json!({"latitude": 1.5, "longitude": 2.5})` for `location`.
    pub async fn sends_other(&self, kind: &str, body: Value) -> String {
        self.send(UserContent::Other { kind: kind.to_owned(), body }).await
    }

    /// Posts the webhook of an earlier message again, byte for byte, after the webhooks that are queued.
    ///
    /// # Panics
    ///
    /// Panics if the user has not sent the message.
    pub async fn redeliver(&self, message: impl AsRef<str>) {
        let message = message.as_ref();
        self.wait_for_room().await;
        let is_known = self.has_sent(message) && self.shared.change(|world| inbound::redeliver(world, message));
        assert!(is_known, "this user has not written {message}");
    }

    /// Reads all messages of the business. Each gets the status `read`.
    pub fn reads_all(&self) {
        self.shared.change(|world| user_phone::read_all(world, self.id));
    }

    /// Returns all messages of the business, consumed or not, oldest first. A chat keeps the latest 10,000 messages.
    pub fn messages(&self) -> Vec<ChatMessage> {
        let world = self.shared.world();
        world
            .users
            .get(self.id)
            .into_iter()
            .flat_map(|user| user.chat.received())
            .map(|entry| entry.message.clone())
            .collect()
    }

    /// Returns the conversation as text, as failed expectations print it.
    pub fn transcript(&self) -> String {
        transcript(&self.shared.world(), self.id)
    }

    async fn send(&self, content: UserContent) -> String {
        self.wait_for_room().await;
        let sent = self.shared.change(|world| {
            let is_online = world.users.get(self.id).is_some_and(|user| user.is_online);
            assert!(is_online, "user {} is offline and cannot send messages", self.id);
            let options =
                InboundOptions { reply_to: self.quoting.clone(), number: self.number, ..InboundOptions::default() };
            inbound::send(world, self.id, content, &options)
        });
        sent.expect("the user of a handle exists")
    }

    /// Waits until the user's queue has room for another webhook.
    async fn wait_for_room(&self) {
        let queue = QueueKey::User(self.id);
        self.shared.wait(|world| world.webhooks.queues.has_room(&queue).then_some(())).await;
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("id", &self.id).finish_non_exhaustive()
    }
}
