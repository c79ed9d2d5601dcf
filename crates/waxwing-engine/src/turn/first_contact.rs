//! First-contact text with regard to a turn.

use std::sync::Arc;

use tokio::sync::Mutex;
use waxwing_store::{Error, Lease, Peer, QueuedNotice, Store, TurnClaim};

use crate::settings::NumberPolicies;

/// Version of the first-contact text, if none is set.
const FIRST_VERSION: &str = "1";

/// The first-contact text of a turn, as far as its user has not got it.
#[derive(Debug)]
pub(super) struct FirstContact {
    version: String,
    /// False once the user has the text.
    is_due: Mutex<bool>,
}

impl FirstContact {
    pub(super) fn new(policies: &NumberPolicies, claim: &TurnClaim) -> Arc<Self> {
        let version = policies.first_contact_version.as_deref().unwrap_or(FIRST_VERSION);
        let is_addressed = match claim.conversation.peer {
            Peer::User(_) => true,
            Peer::Group(_) => policies.first_contact_in_groups.unwrap_or_default(),
        };
        let is_due = is_addressed && claim.notices.first_contact.as_deref() != Some(version);
        Arc::new(Self { version: version.to_owned(), is_due: Mutex::new(is_due) })
    }

    /// Returns the version of the text if the next reply has to contain the text.
    pub(super) async fn due_version(&self) -> Option<&str> {
        let is_due = *self.is_due.lock().await;
        is_due.then_some(self.version.as_str())
    }

    /// Queues the text before an interim message, unless the user has it.
    pub(super) async fn queue(&self, store: &dyn Store, lease: &Lease, notice: &QueuedNotice) -> Result<(), Error> {
        let mut is_due = self.is_due.lock().await;
        if *is_due {
            store.queue_first_contact(lease, &self.version, notice.clone()).await?;
            *is_due = false;
        }
        Ok(())
    }
}
