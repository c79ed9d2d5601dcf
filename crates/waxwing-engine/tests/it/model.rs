//! Random sequences of events, checked against what must come of them whatever happens. Time is paused, so a case is the same each time.

mod dispatcher;
mod meta;
mod sender;
