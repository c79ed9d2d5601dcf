//! Form whose parts are read one after the other.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, Bytes};
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest as _, Request};
use axum::http::StatusCode;
use futures_util::StreamExt as _;

use crate::error::AdminError;

/// Largest number of bytes until the next part begins: a preamble, a boundary, the headers of the part, and content that came with them.
pub(super) const MAX_FRAMING: usize = 256 * 1024;

/// A form. The reader of forms keeps everything that precedes the content of a part in memory, so the body ends at a limit.
#[derive(Debug)]
pub(super) struct Form {
    parts: Multipart,
    framing: FramingBudget,
}

/// Number of bytes that may arrive until the next part begins.
#[derive(Debug, Clone)]
struct FramingBudget(Arc<AtomicUsize>);

/// Budget while the content of a part arrives.
const UNLIMITED: usize = usize::MAX;

/// Budget that was exceeded.
const EXCEEDED: usize = usize::MAX - 1;

impl Form {
    pub(super) async fn open(request: Request) -> Result<Self, AdminError> {
        let framing = FramingBudget(Arc::new(AtomicUsize::new(MAX_FRAMING)));
        let counted = framing.clone();
        let request = request.map(|body| {
            Body::from_stream(body.into_data_stream().map(move |chunk| match chunk {
                Ok(chunk) => counted.spend(chunk),
                Err(error) => Err(error.into_inner()),
            }))
        });
        let parts = Multipart::from_request(request, &()).await;
        let parts = parts.map_err(|error| AdminError::Request(format!("the form is not valid: {error}")))?;
        Ok(Self { parts, framing })
    }

    /// Returns the next part, or none at the end of the form.
    pub(super) async fn next(&mut self) -> Result<Option<Field<'_>>, AdminError> {
        self.framing.0.store(MAX_FRAMING, Ordering::Relaxed);
        let part = self.parts.next_field().await;
        let left = self.framing.0.swap(UNLIMITED, Ordering::Relaxed);
        part.map_err(|error| match left {
            EXCEEDED => AdminError::TooLarge(format!(
                "the form has more than {MAX_FRAMING} bytes before or between its parts, or in the headers of a part"
            )),
            _ => failed(&error),
        })
    }
}

impl FramingBudget {
    fn spend(&self, chunk: Bytes) -> Result<Bytes, axum::BoxError> {
        let spent = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| match left {
            UNLIMITED | EXCEEDED => Some(left),
            left => Some(left.checked_sub(chunk.len()).unwrap_or(EXCEEDED)),
        });
        match spent {
            Ok(UNLIMITED) => Ok(chunk),
            Ok(left) if left != EXCEEDED && chunk.len() <= left => Ok(chunk),
            _ => Err(io::Error::from(io::ErrorKind::FileTooLarge).into()),
        }
    }
}

/// Returns the error of a form that cannot be read.
pub(super) fn failed(error: &MultipartError) -> AdminError {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => AdminError::TooLarge("the form is too large; use a smaller file".to_owned()),
        _ => AdminError::Request(format!("the form is not valid: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_budget_that_was_exceeded_refuses_bytes() {
        let budget = FramingBudget(Arc::new(AtomicUsize::new(4)));
        let spend = |bytes: &'static [u8]| budget.spend(Bytes::from_static(bytes)).is_ok();
        assert!(spend(b"abcd"), "the rest of the budget may be used");
        assert_ne!(budget.0.load(Ordering::Relaxed), EXCEEDED);
        assert!(!spend(b"e") && !spend(b""));
        assert_eq!(budget.0.swap(UNLIMITED, Ordering::Relaxed), EXCEEDED);
        assert!(spend(&[0; 1000]));
    }
}
