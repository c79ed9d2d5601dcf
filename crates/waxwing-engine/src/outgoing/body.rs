//! JSON of an event for a receiver.

use bytes::Bytes;
use serde_json::{Map, Value, json};
use waxwing_store::{EventSubject, EventType, PendingEvent, UserIdentity};
use waxwing_types::{Bsuid, PhoneNumberId, WaId};
use waxwing_webhook::InboundMessage;

use crate::handoff;
use crate::inbound::content::decode_message;
use crate::shared::Shared;

/// Returns the body of an event. None if the data of the event were removed.
pub(super) async fn body(shared: &Shared, pending: &PendingEvent) -> Option<Bytes> {
    let event = &pending.event;
    let mut data = match &event.data {
        Value::Object(data) => data.clone(),
        _ => Map::new(),
    };
    add_subject(&mut data, &pending.subject)?;
    if let (EventType::HandoffStarted | EventType::HandoffUnanswered, Some(conversation)) =
        (event.kind, event.conversation)
    {
        data.extend(handoff::report(shared, conversation, event.at).await);
    }
    let user = pending.user.as_ref().filter(|user| !user.label().is_empty());
    let mut body = json!({
        "id": pending.event_id,
        "name": event.kind.as_str(),
        "at": event.at.as_millis(),
        "number": event.number.as_ref().map(PhoneNumberId::as_str),
        "conversation": event.conversation.map(|id| id.0.to_string()),
        "conversation_key": pending.conversation_key,
        "user": user.map(UserIdentity::label),
        "profile": user.map(profile),
        "data": data,
    });
    if let Value::Object(body) = &mut body {
        body.retain(|_, value| !value.is_null());
    }
    serde_json::to_vec(&body).ok().map(Bytes::from)
}

fn profile(user: &UserIdentity) -> Value {
    let mut profile = json!({
        "phone": user.wa_id.as_ref().map(WaId::as_str),
        "bsuid": user.bsuid.as_ref().map(Bsuid::as_str),
        "username": user.username,
        "name": user.name,
    });
    if let Value::Object(profile) = &mut profile {
        profile.retain(|_, value| !value.is_null());
    }
    profile
}

/// Adds the message of an event. None if the message was removed.
fn add_subject(data: &mut Map<String, Value>, subject: &EventSubject) -> Option<()> {
    match subject {
        EventSubject::Removed => return None,
        EventSubject::Received { body, .. } => {
            if let Some(text) = received_text(body) {
                data.insert("text".into(), text.into());
            }
            data.insert("raw".into(), serde_json::from_slice(body).unwrap_or(Value::Null));
        }
        EventSubject::Sent { content, agent, is_from_operator, .. } => {
            if let Some(content) = content {
                data.insert("type".into(), content.kind().into());
                data.extend(content.text().map(|text| ("text".to_owned(), Value::from(text))));
            }
            data.extend(agent.as_ref().map(|agent| ("agent".to_owned(), Value::from(agent.as_str()))));
            data.insert("is_from_operator".into(), (*is_from_operator).into());
        }
        _ => {}
    }
    Some(())
}

/// Returns the text of a received message, as an agent reads it.
pub(crate) fn received_text(body: &[u8]) -> Option<String> {
    let (message, _) = decode_message(InboundMessage::parse(body).ok()?)?;
    Some(message.text).filter(|text| !text.is_empty())
}
