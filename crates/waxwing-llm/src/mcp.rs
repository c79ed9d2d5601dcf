//! Tools of MCP servers ([Model Context Protocol](https://modelcontextprotocol.io)).
//!
//! [`McpServer`] holds the settings of a server. [`McpTools`] is a connection that reconnects by itself, and provides the tools of the
//! server as [`Tool`](crate::Tool)s.
//!
//! | event | result |
//! |---|---|
//! | the server is unreachable at the start | [`McpServer::connect`] fails with an error that names the server; [`McpServer::connect_in_background`] keeps trying, and the tools appear once the server is reachable |
//! | the server exits, hangs or loses its session | the connection is opened again, at once if it lasted more than 30 seconds, otherwise with a backoff from 500 ms to 30 s |
//! | the server refuses the session | the session is opened again once, and a refused call is made again once: a refused call has not run |
//! | a tool is called while the connection is down | the call waits up to 10 seconds, then the model reads that the server is unreachable |
//! | the connection breaks during a call | a call of an idempotent tool is repeated once with the same idempotency key; for other tools the model reads that the outcome is unknown |
//! | a call exceeds its timeout | the call is cancelled, the model reads that the outcome is unknown, and the connection is opened again if the server does not list its tools any more |
//! | the server changes its tools | the tools are listed again when the server says so, and after each reconnect |
//!
//! A tool whose annotations say that it is read-only or idempotent may be called again after a crash. Any other tool is called
//! [at most once](crate::Tool::is_at_most_once). Each call carries its idempotency key in `_meta`, under [`IDEMPOTENCY_KEY`].
//!
//! With [`McpServer::tell_user`], each call names the user. With [`McpServer::pin_argument`], this program sets an argument that the model
//! neither sees nor sets, such as the phone number of the user. The `instructions` of a server are a part of the system prompt, in a tag.
//!
//! Results are bounded: a message has at most 24 MiB. Of a result, the user gets at most 10 media files of 15 MiB in total, and the model
//! at most 64 KiB of text. The model is told what was left out. A larger message is ignored, so the call times out.
//!
//! The MCP library logs under the target `rmcp`. This crate logs all important events, so the target is best disabled.

mod client;
mod connection;
mod error;
mod http;
mod identity;
mod listing;
mod notification_filter;
mod pinned_argument;
mod process;
mod result;
mod server;
mod supervisor;
mod tools;
mod user_token;

pub use error::McpError;
pub use server::McpServer;
pub use tools::McpTools;

/// Key of the idempotency key in the `_meta` object of a `tools/call` request.
pub const IDEMPOTENCY_KEY: &str = "waxwing/idempotencyKey";

/// Key of the user in the `_meta` object of a `tools/call` request, with [`McpServer::tell_user`]. The value is an object with the known ones
/// of the keys `id`, `phone` (digits with country code), `bsuid`, `name`, `username` and `business_number` (the phone number that the user
/// writes to), and with `group`.
pub const USER: &str = "waxwing/user";

/// Header with a signed token about the user, with [`McpServer::user_secret`]. The token is a JSON Web Token (`HS256`) with the claims `iss`
/// (`waxwing`), `aud` (name of the server), `sub` (id of the user), `iat`, `exp` (one minute later), `tool`, and `user` (as [`USER`]).
pub const USER_TOKEN_HEADER: &str = "waxwing-user-token";

/// Maximum size of a message from a server, in bytes. Media of 15 MiB fit in as Base64.
const MAX_MESSAGE: usize = 24 * 1024 * 1024;
