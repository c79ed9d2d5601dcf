//! The health of an engine.

use std::time::Duration;

use waxwing_store::{Error, StoreFault};

use crate::shared::Shared;

/// How long a health check waits for the store.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// Time that work may be due before the engine is degraded.
const MAX_BACKLOG_AGE: Duration = Duration::from_mins(1);

/// Reason why an engine is not ready, or is degraded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum HealthReason {
    /// The store refuses writes.
    Store(StoreFault),
    /// Meta refuses the access token of a number.
    Token,
    /// A turn or a send has been due for more than a minute. The engine is degraded, and ready.
    BacklogAge,
}

impl HealthReason {
    /// All reasons.
    pub const ALL: [Self; 5] = [
        Self::Store(StoreFault::Write),
        Self::Store(StoreFault::Integrity),
        Self::Store(StoreFault::Disk),
        Self::Token,
        Self::BacklogAge,
    ];

    /// Returns the stable code of the reason.
    pub fn code(self) -> &'static str {
        match self {
            Self::Store(fault) => fault.reason(),
            Self::Token => "token",
            Self::BacklogAge => "backlog_age",
        }
    }

    /// Returns true if the engine stays ready. Another server could not do better.
    pub fn is_degradation(self) -> bool {
        self == Self::BacklogAge
    }
}

/// Returns the reasons why the engine is not ready or is degraded.
pub(crate) async fn check(shared: &Shared) -> Vec<HealthReason> {
    let mut reasons = Vec::new();
    match tokio::time::timeout(CHECK_TIMEOUT, backlog_age(shared)).await {
        Ok(Ok(age)) if age > MAX_BACKLOG_AGE => reasons.push(HealthReason::BacklogAge),
        Ok(Ok(_)) => {}
        Ok(Err(error)) => reasons.push(HealthReason::Store(error.fault())),
        Err(_elapsed) => reasons.push(HealthReason::Store(StoreFault::Write)),
    }
    if shared.rate_limiter.is_token_refused() {
        reasons.push(HealthReason::Token);
    }
    reasons.sort_unstable();
    reasons
}

/// Returns whether the store answers a check in time, also with an error. A store that is closed does not work any more.
pub(crate) async fn is_responsive(shared: &Shared) -> bool {
    match tokio::time::timeout(CHECK_TIMEOUT, shared.store.check_health()).await {
        Ok(Err(Error::Closed)) | Err(_) => false,
        Ok(_) => true,
    }
}

async fn backlog_age(shared: &Shared) -> Result<Duration, Error> {
    shared.store.check_health().await?;
    shared.store.backlog_age(shared.routes.numbers()).await
}
