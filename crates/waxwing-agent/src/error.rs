//! Error of an agent.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use crate::template::TemplateMismatch;

/// Reason why an agent could not answer.
///
/// Every type that implements [`std::error::Error`] converts into an `AgentError`, so `?` works on the errors of the libraries that an
/// agent calls. A converted error is permanent; [`AgentError::retryable`] marks a failure that another attempt may cure.
///
/// The message is logged and must not contain personal data. A converted error therefore shows only the name of its type. Its own message
/// is available from [`source`](AgentError::source), which the engine logs at `debug`.
///
/// An `AgentError` converts into `Box<dyn Error + Send + Sync>`, so `?` also works in functions that return such a box.
///
/// ```
/// use waxwing_agent::AgentError;
///
/// fn table(number: &str) -> Result<u8, AgentError> {
///     let number: u8 = number.parse()?;
///     if number > 20 {
///         return Err(AgentError::new("there is no such table"));
///     }
///     Ok(number)
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// assert_eq!(table("7")?, 7);
/// assert!(!table("99").unwrap_err().is_retryable());
/// # Ok(())
/// # }
/// ```
pub struct AgentError {
    kind: AgentErrorKind,
    message: String,
    retry_after: Option<Duration>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AgentErrorKind {
    Permanent,
    Retryable,
    Outage,
    UnfinishedStep,
    WindowClosed,
}

impl AgentError {
    /// Creates a permanent error: another attempt would fail in the same way.
    pub fn new(message: impl Into<String>) -> Self {
        Self { kind: AgentErrorKind::Permanent, message: message.into(), retry_after: None, source: None }
    }

    /// Creates a retryable error: another attempt may succeed.
    pub fn retryable(message: impl Into<String>) -> Self {
        Self { kind: AgentErrorKind::Retryable, ..Self::new(message) }
    }

    /// Creates the error of an agent that cannot work at the moment, because a service that it needs is unavailable or limits its requests. The
    /// engine repeats the run with backoff, without a limit of attempts, for as long as users are willing to wait.
    ///
    /// ```
    /// use std::time::Duration;
    /// use waxwing_agent::AgentError;
    ///
    /// let error = AgentError::outage("the model is overloaded").with_retry_after(Duration::from_secs(7));
    /// assert!(error.is_outage() && error.is_retryable());
    /// ```
    pub fn outage(message: impl Into<String>) -> Self {
        Self { kind: AgentErrorKind::Outage, ..Self::new(message) }
    }

    /// Sets how long the service asks to wait before the next attempt.
    pub fn with_retry_after(mut self, retry_after: Duration) -> Self {
        self.retry_after = Some(retry_after);
        self
    }

    /// Adds the error that caused this one.
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Creates the error for a step that an earlier run started and did not finish.
    pub(crate) fn unfinished_step(name: &str) -> Self {
        let message = format!("step {name:?} was started by an earlier run and did not finish");
        Self { kind: AgentErrorKind::UnfinishedStep, ..Self::new(message) }
    }

    /// Creates the error for an interim message that the channel would refuse, because the customer service window is closed.
    ///
    /// ```
    /// use waxwing_agent::AgentError;
    ///
    /// assert!(AgentError::window_closed().is_window_closed());
    /// ```
    pub fn window_closed() -> Self {
        let message = "the customer service window is closed: the user has not written within 24 hours";
        Self { kind: AgentErrorKind::WindowClosed, ..Self::new(message) }
    }

    /// Returns the error that caused this one.
    pub fn source(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.source.as_deref()
    }

    /// Returns why the channel would refuse a template, if this is the reason of the error.
    pub fn template_mismatch(&self) -> Option<&TemplateMismatch> {
        self.source()?.downcast_ref()
    }

    /// Returns true if the engine should retry the turn.
    pub fn is_retryable(&self) -> bool {
        matches!(self.kind, AgentErrorKind::Retryable | AgentErrorKind::Outage)
    }

    /// Returns true if the agent cannot work at the moment, whatever the messages are.
    pub fn is_outage(&self) -> bool {
        self.kind == AgentErrorKind::Outage
    }

    /// Returns how long the service asks to wait before the next attempt.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns true if a message cannot be sent because the customer service window is closed.
    pub fn is_window_closed(&self) -> bool {
        self.kind == AgentErrorKind::WindowClosed
    }

    /// Returns true if an earlier run of this turn started a [`Step::once`](crate::Step::once) and the outcome of the step is unknown. The
    /// agent can ask the user how to go on, or fail with this error.
    pub fn is_unfinished_step(&self) -> bool {
        self.kind == AgentErrorKind::UnfinishedStep
    }
}

// `AgentError` does not implement `Error`: the conversion from every error type excludes that.
impl<E: StdError + Send + Sync + 'static> From<E> for AgentError {
    fn from(error: E) -> Self {
        Self::new(std::any::type_name::<E>()).with_source(error)
    }
}

impl From<AgentError> for Box<dyn StdError + Send + Sync> {
    fn from(error: AgentError) -> Self {
        Box::new(StandardError(error))
    }
}

impl From<AgentError> for Box<dyn StdError> {
    fn from(error: AgentError) -> Self {
        Box::new(StandardError(error))
    }
}

impl fmt::Display for AgentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for AgentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentError")
            .field("kind", &self.kind)
            .field("message", &self.message)
            .field("retry_after", &self.retry_after)
            .field("source", &self.source)
            .finish()
    }
}

/// An [`AgentError`] that implements [`std::error::Error`].
struct StandardError(AgentError);

impl fmt::Display for StandardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for StandardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl StdError for StandardError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_error_converts_and_is_permanent() {
        let error: AgentError = "x".parse::<u8>().unwrap_err().into();
        assert!(!error.is_retryable());
        assert_eq!(error.to_string(), "core::num::error::ParseIntError");
        assert_eq!(error.source().unwrap().to_string(), "invalid digit found in string");
        assert!(AgentError::retryable("busy").is_retryable());
    }

    #[test]
    fn an_error_converts_into_a_box_with_its_message_and_source() {
        let error = AgentError::new("no table is free").with_source("all 20 are taken");
        let boxed: Box<dyn StdError + Send + Sync> = error.into();
        assert_eq!(boxed.to_string(), "no table is free");
        assert_eq!(boxed.source().unwrap().to_string(), "all 20 are taken");
        let local: Box<dyn StdError> = AgentError::new("no table is free").into();
        assert!(local.source().is_none());
    }
}
