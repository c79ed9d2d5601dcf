//! Parameters of a call.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Form, FromRequest, Multipart, Query, Request};
use axum::http::Uri;
use axum::http::header::CONTENT_TYPE;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::rules::GraphError;
use crate::shared::Shared;

/// Parameters that every call may have, and that belong to no object.
const OF_EVERY_CALL: [&str; 5] = ["access_token", "appsecret_proof", "debug", "locale", "pretty"];

/// Parameters of a call, as one JSON object: those of the body, then those of the query.
///
/// Meta reads a body as JSON, as a URL-encoded form, or as a multipart form. The values of forms are strings.
#[derive(Debug)]
pub(super) struct Parameters(pub(super) Result<Value, GraphError>);

impl FromRequest<Arc<Shared>> for Parameters {
    type Rejection = Infallible;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Infallible> {
        let query = query(request.uri());
        Ok(Self(body(request, shared).await.map(|body| with_query(body, query))))
    }
}

/// Returns the parameters in the query. A query that cannot be parsed has none.
pub(super) fn query(uri: &Uri) -> HashMap<String, String> {
    Query::try_from_uri(uri).map(|Query(query)| query).unwrap_or_default()
}

async fn body(request: Request, shared: &Arc<Shared>) -> Result<Value, GraphError> {
    let unreadable = || GraphError::malformed("the body cannot be read");
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.to_ascii_lowercase();
    if kind.starts_with("multipart/form-data") {
        let mut form = Multipart::from_request(request, shared).await.map_err(|_| unreadable())?;
        let mut fields = Map::new();
        while let Some(field) = form.next_field().await.map_err(|_| unreadable())? {
            let Some(name) = field.name().map(str::to_owned) else { continue };
            let is_file = field.file_name().is_some();
            let mime_type = field.content_type().unwrap_or_default().to_owned();
            let bytes = field.bytes().await.map_err(|_| unreadable())?;
            let value = match String::from_utf8(bytes.to_vec()) {
                Ok(text) if !is_file => text.into(),
                _ => describe_file(&mime_type, &bytes),
            };
            fields.insert(name, value);
        }
        return Ok(fields.into());
    }
    if kind.starts_with("application/x-www-form-urlencoded") {
        let form = Form::<HashMap<String, String>>::from_request(request, shared).await;
        return form.map(|Form(fields)| json!(fields)).map_err(|_| unreadable());
    }
    let bytes = Bytes::from_request(request, shared).await.map_err(|_| unreadable())?;
    if bytes.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(&bytes).map_err(|_| GraphError::malformed("the body is not JSON"))
}

/// Describes a file in a form. The calls that take their parameters from a form need no more of it.
fn describe_file(mime_type: &str, bytes: &[u8]) -> Value {
    json!({ "mime_type": mime_type, "sha256": STANDARD.encode(Sha256::digest(bytes)), "file_size": bytes.len() })
}

/// Adds the parameters of the query that the body lacks. A body that is not an object is returned as it is.
fn with_query(mut body: Value, query: HashMap<String, String>) -> Value {
    if let Value::Object(fields) = &mut body {
        for (name, value) in query {
            fields.entry(name).or_insert_with(|| value.into());
        }
        fields.retain(|name, _| !OF_EVERY_CALL.contains(&name.as_str()));
    }
    body
}
