//! Context of a call: its connection, with notes for the exchange log.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::connection::ConnectionSwitch;
use crate::fault::{FaultId, GraphEndpoint};
use crate::timeline::EmulatedUserId;

/// Connection of a call, with the notes that its handlers make for the exchange log. Clones share the notes.
#[derive(Debug, Clone, Default)]
pub(super) struct CallContext {
    /// Switch of the connection. `None` for a call without a socket.
    switch: Option<ConnectionSwitch>,
    notes: Arc<Mutex<CallNotes>>,
}

/// Facts about a call that the request and the response do not show.
#[derive(Debug, Default)]
pub(super) struct CallNotes {
    pub(super) endpoint: Option<GraphEndpoint>,
    pub(super) fault: Option<FaultId>,
    pub(super) user: Option<EmulatedUserId>,
    pub(super) message: Option<String>,
    /// Reason why the caller gets no whole response.
    pub(super) error: Option<&'static str>,
}

impl CallContext {
    pub(super) fn new(switch: Option<ConnectionSwitch>) -> Self {
        Self { switch, notes: Arc::default() }
    }

    /// Makes a note.
    pub(super) fn note(&self, change: impl FnOnce(&mut CallNotes)) {
        change(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Takes all notes.
    pub(super) fn take_notes(&self) -> CallNotes {
        std::mem::take(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns whether the connection closes without a response.
    pub(super) fn is_dropped(&self) -> bool {
        self.switch.as_ref().is_some_and(|switch| switch.check().is_err())
    }

    /// Closes the connection instead of responding.
    pub(super) fn drop_connection(&self) {
        if let Some(switch) = &self.switch {
            switch.drop_connection();
        }
    }
}

impl<S: Sync> FromRequestParts<S> for CallContext {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}
