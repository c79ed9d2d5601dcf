//! Webhooks as files, one per case.

use std::path::PathBuf;

use bytes::Bytes;
use waxwing_webhook::{AppSecrets, MessageEvent, Notification, OtherEvent, StatusEvent, VerifiedBody, WebhookEvent};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The bytes of one file.
#[track_caller]
pub(crate) fn bytes(name: &str) -> Bytes {
    std::fs::read(folder().join(name).with_extension("json")).unwrap().into()
}

/// The bytes of every file.
pub(crate) fn all() -> Vec<Bytes> {
    let mut files: Vec<_> = std::fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|path| std::fs::read(path).unwrap().into()).collect()
}

/// Signs a body as Meta does, verifies it and reads it.
#[track_caller]
pub(crate) fn deliver(body: Bytes) -> Notification {
    let secrets = AppSecrets::parse("app-secret").unwrap();
    let header = secrets.sign(&body);
    Notification::parse(&secrets.verify(body, Some(header.as_bytes())).unwrap()).unwrap()
}

/// The events of a body.
#[track_caller]
pub(crate) fn events(body: Bytes) -> Vec<WebhookEvent> {
    match Notification::parse(&VerifiedBody::unsigned(body)).unwrap() {
        Notification::WhatsApp(events) => events,
        other => panic!("{other:?}"),
    }
}

/// The events of a webhook with one change.
#[track_caller]
pub(crate) fn change(field: &str, value: &str) -> Vec<WebhookEvent> {
    let change = format!(r#"{{"field":"{field}","value":{value}}}"#);
    let body = format!(r#"{{"object":"whatsapp_business_account","entry":[{{"id":"1","changes":[{change}]}}]}}"#);
    events(body.into())
}

/// The only message of a file; what it tells of its sender's ids may stand beside it.
#[track_caller]
pub(crate) fn message(name: &str) -> MessageEvent {
    let events = events(bytes(name));
    match &events[..] {
        [WebhookEvent::Message(message)] | [WebhookEvent::Message(message), WebhookEvent::Identity(_)] => {
            message.clone()
        }
        other => panic!("{other:?}"),
    }
}

/// The events of a file, all of which are statuses.
#[track_caller]
pub(crate) fn statuses(name: &str) -> Vec<StatusEvent> {
    let status = |event| match event {
        WebhookEvent::Status(status) => status,
        other => panic!("{other:?}"),
    };
    events(bytes(name)).into_iter().map(status).collect()
}

/// The events of a file, none of which is a message or a status.
#[track_caller]
pub(crate) fn others(name: &str) -> Vec<OtherEvent> {
    let other = |event| match event {
        WebhookEvent::Other(other) => other,
        event => panic!("{event:?}"),
    };
    events(bytes(name)).into_iter().map(other).collect()
}
