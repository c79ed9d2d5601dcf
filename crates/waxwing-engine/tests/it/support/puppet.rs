//! An agent whose runs the test controls.

use tokio::sync::{mpsc, oneshot};
use waxwing_agent::{Agent, AgentError, Reply, RunContext, Turn, agent_fn};

use super::patiently;

/// The runs of a puppet, as they begin.
#[derive(Debug)]
pub(crate) struct Runs(mpsc::UnboundedReceiver<Run>);

/// A run that waits for its reply. If this value is dropped, the run never ends.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) turn: Turn,
    pub(crate) ctx: RunContext,
    answer: oneshot::Sender<Result<Reply, AgentError>>,
}

/// An agent called `puppet`, and its runs.
pub(crate) fn puppet() -> (impl Agent, Runs) {
    named_puppet("puppet")
}

/// An agent of any name, and its runs.
pub(crate) fn named_puppet(name: &str) -> (impl Agent + use<>, Runs) {
    let (begin, runs) = mpsc::unbounded_channel();
    let agent = agent_fn(name.to_owned(), move |turn, ctx| {
        let begin = begin.clone();
        async move {
            let (answer, answered) = oneshot::channel();
            // A test that has seen enough may have dropped its end.
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

    /// A run that has begun, if one has.
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
    /// The texts of its turn.
    pub(crate) fn heard(&self) -> Vec<&str> {
        self.turn.messages.iter().map(|message| message.text.as_str()).collect()
    }

    /// Ends it with an answer.
    pub(crate) fn reply(self, reply: impl Into<Reply>) {
        self.answer.send(Ok(reply.into())).expect("the run goes on");
    }

    /// Ends it with an error.
    pub(crate) fn fail(self, error: AgentError) {
        self.answer.send(Err(error)).expect("the run goes on");
    }

    /// Waits until the engine has given it up.
    pub(crate) async fn given_up(mut self) {
        patiently("the end of a run", self.answer.closed()).await;
    }
}
