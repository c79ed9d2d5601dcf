//! The HTTP server of the admin API.

mod agents;
pub(crate) mod authorization;
pub(crate) mod campaigns;
mod conversations;
mod events;
mod form;
mod media;
mod message_body;
pub(crate) mod messages;
pub(crate) mod opt_outs;
mod outbox;
mod parameters;
mod quarantine;
mod usage;
mod users;

use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, middleware};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use waxwing::engine::Operator;
use waxwing::{ConnectionLimits, Database, HttpServer};

use crate::endpoint::AdminEndpoint;
use crate::error::AdminError;
use crate::operations::{Operations, status};
use authorization::{Token, authorize};

/// Time between two attempts to write the file on a full disk.
const WRITE_INTERVAL: Duration = Duration::from_secs(1);

/// The admin API of a running server.
///
/// It listens on a free loopback port. The file `DATABASE.admin.json` contains its address and its token, and is readable by the user of
/// the process only. The API stops when this is dropped.
#[derive(Debug)]
pub struct AdminServer {
    http: JoinHandle<()>,
    file: PathBuf,
}

impl AdminServer {
    /// Starts the API for the server that uses `database`. `operator` is the handle of its engine.
    ///
    /// # Errors
    ///
    /// [`AdminError::Start`] if no port is free, if the operating system has no random numbers, or if the file cannot be written. On a
    /// full disk, the API starts and writes the file later.
    pub async fn start(database: &Database, operator: Operator) -> Result<Self, AdminError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(AdminError::Start)?;
        let url = format!("http://{}", listener.local_addr().map_err(AdminError::Start)?);
        let (token, secret) = Token::generate().map_err(AdminError::Start)?;
        let operations = Operations::of_server(operator);
        let router = Router::new()
            .merge(outbox::routes())
            .merge(conversations::routes())
            .merge(media::routes())
            .merge(messages::routes())
            .merge(campaigns::routes())
            .merge(opt_outs::routes())
            .merge(users::routes())
            .merge(quarantine::routes())
            .merge(agents::routes())
            .merge(usage::routes())
            .merge(events::routes())
            .with_state(operations)
            .layer(middleware::from_fn_with_state(token, authorize));
        let file = AdminEndpoint::path(database);
        let endpoint = AdminEndpoint { url, token: secret };
        let is_written = write(&endpoint, &file).map_err(AdminError::Start)?;
        let later = file.clone();
        let http = tokio::spawn(async move {
            let written = async {
                if !is_written {
                    write_when_there_is_space(&endpoint, &later).await;
                }
            };
            let http = HttpServer::new(router, ConnectionLimits::default());
            let (ended, ()) = tokio::join!(http.serve(listener, std::future::pending()), written);
            if let Err(error) = ended {
                tracing::error!(error = &error as &dyn std::error::Error, "admin API stopped");
            }
        });
        Ok(Self { http, file })
    }
}

/// Writes the file. Returns false on a full disk, on which the server starts all the same.
fn write(endpoint: &AdminEndpoint, file: &Path) -> io::Result<bool> {
    match endpoint.write(file) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::StorageFull => Ok(false),
        Err(error) => Err(error),
    }
}

/// Writes the file as soon as the disk has space.
async fn write_when_there_is_space(endpoint: &AdminEndpoint, file: &Path) {
    tracing::warn!("disk full; commands cannot reach the server until it can write the file of the admin API");
    loop {
        tokio::time::sleep(WRITE_INTERVAL).await;
        match write(endpoint, file) {
            Ok(true) => return,
            Ok(false) => {}
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "file of the admin API not written");
                return;
            }
        }
    }
}

impl Drop for AdminServer {
    fn drop(&mut self) {
        self.http.abort();
        let _ = std::fs::remove_file(&self.file);
    }
}

impl IntoResponse for AdminError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(status(&self)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(json!({ "detail": self.to_string() }))).into_response()
    }
}
