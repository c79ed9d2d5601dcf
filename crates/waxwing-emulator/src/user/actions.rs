//! Actions of a user that are more than a text or a file.

use std::panic::Location;

use bytes::Bytes;
use serde_json::json;

use super::{TestStep, User};
use crate::message::{MediaKind, Party, UserContent};
use crate::operations::{message_echo, user_content, user_phone};

impl User {
    /// Taps the button, list row or quick reply with this title in the newest message that offers it. Returns the id of the reply.
    ///
    /// A tap does not wait for a message; expect the message first.
    ///
    /// # Panics
    ///
    /// Panics if no message offers the title.
    #[track_caller]
    pub fn taps(&self, title: &str) -> TestStep<String> {
        self.tap(None, title)
    }

    /// Taps the button, list row or quick reply with this title in a certain message. Returns the id of the reply.
    ///
    /// # Panics
    ///
    /// Panics if the message does not offer the title.
    #[track_caller]
    pub fn taps_on(&self, message: impl AsRef<str>, title: &str) -> TestStep<String> {
        self.tap(Some(message.as_ref().to_owned()), title)
    }

    #[track_caller]
    fn tap(&self, message: Option<String>, title: &str) -> TestStep<String> {
        let (location, user, title) = (Location::caller(), self.clone(), title.to_owned());
        TestStep::new(async move {
            let found =
                user.shared.world().users.get(user.id).and_then(|it| it.choice(message.as_deref(), &title, None));
            let Some((message, choice)) = found else {
                user.fail(location, &format!("to be able to tap {title:?}, which no such message offers"))
            };
            user.quoting(message).send(choice.into_reply()).await
        })
    }

    /// Reacts to a message. The reaction replaces an earlier one. Returns the message id.
    pub async fn reacts(&self, to: impl AsRef<str>, emoji: &str) -> String {
        self.sends_other("reaction", json!({ "message_id": to.as_ref(), "emoji": emoji })).await
    }

    /// Removes the reaction to a message. Returns the message id.
    pub async fn unreacts(&self, to: impl AsRef<str>) -> String {
        self.reacts(to, "").await
    }

    /// Shares a location, in degrees. Returns the message id.
    ///
    /// To answer a location request, share the location through a handle that [quotes](Self::quoting) the request.
    pub async fn shares_location(&self, latitude: f64, longitude: f64) -> String {
        self.sends_other("location", json!({ "latitude": latitude, "longitude": longitude })).await
    }

    /// Shares a location with name and address. Coordinates are in degrees. Returns the message id.
    pub async fn shares_place(&self, latitude: f64, longitude: f64, name: &str, address: &str) -> String {
        let place = json!({ "latitude": latitude, "longitude": longitude, "name": name, "address": address });
        self.sends_other("location", place).await
    }

    /// Shares a contact. Returns the message id.
    pub async fn shares_contact(&self, name: &str, phone: &str) -> String {
        self.sends_other("contacts", user_content::contacts(name, phone, "other")).await
    }

    /// Shares the user's own phone number in reply to a request (an interactive message of type `request_contact_info`). Returns the
    /// message id.
    ///
    /// Meta verifies contacts of this kind only.
    pub async fn shares_own_number(&self, request: impl AsRef<str>, phone: &str) -> String {
        let contact = user_content::contacts(&self.name(), phone, "contact_request");
        self.quoting(request).sends_other("contacts", contact).await
    }

    /// Sends a WebP sticker. Returns the message id.
    pub async fn sends_sticker(&self, bytes: impl Into<Bytes>) -> String {
        self.sends_media(MediaKind::Sticker, bytes, "image/webp", None, None).await
    }

    /// Sends a voice note: Opus in an Ogg container. Returns the message id.
    pub async fn sends_voice_note(&self, bytes: impl Into<Bytes>) -> String {
        self.send(UserContent::Media {
            kind: MediaKind::Audio,
            bytes: bytes.into(),
            mime_type: "audio/ogg; codecs=opus".to_owned(),
            caption: None,
            filename: None,
            voice: true,
        })
        .await
    }

    /// Sends several images, one message each. Only the first has the caption. Returns the message ids.
    pub async fn sends_album<B: Into<Bytes>>(
        &self,
        images: impl IntoIterator<Item = B>,
        mime_type: &str,
        caption: Option<&str>,
    ) -> Vec<String> {
        let mut ids = Vec::new();
        let mut caption = caption;
        for image in images {
            ids.push(self.sends_image(image, mime_type, caption.take()).await);
        }
        ids
    }

    /// Sends a long text in pieces, one message each, without a pause. Returns the message ids.
    pub async fn says_in_pieces<T: Into<String>>(&self, pieces: impl IntoIterator<Item = T>) -> Vec<String> {
        let mut ids = Vec::new();
        for piece in pieces {
            ids.push(self.says(piece).await);
        }
        ids
    }

    /// Switches the phone off until [`comes_online`](Self::comes_online).
    ///
    /// Messages of the business stay `sent`, and expectations of this user do not see them. The user cannot send messages.
    pub fn goes_offline(&self) {
        self.shared.change(|world| user_phone::set_online(world, self.id, false));
    }

    /// Switches the phone on. The messages that have waited are delivered in order.
    pub fn comes_online(&self) {
        self.shared.change(|world| user_phone::set_online(world, self.id, true));
    }

    /// Reads the messages of the business up to this one. Each gets the status `read`.
    ///
    /// # Panics
    ///
    /// Panics if the message is not on the phone.
    #[track_caller]
    pub fn reads(&self, message: impl AsRef<str>) {
        let id = message.as_ref();
        if !self.shared.change(|world| user_phone::read_up_to(world, self.id, id)) {
            self.fail(Location::caller(), &format!("to be able to read {id}, which is not on the phone"));
        }
    }

    /// Sends a text to the user from the WhatsApp Business app. The webhook receives it as a message echo. Returns the message id.
    pub async fn business_app_says(&self, text: impl Into<String>) -> String {
        self.receive_from_business_app(text.into()).await
    }

    async fn receive_from_business_app(&self, text: String) -> String {
        self.wait_for_room().await;
        let sent =
            self.shared.change(|world| message_echo::send(world, self.number, self.id, UserContent::Text(text), false));
        sent.expect("the user of a handle exists")
    }

    /// Returns whether the user has sent a message.
    pub(super) fn has_sent(&self, message: &str) -> bool {
        let world = self.shared.world();
        let found = world.users.message(message);
        found.is_some_and(|(user, entry)| user.id == self.id && entry.message.from == Party::User)
    }
}
