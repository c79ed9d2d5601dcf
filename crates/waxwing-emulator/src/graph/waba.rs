//! The account under its id, with its analytics: `GET /{version}/{waba_id}`.
//!
//! <https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account>,
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/analytics>

use serde_json::{Map, Value, json};

use super::response::{field_expressions, pick_fields};
use crate::operations::analytics;
use crate::rules::GraphError;
use crate::rules::analytics::AnalyticsQuery;
use crate::settings::EmulatorSettings;
use crate::world::World;

/// Returns the id and the requested fields of the account. Default: its name.
pub(super) fn describe(settings: &EmulatorSettings, world: &World, fields: Option<&str>) -> Result<Value, GraphError> {
    let all = json!({
        "id": settings.waba_id,
        "name": settings.name,
        "currency": "USD",
        "timezone_id": "1",
        "message_template_namespace": "emulated_namespace",
        "account_review_status": "APPROVED",
        "business_verification_status": "verified",
        "ownership_type": "SELF",
    });
    let all = all.as_object().ok_or_else(GraphError::unknown_object)?;
    let mut described = pick_fields(all, "id")?;
    for field in field_expressions(fields.unwrap_or("name")) {
        described.extend(match AnalyticsQuery::read(field) {
            Some(query) => {
                let query = query?;
                Map::from_iter([(query.kind.field().to_owned(), analytics::run(world, &query))])
            }
            None => pick_fields(all, field)?,
        });
    }
    Ok(described.into())
}
