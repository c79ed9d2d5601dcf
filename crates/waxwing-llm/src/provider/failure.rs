//! Reason why a request to a provider has no response.

use genai::webc;
use reqwest::header::HeaderMap;

use super::errors;
use crate::ModelError;

/// Reason why a request has no response.
pub(super) enum Failure {
    Genai(genai::Error),
    /// A response whose HTTP status is not a success.
    Status {
        status: u16,
        body: String,
        headers: HeaderMap,
    },
    Other(ModelError),
}

impl Failure {
    /// Returns the status and the body of a response with an error.
    pub(super) fn response(&self) -> Option<(u16, &str)> {
        let web = match self {
            Self::Status { status, body, .. } => return Some((*status, body)),
            Self::Genai(genai::Error::HttpError { status, body, .. }) => return Some((status.as_u16(), body)),
            Self::Genai(
                genai::Error::WebModelCall { webc_error, .. } | genai::Error::WebAdapterCall { webc_error, .. },
            ) => webc_error,
            _ => return None,
        };
        match web {
            webc::Error::ResponseFailedStatus { status, body, .. } => Some((status.as_u16(), body)),
            _ => None,
        }
    }
}

impl From<ModelError> for Box<Failure> {
    fn from(error: ModelError) -> Self {
        Self::new(Failure::Other(error))
    }
}

impl From<reqwest::Error> for Box<Failure> {
    fn from(error: reqwest::Error) -> Self {
        errors::from_reqwest(error).into()
    }
}
