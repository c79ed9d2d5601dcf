//! Flows on the phone of a user.

use std::panic::Location;

use serde_json::{Map, Value};

use super::{TestStep, User};
use crate::action::{ActionError, ActionOutcome};
use crate::operations::flow_session;
use crate::world::World;
use crate::world::flow_sessions::FlowSessionState;

/// Screen of a flow on the phone of a user.
///
/// `Debug` shows the data of the screen. The data is emulated.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FlowScreen {
    /// Id of the screen. `None` after the flow has ended.
    pub screen: Option<String>,
    /// Data of the screen, or of the answer that ended the flow.
    pub data: Value,
    /// Error that the user sees instead of a screen.
    pub error: Option<String>,
    /// Whether the flow has ended, and the user's answers were sent.
    pub is_completed: bool,
}

impl User {
    /// Opens the flow of a message. Returns the first screen, which the endpoint of the flow chooses if the message says so.
    ///
    /// # Panics
    ///
    /// Panics if the message opens no flow, or if the endpoint does not answer before the deadline.
    #[track_caller]
    pub fn opens_flow(&self, message: impl AsRef<str>) -> TestStep<FlowScreen> {
        let message = message.as_ref().to_owned();
        self.change_flow(move |world, user| flow_session::open(world, user.id, &message))
    }

    /// Submits the screen of the flow that is open. Returns the next screen, which the endpoint of the flow chooses.
    ///
    /// # Panics
    ///
    /// Panics if the user has no flow open, or if the endpoint does not answer before the deadline.
    #[track_caller]
    pub fn submits_flow_screen(&self, data: Map<String, Value>) -> TestStep<FlowScreen> {
        self.change_flow(move |world, user| flow_session::submit(world, user.id, data, false))
    }

    /// Goes back to the screen before, with the data that the endpoint of the flow returns.
    ///
    /// # Panics
    ///
    /// Panics if the user has no flow open, or if the endpoint does not answer before the deadline.
    #[track_caller]
    pub fn goes_back_in_flow(&self) -> TestStep<FlowScreen> {
        self.change_flow(|world, user| flow_session::submit(world, user.id, Map::new(), true))
    }

    #[track_caller]
    fn change_flow(
        &self,
        change: impl FnOnce(&mut World, &User) -> Result<ActionOutcome, ActionError> + Send + 'static,
    ) -> TestStep<FlowScreen> {
        let (location, user) = (Location::caller(), self.clone());
        TestStep::new(async move {
            if let Err(error) = user.shared.change(|world| change(world, &user)) {
                user.fail(location, &format!("to use a flow: {error}"))
            }
            let screen = user.shared.wait(|world| screen(world, &user));
            match tokio::time::timeout(user.shared.settings.deadline, screen).await {
                Ok(screen) => screen,
                Err(_) => user.fail(location, "an answer of the endpoint of the flow"),
            }
        })
    }
}

/// Returns the screen that a user sees, unless the endpoint has not answered yet.
fn screen(world: &World, user: &User) -> Option<FlowScreen> {
    let session = world.flow_sessions.get(user.id)?;
    let error = match &session.state {
        FlowSessionState::Waiting => return None,
        FlowSessionState::Failed(error) => Some(error.clone()),
        FlowSessionState::Open | FlowSessionState::Completed => None,
    };
    let is_completed = session.state == FlowSessionState::Completed;
    let screen = session.screen.clone().filter(|_| !is_completed);
    Some(FlowScreen { screen, data: session.data.clone(), error, is_completed })
}
