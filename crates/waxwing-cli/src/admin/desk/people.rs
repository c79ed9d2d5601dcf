//! People and their conversations.

use anyhow::{Context, bail};
use reqwest::Client;
use serde::Serialize;
use serde::de::DeserializeOwned;
use waxwing::engine::{NextResponder, operator};
use waxwing::store::OutboxId;

use super::{Desk, answer};
use crate::admin::note::Note;
use crate::admin::people::{Act, ConversationView, ForgottenView, Lookup, PersonView, To, Whom};

/// More conversations of one user than anybody has.
const MANY: usize = 1000;

impl Desk {
    /// Lists conversations, newest first: all, or those that a person answers.
    pub(crate) async fn conversations(&self, is_paused: bool, limit: usize) -> anyhow::Result<Vec<ConversationView>> {
        self.look(Lookup { whom: None, is_paused, limit }).await
    }

    async fn look(&self, lookup: Lookup) -> anyhow::Result<Vec<ConversationView>> {
        match self {
            Self::Store { store, .. } => {
                let rows = store.conversations(&lookup.which(), lookup.limit).await?;
                Ok(rows.into_iter().map(ConversationView::from).collect())
            }
            Self::Server { client, note } => ask(client, note, "conversations", &lookup).await,
        }
    }

    /// Finds the conversation that is meant.
    pub(crate) async fn find(&self, whom: Whom, number: Option<String>) -> anyhow::Result<To> {
        let lookup = Lookup { whom: Some(whom.clone()), is_paused: false, limit: MANY };
        let mut found = self.look(lookup).await?;
        found.retain(|row| number.as_ref().is_none_or(|number| *number == row.number));
        match (&found[..], whom, number) {
            ([one], _, _) => Ok(To::Conversation(one.id)),
            ([], user @ (Whom::Phone(_) | Whom::Bsuid(_)), Some(number)) => Ok(To::User { number, user }),
            ([], Whom::Conversation(id), _) => bail!("there is no conversation {id}"),
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
        to: To,
        words: Option<String>,
        answers: NextResponder,
    ) -> anyhow::Result<(i64, Option<i64>)> {
        let act = Act { to, words, answers };
        match self {
            Self::Store { store, .. } => {
                let (to, act) = act.split();
                let (conversation, row) = operator::act(&**store, to, &act).await?;
                Ok((conversation.0, row.map(|OutboxId(id)| id)))
            }
            Self::Server { client, note } => ask(client, note, "act", &act).await,
        }
    }

    /// Tells what is kept of a user.
    pub(crate) async fn person(&self, whom: &Whom) -> anyhow::Result<PersonView> {
        let key = whom.user().context("a user is named by a phone number or a business-scoped id")?;
        let found: anyhow::Result<PersonView> = async {
            match self {
                Self::Store { store, .. } => Ok(store.user_report(&key).await?.into()),
                Self::Server { client, note } => ask(client, note, "users/show", whom).await,
            }
        }
        .await;
        found.context("the user cannot be shown")
    }

    /// Erases a user.
    pub(crate) async fn forget(&self, whom: &Whom) -> anyhow::Result<ForgottenView> {
        let key = whom.user().context("a user is named by a phone number or a business-scoped id")?;
        let done: anyhow::Result<ForgottenView> = async {
            match self {
                Self::Store { store, database } => {
                    let forgotten = store.erase_user(&key).await?;
                    // Nobody knows whose files they are that a server left which was killed.
                    match std::fs::remove_dir_all(database.media_dir()) {
                        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error)?,
                        _ => Ok(forgotten.into()),
                    }
                }
                Self::Server { client, note } => ask(client, note, "users/forget", whom).await,
            }
        }
        .await;
        done.context("the user cannot be forgotten")
    }
}

async fn ask<T: DeserializeOwned>(
    client: &Client,
    note: &Note,
    what: &str,
    body: &impl Serialize,
) -> anyhow::Result<T> {
    let request = client.post(format!("{}/{what}", note.url)).json(body);
    Ok(answer(request, note).await?.json().await?)
}
