//! The commands' side: through the server that holds the database, or, where none does, through the database itself.

mod people;

use std::sync::Arc;

use anyhow::{Context, bail};
use reqwest::{Client, RequestBuilder, Response, Url};
use waxwing::store::{Error, OutboxId, OutboxState, Store};
use waxwing::{ConfigError, Database};

use super::note::AdminEndpoint;
use super::{Record, Row};

/// Where a command does its work.
pub(crate) enum AdminClient {
    /// No server holds the database.
    Store { store: Arc<dyn Store>, database: Database },
    /// A server holds it.
    Server { client: Client, note: AdminEndpoint },
}

impl AdminClient {
    /// Opens the database, or reaches the server that has it open.
    pub(crate) async fn open(database: &Database) -> anyhow::Result<Self> {
        if !database.exists() {
            return Err(ConfigError::new(format!(
                "there is no database at {database}; say where it is with --database-url"
            ))
            .into());
        }
        match database.open_for_maintenance().await {
            Ok(store) => Ok(Self::Store { store, database: database.clone() }),
            Err(waxwing::Error::Store(Error::InUse { .. })) => {
                let path = AdminEndpoint::path(database);
                let note = AdminEndpoint::read(&path).with_context(|| {
                    format!("a server holds {database}, but its note {} cannot be read", path.display())
                })?;
                Ok(Self::Server { client: Client::builder().no_proxy().build()?, note })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Lists messages, newest first.
    pub(crate) async fn outbox(&self, state: Option<OutboxState>, limit: usize) -> anyhow::Result<Vec<Row>> {
        match self {
            Self::Store { store, .. } => Ok(store.outbox(state, limit).await?.into_iter().map(Row::from).collect()),
            Self::Server { client, note } => {
                let mut url = Url::parse(&format!("{}/outbox", note.url))?;
                url.query_pairs_mut().append_pair("limit", &limit.to_string());
                if let Some(state) = state {
                    url.query_pairs_mut().append_pair("state", state.as_str());
                }
                Ok(answer(client.get(url), note).await?.json().await?)
            }
        }
    }

    /// Shows one message.
    pub(crate) async fn record(&self, id: OutboxId) -> anyhow::Result<Record> {
        let found: anyhow::Result<Record> = async {
            match self {
                Self::Store { store, .. } => Ok(store.outbox_record(id).await?.into()),
                Self::Server { client, note } => {
                    let request = client.get(format!("{}/outbox/{id}", note.url));
                    Ok(answer(request, note).await?.json().await?)
                }
            }
        }
        .await;
        found.with_context(|| format!("message {id} cannot be shown"))
    }

    /// Places a message at the end of its conversation's queue.
    pub(crate) async fn requeue(&self, id: OutboxId) -> anyhow::Result<()> {
        let done: anyhow::Result<()> = async {
            match self {
                Self::Store { store, .. } => Ok(store.requeue(id).await?),
                Self::Server { client, note } => post(client, note, id, "requeue").await,
            }
        }
        .await;
        done.with_context(|| format!("message {id} cannot be queued again"))
    }

    /// Gives a message up that waits.
    pub(crate) async fn discard(&self, id: OutboxId) -> anyhow::Result<()> {
        let done: anyhow::Result<()> = async {
            match self {
                Self::Store { store, .. } => Ok(store.discard(id).await?),
                Self::Server { client, note } => post(client, note, id, "discard").await,
            }
        }
        .await;
        done.with_context(|| format!("message {id} cannot be dropped"))
    }
}

async fn post(client: &Client, note: &AdminEndpoint, id: OutboxId, action: &str) -> anyhow::Result<()> {
    answer(client.post(format!("{}/outbox/{id}/{action}", note.url)), note).await?;
    Ok(())
}

async fn answer(request: RequestBuilder, note: &AdminEndpoint) -> anyhow::Result<Response> {
    let response =
        request.bearer_auth(&note.token).send().await.context("the server that holds the database does not answer")?;
    if response.status().is_success() {
        return Ok(response);
    }
    let status = response.status();
    match response.text().await {
        Ok(reason) if !reason.is_empty() => bail!("{reason}"),
        _ => bail!("the server answered {status}"),
    }
}
