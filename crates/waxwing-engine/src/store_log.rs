//! Logs failed calls of the store.

/// Logs a failed call of the store as an error. The store logs a fault that it latches once, so calls that fail because of the fault are logged
/// for debugging only.
macro_rules! log_store_error {
    ($error:expr, $($rest:tt)*) => {{
        let error = &$error;
        if matches!(error, waxwing_store::Error::Faulted(_)) {
            tracing::debug!(error = error as &dyn std::error::Error, $($rest)*);
        } else {
            tracing::error!(error = error as &dyn std::error::Error, $($rest)*);
        }
    }};
}

pub(crate) use log_store_error;
