//! Resumable uploads: `POST /{version}/{app_id}/uploads`, `POST` and `GET /{version}/upload:{session}`.
//!
//! <https://developers.facebook.com/docs/graph-api/guides/upload>

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::auth::Call;
use super::parameters::Parameters;
use super::response::respond;
use crate::rules::{GraphError, RequestObject, Rule};
use crate::shared::Shared;

/// Header with the number of bytes that were received before.
const OFFSET: &str = "file_offset";

/// Starts a session.
pub(super) async fn start(State(shared): State<Arc<Shared>>, call: Call, Parameters(body): Parameters) -> Response {
    let body = call.expect_id(&shared.settings.app_id).and(body);
    let result = body.and_then(|body| {
        let keys = &["file_name", "file_length", "file_type", "session_type"];
        let ((name, length, kind), _) = RequestObject::read(body, keys, &shared.rules(), |body| {
            let length = body.number("file_length")?.ok_or_else(|| body.missing("file_length"))?;
            let name = body.string("file_name")?.unwrap_or_default();
            Ok((name.to_owned(), length, body.required("file_type")?.to_owned()))
        })?;
        shared.change(|world| {
            let id = world.uploads.start(&mut world.runtime.ids, &name, length, &kind)?;
            Ok(json!({ "id": id }))
        })
    });
    respond(&shared, &call.version, result)
}

/// Returns the offset from which a session continues.
pub(super) fn describe(shared: &Shared, id: &str) -> Result<Value, GraphError> {
    let world = shared.world();
    world.uploads.require(id).map(|session| json!({ "id": session.id, "file_offset": session.received }))
}

/// Receives the bytes of a file from an offset on. The bytes of a request that breaks off count.
pub(super) async fn receive(shared: &Shared, id: &str, headers: &HeaderMap, body: Body) -> Result<Value, GraphError> {
    let offset = match headers.get(OFFSET) {
        None => 0,
        Some(offset) => {
            let offset = offset.to_str().ok().and_then(|offset| offset.trim().parse().ok());
            offset.ok_or_else(|| GraphError::with_details(Rule::UploadOffset, "file_offset: must be an integer"))?
        }
    };
    shared.world().uploads.check_offset(id, offset)?;
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| GraphError::malformed("the body cannot be read"))?;
        shared.change(|world| world.uploads.receive(id, chunk.len()))?;
    }
    let world = shared.world();
    let session = world.uploads.require(id)?;
    Ok(match session.handle() {
        Some(handle) => json!({ "h": handle }),
        None => json!({ "id": session.id, "file_offset": session.received }),
    })
}
