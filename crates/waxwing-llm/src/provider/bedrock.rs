//! Requests to Amazon Bedrock, over its Converse API.
//!
//! AWS signs the bytes of a body, which genai does not give out, so this module encodes the requests itself.

mod decode;
mod encode;
#[cfg(feature = "bedrock-sigv4")]
pub(super) mod signature;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use url::Url;

use super::failure::Failure;
use super::shape::Shape;
use super::{ProviderModel, bounded_body, encode as common, endpoint};
use crate::{ChatRequest, ChatResponse, ModelError, ModelErrorKind};

/// Maximum size of a response in bytes, which is more text than any model writes.
const MAX_RESPONSE: usize = 16 * 1024 * 1024;

/// Sends a request.
pub(super) async fn send(
    model: &ProviderModel,
    request: &ChatRequest,
    shape: &Shape,
) -> Result<ChatResponse, Box<Failure>> {
    let url = endpoint::url(model.kind(), &model.base_url, &model.name, &model.provider.extras);
    let body = encode::body(&model.name, request, shape).to_string();
    let headers = headers(model, request, &url, body.as_bytes())?;
    let response = model.http.post(url).headers(headers).body(body).send().await?;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = bounded_body::read(response, MAX_RESPONSE).await?;
    if !status.is_success() {
        let body = String::from_utf8_lossy(&body).into_owned();
        return Err(Box::new(Failure::Status { status: status.as_u16(), body, headers }));
    }
    let invalid = |_| ModelError::new(ModelErrorKind::InvalidResponse).with_detail("it is invalid JSON");
    Ok(decode::response(&serde_json::from_slice(&body).map_err(invalid)?)?)
}

/// Returns the headers of a request. Headers of the settings take precedence over the others, except for those that belong to a signature.
#[cfg_attr(
    not(feature = "bedrock-sigv4"),
    expect(unused_variables, reason = "only signatures need the URL and the body")
)]
fn headers(model: &ProviderModel, request: &ChatRequest, url: &Url, body: &[u8]) -> Result<HeaderMap, ModelError> {
    let json = HeaderValue::from_static("application/json");
    let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, json.clone())]);
    let mut further = endpoint::headers(model.kind(), model.provider.api_key.as_ref(), &model.provider.extras);
    further.merge(common::idempotency_header(request));
    headers.extend(endpoint::header_map(further)?);
    #[cfg(feature = "bedrock-sigv4")]
    if let Some(signer) = &model.provider.signer {
        let invalid = || ModelError::new(ModelErrorKind::Rejected).with_detail(endpoint::INVALID_HEADER);
        let signed = signer.sign(url, body, std::time::SystemTime::now()).ok_or_else(invalid)?;
        headers.extend(endpoint::header_map(signed)?);
        // The signature covers these two as well. The client adds the host of the URL.
        headers.insert(CONTENT_TYPE, json);
        headers.remove(reqwest::header::HOST);
    }
    Ok(headers)
}
