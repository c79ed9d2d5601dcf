//! Reports of human handoffs for the people who have to answer.

mod report;
mod staff;
mod watch;

pub(crate) use report::report;
pub use staff::STAFF_SUBSCRIPTION;
pub(crate) use staff::subscription;
pub(crate) use watch::run;
