//! Webhook fixtures, one file per case.

use std::path::PathBuf;

use bytes::Bytes;
use waxwing_webhook::{AppSecrets, MessageEvent, Notification, OtherEvent, StatusEvent, VerifiedBody, WebhookEvent};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// Returns the bytes of one fixture.
#[track_caller]
pub(crate) fn bytes(name: &str) -> Bytes {
    std::fs::read(folder().join(name).with_extension("json")).unwrap().into()
}

/// Returns the bytes of every fixture.
pub(crate) fn all() -> Vec<Bytes> {
    let mut files: Vec<_> = std::fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|path| std::fs::read(path).unwrap().into()).collect()
}

/// Signs a body as Meta does, verifies and parses it.
#[track_caller]
pub(crate) fn deliver(body: Bytes) -> Notification {
    let secrets = AppSecrets::parse("app-secret").unwrap();
    let header = secrets.sign(&body);
    Notification::parse(&secrets.verify(body, Some(header.as_bytes())).unwrap()).unwrap()
}

/// Returns the events of a body.
#[track_caller]
pub(crate) fn events(body: Bytes) -> Vec<WebhookEvent> {
    match Notification::parse(&VerifiedBody::unsigned(body)).unwrap() {
        Notification::WhatsApp(events) => events,
        other => panic!("{other:?}"),
    }
}

/// Returns the events of a webhook with one change.
#[track_caller]
pub(crate) fn change(field: &str, value: &str) -> Vec<WebhookEvent> {
    let change = format!(r#"{{"field":"{field}","value":{value}}}"#);
    let body = format!(r#"{{"object":"whatsapp_business_account","entry":[{{"id":"1","changes":[{change}]}}]}}"#);
    events(body.into())
}

/// Returns the only message of a fixture. An identity event may follow it.
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

/// Returns the events of a fixture that has statuses only.
#[track_caller]
pub(crate) fn statuses(name: &str) -> Vec<StatusEvent> {
    let status = |event| match event {
        WebhookEvent::Status(status) => status,
        other => panic!("{other:?}"),
    };
    events(bytes(name)).into_iter().map(status).collect()
}

/// Returns the events of a fixture that has other events only.
#[track_caller]
pub(crate) fn others(name: &str) -> Vec<OtherEvent> {
    let other = |event| match event {
        WebhookEvent::Other(other) => other,
        event => panic!("{event:?}"),
    };
    events(bytes(name)).into_iter().map(other).collect()
}
