//! Body of a response, up to a limit.

use reqwest::Response;

use super::errors;
use crate::{ModelError, ModelErrorKind};

/// Reads the body of a response.
///
/// # Errors
///
/// Returns an error if the connection breaks, or the body has more than `max` bytes.
pub(super) async fn read(mut response: Response, max: usize) -> Result<Vec<u8>, ModelError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(errors::from_reqwest)? {
        body.extend_from_slice(&chunk);
        if body.len() > max {
            return Err(ModelError::new(ModelErrorKind::InvalidResponse).with_detail("it is too long"));
        }
    }
    Ok(body)
}
