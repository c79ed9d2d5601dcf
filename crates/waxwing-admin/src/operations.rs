//! The actions of operators on a store.

mod events;

use std::path::Path;
use std::sync::Arc;

use tokio::sync::OnceCell;
use waxwing::Database;
use waxwing::engine::{CampaignError, Operator, OperatorError, RateTable, SendMessageError, UsageError};
use waxwing::store::{
    ConversationId, ConversationTarget, Error, LogKey, MediaHash, OutboxId, OutboxState, QuarantineId, Store,
    Timestamp, UsageKey, UsageQuery, UserKey,
};
use waxwing::types::MessageId;

use crate::error::AdminError;
use crate::message_file::MessageFile;
use crate::message_request::{EventRequest, MessageRequest};
use crate::request::{
    ActionRequest, ActionResponse, ConversationQuery, HistoryQuery, LogQuery, MAX_ROWS, MediumKey, MessageQuery,
    UsageRequest, UserLogQuery,
};
use crate::selector::Selector;
use crate::usage_date::UsageDate;
use crate::views::agents::AgentsView;
use crate::views::conversation::{ConversationDataView, ConversationView};
use crate::views::log::{LogEntryView, UserLogEntryView};
use crate::views::message::FoundMessageView;
use crate::views::opt_out::OptOutsView;
use crate::views::outbox::{OutboxDetailView, OutboxView, QueuedView, RecordedView};
use crate::views::quarantine::{QuarantineDetailView, QuarantineView};
use crate::views::usage::UsageView;
use crate::views::user::{ErasureView, UserDataView};

/// Number of days before today of a report of usage without a first day.
const USAGE_DAYS: i64 = 30;

/// Runs the actions of operators, with the engine of a running server or without one.
#[derive(Debug, Clone)]
pub(crate) struct Operations {
    operator: Operator,
    /// Database whose media files are removed with an erased user. A running server removes its files itself.
    database: Option<Database>,
    /// The operator with the kept media of the database, which are opened when they are needed.
    with_media: OnceCell<Operator>,
}

impl Operations {
    pub(crate) fn of_server(operator: Operator) -> Self {
        Self { operator, database: None, with_media: OnceCell::new() }
    }

    /// Creates operations on the store of a database that no server uses.
    pub(crate) fn exclusive(store: Arc<dyn Store>, database: Database) -> Self {
        Self { operator: Operator::new(store), database: Some(database), with_media: OnceCell::new() }
    }

    /// Sets Meta's rates, for a database that no server uses.
    pub(crate) fn set_rates(&mut self, rates: Arc<RateTable>) {
        self.operator = self.operator.clone().rates(rates);
    }

    pub(crate) fn operator(&self) -> &Operator {
        &self.operator
    }

    pub(crate) async fn outbox(&self, state: Option<OutboxState>, limit: usize) -> Result<Vec<OutboxView>, AdminError> {
        Ok(self.operator.data().outbox(state, limit.min(MAX_ROWS)).await?.into_iter().map(OutboxView::from).collect())
    }

    pub(crate) async fn message(&self, id: i64) -> Result<OutboxDetailView, AdminError> {
        Ok(self.operator.data().outbox_record(OutboxId(id)).await?.into())
    }

    pub(crate) async fn requeue(&self, id: i64) -> Result<(), AdminError> {
        Ok(self.operator.requeue(OutboxId(id)).await?)
    }

    pub(crate) async fn discard(&self, id: i64) -> Result<(), AdminError> {
        Ok(self.operator.discard(OutboxId(id)).await?)
    }

    pub(crate) async fn conversations(&self, query: &ConversationQuery) -> Result<Vec<ConversationView>, AdminError> {
        let rows = self.operator.data().conversations(&query.filter(), query.limit.min(MAX_ROWS)).await?;
        Ok(rows.into_iter().map(ConversationView::from).collect())
    }

    /// Returns a page of users who want no marketing messages.
    pub(crate) async fn opt_outs(&self, after: Option<&str>, limit: usize) -> Result<OptOutsView, AdminError> {
        Ok(OptOutsView::new(self.operator.data().opt_outs(after, limit + 1).await?, limit))
    }

    pub(crate) async fn conversation(&self, id: i64) -> Result<ConversationDataView, AdminError> {
        Ok(self.operator.data().conversation_report(ConversationId(id)).await?.into())
    }

    pub(crate) async fn conversation_log(&self, query: &LogQuery) -> Result<Vec<LogEntryView>, AdminError> {
        let limit = query.limit.min(MAX_ROWS);
        let entries = self.operator.data().conversation_log(ConversationId(query.id), query.before, limit).await?;
        Ok(entries.into_iter().map(LogEntryView::from).collect())
    }

    pub(crate) async fn agent_history(&self, query: &HistoryQuery) -> Result<Vec<LogEntryView>, AdminError> {
        let limit = query.limit.min(MAX_ROWS);
        let entries = self.operator.data().agent_history(ConversationId(query.id), &query.agent, limit).await?;
        Ok(entries.into_iter().map(LogEntryView::from).collect())
    }

    pub(crate) async fn messages(&self, query: &MessageQuery) -> Result<Vec<FoundMessageView>, AdminError> {
        let ids: Vec<_> = query.messages.iter().take(MAX_ROWS).map(MessageId::new).collect();
        let found = self.operator.data().conversation_messages(ConversationId(query.id), &ids).await?;
        Ok(found.into_iter().map(FoundMessageView::from).collect())
    }

    /// Places a kept medium at the path `file`. Returns its size in bytes, or none if it is not kept.
    pub(crate) async fn medium(&self, key: &MediumKey, file: &Path) -> Result<Option<u64>, AdminError> {
        let hash = MediaHash::parse(&key.sha256)
            .ok_or_else(|| AdminError::Request("the hash of the medium needs 64 hexadecimal digits".into()))?;
        Ok(self.operator_with_media().await?.kept_medium(hash, file).await)
    }

    pub(crate) async fn act(&self, request: ActionRequest) -> Result<ActionResponse, AdminError> {
        let action = request.action();
        let (conversation, message) = self.operator.act(request.conversation.into(), &action).await?;
        Ok(ActionResponse { conversation: conversation.0, message: message.map(|id| id.0) })
    }

    /// Queues a message of another system, with its file if it has one.
    pub(crate) async fn send(
        &self,
        request: MessageRequest,
        key: Option<String>,
        file: Option<MessageFile>,
    ) -> Result<QueuedView, AdminError> {
        let message = request.message(key, file)?;
        Ok(self.operator.send(message).await?.into())
    }

    /// Records an event of another system.
    pub(crate) async fn report_event(
        &self,
        conversation: String,
        request: EventRequest,
        key: Option<String>,
    ) -> Result<RecordedView, AdminError> {
        let event = request.event(ConversationTarget::Key(conversation), key);
        Ok(self.operator.report_event(event).await?.into())
    }

    pub(crate) async fn user(&self, user: &Selector) -> Result<UserDataView, AdminError> {
        Ok(self.operator.data().user_report(&user_key(user)?).await?.into())
    }

    pub(crate) async fn user_log(&self, query: &UserLogQuery) -> Result<Vec<UserLogEntryView>, AdminError> {
        let after =
            query.after.map(|(conversation, entry)| LogKey { conversation: ConversationId(conversation), entry });
        let limit = query.limit.min(MAX_ROWS);
        let entries = self.operator.data().user_log(&user_key(&query.user)?, after, limit).await?;
        Ok(entries.into_iter().map(UserLogEntryView::from).collect())
    }

    pub(crate) async fn erase(&self, user: &Selector) -> Result<ErasureView, AdminError> {
        let report = self.operator_with_media().await?.erase(&user_key(user)?).await?;
        if let Some(database) = &self.database {
            let media_dir = database.media_dir();
            // The files of a killed server belong to unknown users, so all of them go.
            match std::fs::remove_dir_all(&media_dir) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    return Err(AdminError::Media { path: media_dir, source });
                }
                _ => {}
            }
        }
        Ok(report.into())
    }

    /// Returns the operator with the kept media. A running engine has them already.
    async fn operator_with_media(&self) -> Result<&Operator, AdminError> {
        let Some(database) = &self.database else { return Ok(&self.operator) };
        let open = || async {
            let media = database.open_media_store(u64::MAX).await;
            let failed = |source| AdminError::KeptMedia { path: database.kept_media_dir(), source };
            Ok(self.operator.clone().media_store(media.map_err(failed)?))
        };
        self.with_media.get_or_try_init(open).await
    }

    pub(crate) async fn agents(&self) -> Result<AgentsView, AdminError> {
        let (paused_since, cost_today) = self.operator.agents().await?;
        Ok(AgentsView { paused_since: paused_since.map(Timestamp::as_millis), cost_today })
    }

    pub(crate) async fn set_agents_paused(&self, is_paused: bool) -> Result<(), AdminError> {
        Ok(self.operator.set_agents_paused(is_paused).await?)
    }

    pub(crate) async fn usage(&self, request: &UsageRequest) -> Result<UsageView, AdminError> {
        let by = UsageKey::parse(&request.by).ok_or_else(|| {
            let keys = UsageKey::ALL.map(UsageKey::as_str).join(", ");
            AdminError::Request(format!("there is no usage by {:?}; choose one of {keys}", request.by))
        })?;
        let today = UsageDate(self.operator.today());
        let since = match &request.since {
            Some(since) => since.parse().map_err(|error| AdminError::Request(format!("since {since:?}: {error}")))?,
            None => UsageDate(today.0 - USAGE_DAYS),
        };
        let query = UsageQuery { by, since: since.0, until: today.0 };
        Ok(UsageView::new(self.operator.usage(query).await?, by, since, today))
    }

    pub(crate) async fn quarantine(&self, limit: usize) -> Result<Vec<QuarantineView>, AdminError> {
        Ok(self.operator.data().quarantine(limit.min(MAX_ROWS)).await?.into_iter().map(QuarantineView::from).collect())
    }

    pub(crate) async fn quarantined(&self, id: i64) -> Result<QuarantineDetailView, AdminError> {
        Ok(self.operator.data().quarantine_record(QuarantineId(id)).await?.into())
    }

    pub(crate) async fn requeue_quarantined(&self, id: i64) -> Result<(), AdminError> {
        Ok(self.operator.requeue_quarantined(QuarantineId(id)).await?)
    }
}

fn user_key(user: &Selector) -> Result<UserKey, AdminError> {
    user.user()
        .ok_or_else(|| AdminError::Request("name the user by a phone number or a business-scoped user id".into()))
}

/// Returns the HTTP status of a failed action.
pub(crate) fn status(error: &AdminError) -> u16 {
    match error {
        AdminError::Store(error)
        | AdminError::Operator(OperatorError::Store(error))
        | AdminError::Message(SendMessageError::Store(error))
        | AdminError::Campaign(CampaignError::Store(error))
        | AdminError::Usage(UsageError::Store(error)) => match error {
            Error::NotFound => 404,
            Error::WrongState { .. }
            | Error::WindowClosed
            | Error::IdempotencyConflict
            | Error::AtMostOnce
            | Error::LimitReached { .. } => 409,
            Error::QueueFull => 429,
            Error::Faulted(_) | Error::Closed => 503,
            _ => 500,
        },
        AdminError::Message(SendMessageError::UnknownNumber) | AdminError::Campaign(CampaignError::UnknownNumber) => {
            404
        }
        AdminError::Message(SendMessageError::BudgetUsed(_)) | AdminError::Campaign(CampaignError::CannotStart(_)) => {
            409
        }
        AdminError::Message(_)
        | AdminError::Campaign(_)
        | AdminError::Operator(OperatorError::InvalidText(_))
        | AdminError::Request(_)
        | AdminError::Usage(UsageError::TooLarge) => 400,
        AdminError::Operator(_) => 409,
        AdminError::TooLarge(_) => 413,
        AdminError::Busy => 503,
        _ => 500,
    }
}
