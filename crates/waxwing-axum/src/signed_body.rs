//! Bodies of requests that Meta signs.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue};
use waxwing_webhook::{AppSecrets, SignatureError, VerifiedBody};

use crate::body::{self, UnverifiedBody};
use crate::body_budget::BodyBudget;
use crate::log_throttle::LogThrottle;
use crate::response::ErrorResponse;
use crate::verified_body::{BodyHolder, Exhausted};

/// The header with the signature.
///
/// <https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads>
const SIGNATURE: &str = "x-hub-signature-256";

/// Whether requests must be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    /// Requests must be signed with one of these secrets.
    Signed(AppSecrets),
    /// Signatures are not checked. For development, on an address that other machines cannot reach.
    Unsigned,
}

/// Reads and verifies the bodies of one endpoint.
#[derive(Debug)]
pub(crate) struct SignedBodies {
    verification: Verification,
    budget: BodyBudget,
    unsigned: LogThrottle,
}

/// Reason why a body is not used.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// The body could not be read.
    Unreadable(ErrorResponse),
    /// The signature is missing or wrong.
    Signature(SignatureError),
    /// There is no memory for the body.
    Exhausted,
}

impl SignedBodies {
    pub(crate) fn new(verification: Verification, budget: BodyBudget) -> Self {
        Self { verification, budget, unsigned: LogThrottle::default() }
    }

    /// Returns true if requests must be signed.
    pub(crate) fn is_signed(&self) -> bool {
        matches!(self.verification, Verification::Signed(_))
    }

    /// Reads a body, checks its signature, and takes the memory for it. The memory is free again when the bytes are dropped.
    pub(crate) async fn read(&self, body: Body, headers: &HeaderMap) -> Result<VerifiedBody, BodyError> {
        let UnverifiedBody { bytes, memory } = body::read(body, &self.budget).await.map_err(BodyError::Unreadable)?;
        let holder = BodyHolder::default();
        let bytes = holder.hold(bytes);
        let body = match &self.verification {
            Verification::Signed(secrets) => {
                let header = headers.get(SIGNATURE).map(HeaderValue::as_bytes);
                secrets.verify(bytes, header).map_err(BodyError::Signature)?
            }
            // Without verification every body passes.
            Verification::Unsigned => {
                self.unsigned.log(|| {
                    tracing::warn!("development mode: accepting webhooks without checking signatures");
                });
                VerifiedBody::unsigned(bytes)
            }
        };
        let taken = self.budget.verified().take(body.bytes().len(), &holder).await;
        taken.map_err(|Exhausted| BodyError::Exhausted)?;
        drop(memory);
        Ok(body)
    }
}
