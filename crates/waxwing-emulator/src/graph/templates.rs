//! `GET`, `POST` and `DELETE /{version}/{waba_id}/message_templates`.
//!
//! <https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account/message_templates>

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::Call;
use super::reply::{Page, json_body, page, pick, reply};
use crate::app::App;
use crate::rules::{GraphError, Rule};
use crate::world::templates::TemplateStatus;

/// Which templates are wanted. Words are compared as Meta writes them.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Filter {
    name: Option<String>,
    language: Option<String>,
    status: Option<String>,
    category: Option<String>,
    fields: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Deletion {
    name: Option<String>,
    hsm_id: Option<String>,
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    call: Call,
    Query(filter): Query<Filter>,
    Query(which): Query<Page>,
) -> Response {
    let result = of_account(&app, &call).and_then(|()| filter.apply(&app)).and_then(|found| page(&found, &which));
    reply(&app, &call.version, result)
}

pub(super) async fn create(State(app): State<Arc<App>>, call: Call, body: Result<Bytes, BytesRejection>) -> Response {
    let result = of_account(&app, &call).and_then(|()| json_body(body)).and_then(|body| {
        app.change(|world| {
            let template = world.account.templates.create(&body, TemplateStatus::Pending, &app.settings.rules)?;
            let category = &template.definition.category;
            Ok(json!({ "id": template.id.to_string(), "status": template.status.name(), "category": category }))
        })
    });
    reply(&app, &call.version, result)
}

pub(super) async fn delete(State(app): State<Arc<App>>, call: Call, Query(which): Query<Deletion>) -> Response {
    let result = of_account(&app, &call).and_then(|()| {
        let required = || GraphError::because(Rule::TemplateShape, "the parameter name is required");
        let name = which.name.as_deref().ok_or_else(required)?;
        let gone = app.change(|world| world.account.templates.delete(name, which.hsm_id.as_deref()));
        if gone > 0 { Ok(json!({ "success": true })) } else { Err(GraphError::unknown_object()) }
    });
    reply(&app, &call.version, result)
}

impl Filter {
    fn apply(&self, app: &App) -> Result<Vec<Value>, GraphError> {
        let world = app.look();
        let wanted = [
            ("name", &self.name),
            ("language", &self.language),
            ("status", &self.status),
            ("category", &self.category),
        ];
        let mut found = Vec::new();
        for template in world.account.templates.all() {
            let all = template.describe();
            let fits = |(key, value): &(&str, &Option<String>)| value.as_deref().is_none_or(|value| all[*key] == value);
            if !wanted.iter().all(fits) {
                continue;
            }
            found.push(match (&self.fields, all.as_object()) {
                (Some(fields), Some(all)) => pick(all, &format!("id,{fields}"))?.into(),
                _ => all,
            });
        }
        Ok(found)
    }
}

fn of_account(app: &App, call: &Call) -> Result<(), GraphError> {
    if call.id == app.settings.waba_id { Ok(()) } else { Err(GraphError::unknown_object()) }
}
