//! `POST /{version}/{phone_number_id}/media`, downloads of media files.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::multipart::MultipartRejection;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Multipart, Path, Query, State};
use axum::http::header::{CONTENT_TYPE, USER_AGENT};
use axum::http::{HeaderValue, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::{Call, has_access_token};
use super::response::respond;
use crate::operations::send;
use crate::rules::{GraphError, Rule, media};
use crate::shared::Shared;

pub(super) async fn upload(
    State(shared): State<Arc<Shared>>,
    call: Call,
    Query(query): Query<UploadQuery>,
    form: Result<Multipart, MultipartRejection>,
) -> Response {
    let result = store(&shared, &call, query, form).await;
    respond(&shared, &call.version, result)
}

async fn store(
    shared: &Shared,
    call: &Call,
    query: UploadQuery,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Value, GraphError> {
    let number = call.number(shared)?;
    let form = form.map_err(|_| GraphError::malformed("the body is not a multipart form"))?;
    let UploadForm { messaging_product, file } = UploadForm::read(form).await?;
    match messaging_product.or(query.messaging_product).as_deref() {
        Some("whatsapp") => {}
        Some(_) => return Err(GraphError::invalid("messaging_product", "must be whatsapp")),
        None => return Err(GraphError::missing("messaging_product")),
    }
    let (mime_type, file) = file.ok_or_else(|| GraphError::missing("file"))?;
    media::check_upload(&mime_type, &file, &shared.rules())?;
    let id = shared.change(|world| send::upload(world, number, file, &mime_type));
    Ok(json!({ "id": id }))
}

/// Query of an upload.
#[derive(Debug, Deserialize)]
pub(super) struct UploadQuery {
    messaging_product: Option<String>,
}

/// Fields of an upload. Meta does not need the field `type`: the part of the file states the MIME type.
#[derive(Debug, Default)]
struct UploadForm {
    messaging_product: Option<String>,
    /// Content-Type and content of the file.
    file: Option<(String, Bytes)>,
}

/// Content-Type of a file that states none.
const UNKNOWN_TYPE: &str = "application/octet-stream";

impl UploadForm {
    async fn read(mut multipart: Multipart) -> Result<Self, GraphError> {
        let broken = |_| GraphError::malformed("the multipart form is broken or too large");
        let mut form = Self::default();
        while let Some(field) = multipart.next_field().await.map_err(broken)? {
            match field.name() {
                Some("messaging_product") => form.messaging_product = Some(field.text().await.map_err(broken)?),
                Some("file") => {
                    if field.file_name().is_none() {
                        return Err(GraphError::invalid("file", "must be a file with a name"));
                    }
                    let mime_type = field.content_type().unwrap_or(UNKNOWN_TYPE).to_owned();
                    form.file = Some((mime_type, field.bytes().await.map_err(broken)?));
                }
                _ => {
                    field.bytes().await.map_err(broken)?;
                }
            }
        }
        Ok(form)
    }
}

/// Query of a media URL.
#[derive(Debug, Deserialize)]
pub(super) struct MediaUrlQuery {
    ext: u64,
    hash: String,
}

/// Serves a media file. The request needs the access token, a User-Agent, and a URL that has not expired.
pub(super) async fn download(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    query: Result<Query<MediaUrlQuery>, QueryRejection>,
    request: Request<axum::body::Body>,
) -> Response {
    let (parts, _) = request.into_parts();
    if !has_access_token(&shared, &parts) {
        return respond(&shared, "", Err(GraphError::violates(Rule::Token)));
    }
    if parts.headers.get(USER_AGENT).is_none_or(HeaderValue::is_empty) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let world = shared.world();
    let file = query.ok().and_then(|Query(query)| world.media.open_url(&id, query.ext, &query.hash, world.now()));
    match file {
        Some(file) => ([(CONTENT_TYPE, file.mime_type.clone())], file.bytes.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
