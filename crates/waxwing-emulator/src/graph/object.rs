//! `GET`, `POST` and `DELETE /{version}/{id}` for numbers, templates, media.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>,
//! <https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account-to-number-current-status>

use std::sync::Arc;

use axum::extract::{FromRequest as _, Query, Request, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::auth::{Call, is_upload};
use super::origin::media_origin;
use super::paging::{PageRequest, page};
use super::parameters::Parameters;
use super::response::{pick_fields, respond};
use super::{flows, groups, number, uploads, waba};
use crate::operations::{groups as group_operations, template_review};
use crate::rules::{GraphError, Rule};
use crate::shared::Shared;
use crate::world::media_library::StoredMedia;

/// Default fields of a template.
const TEMPLATE_FIELDS: &str = "name,language,category,status,parameter_format,components";

#[derive(Debug, Deserialize)]
pub(super) struct ObjectQuery {
    /// Number that a media file must belong to.
    phone_number_id: Option<String>,
    /// Requested fields, separated by commas.
    fields: Option<String>,
}

pub(super) async fn read(State(shared): State<Arc<Shared>>, call: Call, Query(query): Query<ObjectQuery>) -> Response {
    let result = describe(&shared, &call.id, &query);
    respond(&shared, &call.version, result)
}

/// Changes a number, a template, a flow or a group, or continues an upload.
pub(super) async fn edit(State(shared): State<Arc<Shared>>, call: Call, request: Request) -> Response {
    if is_upload(&call.id) {
        let (parts, body) = request.into_parts();
        let result = uploads::receive(&shared, &call.id, &parts.headers, body).await;
        return respond(&shared, &call.version, result);
    }
    let Ok(Parameters(body)) = Parameters::from_request(request, &shared).await;
    let result = match body {
        Ok(edit) => change(&shared, &call, edit).await,
        Err(error) => Err(error),
    };
    respond(&shared, &call.version, result)
}

async fn change(shared: &Shared, call: &Call, edit: Value) -> Result<Value, GraphError> {
    let (is_flow, is_group, is_number) = {
        let world = shared.world();
        let (flows, groups) = (&world.account.flows, &world.groups);
        (flows.get(&call.id).is_some(), groups.get(&call.id).is_some(), world.account.find(&call.id).is_some())
    };
    if is_flow {
        return flows::update(shared, &call.id, edit);
    }
    if is_group {
        return groups::update(shared, &call.id, edit);
    }
    if is_number {
        return number::change(shared, &call.id, edit).await;
    }
    shared.change(|world| {
        let template = world.account.templates.edit(&call.id, &edit, &shared.rules())?;
        let (name, language) = (template.definition.name.clone(), template.definition.language.clone());
        template_review::start(world, &name, &language);
        Ok(json!({ "success": true }))
    })
}

/// Deletes a media file, a flow or a group.
pub(super) async fn delete(
    State(shared): State<Arc<Shared>>,
    call: Call,
    Query(query): Query<ObjectQuery>,
) -> Response {
    let result = shared.change(|world| {
        let now = world.now();
        if world.account.flows.get(&call.id).is_some() {
            world.account.flows.delete(&call.id)?;
            return Ok(json!({ "success": true }));
        }
        if world.groups.get(&call.id).is_some() {
            return group_operations::delete(world, &call.id).map(|id| groups::accepted(&id));
        }
        query.check(world.media.at_meta(&call.id, now))?;
        world.media.delete(&call.id, now);
        Ok(json!({ "success": true }))
    });
    respond(&shared, &call.version, result)
}

/// `GET /{version}/{waba_id}/phone_numbers`.
pub(super) async fn phone_numbers(
    State(shared): State<Arc<Shared>>,
    call: Call,
    Query(query): Query<ObjectQuery>,
    request: PageRequest,
) -> Response {
    let result = call.expect_id(&shared.settings.waba_id).and_then(|()| {
        let world = shared.world();
        let fields = query.fields.as_deref();
        let numbers = world.account.numbers().iter().map(|one| number::describe(&shared, &one.fields, fields));
        page(&numbers.collect::<Result<Vec<_>, _>>()?, &request)
    });
    respond(&shared, &call.version, result)
}

fn describe(shared: &Shared, id: &str, query: &ObjectQuery) -> Result<Value, GraphError> {
    if is_upload(id) {
        return uploads::describe(shared, id);
    }
    let settings = &shared.settings;
    let world = shared.world();
    if id == settings.waba_id {
        return waba::describe(settings, &world, query.fields.as_deref());
    }
    if id == "me" || id == settings.app_id {
        let all = json!({ "id": if id == "me" { "1" } else { id }, "name": settings.name });
        let all = all.as_object().ok_or_else(GraphError::unknown_object)?;
        return with_id(all, query.fields.as_deref().unwrap_or("name"));
    }
    if let Some(index) = world.account.find(id) {
        return number::describe(shared, &world.account.number(index).fields, query.fields.as_deref());
    }
    if let Some(template) = world.account.templates.get(id) {
        let all = template.describe();
        let all = all.as_object().ok_or_else(GraphError::unknown_object)?;
        return with_id(all, query.fields.as_deref().unwrap_or(TEMPLATE_FIELDS));
    }
    if let Some(flow) = world.account.flows.get(id) {
        return flows::describe(shared, &world, flow, query.fields.as_deref());
    }
    if world.groups.get(id).is_some() {
        return groups::describe(&world, id, query.fields.as_deref());
    }
    let file = query.check(world.media.at_meta(id, world.now()))?;
    let origin = media_origin(&world);
    Ok(json!({
        "messaging_product": "whatsapp",
        "id": file.id,
        "mime_type": file.mime_type,
        "sha256": hex::encode(file.sha256),
        "file_size": file.bytes.len(),
        "url": format!("{origin}{}", world.media.url_path(id, world.now())),
    }))
}

/// Returns the id and the requested fields of an object.
fn with_id(all: &Map<String, Value>, fields: &str) -> Result<Value, GraphError> {
    pick_fields(all, &format!("id,{fields}")).map(Value::from)
}

impl ObjectQuery {
    /// Checks that a media file exists, and that the requested number has uploaded it. Without a number, every file is allowed.
    fn check<'a>(&self, file: Option<&'a StoredMedia>) -> Result<&'a StoredMedia, GraphError> {
        let file = file.ok_or_else(GraphError::unknown_media)?;
        match self.phone_number_id.as_deref() {
            Some(_) if file.is_inbound() => {
                let why = "phone_number_id: the media file of a user belongs to no number";
                Err(GraphError::with_details(Rule::InboundMediaOwner, why))
            }
            Some(number) if !file.belongs_to(number) => Err(GraphError::unknown_media()),
            _ => Ok(file),
        }
    }
}
