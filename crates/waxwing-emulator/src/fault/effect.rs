//! Effects of faults on calls of the Graph API.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::behavior::StatusDelays;
use crate::duration_text;

/// Group of Graph API calls to which a fault applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GraphEndpoint {
    /// `POST …/messages` with a message.
    Send,
    /// `POST …/messages` with a read receipt, with or without a typing indicator.
    Receipt,
    /// `POST …/media`.
    Upload,
    /// Download of a media file.
    Download,
    /// All other calls: reading media and numbers, deleting, account management.
    Other,
}

impl GraphEndpoint {
    /// Returns the name in fault files, such as `send`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Receipt => "receipt",
            Self::Upload => "upload",
            Self::Download => "download",
            Self::Other => "other",
        }
    }
}

/// Effect of a fault on a call.
///
/// On [`GraphEndpoint::Send`] an effect applies to a call whose request is well formed. Each send takes one effect: first those
/// passed to [`Emulator::next_send`](crate::Emulator::next_send), in order, then the first [`Fault`](crate::Fault) that applies.
/// The effects on statuses have no effect on other calls than sends.
///
/// ```
/// use std::time::Duration;
/// use waxwing_emulator::FaultEffect;
///
/// let rate_limited = FaultEffect::Error { code: 130_429, http: 429 };
/// let slow = FaultEffect::Delay(Duration::from_secs(5));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum FaultEffect {
    /// Refuses the call with a Graph API error.
    Error {
        /// Meta's error code, such as 131056.
        code: u32,
        /// HTTP status of the response. Default in files: 400.
        #[serde(default = "bad_request")]
        http: u16,
    },
    /// Refuses the call with a Graph API error and a `Retry-After` header. Meta documents no such header, but proxies send it.
    ErrorWithRetryAfter {
        /// Meta's error code, such as 130429.
        code: u32,
        /// HTTP status of the response. Default in files: 429.
        #[serde(default = "too_many_requests")]
        http: u16,
        /// Value of the header, rounded down to whole seconds.
        #[serde(with = "duration_text")]
        after: Duration,
    },
    /// Executes the call and closes the connection without a response. The caller cannot know the outcome.
    AcceptThenDropConnection,
    /// Closes the connection without executing the call.
    DropConnection,
    /// Refuses the call with a 502 and an HTML body, as a proxy does.
    ServerErrorWithoutJson,
    /// Executes the call and breaks off in the middle of the response body.
    TruncatedBody,
    /// Keeps the connection open and never responds. The call is not executed.
    Stall,
    /// Executes the call, keeps the connection open and never responds.
    AcceptThenStall,
    /// Executes the call at once and delays the response, by the emulator's clock.
    Delay(#[serde(with = "duration_text")] Duration),
    /// Accepts the message with 200 and later reports `failed`. The user never sees the message.
    AcceptThenFail {
        /// Meta's error code, such as 131026.
        code: u32,
    },
    /// Accepts the message, reports `sent`, and later `failed`. The user never sees the message.
    SendThenFail {
        /// Meta's error code, such as 131026.
        code: u32,
        /// Delay from `sent` to `failed`, by the emulator's clock.
        #[serde(with = "duration_text")]
        after: Duration,
    },
    /// Accepts the message and overrides the delays of its statuses.
    Statuses(StatusDelays),
    /// Posts the status `sent` and waits for its acknowledgement before responding to the send.
    StatusFirst,
}

fn bad_request() -> u16 {
    400
}

fn too_many_requests() -> u16 {
    429
}
