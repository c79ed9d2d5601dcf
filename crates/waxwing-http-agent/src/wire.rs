//! What travels: the turn in one direction, the answer in the other. `docs/http-agent.md` is the contract, and these types are its schema.
//!
//! Within a version fields are added to what is sent, never taken away or changed: an agent passes over what it does not know. What comes back is read strictly, so that a
//! misspelt field is told rather than lost; so are choices, places and cards, which go both ways and stay as they are.

mod answer;
mod part;
mod turn;

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

pub use answer::{WireAnswer, WireFailure, WireHandoff, WireInterim, WireMemoryChanges, WireStateChanges};
pub use part::{WireAnswerMedia, WireMediaKind, WirePart};
pub use turn::{
    WireChoice, WireContact, WireFact, WireHistoryEntry, WireLocation, WireMedia, WireMessage, WireRole, WireSession,
    WireTurn, WireUndelivered, WireUser,
};

/// The version of the contract.
pub const CONTRACT_VERSION: u32 = 1;

/// The header that bears a signature, in either direction; an event of a stream bears its own as its `id`.
pub const SIGNATURE_HEADER: &str = "x-waxwing-signature";

/// The header that names a call: a repeated one has the same.
pub const IDEMPOTENCY_KEY_HEADER: &str = "idempotency-key";

/// The [JSON schema](https://json-schema.org/draft/2020-12) of the contract, as it is published in `docs/http-agent.schema.json`.
pub fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let properties = json!({
        "turn": generator.subschema_for::<WireTurn>(),
        "answer": generator.subschema_for::<WireAnswer>(),
        "message": generator.subschema_for::<WireInterim>(),
        "error": generator.subschema_for::<WireFailure>(),
    });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Waxwing HTTP agent, version 1",
        "description": "What is sent to an agent (turn), what it answers (answer, or the event `reply`), and the events `message` and `error`.",
        "properties": properties,
        "$defs": generator.take_definitions(true),
    })
}
