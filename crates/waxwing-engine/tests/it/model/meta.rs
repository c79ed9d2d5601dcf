//! Fake of Meta's API.
//!
//! It responds as the test case plans, reports accepted messages with statuses, and records every call.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;
use waxwing_client::FailureScope;
use waxwing_engine::{DownloadError, Downloaded, Engine, FailureKind, Graph, GraphError};
use waxwing_store::Upload;
use waxwing_types::{Address, GroupId, MediaId, MessageId, OutboundMessage};

use crate::support::{pass, status};

/// Response to a send.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// Meta accepts the message after this time.
    Takes { millis: u64, told: Told },
    /// Meta refuses the message.
    Refuses { kind: FailureKind, scope: FailureScope },
    /// The connection breaks. Meta accepts the message if `taken` is true.
    Breaks { taken: bool, told: Told },
}

/// Time of the status webhooks for an accepted message.
#[derive(Debug, Clone, Copy)]
pub(super) enum Told {
    Never,
    /// Before the response.
    First,
    /// After this time, this number of times.
    Later {
        seconds: u64,
        times: u8,
    },
}

/// Call of `send`.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) user: String,
    pub(super) row: i64,
    pub(super) process: u32,
    pub(super) begun: Instant,
    pub(super) fate: Fate,
    /// Time at which the engine accepted a status of the message.
    pub(super) told: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// The call has not ended, or its process ended without the response.
    Doubt { taken: bool },
    /// The process got a refusal that may pass.
    Refused,
    /// The process got a refusal of the message itself.
    RefusedForGood,
    /// The process got the acceptance.
    Acknowledged,
}

#[derive(Debug, Default)]
pub(super) struct Meta(Mutex<State>);

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) answers: VecDeque<Answer>,
    pub(super) down_until: Option<Instant>,
    pub(super) calls: Vec<Call>,
    /// Number of the current process.
    pub(super) process: u32,
    pub(super) engine: Option<Engine>,
}

/// Connection of one process to Meta.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) meta: Arc<Meta>,
    pub(super) process: u32,
}

impl Meta {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Posts a status of a call repeatedly, until the engine accepts it.
    async fn tell(&self, call: usize, id: &str, token: &str) {
        loop {
            let engine = self.state().engine.clone();
            if let Some(engine) = engine
                && engine.accept(status("sent", id, token)).await.is_ok()
            {
                self.state().calls[call].told.get_or_insert_with(Instant::now);
                return;
            }
            pass(Duration::from_secs(1)).await;
        }
    }
}

impl Line {
    /// Records a call, and returns its planned response.
    fn begin(&self, message: &OutboundMessage) -> (usize, Option<Answer>) {
        let token = message.callback_data.as_deref().unwrap();
        let row = token.split('.').nth(1).unwrap().parse().unwrap();
        let (now, mut state) = (Instant::now(), self.meta.state());
        let is_down = state.down_until.is_some_and(|until| now < until);
        let takes = Answer::Takes { millis: 0, told: Told::Later { seconds: 1, times: 1 } };
        let answer = if is_down { None } else { Some(state.answers.pop_front().unwrap_or(takes)) };
        let Address::Phone(user) = &message.to else { panic!("users are known by their numbers") };
        let (user, process) = (user.as_str().to_owned(), self.process);
        let fate = Fate::Doubt { taken: false };
        state.calls.push(Call { user, row, process, begun: now, fate, told: None });
        (state.calls.len() - 1, answer)
    }

    /// Records the end of a call. A process that has ended does not get the response.
    fn end(&self, call: usize, fate: Fate) {
        let mut state = self.meta.state();
        let heard = state.process == self.process;
        state.calls[call].fate = match fate {
            Fate::Acknowledged if !heard => Fate::Doubt { taken: true },
            Fate::Refused | Fate::RefusedForGood if !heard => Fate::Doubt { taken: false },
            Fate::Acknowledged | Fate::Refused | Fate::RefusedForGood | Fate::Doubt { .. } => fate,
        };
    }

    async fn tell(&self, told: Told, call: usize, id: String, token: String) {
        let meta = self.meta.clone();
        match told {
            Told::Never => {}
            Told::First => meta.tell(call, &id, &token).await,
            Told::Later { seconds, times } => drop(tokio::spawn(async move {
                for _ in 0..times {
                    pass(Duration::from_secs(seconds)).await;
                    meta.tell(call, &id, &token).await;
                }
            })),
        }
    }
}

fn failure(kind: FailureKind, scope: FailureScope) -> GraphError {
    GraphError { kind, scope, code: Some(1), message: "refused".into(), retry_after: None, allows_fallback: true }
}

#[async_trait]
impl Graph for Line {
    async fn send(&self, message: &OutboundMessage) -> Result<MessageId, GraphError> {
        let (call, answer) = self.begin(message);
        let (id, token) = (format!("wamid.{call}"), message.callback_data.clone().unwrap());
        match answer {
            None => {
                self.end(call, Fate::Refused);
                Err(failure(FailureKind::Transient, FailureScope::Service))
            }
            Some(Answer::Refuses { kind, scope }) => {
                let is_final = scope == FailureScope::Message && kind != FailureKind::Transient;
                self.end(call, if is_final { Fate::RefusedForGood } else { Fate::Refused });
                Err(failure(kind, scope))
            }
            Some(Answer::Takes { millis, told }) => {
                self.end(call, Fate::Doubt { taken: true });
                if millis > 0 {
                    pass(Duration::from_millis(millis)).await;
                }
                self.tell(told, call, id.clone(), token).await;
                self.end(call, Fate::Acknowledged);
                Ok(MessageId::new(id))
            }
            Some(Answer::Breaks { taken, told }) => {
                self.end(call, Fate::Doubt { taken });
                if taken {
                    self.tell(told, call, id, token).await;
                }
                Err(failure(FailureKind::InDoubt, FailureScope::Service))
            }
        }
    }

    async fn upload(&self, _: &Upload) -> Result<MediaId, GraphError> {
        unreachable!("texts only")
    }

    async fn show_typing(&self, _: &MessageId) -> Result<(), GraphError> {
        Ok(())
    }

    async fn mark_read(&self, _message: &MessageId) -> Result<(), GraphError> {
        Ok(())
    }

    async fn download(&self, _: &MediaId, _: u64, _: &Path) -> Result<Downloaded, DownloadError> {
        unreachable!("texts only")
    }

    async fn group_subject(&self, _: &GroupId) -> Result<Option<String>, GraphError> {
        Ok(None)
    }

    fn send_timeout(&self) -> Duration {
        Duration::from_secs(10)
    }
}
