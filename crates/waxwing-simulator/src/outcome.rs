//! Faults of the Graph side.

use std::time::Duration;

/// What happens to the next send, in place of the usual. One send (`POST …/messages` with a message, not a read receipt) takes
/// one outcome, in the order in which they were given to [`Simulator::next_send`](crate::Simulator::next_send).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// Nothing is sent; the answer is a Graph error with this code.
    Error {
        /// Meta's code, such as 131056.
        code: u32,
        /// The HTTP status of the answer.
        http: u16,
    },
    /// The message is sent, and the connection closes without an answer: the caller cannot know.
    AcceptThenDropConnection,
    /// Nothing is sent, and the connection closes without an answer.
    DropConnection,
    /// Nothing is sent; the answer is a 502 with an HTML body, as of a proxy.
    ServerErrorWithoutJson,
    /// The message is sent at once, and the answer comes this much later by the simulator's clock.
    Delay(Duration),
    /// The message is accepted with a 200, and later ends in a `failed` status with this code; the user never sees it.
    AcceptThenFail {
        /// Meta's code, such as 131026.
        code: u32,
    },
}
