//! Expectations of a user.

mod pairing;
mod wait;

use std::panic::Location;
use std::time::Duration;

use super::{TestStep, User};
use crate::matcher::{self, Matcher};
use crate::message::{ChatContent, ChatMedia, ChatMessage, DeliveryState, MediaKind, Party};
use crate::timeline::{TimelineEvent, TimelineEventKind, WebhookSubject};

use wait::Outlook;

impl User {
    /// Waits for the next message, which must match. Returns the message. A string matches a text that equals it.
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
    /// Panics if the next message does not match, or if no message arrives before the deadline.
    #[track_caller]
    pub fn expect(&self, wanted: impl Into<Matcher>) -> TestStep<ChatMessage> {
        let wanted = wanted.into();
        self.until(Location::caller(), wanted.to_string(), move |user| {
            let Some(entry) = user.visible(user.cursor).next() else { return Outlook::Pending };
            if !wanted.matches(&entry.message) {
                return Outlook::Missed(format!("got {}", entry.message));
            }
            let (message, next) = (entry.message.clone(), entry.order + 1);
            user.cursor = next;
            Outlook::Met(message)
        })
    }

    /// Waits for as many messages as there are matchers, in any order. Returns the messages in the order of the matchers.
    ///
    /// To wait for several users at once, join their expectations.
    ///
    /// # Panics
    ///
    /// Panics if the messages do not match, or if fewer messages arrive before the deadline.
    #[track_caller]
    pub fn expect_in_any_order<M: Into<Matcher>>(
        &self,
        wanted: impl IntoIterator<Item = M>,
    ) -> TestStep<Vec<ChatMessage>> {
        let wanted: Vec<Matcher> = wanted.into_iter().map(Into::into).collect();
        let described: Vec<_> = wanted.iter().map(ToString::to_string).collect();
        self.until(Location::caller(), format!("in any order {}", described.join("; ")), move |user| {
            let entries: Vec<_> = user.visible(user.cursor).take(wanted.len()).collect();
            let messages: Vec<_> = entries.iter().map(|entry| &entry.message).collect();
            let Some(places) = pairing::pair(&wanted, &messages) else {
                let got: Vec<_> = messages.iter().map(ToString::to_string).collect();
                return Outlook::Missed(format!("got {}", got.join("; ")));
            };
            if messages.len() < wanted.len() {
                return Outlook::Pending;
            }
            let next = entries.last().map_or(user.cursor, |entry| entry.order + 1);
            let mut found: Vec<_> = places.into_iter().zip(messages).map(|(place, it)| (place, it.clone())).collect();
            found.sort_by_key(|(place, _)| *place);
            user.cursor = next;
            Outlook::Met(found.into_iter().map(|(_, message)| message).collect())
        })
    }

    /// Waits for the next message, which must be this text. Returns the message.
    ///
    /// # Panics
    ///
    /// Panics if the next message is another one, or if no message arrives before the deadline.
    #[track_caller]
    pub fn expect_text(&self, text: &str) -> TestStep<ChatMessage> {
        self.expect(text)
    }

    /// Waits for the next message, which must be a text that satisfies `predicate`. Returns the message.
    ///
    /// # Panics
    ///
    /// Panics if the next message is another one, or if no message arrives before the deadline.
    #[track_caller]
    pub fn expect_text_where(&self, predicate: impl Fn(&str) -> bool + Send + Sync + 'static) -> TestStep<ChatMessage> {
        let satisfies = move |message: &ChatMessage| message.text().is_some_and(&predicate);
        self.expect(matcher::text().that("satisfies the predicate", satisfies))
    }

    /// Waits for the next message, which must be an image. Returns the image.
    ///
    /// # Panics
    ///
    /// Panics if the next message is another one, or if no message arrives before the deadline.
    #[track_caller]
    pub fn expect_image(&self) -> TestStep<ChatMedia> {
        self.expect_media(MediaKind::Image)
    }

    /// Waits for the next message, which must be a media message of this kind. Returns its media object.
    ///
    /// # Panics
    ///
    /// Panics if the next message is another one, or if no message arrives before the deadline.
    #[track_caller]
    pub fn expect_media(&self, kind: MediaKind) -> TestStep<ChatMedia> {
        let next = self.expect(matcher::media(kind));
        TestStep::new(async move {
            match next.await.content {
                ChatContent::Media(media) => media,
                content => unreachable!("the matcher accepted {content}"),
            }
        })
    }

    /// Waits for the next message of any kind. Returns the message.
    ///
    /// # Panics
    ///
    /// Panics if no message arrives before the deadline.
    #[track_caller]
    pub fn expect_message(&self) -> TestStep<ChatMessage> {
        self.expect(matcher::any())
    }

    /// Checks that no unconsumed message exists after the emulator has become idle: no webhook waits for its acknowledgement, and no
    /// message is in transit.
    ///
    /// A server that replies before it acknowledges a webhook has replied by that time. A server that acknowledges first may reply
    /// later: let the user send another message and expect the reply to it, which fails if an unexpected message comes first.
    ///
    /// # Panics
    ///
    /// Panics if there is an unconsumed message, or if the emulator does not become idle before the deadline.
    #[track_caller]
    pub fn expect_nothing(&self) -> TestStep<()> {
        self.expect_nothing_for(Duration::ZERO)
    }

    /// Checks that no message arrives within `time` on the emulator's clock.
    ///
    /// The clock is advanced for all users, so no real time passes. Redeliveries and delayed messages that are due within `time` happen
    /// at once.
    ///
    /// # Panics
    ///
    /// Panics in the cases of [`expect_nothing`](Self::expect_nothing).
    #[track_caller]
    pub fn expect_nothing_for(&self, time: Duration) -> TestStep<()> {
        let wanted = if time.is_zero() { "nothing more".to_owned() } else { format!("nothing for {time:?}") };
        let (user, location) = (self.clone(), Location::caller());
        TestStep::new(async move {
            user.until_idle(location, wanted.clone()).await;
            if !time.is_zero() {
                user.shared.clock.advance(time);
                user.until_idle(location, wanted).await;
            }
        })
    }

    /// Checks that the business has sent at most `n` messages to this user in total. The method does not wait.
    ///
    /// Let the server finish first, for example with [`Emulator::expect_idle`](crate::Emulator::expect_idle) and the reply to a last
    /// message.
    ///
    /// # Panics
    ///
    /// Panics if there are more messages.
    #[track_caller]
    pub fn expect_nothing_more_than(&self, n: usize) {
        let received = self.shared.world().users.get(self.id).map_or(0, |user| user.chat.received().count());
        if received > n {
            self.fail(Location::caller(), &format!("no more than {n} messages, got {received}"));
        }
    }

    /// Waits until the business has read a message of this user.
    ///
    /// # Panics
    ///
    /// Panics if the message is not read before the deadline.
    #[track_caller]
    pub fn expect_read(&self, message: impl AsRef<str>) -> TestStep<()> {
        self.expect_state(message.as_ref(), DeliveryState::Read)
    }

    /// Waits until the webhook of a message of this user has been acknowledged with 200.
    ///
    /// # Panics
    ///
    /// Panics if the webhook is not acknowledged before the deadline.
    #[track_caller]
    pub fn expect_acknowledged(&self, message: impl AsRef<str>) -> TestStep<()> {
        self.expect_state(message.as_ref(), DeliveryState::Delivered)
    }

    /// Waits until the webhook of a message of this user has been posted `n` times, with any response.
    ///
    /// [`Emulator::advance`](crate::Emulator::advance) makes the next redelivery happen at once.
    ///
    /// # Panics
    ///
    /// Panics if there are fewer attempts before the deadline.
    #[track_caller]
    pub fn expect_attempts(&self, message: impl AsRef<str>, n: usize) -> TestStep<()> {
        let message = message.as_ref().to_owned();
        let wanted = format!("the webhook of {message} to be posted {n} times");
        self.watch(Location::caller(), wanted, "it was not", move |_, world| {
            let is_attempt = |event: &&TimelineEvent| {
                matches!(
                    &event.kind,
                    TimelineEventKind::WebhookAttempt { subject: WebhookSubject::Message { message: id, .. }, .. }
                        if *id == message
                )
            };
            let attempts = world.runtime.timeline.after(0).filter(is_attempt).count();
            if attempts >= n { Outlook::Met(()) } else { Outlook::Pending }
        })
    }

    /// Waits for the next typing indicator that no expectation has consumed.
    ///
    /// # Panics
    ///
    /// Panics if there is no such typing indicator before the deadline.
    #[track_caller]
    pub fn expect_typing(&self) -> TestStep<()> {
        self.until(Location::caller(), "a typing indicator".to_owned(), |user| {
            if user.typing_consumed == user.typing_shown {
                return Outlook::Pending;
            }
            user.typing_consumed += 1;
            Outlook::Met(())
        })
    }

    #[track_caller]
    fn expect_state(&self, message: &str, state: DeliveryState) -> TestStep<()> {
        let wanted = format!("the message {message} to be {}", state.name());
        let message = message.to_owned();
        self.until(Location::caller(), wanted, move |user| {
            let mut entries = user.chat.entries().filter(|entry| entry.message.from == Party::User);
            match entries.find(|entry| entry.message.id == message) {
                Some(entry) if entry.message.state >= state => Outlook::Met(()),
                Some(_) => Outlook::Pending,
                None => Outlook::Missed("there is no such message".to_owned()),
            }
        })
    }
}
