//! Objects that an action adds to the account.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::account_status::FlowStatus;
use crate::account_status::TemplateStatus;
use crate::action::{ActionError, ActionOutcome};
use crate::operations::flows;
use crate::rules::{GraphError, media};
use crate::world::World;
use crate::world::media_library::{MediaOrigin, NewMedia};

/// Adds a template.
pub(crate) fn create_template(
    world: &mut World,
    template: Value,
    status: TemplateStatus,
) -> Result<ActionOutcome, ActionError> {
    let account = &mut world.account;
    let created = account.templates.create(template, status, &account.rules);
    let id = created.map_err(|error| refused("template", &error))?.id.to_string();
    Ok(with_id(id))
}

/// Adds or changes a flow.
pub(crate) fn set_flow(
    world: &mut World,
    id: Option<String>,
    name: String,
    status: FlowStatus,
) -> Result<ActionOutcome, ActionError> {
    let id = id.unwrap_or_else(|| world.runtime.ids.media());
    let previous = world.account.flows.set(id.clone(), name, status);
    let previous = previous.ok_or_else(|| ActionError::new("there are too many flows"))?;
    flows::report_status(world, &id, previous);
    Ok(with_id(id))
}

/// Adds products to a catalog.
pub(crate) fn add_products(
    world: &mut World,
    catalog: String,
    products: Vec<String>,
) -> Result<ActionOutcome, ActionError> {
    if world.account.catalogs.add(catalog, products) {
        Ok(ActionOutcome::default())
    } else {
        Err(ActionError::new("there are too many products"))
    }
}

/// Adds a media file of the first number.
pub(crate) fn add_media(
    world: &mut World,
    id: Option<String>,
    mime_type: &str,
    base64: &str,
) -> Result<ActionOutcome, ActionError> {
    let bytes = STANDARD.decode(base64).map_err(|_| ActionError::new("the file is not Base64"))?;
    media::check_upload(mime_type, &bytes, &world.account.rules).map_err(|error| refused("file", &error))?;
    let id = id.unwrap_or_else(|| world.runtime.ids.media());
    let (owner, now) = (world.account.first_number().phone_number_id.clone(), world.now());
    let origin = MediaOrigin::Upload;
    world.media.add(NewMedia { id: id.clone(), bytes: bytes.into(), mime_type, origin, owner: &owner }, now);
    Ok(with_id(id))
}

fn with_id(id: String) -> ActionOutcome {
    ActionOutcome { id: Some(id), ..ActionOutcome::default() }
}

fn refused(object: &str, error: &GraphError) -> ActionError {
    ActionError::new(format!("invalid {object}: {}", error.details().unwrap_or_default()))
}
