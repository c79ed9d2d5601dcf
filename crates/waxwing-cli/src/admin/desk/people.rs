//! People and their conversations.

use anyhow::{Context, bail};
use reqwest::Client;
use serde::Serialize;
use serde::de::DeserializeOwned;
use waxwing::engine::{NextResponder, Operator};
use waxwing::store::OutboxId;

use super::{AdminClient, answer};
use crate::admin::note::AdminEndpoint;
use crate::admin::people::{
    ActionRequest, ActionTarget, ConversationQuery, ConversationView, ErasureReportView, Selector, UserDataView,
};

/// More conversations of one user than anybody has.
const MANY: usize = 1000;

impl AdminClient {
    /// Lists conversations, newest first: all, or those that a person answers.
    pub(crate) async fn conversations(&self, is_paused: bool, limit: usize) -> anyhow::Result<Vec<ConversationView>> {
        self.look(ConversationQuery { selector: None, is_paused, limit }).await
    }

    async fn look(&self, query: ConversationQuery) -> anyhow::Result<Vec<ConversationView>> {
        match self {
            Self::Store { store, .. } => {
                let rows = store.conversations(&query.which(), query.limit).await?;
                Ok(rows.into_iter().map(ConversationView::from).collect())
            }
            Self::Server { client, note } => ask(client, note, "conversations", &query).await,
        }
    }

    /// Finds the conversation that is meant.
    pub(crate) async fn find(&self, selector: Selector, number: Option<String>) -> anyhow::Result<ActionTarget> {
        let query = ConversationQuery { selector: Some(selector.clone()), is_paused: false, limit: MANY };
        let mut found = self.look(query).await?;
        found.retain(|row| number.as_ref().is_none_or(|number| *number == row.number));
        match (&found[..], selector, number) {
            ([one], _, _) => Ok(ActionTarget::Conversation(one.id)),
            ([], user @ (Selector::Phone(_) | Selector::Bsuid(_)), Some(number)) => {
                Ok(ActionTarget::User { number, user })
            }
            ([], Selector::Conversation(id), _) => bail!("there is no conversation {id}"),
            ([], _, None) => {
                bail!("there is no conversation with this user; name a business number with --number to begin one")
            }
            (several, _, _) => {
                let numbers: Vec<_> = several.iter().map(|row| row.number.as_str()).collect();
                bail!("this user writes to several business numbers; name one with --number: {}", numbers.join(", "))
            }
        }
    }

    /// Takes part in a conversation. Returns it, and the message on its way out.
    pub(crate) async fn act(
        &self,
        to: ActionTarget,
        words: Option<String>,
        answers: NextResponder,
    ) -> anyhow::Result<(i64, Option<i64>)> {
        let act = ActionRequest { to, words, answers };
        match self {
            Self::Store { store, .. } => {
                let (to, act) = act.split();
                let (conversation, row) = Operator::new(store.clone()).act(to, &act).await?;
                Ok((conversation.0, row.map(|OutboxId(id)| id)))
            }
            Self::Server { client, note } => ask(client, note, "act", &act).await,
        }
    }

    /// Tells what is kept of a user.
    pub(crate) async fn person(&self, selector: &Selector) -> anyhow::Result<UserDataView> {
        let key = selector.user().context("a user is named by a phone number or a business-scoped id")?;
        let found: anyhow::Result<UserDataView> = async {
            match self {
                Self::Store { store, .. } => Ok(store.user_report(&key).await?.into()),
                Self::Server { client, note } => ask(client, note, "users/show", selector).await,
            }
        }
        .await;
        found.context("the user cannot be shown")
    }

    /// Erases a user.
    pub(crate) async fn forget(&self, selector: &Selector) -> anyhow::Result<ErasureReportView> {
        let key = selector.user().context("a user is named by a phone number or a business-scoped id")?;
        let done: anyhow::Result<ErasureReportView> = async {
            match self {
                Self::Store { store, database } => {
                    let forgotten = store.erase_user(&key).await?;
                    // Nobody knows whose files they are that a server left which was killed.
                    match std::fs::remove_dir_all(database.media_dir()) {
                        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error)?,
                        _ => Ok(forgotten.into()),
                    }
                }
                Self::Server { client, note } => ask(client, note, "users/forget", selector).await,
            }
        }
        .await;
        done.context("the user cannot be forgotten")
    }
}

async fn ask<T: DeserializeOwned>(
    client: &Client,
    note: &AdminEndpoint,
    what: &str,
    body: &impl Serialize,
) -> anyhow::Result<T> {
    let request = client.post(format!("{}/{what}", note.url)).json(body);
    Ok(answer(request, note).await?.json().await?)
}
