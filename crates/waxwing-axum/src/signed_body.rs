//! Bodies of requests that Meta signs.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
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

/// Kind of the requests with the bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyKind {
    Webhook,
    #[cfg(feature = "flows")]
    FlowRequest,
}

impl BodyKind {
    /// Returns the name in the log.
    fn name(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            #[cfg(feature = "flows")]
            Self::FlowRequest => "flow request",
        }
    }

    /// Returns the status for a missing or wrong signature.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/flows/reference/error-codes#endpoint_error_codes>
    pub(crate) fn wrong_signature(self) -> StatusCode {
        match self {
            Self::Webhook => StatusCode::FORBIDDEN,
            #[cfg(feature = "flows")]
            Self::FlowRequest => StatusCode::from_u16(432).unwrap_or(StatusCode::FORBIDDEN),
        }
    }

    /// Returns the text for a body without memory.
    fn exhausted(self) -> &'static str {
        match self {
            Self::Webhook => "too many webhooks wait to be stored; send it again",
            #[cfg(feature = "flows")]
            Self::FlowRequest => "too many requests at once; send it again",
        }
    }
}

/// Reads and verifies the bodies of one endpoint.
#[derive(Debug)]
pub(crate) struct SignedBodies {
    kind: BodyKind,
    verification: Verification,
    budget: BodyBudget,
    unsigned: LogThrottle,
    rejected: LogThrottle,
    exhausted: LogThrottle,
}

impl SignedBodies {
    pub(crate) fn new(kind: BodyKind, verification: Verification, budget: BodyBudget) -> Self {
        let (unsigned, rejected, exhausted) = Default::default();
        Self { kind, verification, budget, unsigned, rejected, exhausted }
    }

    /// Returns true if requests must be signed.
    pub(crate) fn is_signed(&self) -> bool {
        matches!(self.verification, Verification::Signed(_))
    }

    /// Returns the app secrets, if requests must be signed.
    #[cfg(feature = "flows")]
    pub(crate) fn secrets(&self) -> Option<&AppSecrets> {
        match &self.verification {
            Verification::Signed(secrets) => Some(secrets),
            Verification::Unsigned => None,
        }
    }

    /// Reads a body, checks its signature, and takes the memory for it. The memory is free again when the bytes are dropped.
    pub(crate) async fn read(&self, body: Body, headers: &HeaderMap) -> Result<VerifiedBody, ErrorResponse> {
        let UnverifiedBody { bytes, memory } = body::read(body, &self.budget).await?;
        let holder = BodyHolder::default();
        let bytes = holder.hold(bytes);
        let body = match &self.verification {
            Verification::Signed(secrets) => {
                let header = headers.get(SIGNATURE).map(HeaderValue::as_bytes);
                secrets.verify(bytes, header).map_err(|error| self.reject(error))?
            }
            // Without verification every body passes.
            Verification::Unsigned => {
                self.unsigned.log(|| {
                    tracing::warn!("development mode: accepting {}s without checking signatures", self.kind.name());
                });
                VerifiedBody::unsigned(bytes)
            }
        };
        let taken = self.budget.verified().take(body.bytes().len(), &holder).await;
        taken.map_err(|Exhausted| self.exhaust())?;
        drop(memory);
        Ok(body)
    }

    fn reject(&self, error: SignatureError) -> ErrorResponse {
        let name = self.kind.name();
        self.rejected.log(|| tracing::warn!(reason = %error, "rejected a {name} with a bad signature"));
        ErrorResponse::new(self.kind.wrong_signature(), "the signature is missing or wrong")
    }

    fn exhaust(&self) -> ErrorResponse {
        let name = self.kind.name();
        self.exhausted.log(|| tracing::warn!("memory for {name}s exhausted; meta will send them again"));
        ErrorResponse::new(StatusCode::SERVICE_UNAVAILABLE, self.kind.exhausted())
    }
}
