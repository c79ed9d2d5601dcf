//! End-to-end tests of the program.
#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests as well")]

mod answers;
mod approval;
mod described;
mod durability;
mod faults;
mod guide;
mod handover;
mod http;
mod identities;
mod in_process;
mod llm;
mod outbox;
mod people;
mod poison;
mod starting;
mod taps;
mod torture;
