//! `POST /{version}/{phone_number_id}/media`, and the bytes of media.
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

use super::auth::{Call, bears_token};
use super::reply::reply;
use crate::app::App;
use crate::rules::{GraphError, Rule, media};

pub(super) async fn upload(
    State(app): State<Arc<App>>,
    call: Call,
    form: Result<Multipart, MultipartRejection>,
) -> Response {
    let result = store(&app, &call, form).await;
    reply(&app, &call.version, result)
}

async fn store(app: &Arc<App>, call: &Call, form: Result<Multipart, MultipartRejection>) -> Result<Value, GraphError> {
    let number = app.look().account.find_or_refuse(&call.id)?;
    let form = form.map_err(|_| GraphError::malformed("the body is not a multipart form"))?;
    let Form { messaging_product, mime_type, file } = Form::read(form).await?;
    match messaging_product.as_deref() {
        Some("whatsapp") => {}
        Some(_) => return Err(GraphError::invalid("messaging_product", "must be whatsapp")),
        None => return Err(GraphError::missing("messaging_product")),
    }
    let mime_type = mime_type.ok_or_else(|| GraphError::missing("type"))?;
    let file = file.ok_or_else(|| GraphError::missing("file"))?;
    media::check_upload(&mime_type, &file, &app.settings.rules)?;
    let id = app.change(|world| world.upload(number, file, &mime_type));
    Ok(json!({ "id": id }))
}

/// What an upload consists of.
#[derive(Debug, Default)]
struct Form {
    messaging_product: Option<String>,
    mime_type: Option<String>,
    file: Option<Bytes>,
}

impl Form {
    async fn read(mut multipart: Multipart) -> Result<Self, GraphError> {
        let broken = |_| GraphError::malformed("the multipart form is broken or too large");
        let mut form = Self::default();
        while let Some(field) = multipart.next_field().await.map_err(broken)? {
            match field.name() {
                Some("messaging_product") => form.messaging_product = Some(field.text().await.map_err(broken)?),
                Some("type") => form.mime_type = Some(field.text().await.map_err(broken)?),
                Some("file") => {
                    if field.file_name().is_none() {
                        return Err(GraphError::invalid("file", "has no file name"));
                    }
                    if field.content_type().is_none() {
                        return Err(GraphError::invalid("file", "has no content type"));
                    }
                    form.file = Some(field.bytes().await.map_err(broken)?);
                }
                _ => {
                    field.bytes().await.map_err(broken)?;
                }
            }
        }
        Ok(form)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Ticket {
    ext: u64,
    hash: String,
}

/// The bytes of a medium: with the token, with a User-Agent, and within five minutes.
pub(super) async fn download(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    ticket: Result<Query<Ticket>, QueryRejection>,
    request: Request<axum::body::Body>,
) -> Response {
    let (parts, _) = request.into_parts();
    if !bears_token(&app, &parts) {
        return reply(&app, "", Err(GraphError::broken(Rule::Token)));
    }
    if parts.headers.get(USER_AGENT).is_none_or(HeaderValue::is_empty) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let world = app.look();
    let file = ticket.ok().and_then(|Query(ticket)| world.library.open(&id, ticket.ext, &ticket.hash, world.now()));
    match file {
        Some(file) => ([(CONTENT_TYPE, file.mime_type.clone())], file.bytes.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
