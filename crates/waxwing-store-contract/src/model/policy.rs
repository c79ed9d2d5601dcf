//! Policy of the sends of the model.

use std::time::Duration;

use waxwing_store::{OnInDoubt, SendPolicy};

use crate::fixture::LEASE;

/// Policy of the sends: attempts are not limited.
pub(super) const REQUEST: SendPolicy = SendPolicy {
    lease: LEASE,
    in_doubt_window: LEASE,
    in_doubt_max: LEASE,
    on_in_doubt: OnInDoubt::SendAgain,
    max_attempts: u32::MAX,
    max_age: Duration::MAX,
};
