//! Tests of the public API against a fake Graph API.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests as well")]

mod download;
mod endpoints;
mod failures;
mod management;
mod prepared;
mod refusals;
mod service;
mod support;
