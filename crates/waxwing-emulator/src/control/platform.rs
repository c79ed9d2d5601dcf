//! Endpoints for the rules of the platform.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ErrorResponse, bad_request, body};
use crate::behavior::BehaviorChange;
use crate::rules::pace::Pace;
use crate::rules::{Rule, Rules};
use crate::shared::Shared;

/// Name for all rules that have a lenient reading.
const ALL: &str = "all";

/// Returns the behavior of the emulated platform.
pub(super) async fn behavior(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!(shared.world().runtime.behavior))
}

pub(super) async fn change_behavior(
    State(shared): State<Arc<Shared>>,
    change: Result<Json<BehaviorChange>, JsonRejection>,
) -> Result<StatusCode, ErrorResponse> {
    let change = body(change)?;
    shared.change(|world| change.apply(&mut world.runtime.behavior));
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PaceRequest {
    pace: Pace,
}

/// Changes the rate limits.
pub(super) async fn set_pace(
    State(shared): State<Arc<Shared>>,
    request: Result<Json<PaceRequest>, JsonRejection>,
) -> Result<StatusCode, ErrorResponse> {
    let limits = body(request)?.pace.limits();
    shared.change(|world| world.account.rate_limits = limits);
    Ok(StatusCode::NO_CONTENT)
}

/// Returns all rules with their readings.
pub(super) async fn rules(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let readings = shared.rules();
    let rules = Rule::ALL.iter().map(|rule| {
        json!({
            "name": rule.name(),
            "lenient": readings.is_lenient(*rule),
            "can_be_lenient": rule.has_lenient_reading() || rule.is_optional(),
            "limit": rule.limit(),
            "code": rule.code(),
            "status": rule.http(),
            "source": rule.source(),
            "description": rule.description(),
        })
    });
    Json(json!({ "rules": rules.collect::<Vec<_>>() }))
}

/// Rules to read differently. Other rules keep their reading.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
pub(super) struct RulesRequest {
    lenient: Vec<String>,
    strict: Vec<String>,
}

/// Changes the readings of rules, all or none.
pub(super) async fn change_rules(
    State(shared): State<Arc<Shared>>,
    request: Result<Json<RulesRequest>, JsonRejection>,
) -> Result<StatusCode, ErrorResponse> {
    let RulesRequest { lenient, strict } = body(request)?;
    let (lenient, strict) = (open_rules(&lenient)?, open_rules(&strict)?);
    shared.change(|world| {
        let rules = lenient.into_iter().fold(world.account.rules.clone(), Rules::with_lenient);
        world.account.rules = strict.into_iter().fold(rules, Rules::with_strict);
    });
    Ok(StatusCode::NO_CONTENT)
}

/// Returns the rules with these names, which must have two readings.
fn open_rules(names: &[String]) -> Result<Vec<Rule>, ErrorResponse> {
    let mut rules = Vec::new();
    for name in names {
        if name == ALL {
            rules.extend(Rule::ALL.iter().copied().filter(|rule| rule.has_lenient_reading()));
            continue;
        }
        let unknown = |_| bad_request(format!("there is no rule {name}; GET /control/rules lists all rules"));
        let rule: Rule = name.parse().map_err(unknown)?;
        if !rule.has_lenient_reading() && !rule.is_optional() {
            return Err(bad_request(format!("the rule {name} is certain and has only one reading")));
        }
        rules.push(rule);
    }
    Ok(rules)
}
