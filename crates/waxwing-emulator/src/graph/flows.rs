//! Flows: `/{version}/{waba_id}/flows`, `/{version}/{flow_id}` with `assets`, `publish` and `deprecate`.
//!
//! <https://developers.facebook.com/docs/whatsapp/flows/reference/flowsapi>

use std::sync::Arc;
use std::time::Duration;

use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::auth::Call;
use super::origin::media_origin;
use super::paging::{PageRequest, page};
use super::parameters::Parameters;
use super::response::{pick_fields, respond};
use crate::operations::flows;
use crate::rules::{GraphError, Rule, flow as rules};
use crate::shared::Shared;
use crate::world::World;
use crate::world::flow_store::StoredFlow;
use crate::{flow_endpoint, ids};

/// Default fields of a flow.
const FIELDS: &str = "id,name,status,categories,validation_errors";
/// Time for which the URL of a preview is valid.
const PREVIEW_LIFE: Duration = Duration::from_hours(30 * 24);
/// Name and type of the only asset of a flow.
const ASSET: [&str; 2] = ["flow.json", "FLOW_JSON"];

#[derive(Debug, Deserialize)]
pub(super) struct FieldsQuery {
    /// Requested fields, separated by commas.
    fields: Option<String>,
}

pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    call: Call,
    Query(query): Query<FieldsQuery>,
    request: PageRequest,
) -> Response {
    let flows = call.expect_id(&shared.settings.waba_id).and_then(|()| {
        let world = shared.world();
        let flows = world.account.flows.all().iter();
        flows.map(|flow| describe(&shared, &world, flow, query.fields.as_deref())).collect::<Result<Vec<_>, _>>()
    });
    respond(&shared, &call.version, flows.and_then(|flows| page(&flows, &request)))
}

pub(super) async fn create(State(shared): State<Arc<Shared>>, call: Call, Parameters(body): Parameters) -> Response {
    let result = create_flow(&shared, &call, body).await;
    respond(&shared, &call.version, result)
}

async fn create_flow(shared: &Shared, call: &Call, body: Result<Value, GraphError>) -> Result<Value, GraphError> {
    call.expect_id(&shared.settings.waba_id)?;
    let request = rules::check_create(body?, &shared.rules())?;
    let is_published = request.is_published;
    let created = shared.change(|world| flows::create(world, request))?;
    if is_published {
        let id = created["id"].as_str().unwrap_or_default();
        if let Err(error) = publish_flow(shared, id).await {
            // A flow that cannot be published is not created at all.
            shared.change(|world| world.account.flows.delete(id)).ok();
            return Err(error);
        }
    }
    Ok(created)
}

/// Changes the metadata of a flow. The id in the path belongs to a flow.
pub(super) fn update(shared: &Shared, id: &str, body: Value) -> Result<Value, GraphError> {
    let request = rules::check_update(body, &shared.rules())?;
    shared.change(|world| world.account.flows.update(id, request))?;
    Ok(json!({ "success": true }))
}

pub(super) async fn publish(State(shared): State<Arc<Shared>>, call: Call) -> Response {
    let result = publish_flow(&shared, &call.id).await.map(|()| json!({ "success": true }));
    respond(&shared, &call.version, result)
}

/// Publishes a flow after its endpoint has passed a health check.
async fn publish_flow(shared: &Shared, id: &str) -> Result<(), GraphError> {
    let endpoint = flows::check_publish(&shared.world(), id)?;
    if let Some(endpoint) = endpoint {
        let health = flow_endpoint::ping(shared, endpoint.uri, endpoint.number).await;
        health.map_err(|error| GraphError::with_details(Rule::FlowPublish, error.to_string()))?;
    }
    shared.change(|world| flows::publish(world, id))
}

pub(super) async fn deprecate(State(shared): State<Arc<Shared>>, call: Call) -> Response {
    let result = shared.change(|world| flows::deprecate(world, &call.id)).map(|()| json!({ "success": true }));
    respond(&shared, &call.version, result)
}

pub(super) async fn assets(State(shared): State<Arc<Shared>>, call: Call, request: PageRequest) -> Response {
    let result = {
        let world = shared.world();
        world.account.flows.require(&call.id).and_then(|flow| {
            let asset = flow.json.is_some().then(
                || json!({ "name": ASSET[0], "asset_type": ASSET[1], "download_url": asset_url(&world, &flow.id) }),
            );
            page(asset.as_slice(), &request)
        })
    };
    respond(&shared, &call.version, result)
}

/// Replaces the JSON of a flow by the file of a form.
pub(super) async fn upload(
    State(shared): State<Arc<Shared>>,
    call: Call,
    form: Result<Multipart, MultipartRejection>,
) -> Response {
    let result = store(&shared, &call, form).await;
    respond(&shared, &call.version, result)
}

async fn store(shared: &Shared, call: &Call, form: Result<Multipart, MultipartRejection>) -> Result<Value, GraphError> {
    shared.world().account.flows.require(&call.id)?;
    let mut form = form.map_err(|_| GraphError::malformed("the body is not a multipart form"))?;
    let broken = |_| GraphError::malformed("the multipart form is broken or too large");
    let (mut kind, mut name, mut json) = (None, None, None);
    while let Some(field) = form.next_field().await.map_err(broken)? {
        match field.name() {
            Some("asset_type") => kind = Some(field.text().await.map_err(broken)?),
            Some("name") => name = Some(field.text().await.map_err(broken)?),
            Some("file") => json = Some(field.text().await.map_err(broken)?),
            _ => drop(field.bytes().await.map_err(broken)?),
        }
    }
    for (key, found, expected) in [("name", name, ASSET[0]), ("asset_type", kind, ASSET[1])] {
        let found = found.ok_or_else(|| GraphError::missing(key))?;
        if found != expected {
            return Err(GraphError::invalid(key, &format!("must be {expected}")));
        }
    }
    let json = json.ok_or_else(|| GraphError::missing("file"))?;
    shared.change(|world| {
        let flow = world.account.flows.set_json(&call.id, json)?;
        Ok(json!({ "success": true, "validation_errors": flow.definition.errors }))
    })
}

#[derive(Debug, Deserialize)]
pub(super) struct AssetQuery {
    hash: String,
}

/// Serves the JSON of a flow. Like a file on Meta's content servers, the URL needs no token.
pub(super) async fn download(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(query): Query<AssetQuery>,
) -> Response {
    let world = shared.world();
    let flow = world.account.flows.get(&id).filter(|_| query.hash == asset_hash(&world, &id));
    match flow.and_then(|flow| flow.json.clone()) {
        Some(json) => ([(CONTENT_TYPE, "application/json")], json).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Returns the requested fields of a flow. Fields without a value are omitted.
pub(super) fn describe(
    shared: &Shared,
    world: &World,
    flow: &StoredFlow,
    fields: Option<&str>,
) -> Result<Value, GraphError> {
    let settings = &shared.settings;
    let account = json!({ "id": settings.waba_id, "name": settings.name, "currency": "USD", "timezone_id": "1" });
    let app = json!({ "id": settings.app_id, "name": settings.name });
    let expires = humantime::format_rfc3339_seconds(world.now() + PREVIEW_LIFE).to_string().replace('Z', "+0000");
    let entity = json!({ "entity_type": "FLOW", "id": flow.id, "can_send_message": "AVAILABLE" });
    let all = json!({
        "id": flow.id,
        "name": flow.name,
        "status": flow.status.name(),
        "categories": flow.categories,
        "validation_errors": flow.definition.errors,
        "json_version": flow.definition.version,
        "data_api_version": flow.definition.data_api_version,
        "endpoint_uri": flow.endpoint_uri,
        "data_channel_uri": flow.endpoint_uri,
        "preview": { "preview_url": asset_url(world, &flow.id), "expires_at": expires },
        "whatsapp_business_account": account,
        "application": app,
        "health_status": { "can_send_message": "AVAILABLE", "entities": [entity] },
    });
    let all = all.as_object().ok_or_else(GraphError::unknown_object)?;
    let picked = pick_fields(all, &format!("id,{}", fields.unwrap_or(FIELDS)))?;
    Ok(picked.into_iter().filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>().into())
}

fn asset_url(world: &World, id: &str) -> String {
    let origin = media_origin(world);
    format!("{origin}/whatsapp_business/flows/{id}?hash={}", asset_hash(world, id))
}

fn asset_hash(world: &World, id: &str) -> String {
    hex::encode(&ids::digest(&[b"flow", &world.runtime.seed().to_be_bytes(), id.as_bytes()])[..16])
}
