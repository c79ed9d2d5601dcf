//! Agent with runs that the test controls.

use tokio::sync::{mpsc, oneshot};
use waxwing_agent::{Agent, AgentError, Reply, RunContext, Turn, UserMessage, agent_fn};

use super::patiently;

/// Runs of a puppet, in the order of their start.
#[derive(Debug)]
pub(crate) struct Runs(mpsc::UnboundedReceiver<Run>);

/// Run that waits for its reply. If this value is dropped, the run never ends.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) turn: Turn,
    pub(crate) ctx: RunContext,
    answer: oneshot::Sender<Result<Reply, AgentError>>,
}

/// Returns an agent with the name `puppet`, and its runs.
pub(crate) fn puppet() -> (impl Agent, Runs) {
    named_puppet("puppet")
}

/// Returns an agent with any name, and its runs.
pub(crate) fn named_puppet(name: &str) -> (impl Agent + use<>, Runs) {
    let (begin, runs) = mpsc::unbounded_channel();
    let agent = agent_fn(name.to_owned(), move |turn, ctx| {
        let begin = begin.clone();
        async move {
            let (answer, answered) = oneshot::channel();
            // The test may have dropped the receiver.
            let _ = begin.send(Run { turn, ctx, answer });
            match answered.await {
                Ok(answer) => answer,
                Err(_) => std::future::pending().await,
            }
        }
    });
    (agent, Runs(runs))
}

impl Runs {
    /// Waits for the next run.
    pub(crate) async fn next(&mut self) -> Run {
        patiently("a run", self.0.recv()).await.unwrap()
    }

    /// Returns a run that has started, or `None`.
    pub(crate) fn begun(&mut self) -> Option<Run> {
        self.0.try_recv().ok()
    }

    /// Checks that no further run has begun.
    #[track_caller]
    pub(crate) fn none(&mut self) {
        if let Some(run) = self.begun() {
            panic!("a run that should not be: {:?}", run.turn);
        }
    }
}

impl Run {
    /// Returns the texts of the turn.
    pub(crate) fn heard(&self) -> Vec<&str> {
        self.turn.messages.iter().map(|message| message.text.as_str()).collect()
    }

    /// Waits until the agent has received `count` messages that arrived during the run, and returns them.
    pub(crate) async fn arrived(&self, count: usize) -> Vec<UserMessage> {
        let arriving = async {
            let mut arrived = Vec::new();
            while arrived.len() < count {
                arrived.extend(self.ctx.new_messages().await.unwrap());
                tokio::task::yield_now().await;
            }
            arrived
        };
        patiently("messages during a run", arriving).await
    }

    /// Ends the run with a reply.
    pub(crate) fn reply(self, reply: impl Into<Reply>) {
        self.answer.send(Ok(reply.into())).expect("the run goes on");
    }

    /// Ends the run with an error.
    pub(crate) fn fail(self, error: AgentError) {
        self.answer.send(Err(error)).expect("the run goes on");
    }

    /// Waits until the engine has dropped the run.
    pub(crate) async fn given_up(mut self) {
        patiently("the end of a run", self.answer.closed()).await;
    }
}
