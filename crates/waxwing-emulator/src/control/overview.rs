//! Endpoints that describe the emulator.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ControlResponse, bad_request, too_many_waiting};
use crate::clock::unix_millis;
use crate::rules::pace::Pace;
use crate::shared::Shared;
use crate::webhook::target::WebhookTarget;
use crate::world::World;
use crate::{duration_text, openapi};

/// Maximum wait for an idle emulator.
const MAX_WAIT: Duration = Duration::from_mins(1);

/// Returns the ids of the account, and the main facts about the world.
pub(super) async fn overview(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let webhook = match &shared.callbacks.borrow().app {
        Some(WebhookTarget::Url(url)) => Some(url.clone()),
        Some(WebhookTarget::Service { .. }) | None => None,
    };
    let world = shared.world();
    let groups = world.groups.iter().map(|(id, group)| {
        let users: Vec<_> = group.participants.iter().map(|user| user.0).collect();
        json!({ "id": id, "subject": group.subject, "users": users })
    });
    let numbers =
        world.account.numbers().iter().map(
            |number| json!({ "id": number.identity.phone_number_id, "phone": number.identity.display_phone_number }),
        );
    Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "graph_url": world.account.first_number().origin,
        "webhook": webhook,
        "waba_id": world.account.first_number().waba_id,
        "app_id": shared.settings.app_id,
        "name": shared.settings.name,
        "numbers": numbers.collect::<Vec<_>>(),
        "now": unix_millis(world.now()),
        "pace": Pace::of(&world.account.rate_limits).map(Pace::name),
        "seed": world.runtime.seed(),
        "idle": world.is_idle(),
        "users": world.users.all().len(),
        "groups": groups.collect::<Vec<_>>(),
        "faults": world.runtime.faults.active().len(),
        "pending_steps": world.runtime.timers.scenario_steps(),
        "openapi": "/control/openapi.json",
        "endpoints": openapi::endpoints(),
    }))
}

/// Returns the OpenAPI document.
pub(super) async fn openapi() -> Json<&'static Value> {
    Json(openapi::document())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HealthQuery {
    /// Time to wait until the emulator is idle.
    #[serde(default, deserialize_with = "duration_text::deserialize")]
    wait: Option<Duration>,
}

/// Returns whether the emulator works and is idle. Waits for an idle emulator on request.
pub(super) async fn health(
    State(shared): State<Arc<Shared>>,
    query: Result<Query<HealthQuery>, QueryRejection>,
) -> ControlResponse {
    let Query(query) = query.map_err(|rejection| bad_request(rejection.body_text()))?;
    if let Some(wait) = query.wait {
        let _permit = shared.waiting_permit().map_err(too_many_waiting)?;
        let idle = shared.wait(|world| world.is_idle().then_some(()));
        tokio::select! {
            () = idle => {}
            () = tokio::time::sleep(wait.min(MAX_WAIT)) => {}
            () = shared.stopped.cancelled() => {}
        }
    }
    Ok(Json(state_of(&shared.world())))
}

fn state_of(world: &World) -> Value {
    json!({
        "idle": world.is_idle(),
        "waiting_webhooks": world.webhooks.waiting(),
        "version": env!("CARGO_PKG_VERSION"),
    })
}
