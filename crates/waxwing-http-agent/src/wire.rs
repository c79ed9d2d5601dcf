//! Types of the contract with agents in other languages.
//!
//! `docs/http-agent.md` describes the contract, and these types define its JSON schema. Within a version, Waxwing adds fields to turns and
//! neither removes nor changes fields. Both sides ignore unknown fields; Waxwing names those of an answer in its log, so that a typo does not get
//! lost.
//!
//! `Debug` output of the types contains no personal data.

mod answer;
mod answer_media;
mod contact_details;
mod content;
mod message;
mod message_content;
mod part;
mod product;
mod quoted;
mod role;
mod template;
mod turn;
mod user;

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

pub use answer::{
    WireAnswer, WireFailure, WireHandoff, WireInterim, WireMemoryChanges, WireReminder, WireStateChanges,
};
pub use answer_media::WireAnswerMedia;
pub use contact_details::{WireContactAddress, WireContactDetails, WireContactEntry};
pub use content::{WireChoice, WireContact, WireLocation, WireMediaKind};
pub use message::{WireAd, WireForwarded, WireMedia, WireMessage};
pub use message_content::{WireMessageContent, WireMoney, WireOrderItem};
pub use part::{WireForm, WirePart};
pub use product::WireProduct;
pub use quoted::{WireQuoted, WireQuotedMedia};
pub use role::WireRole;
pub use template::{
    WireTemplate, WireTemplateButton, WireTemplateCard, WireTemplateCardHeader, WireTemplateHeader,
    WireTemplateMismatch, WireTemplateProblem, WireTemplateProducts,
};
pub use turn::{
    WireBusinessNumber, WireClosed, WireConversation, WireFact, WireHistoryEntry, WireSession, WireTurn,
    WireUndelivered,
};
pub use user::WireUser;

/// Version of the contract.
pub const CONTRACT_VERSION: u32 = 1;

/// Header with the signature of a request or a response. The signature of an event is its `id`.
pub const SIGNATURE_HEADER: &str = "x-waxwing-signature";

/// Header with the trace and the span of the run, in the form of W3C. Not sent while the server records no traces.
pub const TRACE_HEADER: &str = "traceparent";

/// Header that identifies a call. A repeated call has the same value.
pub const IDEMPOTENCY_KEY_HEADER: &str = "idempotency-key";

/// Implements `Debug` with the listed fields only.
macro_rules! debug_without_content {
    ($($name:ident { $($field:ident),* })*) => {
        $(
            impl std::fmt::Debug for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.debug_struct(stringify!($name))$(.field(stringify!($field), &self.$field))*.finish_non_exhaustive()
                }
            }
        )*
    };
}
use debug_without_content;

/// Returns the [JSON schema](https://json-schema.org/draft/2020-12) of the contract, which is published as `docs/http-agent.schema.json`.
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
        "description": "The request (turn), the answer (body of the response, or the event `reply`), and the events `message` and `error`.",
        "properties": properties,
        "$defs": generator.take_definitions(true),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_has_no_content() {
        let turn = json!({
            "version": 1, "idempotency_key": "k", "run_id": "r", "agent": "shop", "group": false,
            "user": {"id": "34secret", "name": "secret", "phone": "34secret", "bsuid": "secret"},
            "conversation": {"key": "secret", "number": {"id": "secret"}, "group_id": "secret", "group_subject": "secret"},
            "session": {"id": "34secret", "state": {"secret": "secret"}},
            "memory": [{"id": 1, "text": "secret", "at": 0}],
            "history": [{"role": "user", "text": "secret", "at": 0}],
            "messages": [{
                "id": "wamid.secret", "sender": {"id": "34secret", "name": "secret"}, "sent_at": 0, "text": "secret",
                "choice": {"id": "secret", "label": "secret", "description": "secret"},
                "location": {"latitude": 1.0, "longitude": 2.0, "name": "secret"},
                "contacts": [{"name": "secret", "phones": ["secret"], "details": {"vcard": "secret"}}],
                "content": {"type": "form", "answer": {"secret": "secret"}},
                "ad": {"headline": "secret"}, "product": {"product_id": "secret"},
                "media": {"kind": "image", "mime_type": "image/png", "filename": "secret", "size": 6, "data": "secret"},
                "quotes": "wamid.secret",
                "quoted": {
                    "role": "user", "sender": {"id": "34secret"}, "text": "secret", "choices": ["secret"],
                    "media": {"kind": "document", "filename": "secret", "data": "secret"},
                },
            }],
            "undelivered": [{"text": "secret", "reason": "gone"}],
        });
        let turn: WireTurn = serde_json::from_value(turn).unwrap();
        assert!(!format!("{turn:?}").contains("secret"), "{turn:?}");
        let answer = json!({
            "parts": [
                {"type": "text", "text": "secret"},
                {"type": "media", "kind": "image", "mime_type": "image/png", "filename": "secret", "data": "secret"},
                {"type": "question", "text": "secret", "choices": [{"id": "secret", "label": "secret"}]},
                {"type": "contact", "name": "secret"},
                {"type": "template", "name": "hello", "language": "en", "values": ["secret"]},
            ],
            "state": {"set": {"secret": "secret"}, "remove": ["secret"]},
            "memory": {"remember": ["secret"]},
        });
        let answer: WireAnswer = serde_json::from_value(answer).unwrap();
        assert!(!format!("{answer:?}").contains("secret"), "{answer:?}");
        let failure: WireFailure = serde_json::from_value(json!({"message": "secret"})).unwrap();
        assert!(!format!("{failure:?}").contains("secret"), "{failure:?}");
    }
}
