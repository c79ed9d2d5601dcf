//! The server's side.

mod people;

use std::net::Ipv4Addr;
use std::path::PathBuf;

use anyhow::Context;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use waxwing::Database;
use waxwing::engine::Operator;
use waxwing::store::{Error, OutboxId, OutboxState};
use waxwing::webhook::VerifyToken;

use super::note::AdminEndpoint;
use super::{Record, Row};

/// At most this many rows are listed at once.
const LIMIT: usize = 10_000;

/// The interface of a running server. Ends with [`stop`](Self::stop).
pub(crate) struct Admin {
    server: JoinHandle<()>,
    note: PathBuf,
}

#[derive(Clone)]
struct AdminState {
    operator: Operator,
    /// Compared in constant time, as any verify token is.
    token: VerifyToken,
}

/// What a listing asks for.
#[derive(Debug, Deserialize)]
struct ListQuery {
    state: Option<String>,
    limit: usize,
}

impl Admin {
    /// Opens the interface, and leaves the note.
    pub(crate) async fn start(database: &Database, operator: Operator) -> anyhow::Result<Self> {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("the admin interface cannot be opened")?;
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(|error| anyhow::anyhow!("no random numbers: {error}"))?;
        let token = hex::encode(random);
        let admin = AdminState { operator, token: VerifyToken::new(&token) };
        let router = Router::new()
            .route("/outbox", get(list))
            .route("/outbox/{id}", get(show))
            .route("/outbox/{id}/requeue", post(requeue))
            .route("/outbox/{id}/discard", post(discard))
            .merge(people::routes())
            .layer(middleware::from_fn_with_state(admin.clone(), authorize))
            .with_state(admin);
        let note = AdminEndpoint::path(database);
        let url = format!("http://{}", listener.local_addr()?);
        AdminEndpoint { url, token }
            .write(&note)
            .with_context(|| format!("the note on the admin interface cannot be written to {}", note.display()))?;
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(error = &error as &dyn std::error::Error, "the admin interface ended");
            }
        });
        Ok(Self { server, note })
    }

    /// Closes the interface, and takes the note away.
    pub(crate) fn stop(self) {
        self.server.abort();
        let _ = std::fs::remove_file(self.note);
    }
}

/// Lets through whoever has read the note.
async fn authorize(State(admin): State<AdminState>, request: Request, next: Next) -> Response {
    let sent = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let sent = sent.strip_prefix("Bearer ").unwrap_or_default();
    if admin.token.matches(sent) { next.run(request).await } else { StatusCode::UNAUTHORIZED.into_response() }
}

async fn list(State(admin): State<AdminState>, Query(query): Query<ListQuery>) -> Result<Json<Vec<Row>>, Response> {
    let state = match query.state.as_deref().map(OutboxState::parse) {
        Some(None) => return Err((StatusCode::BAD_REQUEST, "no such state").into_response()),
        Some(state) => state,
        None => None,
    };
    let rows = admin.operator.data().outbox(state, query.limit.min(LIMIT)).await.map_err(|error| refuse(&error))?;
    Ok(Json(rows.into_iter().map(Row::from).collect()))
}

async fn show(State(admin): State<AdminState>, Path(id): Path<i64>) -> Result<Json<Record>, Response> {
    let record = admin.operator.data().outbox_record(OutboxId(id)).await.map_err(|error| refuse(&error))?;
    Ok(Json(record.into()))
}

async fn requeue(State(admin): State<AdminState>, Path(id): Path<i64>) -> Result<(), Response> {
    admin.operator.requeue(OutboxId(id)).await.map_err(|error| refuse(&error))?;
    Ok(())
}

async fn discard(State(admin): State<AdminState>, Path(id): Path<i64>) -> Result<(), Response> {
    admin.operator.discard(OutboxId(id)).await.map_err(|error| refuse(&error))?;
    Ok(())
}

/// Says why not.
fn refuse(error: &Error) -> Response {
    let status = match error {
        Error::NotFound => StatusCode::NOT_FOUND,
        Error::WrongState { .. } => StatusCode::CONFLICT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    (status, error.to_string()).into_response()
}
