//! Users who write one message after the other.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;
use waxwing_simulator::{Persona, Simulator, User};

use super::DEADLINE;
use super::dice::Dice;
use super::verdict::number;

/// How many there are.
const USERS: usize = 8;

/// Messages of one user that may wait for their answers before the user writes the next.
const PATIENCE: usize = 12;

/// What a user shows. Nobody looks at it.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// What all users have seen so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress {
    pub(super) acknowledged: usize,
    pub(super) heard: usize,
}

/// One user's messages, numbered from 1.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) user: User,
    /// The numbers of those whose webhook was answered with 200.
    pub(super) acknowledged: Vec<usize>,
    said: usize,
    heard: usize,
    /// The highest number that was answered.
    latest: usize,
}

/// What the tasks share.
#[derive(Debug)]
struct State {
    streams: Vec<Stream>,
    /// Each user writes a last time.
    is_ending: bool,
}

impl State {
    fn progress(&self) -> Progress {
        let sum = |count: fn(&Stream) -> usize| self.streams.iter().map(count).sum();
        Progress { acknowledged: sum(|stream| stream.acknowledged.len()), heard: sum(|stream| stream.heard) }
    }
}

/// All users, at work. They stop when it is dropped.
#[derive(Debug)]
pub(super) struct Traffic {
    state: Arc<watch::Sender<State>>,
    writers: JoinSet<()>,
    _readers: JoinSet<()>,
}

impl Traffic {
    /// Users with a phone number, and one who hides it.
    pub(super) fn start(sim: &Simulator, dice: &mut Dice) -> Self {
        let personas = (1..USERS).map(|nth| Persona::from(format!("+3460000000{nth}").as_str()));
        let users =
            personas.map(|persona| sim.user(persona)).chain([sim.user_without_phone("ES.13491208655302741918", "Ana")]);
        let streams = users.map(|user| Stream { user, acknowledged: Vec::new(), said: 0, heard: 0, latest: 0 });
        let streams: Vec<_> = streams.collect();
        let users: Vec<_> = streams.iter().map(|stream| stream.user.clone()).collect();
        let state = Arc::new(watch::Sender::new(State { streams, is_ending: false }));
        let (mut writers, mut readers) = (JoinSet::new(), JoinSet::new());
        for (nth, user) in users.into_iter().enumerate() {
            readers.spawn(read(user.clone(), nth, state.clone()));
            writers.spawn(write(user, nth, dice.split(), state.clone()));
        }
        Self { state, writers, _readers: readers }
    }

    /// Waits until this is true of the progress before and now. False if it takes too long.
    pub(super) async fn reaches(&self, is_reached: impl Fn(Progress, Progress) -> bool) -> bool {
        let mut state = self.state.subscribe();
        let before = state.borrow().progress();
        let reached = state.wait_for(|state| is_reached(before, state.progress()));
        tokio::time::timeout(DEADLINE, reached).await.is_ok()
    }

    /// Lets each user write a last time and waits for the answers. As answers come in order, everything before is settled then.
    /// False if it takes too long.
    pub(super) async fn finish(&mut self) -> bool {
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

    /// The users' streams, as they are. What is going on stands still meanwhile.
    pub(super) fn streams(&self) -> Vec<Stream> {
        let copy = |stream: &Stream| Stream {
            user: stream.user.clone(),
            acknowledged: stream.acknowledged.clone(),
            ..*stream
        };
        self.state.borrow().streams.iter().map(copy).collect()
    }

    /// All conversations.
    pub(super) fn transcripts(&self) -> String {
        self.streams().iter().map(|stream| stream.user.transcript()).collect()
    }
}

/// Writes messages, alone and in bursts, some of them on a picture.
async fn write(user: User, nth: usize, mut dice: Dice, state: Arc<watch::Sender<State>>) {
    let mut said = 0;
    loop {
        let is_last = state.borrow().is_ending;
        let burst = if dice.one_in(3) { 2 + dice.below(4) } else { 1 };
        let mut messages = Vec::new();
        for number in said + 1..=said + burst {
            let text = number.to_string();
            messages.push((
                number,
                if dice.one_in(8) {
                    user.sends_image(PICTURE, "image/png", Some(&text)).await
                } else {
                    user.says(text).await
                },
            ));
        }
        said += burst;
        state.send_modify(|state| state.streams[nth].said = said);
        for (number, message) in messages {
            user.expect_acknowledged(message).await;
            state.send_modify(|state| state.streams[nth].acknowledged.push(number));
        }
        if is_last {
            return;
        }
        let has_patience = |state: &State| state.is_ending || state.streams[nth].heard + PATIENCE >= said;
        if state.subscribe().wait_for(has_patience).await.is_err() {
            return;
        }
    }
}

/// Counts what comes.
async fn read(user: User, nth: usize, state: Arc<watch::Sender<State>>) {
    loop {
        let message = user.expect_message().await;
        let number = message.text().and_then(number).unwrap_or_default();
        state.send_modify(|state| {
            let stream = &mut state.streams[nth];
            stream.heard += 1;
            stream.latest = stream.latest.max(number);
        });
    }
}
