//! End-to-end tests of the program.

mod answers;
mod durability;
mod http;
mod outbox;
mod starting;
