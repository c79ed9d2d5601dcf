//! Data of users who want no marketing messages.

use std::fmt;

use serde::{Deserialize, Serialize};
use waxwing::store::{OptOut, Timestamp};

/// A page of users who want no marketing messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OptOutsView {
    /// Users, oldest conversation first.
    pub(crate) opt_outs: Vec<OptOutView>,
    /// Value of `after` for the next page. `None` on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

/// A user who wants no marketing messages. `Debug` output contains no ids of the user.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OptOutView {
    /// Key of the conversation.
    pub(crate) conversation: String,
    /// Id of the business number.
    pub(crate) number: String,
    /// Phone number in digits, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phone: Option<String>,
    /// Business-scoped user id, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bsuid: Option<String>,
    /// Time of the choice, in milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<i64>,
}

impl OptOutsView {
    /// Creates a page of at most `limit` rows. One row more shows that there is a next page.
    pub(crate) fn new(rows: Vec<OptOut>, limit: usize) -> Self {
        let has_next = rows.len() > limit;
        let opt_outs: Vec<_> = rows.into_iter().take(limit).map(OptOutView::from).collect();
        let next = opt_outs.last().filter(|_| has_next).map(|last| last.conversation.clone());
        Self { opt_outs, next }
    }
}

impl From<OptOut> for OptOutView {
    fn from(row: OptOut) -> Self {
        Self {
            conversation: row.conversation_key,
            number: row.number.as_str().to_owned(),
            phone: row.user.wa_id.map(|id| id.as_str().to_owned()),
            bsuid: row.user.bsuid.map(|id| id.as_str().to_owned()),
            at: row.at.map(Timestamp::as_millis),
        }
    }
}

impl fmt::Debug for OptOutView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OptOutView").field("number", &self.number).field("at", &self.at).finish_non_exhaustive()
    }
}
