//! `GET`, `POST` and `DELETE /{version}/{waba_id}/message_templates`.
//!
//! <https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account/message_templates>

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::Call;
use super::paging::{PageRequest, page};
use super::parameters::Parameters;
use super::response::{pick_fields, respond};
use crate::account_status::TemplateStatus;
use crate::operations::template_review;
use crate::rules::template::TemplateDefinition;
use crate::rules::{GraphError, Rule};
use crate::shared::Shared;
use crate::world::template_store;

/// Filter of the list. Values are compared case-sensitively.
#[derive(Debug, Default, Deserialize)]
pub(super) struct TemplateFilter {
    name: Option<String>,
    language: Option<String>,
    status: Option<String>,
    category: Option<String>,
    source: Option<String>,
    fields: Option<String>,
    /// Requested counts, separated by commas.
    summary: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct DeleteQuery {
    name: Option<String>,
    hsm_id: Option<String>,
}

pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    call: Call,
    Query(filter): Query<TemplateFilter>,
    request: PageRequest,
) -> Response {
    let result = call.expect_id(&shared.settings.waba_id).and_then(|()| {
        let templates = filter.apply(&shared)?;
        let mut response = page(&templates, &request)?;
        if let Some(summary) = &filter.summary {
            response["summary"] = summarize(&shared, templates.len(), summary)?;
        }
        Ok(response)
    });
    respond(&shared, &call.version, result)
}

/// Returns the requested counts of the templates. `total` is the number of templates that fit the filter.
fn summarize(shared: &Shared, total: usize, requested: &str) -> Result<Value, GraphError> {
    let counts = json!({
        "total_count": total,
        "message_template_count": shared.world().account.templates.all().len(),
        "message_template_limit": template_store::CAPACITY,
        "are_translations_complete": true,
    });
    counts
        .as_object()
        .ok_or_else(GraphError::unknown_object)
        .and_then(|all| pick_fields(all, requested))
        .map(Value::from)
}

pub(super) async fn create(State(shared): State<Arc<Shared>>, call: Call, Parameters(body): Parameters) -> Response {
    let body = call.expect_id(&shared.settings.waba_id).and(body);
    let result = body.and_then(|body| {
        shared.change(|world| {
            world.uploads.check_examples(&body)?;
            let templates = &mut world.account.templates;
            let template = templates.create(body, TemplateStatus::Pending, &shared.rules())?;
            let TemplateDefinition { name, language, category, .. } = template.definition.clone();
            let created =
                json!({ "id": template.id.to_string(), "status": template.status.name(), "category": category });
            template_review::start(world, &name, &language);
            Ok(created)
        })
    });
    respond(&shared, &call.version, result)
}

pub(super) async fn delete(
    State(shared): State<Arc<Shared>>,
    call: Call,
    Query(query): Query<DeleteQuery>,
) -> Response {
    let result = call.expect_id(&shared.settings.waba_id).and_then(|()| {
        let missing = || GraphError::with_details(Rule::TemplateShape, "the parameter name is required");
        let name = query.name.as_deref().ok_or_else(missing)?;
        let deleted = shared.change(|world| world.account.templates.delete(name, query.hsm_id.as_deref()))?;
        if deleted > 0 { Ok(json!({ "success": true })) } else { Err(GraphError::unknown_object()) }
    });
    respond(&shared, &call.version, result)
}

fn owned((key, value): (&String, &Value)) -> (String, Value) {
    (key.clone(), value.clone())
}

impl TemplateFilter {
    fn apply(&self, shared: &Shared) -> Result<Vec<Value>, GraphError> {
        let world = shared.world();
        let wanted = [
            ("name", &self.name),
            ("language", &self.language),
            ("status", &self.status),
            ("category", &self.category),
        ];
        let mut found = Vec::new();
        let is_generated = self.source.as_deref() == Some("AUTO_GENERATED");
        for template in world.account.templates.all().iter().filter(|it| it.is_generated == is_generated) {
            let all = template.describe();
            let matches =
                |(key, value): &(&str, &Option<String>)| value.as_deref().is_none_or(|value| all[*key] == value);
            if !wanted.iter().all(matches) {
                continue;
            }
            found.push(match (&self.fields, all.as_object()) {
                (Some(fields), Some(all)) => pick_fields(all, &format!("id,{fields}"))?.into(),
                (None, Some(all)) => all.iter().filter(|(_, value)| !value.is_null()).map(owned).collect(),
                (_, None) => all,
            });
        }
        Ok(found)
    }
}
