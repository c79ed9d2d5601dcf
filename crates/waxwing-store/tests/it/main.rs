//! Tests of the public interface.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[cfg(unix)]
mod backup;
mod contract;
mod debug;
mod erasure;
#[cfg(unix)]
mod faults;
mod file;
mod media_store;
mod model;
#[cfg(unix)]
mod restore;
mod retention;
mod sealed;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use waxwing_store::{
    Clock, Disposition, Draft, Error, InboxMessage, ManualClock, MessageOutcome, OnInDoubt, RunId, SendPolicy,
    SqliteOptions, SqliteStore, Timestamp, TurnClaim, TurnCommit, WebhookItem,
};
use waxwing_types::{MessageId, PhoneNumberId, Text, UserProfile, WaId};

const LEASE: Duration = Duration::from_secs(30);
const REQUEST: SendPolicy = SendPolicy {
    lease: LEASE,
    in_doubt_window: LEASE,
    in_doubt_max: LEASE,
    on_in_doubt: OnInDoubt::SendAgain,
    max_attempts: u32::MAX,
    max_age: Duration::MAX,
};

/// Returns a clock that only the test moves.
fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(Timestamp::from_millis(1_767_225_600_000)))
}

async fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<SqliteStore, Error> {
    SqliteStore::open(path, SqliteOptions::new("graph.example").clock(clock)).await
}

fn number() -> PhoneNumberId {
    PhoneNumberId::new("1000001")
}

/// Returns a message from the user with this WhatsApp id.
fn message(from: &str, id: &str) -> InboxMessage {
    InboxMessage {
        number: number(),
        id: MessageId::new(id),
        sender: UserProfile::from(WaId::new(from)),
        group: None,
        sent_at: 1_767_225_600,
        kind: "text".into(),
        body: Bytes::from_static(b"{}"),
        disposition: Disposition::Pending,
        wakes: true,
        opens_window: true,
    }
}

fn items(messages: impl IntoIterator<Item = InboxMessage>) -> Vec<WebhookItem> {
    messages.into_iter().map(WebhookItem::Message).collect()
}

/// Returns a commit that answers all pending messages.
fn answer(claim: &TurnClaim, run: &str, reply: Vec<Draft>) -> TurnCommit {
    TurnCommit {
        outcomes: claim.pending.iter().map(|message| (message.seq, MessageOutcome::Answered)).collect(),
        reply,
        ..TurnCommit::new(RunId(run.into()))
    }
}

fn text(body: impl Into<String>) -> Draft {
    Draft {
        to: WaId::new("34600000001").into(),
        content: Text::new(body).into(),
        reply_to: None,
        callback_data: None,
        upload: None,
        needs_previous: false,
        fallback: None,
    }
}
