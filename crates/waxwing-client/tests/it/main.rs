//! The client through its public API, against a fake of the Graph API and against sockets that misbehave.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests as well")]

mod download;
mod endpoints;
mod failures;
mod refusals;
mod service;
mod support;
