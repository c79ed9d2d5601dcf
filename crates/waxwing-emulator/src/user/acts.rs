//! What a user does besides writing: taps, reactions, places, people, pictures, and looking at the phone or not.

use std::panic::Location;

use bytes::Bytes;
use serde_json::{Value, json};

use super::{TestStep, User};
use crate::message::{MediaKind, Party};
use crate::world::Utterance;

impl User {
    /// Taps the button, list row or quick reply with this title, in the newest message that offers it, and gives the id of the answer
    /// that this sends. Expect the message first: a tap does not wait for one.
    ///
    /// # Panics
    ///
    /// When no message offers it.
    #[track_caller]
    pub fn taps(&self, title: &str) -> TestStep<String> {
        self.tap(None, title)
    }

    /// Taps in a certain message, however old: on a phone, buttons stay where they are.
    ///
    /// # Panics
    ///
    /// When that message does not offer it.
    #[track_caller]
    pub fn taps_on(&self, message: impl AsRef<str>, title: &str) -> TestStep<String> {
        self.tap(Some(message.as_ref().to_owned()), title)
    }

    #[track_caller]
    fn tap(&self, on: Option<String>, title: &str) -> TestStep<String> {
        let (place, user, title) = (Location::caller(), self.clone(), title.to_owned());
        TestStep::new(async move {
            let found = user.app.look().person(user.id).and_then(|person| person.choice(on.as_deref(), &title));
            let Some((message, choice)) = found else {
                user.fail(place, &format!("to be able to tap {title:?}, which no such message offers"))
            };
            user.quoting(message).utter(choice.tapped()).await
        })
    }

    /// Reacts to a message, in place of an earlier reaction to it.
    pub async fn reacts(&self, to: impl AsRef<str>, emoji: &str) -> String {
        self.sends_other("reaction", json!({ "message_id": to.as_ref(), "emoji": emoji })).await
    }

    /// Takes the reaction to a message back.
    pub async fn unreacts(&self, to: impl AsRef<str>) -> String {
        self.reacts(to, "").await
    }

    /// Shares a place by its coordinates, in degrees. In answer to a request for it, share it [`quoting`](Self::quoting) the request.
    pub async fn shares_location(&self, latitude: f64, longitude: f64) -> String {
        self.sends_other("location", json!({ "latitude": latitude, "longitude": longitude })).await
    }

    /// Shares a place that has a name and an address.
    pub async fn shares_place(&self, latitude: f64, longitude: f64, name: &str, address: &str) -> String {
        let place = json!({ "latitude": latitude, "longitude": longitude, "name": name, "address": address });
        self.sends_other("location", place).await
    }

    /// Shares somebody's contact.
    pub async fn shares_contact(&self, name: &str, phone: &str) -> String {
        self.sends_other("contacts", contacts(name, phone, "other")).await
    }

    /// Shares the own number in answer to a request for it (an interactive message of the type `request_contact_info`): the one kind
    /// of contact that Meta vouches for.
    pub async fn shares_own_number(&self, request: impl AsRef<str>, phone: &str) -> String {
        let contact = contacts(&self.name(), phone, "contact_request");
        self.quoting(request).sends_other("contacts", contact).await
    }

    /// Sends a sticker, as WebP.
    pub async fn sends_sticker(&self, bytes: impl Into<Bytes>) -> String {
        self.sends_media(MediaKind::Sticker, bytes, "image/webp", None, None).await
    }

    /// Records a voice note: Opus in an Ogg container, as phones do.
    pub async fn sends_voice_note(&self, bytes: impl Into<Bytes>) -> String {
        self.utter(Utterance::Media {
            kind: MediaKind::Audio,
            bytes: bytes.into(),
            mime_type: "audio/ogg; codecs=opus".to_owned(),
            caption: None,
            filename: None,
            voice: true,
        })
        .await
    }

    /// Sends several pictures at once. They arrive as messages of their own, of which only the first has the caption.
    pub async fn sends_album<B: Into<Bytes>>(
        &self,
        pictures: impl IntoIterator<Item = B>,
        mime_type: &str,
        caption: Option<&str>,
    ) -> Vec<String> {
        let mut ids = Vec::new();
        let mut caption = caption;
        for picture in pictures {
            ids.push(self.sends_image(picture, mime_type, caption.take()).await);
        }
        ids
    }

    /// Writes a long text in pieces, one message after the other without a pause.
    pub async fn says_in_pieces<T: Into<String>>(&self, pieces: impl IntoIterator<Item = T>) -> Vec<String> {
        let mut ids = Vec::new();
        for piece in pieces {
            ids.push(self.says(piece).await);
        }
        ids
    }

    /// Switches the phone off: what the business sends stays `sent`, and expectations of this user do not see it, until
    /// [`comes_online`](Self::comes_online). Nothing can be written meanwhile.
    pub fn goes_offline(&self) {
        self.app.change(|world| world.set_online(self.id, false));
    }

    /// Switches the phone on again: what has waited is delivered, in order.
    pub fn comes_online(&self) {
        self.app.change(|world| world.set_online(self.id, true));
    }

    /// Reads the chat up to a message of the business: it and those before it get the status `read`.
    ///
    /// # Panics
    ///
    /// When there is no such message of the business on the phone.
    #[track_caller]
    pub fn reads(&self, message: impl AsRef<str>) {
        let id = message.as_ref();
        if !self.app.change(|world| world.read_up_to(self.id, id)) {
            self.fail(Location::caller(), &format!("to be able to read {id}, which is not on the phone"));
        }
    }

    /// The owner of the number writes to the user in the Business app, by hand: the user reads it, and the webhook hears of it as of an
    /// echo. Gives the message's id.
    pub async fn business_app_says(&self, text: impl Into<String>) -> String {
        self.typed(text.into()).await
    }

    async fn typed(&self, text: String) -> String {
        self.room().await;
        let typed = self.app.change(|world| world.type_by_hand(self.number, self.id, text));
        typed.expect("a user of this handle exists")
    }

    /// Whether a message of this chat was written by the user.
    pub(super) fn has_written(&self, message: &str) -> bool {
        let world = self.app.look();
        world.message(message).is_some_and(|(person, entry)| person.id == self.id && entry.message.from == Party::User)
    }
}

fn contacts(name: &str, phone: &str, origin: &str) -> Value {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let first_name = name.split_whitespace().next().unwrap_or(name);
    json!([{
        "name": { "formatted_name": name, "first_name": first_name },
        "phones": [{ "phone": phone, "wa_id": digits, "type": "CELL" }],
        "origin": origin,
    }])
}
