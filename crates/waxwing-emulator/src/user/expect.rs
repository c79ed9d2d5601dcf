//! Expectations.

use std::panic::Location;
use std::time::Duration;

use super::{TestStep, User, transcript};
use crate::matcher::{self, Matcher};
use crate::message::{ChatContent, ChatMedia, ChatMessage, DeliveryState, MediaKind, Party};
use crate::timeline::{TimelineEvent, TimelineEventKind, WebhookSubject};
use crate::world::{Person, World};

/// What a look at the world says about an expectation.
enum Look<T> {
    Met(T),
    NotYet,
    /// It cannot be met any more.
    Missed(String),
}

impl User {
    /// Waits for the next message, which must be as described, and gives it. A string describes a text that is exactly this.
    ///
    /// ```no_run
    /// # async fn example(ana: waxwing_emulator::User) {
    /// use waxwing_emulator::matcher::{buttons, image, text};
    ///
    /// let question = ana.replies(&ana.expect("Hello!").await, "what is new?").await;
    /// ana.expect(text().containing("two new").quoting(&question)).await;
    /// ana.expect(image().captioned("The first")).await;
    /// ana.expect(buttons(["Buy", "Not now"])).await;
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// When the next message is another one, or none comes before the deadline.
    #[track_caller]
    pub fn expect(&self, wanted: impl Into<Matcher>) -> TestStep<ChatMessage> {
        let wanted = wanted.into();
        self.until(Location::caller(), wanted.to_string(), move |person| {
            let Some(entry) = person.visible(person.cursor).next() else { return Look::NotYet };
            if !wanted.fits(&entry.message) {
                return Look::Missed(format!("got {}", entry.message));
            }
            let (message, next) = (entry.message.clone(), entry.order + 1);
            person.cursor = next;
            Look::Met(message)
        })
    }

    /// Waits for the next messages, as many as are described, in whatever order they come; gives them in the order of the
    /// descriptions. To wait for several users at once, join their expectations: each user has a place of its own in its chat.
    ///
    /// # Panics
    ///
    /// When these messages are others, or fewer come before the deadline.
    #[track_caller]
    pub fn expect_in_any_order<M: Into<Matcher>>(
        &self,
        wanted: impl IntoIterator<Item = M>,
    ) -> TestStep<Vec<ChatMessage>> {
        let wanted: Vec<Matcher> = wanted.into_iter().map(Into::into).collect();
        let described: Vec<_> = wanted.iter().map(ToString::to_string).collect();
        self.until(Location::caller(), format!("in any order {}", described.join("; ")), move |person| {
            let entries: Vec<_> = person.visible(person.cursor).take(wanted.len()).collect();
            let messages: Vec<_> = entries.iter().map(|entry| &entry.message).collect();
            let Some(places) = matching(&wanted, &messages) else {
                let got: Vec<_> = messages.iter().map(ToString::to_string).collect();
                return Look::Missed(format!("got {}", got.join("; ")));
            };
            if messages.len() < wanted.len() {
                return Look::NotYet;
            }
            let next = entries.last().map_or(person.cursor, |entry| entry.order + 1);
            let mut found: Vec<_> = places.into_iter().zip(messages).map(|(place, it)| (place, it.clone())).collect();
            found.sort_by_key(|(place, _)| *place);
            person.cursor = next;
            Look::Met(found.into_iter().map(|(_, message)| message).collect())
        })
    }

    /// Waits for the next message, which must be this text, and gives it.
    ///
    /// # Panics
    ///
    /// When the next message is another one, or none comes before the deadline.
    #[track_caller]
    pub fn expect_text(&self, text: &str) -> TestStep<ChatMessage> {
        self.expect(text)
    }

    /// Waits for the next message, which must be a text of which `predicate` is true, and gives it.
    ///
    /// # Panics
    ///
    /// When the next message is another one, or none comes before the deadline.
    #[track_caller]
    pub fn expect_text_where(&self, predicate: impl Fn(&str) -> bool + Send + Sync + 'static) -> TestStep<ChatMessage> {
        self.expect(matcher::text().that("is as described", move |message| message.text().is_some_and(&predicate)))
    }

    /// Waits for the next message, which must be a picture, and gives it.
    ///
    /// # Panics
    ///
    /// When the next message is another one, or none comes before the deadline.
    #[track_caller]
    pub fn expect_image(&self) -> TestStep<ChatMedia> {
        self.expect_media(MediaKind::Image)
    }

    /// Waits for the next message, which must be a medium of this kind, and gives it.
    ///
    /// # Panics
    ///
    /// When the next message is another one, or none comes before the deadline.
    #[track_caller]
    pub fn expect_media(&self, kind: MediaKind) -> TestStep<ChatMedia> {
        let next = self.expect(matcher::media(kind));
        TestStep::new(async move {
            match next.await.content {
                ChatContent::Media(media) => media,
                content => unreachable!("the expectation took {content}"),
            }
        })
    }

    /// Waits for the next message, whatever it is.
    ///
    /// # Panics
    ///
    /// When none comes before the deadline.
    #[track_caller]
    pub fn expect_message(&self) -> TestStep<ChatMessage> {
        self.expect(matcher::any())
    }

    /// Checks that nothing has come that no expectation has seen, once everything has settled: no webhook waits for its 200 and no
    /// message is on its way. A server that answers before it acknowledges has had its say then. One that acknowledges first may
    /// still be at work: let it answer something afterwards and expect that, which fails on anything that comes before.
    ///
    /// # Panics
    ///
    /// When a message has come, or things do not settle before the deadline.
    #[track_caller]
    pub fn expect_nothing(&self) -> TestStep<()> {
        self.expect_nothing_for(Duration::ZERO)
    }

    /// Checks that nothing comes in this time by the emulator's clock, which is wound forward for all users; nobody waits. What the
    /// emulator itself would still do in this time (repeat a webhook, deliver late) happens at once.
    ///
    /// # Panics
    ///
    /// As [`expect_nothing`](Self::expect_nothing).
    #[track_caller]
    pub fn expect_nothing_for(&self, time: Duration) -> TestStep<()> {
        let wanted = if time.is_zero() { "nothing more".to_owned() } else { format!("nothing for {time:?}") };
        let (user, place) = (self.clone(), Location::caller());
        TestStep::new(async move {
            user.settles(place, wanted.clone()).await;
            if !time.is_zero() {
                user.app.clock.advance(time);
                user.settles(place, wanted).await;
            }
        })
    }

    /// Waits until everything has settled without a message that no expectation has seen.
    fn settles(&self, place: &'static Location<'static>, wanted: String) -> TestStep<()> {
        let late = "but things did not settle";
        self.watch(place, wanted, late, |user, world| {
            let Some(person) = world.person(user.id) else { return Look::NotYet };
            match person.visible(person.cursor).next() {
                Some(entry) => Look::Missed(format!("got {}", entry.message)),
                None if world.is_idle() => Look::Met(()),
                None => Look::NotYet,
            }
        })
    }

    /// Checks that the business has sent no more than `n` messages to this user in all. It does not wait: first let the server
    /// come to rest, for instance with [`Emulator::expect_idle`](crate::Emulator::expect_idle) and a last message whose
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
    pub fn expect_read(&self, message: impl AsRef<str>) -> TestStep<()> {
        self.expect_state(message.as_ref(), DeliveryState::Read)
    }

    /// Waits until the webhook has acknowledged this user's message with 200.
    ///
    /// # Panics
    ///
    /// When that does not happen before the deadline.
    #[track_caller]
    pub fn expect_acknowledged(&self, message: impl AsRef<str>) -> TestStep<()> {
        self.expect_state(message.as_ref(), DeliveryState::Delivered)
    }

    /// Waits until the webhook of this user's message has been posted `n` times, whatever the answers were. With
    /// [`Emulator::advance`](crate::Emulator::advance) the next repetition comes at once.
    ///
    /// # Panics
    ///
    /// When that does not happen before the deadline.
    #[track_caller]
    pub fn expect_attempts(&self, message: impl AsRef<str>, n: usize) -> TestStep<()> {
        let message = message.as_ref().to_owned();
        let wanted = format!("the webhook of {message} to be posted {n} times");
        self.watch(Location::caller(), wanted, "it was not", move |_, world| {
            let is_attempt = |event: &&TimelineEvent| {
                matches!(&event.kind, TimelineEventKind::WebhookAttempt { subject: WebhookSubject::Message { message: of, .. }, .. } if *of == message)
            };
            if world.timeline.after(0).filter(is_attempt).count() >= n { Look::Met(()) } else { Look::NotYet }
        })
    }

    /// Waits until the business shows that it is typing, once more than was consumed before.
    ///
    /// # Panics
    ///
    /// When that does not happen before the deadline.
    #[track_caller]
    pub fn expect_typing(&self) -> TestStep<()> {
        self.until(Location::caller(), "a typing indicator".to_owned(), |person| {
            if person.typing_seen == person.typing {
                return Look::NotYet;
            }
            person.typing_seen += 1;
            Look::Met(())
        })
    }

    #[track_caller]
    fn expect_state(&self, message: &str, state: DeliveryState) -> TestStep<()> {
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

    /// Looks at each change until the expectation is met, missed or late.
    fn until<T: 'static>(
        &self,
        place: &'static Location<'static>,
        wanted: String,
        mut look: impl FnMut(&mut Person) -> Look<T> + Send + 'static,
    ) -> TestStep<T> {
        let late = "nothing came";
        self.watch(place, wanted, late, move |user, world| world.person_mut(user.id).map_or(Look::NotYet, &mut look))
    }

    fn watch<T: 'static>(
        &self,
        place: &'static Location<'static>,
        wanted: String,
        late: &'static str,
        mut look: impl FnMut(&Self, &mut World) -> Look<T> + Send + 'static,
    ) -> TestStep<T> {
        let user = self.clone();
        TestStep::new(async move {
            let deadline = user.app.settings.deadline;
            let found = user.app.wait(|world| match look(&user, world) {
                Look::Met(found) => Some(Ok(found)),
                Look::NotYet => None,
                Look::Missed(why) => Some(Err(why)),
            });
            match tokio::time::timeout(deadline, found).await {
                Ok(Ok(found)) => found,
                Ok(Err(why)) => user.fail(place, &format!("{wanted}, {why}")),
                Err(_) => user.fail(place, &format!("{wanted}, {late} within {deadline:?}")),
            }
        })
    }

    /// Fails the test with the conversation.
    #[track_caller]
    pub(super) fn fail(&self, place: &Location<'_>, wanted: &str) -> ! {
        let (name, transcript) = {
            let world = self.app.look();
            let name = world.person(self.id).map(Person::label).unwrap_or_default();
            (name, transcript(&world, self.id))
        };
        panic!("{place}: {name} expected {wanted}\n{transcript}")
    }
}

/// Gives each message a description of its own that it fits: the places of these; none if that cannot be done.
fn matching(wanted: &[Matcher], messages: &[&ChatMessage]) -> Option<Vec<usize>> {
    /// Finds a description for a message, moving the messages that are in its way.
    fn seat(fits: &[Vec<bool>], message: usize, taken: &mut [Option<usize>], tried: &mut [bool]) -> bool {
        for slot in 0..taken.len() {
            if !fits[message][slot] || std::mem::replace(&mut tried[slot], true) {
                continue;
            }
            if taken[slot].is_none_or(|other| seat(fits, other, taken, tried)) {
                taken[slot] = Some(message);
                return true;
            }
        }
        false
    }

    let fits: Vec<Vec<bool>> =
        messages.iter().map(|message| wanted.iter().map(|wanted| wanted.fits(message)).collect()).collect();
    let mut taken = vec![None; wanted.len()];
    let all = (0..messages.len()).all(|message| seat(&fits, message, &mut taken, &mut vec![false; wanted.len()]));
    let of = |message| taken.iter().position(|taken| *taken == Some(message));
    if all { (0..messages.len()).map(of).collect() } else { None }
}
