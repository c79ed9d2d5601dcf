//! Expectations.

use std::panic::Location;

use super::{User, transcript};
use crate::message::{Content, Media, MediaKind, Message, Party, State};
use crate::world::{Person, World};

/// What a look at the world says about an expectation.
enum Look<T> {
    Met(T),
    NotYet,
    /// It cannot be met any more.
    Missed(String),
}

impl User {
    /// Waits for the next message, which must be this text, and gives it.
    ///
    /// # Panics
    ///
    /// When the next message is another one, or none comes before the deadline.
    #[track_caller]
    pub fn expect_text(&self, text: &str) -> impl Future<Output = Message> {
        let wanted = format!("the text {text:?}");
        self.next(wanted, move |content| matches!(content, Content::Text(body) if body == text))
    }

    /// Waits for the next message, which must be a text of which `predicate` is true, and gives it.
    ///
    /// # Panics
    ///
    /// When the next message is another one, or none comes before the deadline.
    #[track_caller]
    pub fn expect_text_where(&self, predicate: impl Fn(&str) -> bool) -> impl Future<Output = Message> {
        self.next("a certain text".to_owned(), move |content| matches!(content, Content::Text(body) if predicate(body)))
    }

    /// Waits for the next message, which must be a picture, and gives it.
    ///
    /// # Panics
    ///
    /// When the next message is another one, or none comes before the deadline.
    #[track_caller]
    pub fn expect_image(&self) -> impl Future<Output = Media> {
        self.expect_media(MediaKind::Image)
    }

    /// Waits for the next message, which must be a medium of this kind, and gives it.
    ///
    /// # Panics
    ///
    /// When the next message is another one, or none comes before the deadline.
    #[track_caller]
    pub fn expect_media(&self, kind: MediaKind) -> impl Future<Output = Media> {
        let next = self.next(
            kind.name().to_owned(),
            move |content| matches!(content, Content::Media(media) if media.kind == kind),
        );
        async move {
            match next.await.content {
                Content::Media(media) => media,
                content => unreachable!("the expectation took {content}"),
            }
        }
    }

    /// Waits for the next message, whatever it is.
    ///
    /// # Panics
    ///
    /// When none comes before the deadline.
    #[track_caller]
    pub fn expect_message(&self) -> impl Future<Output = Message> {
        self.next("a message".to_owned(), |_| true)
    }

    /// Checks that the business has sent no more than `n` messages to this user in all. It does not wait: first let the server
    /// come to rest, for instance with [`Simulator::expect_settled`](crate::Simulator::expect_settled) and a last message whose
    /// answer is awaited.
    ///
    /// # Panics
    ///
    /// When there are more.
    #[track_caller]
    pub fn expect_nothing_more_than(&self, n: usize) {
        let world = self.app.look();
        let received = world.person(self.id).map_or(0, |person| person.chat.received().count());
        if received > n {
            let text = format!("no more than {n} messages, got {received}");
            drop(world);
            self.fail(Location::caller(), &text);
        }
    }

    /// Waits until the business has read this user's message.
    ///
    /// # Panics
    ///
    /// When that does not happen before the deadline.
    #[track_caller]
    pub fn expect_read(&self, message: &str) -> impl Future<Output = ()> {
        self.expect_state(message, State::Read)
    }

    /// Waits until the webhook has acknowledged this user's message with 200.
    ///
    /// # Panics
    ///
    /// When that does not happen before the deadline.
    #[track_caller]
    pub fn expect_acknowledged(&self, message: &str) -> impl Future<Output = ()> {
        self.expect_state(message, State::Delivered)
    }

    /// Waits until the business shows that it is typing, once more than was consumed before.
    ///
    /// # Panics
    ///
    /// When that does not happen before the deadline.
    #[track_caller]
    pub fn expect_typing(&self) -> impl Future<Output = ()> {
        self.until(Location::caller(), "a typing indicator".to_owned(), |person| {
            if person.typing_seen == person.typing {
                return Look::NotYet;
            }
            person.typing_seen += 1;
            Look::Met(())
        })
    }

    #[track_caller]
    fn expect_state(&self, message: &str, state: State) -> impl Future<Output = ()> {
        let wanted = format!("the message {message} to be {}", state.name());
        let message = message.to_owned();
        self.until(Location::caller(), wanted, move |person| {
            let mut entries = person.chat.entries().filter(|entry| entry.message.from == Party::User);
            match entries.find(|entry| entry.message.id == message) {
                Some(entry) if entry.message.state >= state => Look::Met(()),
                Some(_) => Look::NotYet,
                None => Look::Missed("there is no such message".to_owned()),
            }
        })
    }

    /// Takes the first message that was not consumed yet, if it fits.
    #[track_caller]
    fn next(&self, wanted: String, fits: impl Fn(&Content) -> bool) -> impl Future<Output = Message> {
        self.until(Location::caller(), wanted, move |person| {
            let Some(entry) = person.chat.received_from(person.cursor).next() else { return Look::NotYet };
            if !fits(&entry.message.content) {
                return Look::Missed(format!("got {}", entry.message.content));
            }
            let (message, next) = (entry.message.clone(), entry.order + 1);
            person.cursor = next;
            Look::Met(message)
        })
    }

    /// Looks at each change until the expectation is met, missed or late.
    async fn until<T>(
        &self,
        place: &'static Location<'static>,
        wanted: String,
        mut look: impl FnMut(&mut Person) -> Look<T>,
    ) -> T {
        let found = self.app.wait(|world: &mut World| match look(world.person_mut(self.id)?) {
            Look::Met(found) => Some(Ok(found)),
            Look::NotYet => None,
            Look::Missed(why) => Some(Err(why)),
        });
        let deadline = self.app.settings.deadline;
        match tokio::time::timeout(deadline, found).await {
            Ok(Ok(found)) => found,
            Ok(Err(why)) => self.fail(place, &format!("{wanted}, {why}")),
            Err(_) => self.fail(place, &format!("{wanted}, nothing came within {deadline:?}")),
        }
    }

    /// Fails the test with the conversation.
    #[track_caller]
    fn fail(&self, place: &Location<'_>, wanted: &str) -> ! {
        let (name, transcript) = {
            let world = self.app.look();
            let name = world.person(self.id).map(Person::label).unwrap_or_default();
            (name, transcript(&world, self.id))
        };
        panic!("{place}: {name} expected {wanted}\n{transcript}")
    }
}
