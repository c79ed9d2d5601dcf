//! What the store does through its public interface.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod contract;
mod erasure;
mod file;
mod model;
mod retention;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use waxwing_store::sqlite::{Options, SqliteStore};
use waxwing_store::time::ManualClock;
use waxwing_store::{
    Arrival, Clock, Draft, Error, Fate, InboundMessage, OnDoubt, Outcome, RunId, SendRequest, Sender, Timestamp,
    TurnClaim, TurnCommit,
};
use waxwing_types::{MessageId, PhoneNumberId, Text, WaId};

const LEASE: Duration = Duration::from_secs(30);
const REQUEST: SendRequest = SendRequest {
    lease: LEASE,
    doubt: LEASE,
    doubt_limit: LEASE,
    on_doubt: OnDoubt::SendAgain,
    attempts: u32::MAX,
    max_age: Duration::MAX,
};

/// A clock that stands still.
fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(Timestamp::from_millis(1_767_225_600_000)))
}

async fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<SqliteStore, Error> {
    SqliteStore::open(path, Options::new("graph.example").clock(clock)).await
}

fn number() -> PhoneNumberId {
    PhoneNumberId::new("1000001")
}

/// A message from the user with this WhatsApp id.
fn message(from: &str, id: &str) -> InboundMessage {
    InboundMessage {
        number: number(),
        id: MessageId::new(id),
        sender: Sender { wa_id: Some(WaId::new(from)), ..Sender::default() },
        group: None,
        sent_at: 1_767_225_600,
        kind: "text".into(),
        body: Bytes::from_static(b"{}"),
        fate: Fate::Pending,
    }
}

fn arrivals(messages: impl IntoIterator<Item = InboundMessage>) -> Vec<Arrival> {
    messages.into_iter().map(Arrival::Message).collect()
}

/// A commit that answers all that is pending.
fn answer(claim: &TurnClaim, run: &str, reply: Vec<Draft>) -> TurnCommit {
    TurnCommit {
        run: RunId(run.into()),
        outcomes: claim.pending.iter().map(|message| (message.seq, Outcome::Answered)).collect(),
        reply,
        session: None,
        begin_session: None,
        pause: None,
        told: Vec::new(),
        send: None,
    }
}

fn text(body: impl Into<String>) -> Draft {
    Draft {
        to: WaId::new("34600000001").into(),
        content: Text::new(body).into(),
        reply_to: None,
        callback_data: None,
        upload: None,
    }
}
