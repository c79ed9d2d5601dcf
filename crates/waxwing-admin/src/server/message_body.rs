//! Body of a request to send a message.
//!
//! It is JSON, or a form with JSON and a file.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::extract::multipart::Field;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, SemaphorePermit};
use waxwing::ApiSettings;

use super::form::{Form, MAX_FRAMING, failed};
use crate::error::AdminError;
use crate::message_file::{FileReader, MessageFile};
use crate::message_request::MessageRequest;

/// Largest size of the JSON of a request, in bytes.
pub(super) const MAX_JSON: usize = 256 * 1024;

/// Largest part of a file that is read and not kept, in bytes.
const MAX_DROPPED: usize = 2 * ApiSettings::MAX_FILE;

/// Largest body with a form, in bytes: a file that is refused at its end, and the parts around it.
pub(super) const MAX_FORM: usize = ApiSettings::MAX_FILE + MAX_DROPPED + MAX_JSON + 3 * MAX_FRAMING;

/// Requests with files that are being received and stored.
static FILES: Semaphore = Semaphore::const_new(ApiSettings::MAX_FILES);

/// A request to send a message, with its file. The permit is for the memory of the file.
#[derive(Debug)]
pub(super) struct MessageBody {
    pub(super) request: MessageRequest,
    pub(super) file: Option<MessageFile>,
    pub(super) _permit: Option<SemaphorePermit<'static>>,
}

/// Reads a body of JSON, or of the type `multipart/form-data` with the parts `message` and `upload`.
pub(super) async fn read(request: Request) -> Result<MessageBody, AdminError> {
    if !is_form(request.headers()) {
        let request = parse(&json(request.into_body(), MAX_JSON).await?)?;
        return Ok(MessageBody { request, file: None, _permit: None });
    }
    let permit = FILES.try_acquire().map_err(|_| AdminError::Busy)?;
    let mut form = Form::open(request).await?;
    let request = match form.next().await? {
        Some(field) if field.name() == Some("message") => parse::<MessageRequest>(&small(field).await?)?,
        _ => {
            return Err(AdminError::Request(
                "the first part of the form must be `message`, with the JSON of the message".into(),
            ));
        }
    };
    let file = match form.next().await? {
        Some(field) if field.name() == Some("upload") => Some(file(field, &request).await?),
        None => None,
        Some(_) => {
            return Err(AdminError::Request("the second part of the form must be `upload`, with the file".into()));
        }
    };
    if form.next().await?.is_some() {
        return Err(AdminError::Request("the form has more than two parts; a message has one file".into()));
    }
    Ok(MessageBody { request, file, _permit: Some(permit) })
}

/// Reads the JSON of a request, at most `limit` bytes.
pub(super) async fn json(body: Body, limit: usize) -> Result<Vec<u8>, AdminError> {
    let bytes = to_bytes(body, limit).await;
    bytes
        .map(Into::into)
        .map_err(|_| AdminError::TooLarge(format!("the body has more than {limit} bytes, or ended early")))
}

/// Parses the JSON of a request.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, AdminError> {
    serde_json::from_slice(body)
        .map_err(|error| AdminError::Request(format!("the body is not a valid request: {error}")))
}

fn is_form(headers: &HeaderMap) -> bool {
    let stated = headers.get(CONTENT_TYPE).and_then(|stated| stated.to_str().ok()).unwrap_or_default();
    stated.trim_start().to_ascii_lowercase().starts_with("multipart/form-data")
}

/// Reads the part with the JSON.
async fn small(mut field: Field<'_>) -> Result<Vec<u8>, AdminError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| failed(&error))? {
        if bytes.len() + chunk.len() > MAX_JSON {
            return Err(AdminError::TooLarge(format!("the part `message` has more than {MAX_JSON} bytes")));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Reads the part with the file. The rest of a file that is not acceptable is read, so that its sender gets the answer, but is not kept.
async fn file(mut field: Field<'_>, request: &MessageRequest) -> Result<MessageFile, AdminError> {
    let (name, stated) = (field.file_name().map(str::to_owned), field.content_type().map(str::to_owned));
    let mut file = Ok(FileReader::new(request.content.as_ref(), name, stated));
    let mut dropped = 0;
    loop {
        let chunk = match field.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            // The first reason to refuse the file says more than the end of its body.
            Err(_) if file.is_err() => break,
            Err(error) => return Err(failed(&error)),
        };
        match file.as_mut().map(|reader| reader.push(&chunk)) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => file = Err(error),
            Err(_) => dropped += chunk.len(),
        }
        if dropped > MAX_DROPPED {
            break;
        }
    }
    file?.finish()
}
