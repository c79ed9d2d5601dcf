//! Faults of the Graph side.

use std::time::Duration;

use serde::Deserialize;

use crate::conduct::StatusDelays;
use crate::span;

/// A kind of call to the Graph API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GraphEndpoint {
    /// `POST …/messages` with a message.
    Send,
    /// `POST …/messages` with a read receipt, with or without a typing indicator.
    Receipt,
    /// `POST …/media`.
    Upload,
    /// The bytes of a medium.
    Download,
    /// All others: look-ups of media and of the number, deletions, management.
    Other,
}

/// What happens to a call, in place of the usual.
///
/// On [`GraphEndpoint::Send`], a call is one that Meta's rules of form have passed. One send takes one outcome: those given to
/// [`Emulator::next_send`](crate::Emulator::next_send) in their order, then the first [`Fault`](crate::Fault) that strikes.
/// What is about statuses does nothing to calls that are no sends.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum FaultEffect {
    /// Nothing is done; the answer is a Graph error with this code.
    Error {
        /// Meta's code, such as 131056.
        code: u32,
        /// The HTTP status of the answer; 400 where a file leaves it out.
        #[serde(default = "bad_request")]
        http: u16,
    },
    /// As [`Error`](Self::Error), with a `Retry-After` header. Meta documents none; proxies before it send it.
    ErrorWithRetryAfter {
        /// Meta's code, such as 130429.
        code: u32,
        /// The HTTP status of the answer; 429 where a file leaves it out.
        #[serde(default = "too_many_requests")]
        http: u16,
        /// What the header says, in whole seconds.
        #[serde(deserialize_with = "span::read")]
        after: Duration,
    },
    /// The call is carried out, and the connection closes without an answer: the caller cannot know.
    AcceptThenDropConnection,
    /// Nothing is done, and the connection closes without an answer.
    DropConnection,
    /// Nothing is done; the answer is a 502 with an HTML body, as of a proxy.
    ServerErrorWithoutJson,
    /// The call is carried out; the answer breaks off in the middle of its body.
    TruncatedBody,
    /// Nothing is done, and no answer ever comes; the connection stays open.
    Stall,
    /// The call is carried out, and no answer ever comes; the connection stays open.
    AcceptThenStall,
    /// The call is carried out at once, and the answer comes this much later by the emulator's clock.
    Delay(#[serde(deserialize_with = "span::read")] Duration),
    /// The message is accepted with a 200, and later ends in a `failed` status with this code; the user never sees it.
    AcceptThenFail {
        /// Meta's code, such as 131026.
        code: u32,
    },
    /// As [`AcceptThenFail`](Self::AcceptThenFail), but `failed` follows a `sent`.
    SendThenFail {
        /// Meta's code, such as 131026.
        code: u32,
        /// From `sent` to `failed`.
        #[serde(deserialize_with = "span::read")]
        after: Duration,
    },
    /// The message is accepted, and its statuses come after delays of their own.
    Statuses(StatusDelays),
    /// The status `sent` is posted, and acknowledged, before the send is answered.
    StatusFirst,
}

fn bad_request() -> u16 {
    400
}

fn too_many_requests() -> u16 {
    429
}
