//! Results of webhooks, for the metrics.

use axum::http::StatusCode;

/// Result of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WebhookResult {
    /// Its content is committed.
    Accepted,
    /// It is about another product of Meta, or of an unknown form.
    Ignored,
    /// Its signature is missing or wrong.
    BadSignature,
    /// Its body exceeds the limit.
    TooLarge,
    /// Its body is incomplete, too slow, or not JSON.
    Unusable,
    /// There was no memory for its body. Meta sends it again.
    Overloaded,
    /// The store did not commit it. Meta sends it again.
    StoreFailure,
}

impl WebhookResult {
    /// All results.
    pub(crate) const ALL: [Self; 7] = [
        Self::Accepted,
        Self::Ignored,
        Self::BadSignature,
        Self::TooLarge,
        Self::Unusable,
        Self::Overloaded,
        Self::StoreFailure,
    ];

    /// Returns the label.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Ignored => "ignored",
            Self::BadSignature => "bad_signature",
            Self::TooLarge => "too_large",
            Self::Unusable => "unusable",
            Self::Overloaded => "overloaded",
            Self::StoreFailure => "store_failure",
        }
    }

    /// Returns the result of a webhook whose body was refused with this status.
    pub(crate) fn of_refused_body(status: StatusCode) -> Self {
        match status {
            StatusCode::FORBIDDEN => Self::BadSignature,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::SERVICE_UNAVAILABLE => Self::Overloaded,
            _ => Self::Unusable,
        }
    }
}
