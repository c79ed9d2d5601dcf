//! Random sequences of events, with checks of properties that always hold.
//!
//! Time is paused, so a case has the same result each time.

mod dispatcher;
mod meta;
mod sender;
