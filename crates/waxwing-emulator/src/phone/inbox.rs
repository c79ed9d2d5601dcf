//! The phone for programs: what came, and taps. With these a test in any language can play a user.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::chats::{Refusal, refusal, utter};
use super::view;
use crate::app::App;
use crate::timeline::EmulatedUserId;

/// Longest wait for a message, in seconds.
const WAIT: u64 = 60;

#[derive(Debug, Deserialize)]
pub(super) struct Since {
    /// The last message that was seen.
    after: Option<String>,
    /// How long to wait for the first one after it, in seconds.
    wait: Option<u64>,
}

/// The business's messages after one of them, oldest first; waits for the first.
pub(super) async fn messages(
    State(app): State<Arc<App>>,
    Path(chat): Path<u32>,
    Query(since): Query<Since>,
) -> Result<Json<Value>, Refusal> {
    let user = EmulatedUserId(chat);
    let seen = {
        let world = app.look();
        let person = world.person(user).ok_or_else(|| refusal(StatusCode::NOT_FOUND, "There is no such chat."))?;
        // Not found, it would begin anew; most likely it was not written as a query wants it.
        let order = |id: &String| {
            let entry = person.visible(0).find(|entry| entry.message.id == *id);
            entry.map(|entry| entry.order).ok_or_else(|| refusal(StatusCode::NOT_FOUND, "There is no such message."))
        };
        since.after.as_ref().map(order).transpose()?
    };
    let Ok(_place) = app.pages.try_acquire() else {
        return Err(refusal(StatusCode::SERVICE_UNAVAILABLE, "Too many wait already."));
    };
    let came = app.wait(|world| {
        let person = world.person(user)?;
        let messages: Vec<_> = person.visible(seen.map_or(0, |seen| seen + 1)).map(view::message).collect();
        (!messages.is_empty()).then_some(messages)
    });
    let patience = Duration::from_secs(since.wait.unwrap_or(0).min(WAIT));
    let messages = tokio::select! {
        biased;
        messages = came => messages,
        () = tokio::time::sleep(patience) => Vec::new(),
        () = app.stopped.cancelled() => Vec::new(),
    };
    Ok(Json(json!({ "messages": messages })))
}

#[derive(Debug, Deserialize)]
pub(super) struct Tap {
    title: String,
    /// The message in which it is; the newest that offers it if none is named.
    message: Option<String>,
}

/// The user taps a button, a row of a list or a quick reply.
pub(super) async fn tap(
    State(app): State<Arc<App>>,
    Path(chat): Path<u32>,
    Json(tap): Json<Tap>,
) -> Result<Json<Value>, Refusal> {
    let found =
        app.look().person(EmulatedUserId(chat)).and_then(|person| person.choice(tap.message.as_deref(), &tap.title));
    let (message, choice) =
        found.ok_or_else(|| refusal(StatusCode::NOT_FOUND, "No message of this chat offers that."))?;
    utter(&app, chat, choice.tapped(), Some(message))
}
