//! Accounts without Direct Send.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use waxwing_types::PhoneNumberId;

/// Time after which Direct Send is tried again on a number whose account did not have it.
const DIRECT_SEND_RETRY: Duration = Duration::from_hours(24);

/// Numbers whose account does not have Direct Send, with the time of the refusal.
#[derive(Debug, Default)]
pub(crate) struct DirectSendRefusals(Mutex<HashMap<PhoneNumberId, Instant>>);

impl DirectSendRefusals {
    /// Returns whether Direct Send may be tried on a number.
    pub(crate) fn allows(&self, number: &PhoneNumberId) -> bool {
        self.refused().get(number).is_none_or(|at| at.elapsed() >= DIRECT_SEND_RETRY)
    }

    /// Records that the account of a number does not have Direct Send.
    pub(crate) fn record(&self, number: &PhoneNumberId) {
        self.refused().insert(number.clone(), Instant::now());
    }

    fn refused(&self) -> MutexGuard<'_, HashMap<PhoneNumberId, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
