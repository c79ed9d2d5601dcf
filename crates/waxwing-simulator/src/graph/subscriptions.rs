//! `GET`, `POST` and `DELETE /{version}/{waba_id}/subscribed_apps`.
//!
//! <https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account/subscribed_apps>

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use super::auth::Call;
use super::reply::reply;
use crate::app::App;
use crate::rules::GraphError;

pub(super) async fn list(State(app): State<Arc<App>>, call: Call) -> Response {
    let result = of_account(&app, &call).map(|()| {
        let link = format!("https://www.facebook.com/games/?app_id={}", app.settings.app_id);
        let ours = json!({ "id": app.settings.app_id, "name": app.settings.name, "link": link });
        let data: Vec<Value> = if app.look().account.is_subscribed {
            vec![json!({ "whatsapp_business_api_data": ours })]
        } else {
            Vec::new()
        };
        json!({ "data": data })
    });
    reply(&app, &call.version, result)
}

pub(super) async fn add(State(app): State<Arc<App>>, call: Call) -> Response {
    change(&app, &call, true)
}

pub(super) async fn remove(State(app): State<Arc<App>>, call: Call) -> Response {
    change(&app, &call, false)
}

fn change(app: &Arc<App>, call: &Call, is_subscribed: bool) -> Response {
    let result = of_account(app, call).map(|()| {
        app.change(|world| world.account.is_subscribed = is_subscribed);
        json!({ "success": true })
    });
    reply(app, &call.version, result)
}

fn of_account(app: &App, call: &Call) -> Result<(), GraphError> {
    if call.id == app.settings.waba_id { Ok(()) } else { Err(GraphError::unknown_object()) }
}
