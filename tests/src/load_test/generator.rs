//! Users who write messages under load.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;
use waxwing_emulator::{Emulator, Persona, TimelineEvent, TimelineEventKind, User, WebhookSubject};

use super::observations::number;
use super::seeded_rng::SeededRng;
use super::{DEADLINE, LoadProfile};

/// Start of the images that users send. Images with the same bytes would be uploaded once.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Numbers of acknowledged messages and of replies, over all users.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Progress {
    pub(crate) acknowledged: usize,
    pub(crate) replies: usize,
}

/// Messages of one user. Their numbers start at 1.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) user: User,
    /// Numbers of the messages with a webhook that the server answered with status 200.
    pub(crate) acknowledged: Vec<usize>,
    said: usize,
    replies: usize,
    /// Highest number of an answered message.
    latest: usize,
}

/// State that the tasks share.
#[derive(Debug)]
struct State {
    streams: Vec<Stream>,
    /// Each user writes a last message.
    is_ending: bool,
}

impl State {
    fn progress(&self) -> Progress {
        let sum = |count: fn(&Stream) -> usize| self.streams.iter().map(count).sum();
        Progress { acknowledged: sum(|stream| stream.acknowledged.len()), replies: sum(|stream| stream.replies) }
    }
}

/// Tasks of all users. They end when the generator is dropped.
#[derive(Debug)]
pub(crate) struct LoadGenerator {
    state: Arc<watch::Sender<State>>,
    writers: JoinSet<()>,
    _readers: JoinSet<()>,
}

impl LoadGenerator {
    /// Starts the users. All users have a phone number, except for the last one.
    pub(crate) fn start(emulator: &Arc<Emulator>, crowd: LoadProfile, rng: &mut SeededRng) -> Self {
        let personas = (1..crowd.users).map(|nth| Persona::from(format!("+3460000000{nth}").as_str()));
        let users = personas
            .map(|persona| emulator.user(persona))
            .chain([emulator.user_without_phone("ES.13491208655302741918", "Ana")]);
        let streams = users.map(|user| Stream { user, acknowledged: Vec::new(), said: 0, replies: 0, latest: 0 });
        let streams: Vec<_> = streams.collect();
        let users: Vec<_> = streams.iter().map(|stream| stream.user.clone()).collect();
        let state = Arc::new(watch::Sender::new(State { streams, is_ending: false }));
        let (mut writers, mut readers) = (JoinSet::new(), JoinSet::new());
        for (nth, user) in users.into_iter().enumerate() {
            readers.spawn(read(user.clone(), nth, state.clone()));
            let writer = Writer { emulator: emulator.clone(), user, nth, crowd, state: state.clone() };
            writers.spawn(writer.write(rng.split()));
        }
        Self { state, writers, _readers: readers }
    }

    /// Waits until `is_reached` is true for the progress at the call and the current progress. Returns false after the deadline.
    pub(crate) async fn wait_until(&self, is_reached: impl Fn(Progress, Progress) -> bool) -> bool {
        let mut state = self.state.subscribe();
        let before = state.borrow().progress();
        let reached = state.wait_for(|state| is_reached(before, state.progress()));
        tokio::time::timeout(DEADLINE, reached).await.is_ok()
    }

    /// Lets each user write a last message, and waits for its reply. Earlier replies have then arrived as well, because replies arrive in
    /// order. Returns false after the deadline.
    pub(crate) async fn finish(&mut self) -> bool {
        self.state.send_modify(|state| state.is_ending = true);
        let mut state = self.state.subscribe();
        let all = async {
            while let Some(written) = self.writers.join_next().await {
                written.expect("a user can write");
            }
            let is_answered = |stream: &Stream| stream.latest == stream.said;
            state.wait_for(|state| state.streams.iter().all(is_answered)).await.is_ok()
        };
        tokio::time::timeout(DEADLINE, all).await.unwrap_or(false)
    }

    /// Returns a copy of the messages of all users.
    pub(crate) fn streams(&self) -> Vec<Stream> {
        let copy = |stream: &Stream| Stream {
            user: stream.user.clone(),
            acknowledged: stream.acknowledged.clone(),
            ..*stream
        };
        self.state.borrow().streams.iter().map(copy).collect()
    }

    /// Returns the transcripts of all conversations.
    pub(crate) fn transcripts(&self) -> String {
        self.streams().iter().map(|stream| stream.user.transcript()).collect()
    }
}

/// Task of a user who writes.
struct Writer {
    emulator: Arc<Emulator>,
    user: User,
    nth: usize,
    crowd: LoadProfile,
    state: Arc<watch::Sender<State>>,
}

impl Writer {
    /// Writes messages until the end of the test, alone or in bursts, some as captions of images. The user goes offline from time to time.
    async fn write(self, mut rng: SeededRng) {
        let (nth, mut said) = (self.nth, 0);
        loop {
            let is_last = self.state.borrow().is_ending;
            let burst = if rng.one_in(3) { 2 + rng.below(4) } else { 1 };
            let mut messages = Vec::new();
            for number in said + 1..=said + burst {
                messages.push((number, self.write_one(number, rng.one_in(self.crowd.pictures)).await));
            }
            said += burst;
            self.state.send_modify(|state| state.streams[nth].said = said);
            if rng.one_in(6) {
                self.user.goes_offline();
            }
            for (number, message) in messages {
                if !self.is_lost(&message) {
                    self.user.expect_acknowledged(message).await;
                    self.state.send_modify(|state| state.streams[nth].acknowledged.push(number));
                }
            }
            self.user.comes_online();
            if is_last {
                return;
            }
            let has_patience =
                |state: &State| state.is_ending || state.streams[nth].replies + self.crowd.max_unanswered >= said;
            if self.state.subscribe().wait_for(has_patience).await.is_err() {
                return;
            }
        }
    }

    async fn write_one(&self, number: usize, on_picture: bool) -> String {
        let text = number.to_string();
        if on_picture {
            self.user.sends_image([PICTURE, text.as_bytes()].concat(), "image/png", Some(&text)).await
        } else {
            self.user.says(text).await
        }
    }

    /// Whether Meta never delivers the message. Meta decides this when the user writes the message.
    fn is_lost(&self, message: &str) -> bool {
        let is_about = |event: &TimelineEvent| match &event.kind {
            TimelineEventKind::WebhookAbandoned { subject: WebhookSubject::Message { message: lost, .. } } => {
                lost == message
            }
            _ => false,
        };
        self.crowd.is_lossy && self.emulator.timeline().iter().any(is_about)
    }
}

/// Counts the replies to a user.
async fn read(user: User, nth: usize, state: Arc<watch::Sender<State>>) {
    loop {
        let message = user.expect_message().await;
        let number = message.text().and_then(number).unwrap_or_default();
        state.send_modify(|state| {
            let stream = &mut state.streams[nth];
            stream.replies += 1;
            stream.latest = stream.latest.max(number);
        });
    }
}
