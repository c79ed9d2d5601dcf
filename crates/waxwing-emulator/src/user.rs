//! The test kit: a user who writes, waits and checks.

mod acts;
mod expect;
mod step;
mod transcript;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use crate::app::App;
use crate::message::{ChatMessage, MediaKind};
use crate::rules::media;
use crate::timeline::EmulatedUserId;
use crate::world::{Lane, NumberId, Utterance};

pub use step::TestStep;
pub(crate) use transcript::transcript;

/// An emulated WhatsApp user, in the hands of a test.
///
/// Expectations consume the business's messages in order: each looks at the first one that no expectation of this user has seen
/// yet. They wait for a notification until the deadline ([`EmulatorBuilder::deadline`](crate::EmulatorBuilder::deadline)), and fail with a panic
/// that shows the whole conversation.
#[derive(Clone)]
pub struct User {
    app: Arc<App>,
    id: EmulatedUserId,
    /// What this handle's messages quote.
    quoting: Option<String>,
    /// The business number that this handle writes to.
    number: NumberId,
}

impl User {
    pub(crate) fn new(app: Arc<App>, id: EmulatedUserId) -> Self {
        Self { app, id, quoting: None, number: NumberId::default() }
    }

    /// The same user with a finger on a message: everything that is sent through the handle quotes it.
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

    /// The same user in the chat with another number of the business ([`EmulatorBuilder::number`](crate::EmulatorBuilder::number)): everything that is
    /// sent through the handle goes there. Expectations go by all messages to the user, of whatever number; each
    /// [`ChatMessage`] tells its [`number`](ChatMessage::number).
    ///
    /// # Panics
    ///
    /// When the business has no number of this `phone_number_id`.
    pub fn to_number(&self, phone_number_id: &str) -> Self {
        let number = self.app.look().account.find(phone_number_id);
        let number = number.unwrap_or_else(|| panic!("the business has no number {phone_number_id}"));
        Self { number, ..self.clone() }
    }

    /// Who the user is in the timeline.
    pub fn id(&self) -> EmulatedUserId {
        self.id
    }

    /// The phone number in digits, if the business may see it.
    pub fn phone(&self) -> Option<String> {
        self.app.look().person(self.id).and_then(|person| person.phone.clone())
    }

    /// The business-scoped user id, if the user has one.
    pub fn bsuid(&self) -> Option<String> {
        self.app.look().person(self.id).and_then(|person| person.bsuid.clone())
    }

    /// The profile name.
    pub fn name(&self) -> String {
        self.app.look().person(self.id).map(|person| person.name.clone()).unwrap_or_default()
    }

    /// Writes a text and gives its message id. The webhook is queued when this returns; only with a thousand queued before it
    /// does it wait.
    pub async fn says(&self, text: impl Into<String>) -> String {
        self.utter(Utterance::Text(text.into())).await
    }

    /// Writes a text that quotes a message.
    pub async fn replies(&self, to: impl AsRef<str>, text: impl Into<String>) -> String {
        self.quoting(to).says(text).await
    }

    /// Sends a picture.
    pub async fn sends_image(&self, bytes: impl Into<Bytes>, mime_type: &str, caption: Option<&str>) -> String {
        self.sends_media(MediaKind::Image, bytes, mime_type, caption, None).await
    }

    /// Sends a file under a name.
    pub async fn sends_document(
        &self,
        bytes: impl Into<Bytes>,
        mime_type: &str,
        filename: &str,
        caption: Option<&str>,
    ) -> String {
        self.sends_media(MediaKind::Document, bytes, mime_type, caption, Some(filename)).await
    }

    /// Sends a sound.
    pub async fn sends_audio(&self, bytes: impl Into<Bytes>, mime_type: &str) -> String {
        self.sends_media(MediaKind::Audio, bytes, mime_type, None, None).await
    }

    /// Sends any medium. Nothing is checked: users may send what a business may not.
    pub async fn sends_media(
        &self,
        kind: MediaKind,
        bytes: impl Into<Bytes>,
        mime_type: &str,
        caption: Option<&str>,
        filename: Option<&str>,
    ) -> String {
        let utterance = Utterance::Media {
            kind,
            bytes: bytes.into(),
            mime_type: mime_type.to_owned(),
            caption: caption.map(str::to_owned),
            filename: filename.map(str::to_owned),
            voice: false,
        };
        self.utter(utterance).await
    }

    /// Sends a message of any type, known or not; `body` is the object of that name, such as `json!({"latitude": 1.5, …})` for
    /// `location`.
    pub async fn sends_other(&self, kind: &str, body: Value) -> String {
        self.utter(Utterance::Other { kind: kind.to_owned(), body }).await
    }

    /// Posts the webhook of an earlier message once more, byte for byte, after what this user has written since.
    ///
    /// # Panics
    ///
    /// When the user has not written that message.
    pub async fn redeliver(&self, message: impl AsRef<str>) {
        let message = message.as_ref();
        self.room().await;
        let known = self.has_written(message) && self.app.change(|world| world.say_again(message));
        assert!(known, "this user has not written {message}");
    }

    /// Opens the chat: all messages of the business that have arrived get the status `read`.
    pub fn reads_all(&self) {
        self.app.change(|world| world.read_all(self.id));
    }

    /// All messages of the business so far, in order, consumed or not; at most the last 10,000 of the chat.
    pub fn messages(&self) -> Vec<ChatMessage> {
        let world = self.app.look();
        world
            .person(self.id)
            .into_iter()
            .flat_map(|person| person.chat.received())
            .map(|entry| entry.message.clone())
            .collect()
    }

    /// The conversation as a text, as a failed expectation prints it.
    pub fn transcript(&self) -> String {
        transcript(&self.app.look(), self.id)
    }

    async fn utter(&self, utterance: Utterance) -> String {
        self.room().await;
        let said = self.app.change(|world| {
            let online = world.person(self.id).is_some_and(|person| person.is_online);
            assert!(online, "{} is offline and cannot send anything", self.id);
            world.say_to(self.number, self.id, utterance, self.quoting.clone())
        });
        said.expect("a user of this handle exists")
    }

    /// Waits until the user's lane has room.
    async fn room(&self) {
        let lane = Lane::User(self.id);
        self.app.wait(|world| world.mail.has_room(&lane).then_some(())).await;
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What a phone sends a file as, by its type.
pub(crate) fn kind_of(mime_type: &str) -> MediaKind {
    media::kind_from_phone(mime_type)
}
