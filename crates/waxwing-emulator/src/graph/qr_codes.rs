//! QR codes: `/{version}/{phone_number_id}/message_qrdls` and `message_qrdls/{code}`.
//!
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/qr-codes>

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::Call;
use super::paging::{PageRequest, page};
use super::parameters::Parameters;
use super::response::{pick_fields, respond};
use crate::rules::{GraphError, qr_code};
use crate::shared::Shared;

/// Default fields of a QR code.
const FIELDS: &str = "code,prefilled_message,deep_link_url";

#[derive(Debug, Deserialize)]
pub(super) struct FieldsQuery {
    /// Requested fields, separated by commas. The image may have a format: `qr_image_url.format(PNG)`.
    fields: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CodePath {
    code: String,
}

pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    call: Call,
    Query(query): Query<FieldsQuery>,
    request: PageRequest,
) -> Response {
    let codes = describe(&shared, &call, None, &query).and_then(|codes| page(&codes, &request));
    respond(&shared, &call.version, codes)
}

/// Creates a QR code, or changes the one that the body names.
pub(super) async fn set(State(shared): State<Arc<Shared>>, call: Call, Parameters(body): Parameters) -> Response {
    let result = call.number(&shared).and_then(|number| {
        let request = qr_code::check(body?, &shared.rules())?;
        shared.change(|world| {
            let ids = &mut world.runtime.ids;
            world.account.number_mut(number).qr_codes.set(request, ids, &shared.rules()).map(Value::from)
        })
    });
    respond(&shared, &call.version, result)
}

pub(super) async fn read(
    State(shared): State<Arc<Shared>>,
    call: Call,
    Path(path): Path<CodePath>,
    Query(query): Query<FieldsQuery>,
) -> Response {
    let result = describe(&shared, &call, Some(&path.code), &query).and_then(|codes| {
        if codes.is_empty() { Err(GraphError::unknown_object()) } else { Ok(json!({ "data": codes })) }
    });
    respond(&shared, &call.version, result)
}

pub(super) async fn delete(State(shared): State<Arc<Shared>>, call: Call, Path(path): Path<CodePath>) -> Response {
    let result = call.number(&shared).and_then(|number| {
        shared.change(|world| world.account.number_mut(number).qr_codes.delete(&path.code))?;
        Ok(json!({ "success": true }))
    });
    respond(&shared, &call.version, result)
}

/// Returns the requested fields of all QR codes, or of the one with a code.
fn describe(shared: &Shared, call: &Call, code: Option<&str>, query: &FieldsQuery) -> Result<Vec<Value>, GraphError> {
    let number = call.number(shared)?;
    let fields = query.fields.as_deref().unwrap_or(FIELDS);
    let format = if fields.contains("format(PNG)") { "PNG" } else { "SVG" };
    let fields = fields.replace(".format(PNG)", "").replace(".format(SVG)", "");
    let codes = shared.world().account.number(number).qr_codes.describe(code, format);
    codes.iter().map(|code| pick_fields(code, &fields).map(Value::from)).collect()
}
