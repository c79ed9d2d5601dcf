//! Circuit of a model, as one run sees it.

use std::sync::{Mutex, PoisonError};

use waxwing_agent::{Backend, BackendRequest, RunContext};

use crate::{ChatModel, ChatResponse, ModelError, ModelErrorKind};

/// The circuit of a model.
pub(super) struct ModelCircuit<'a> {
    ctx: &'a RunContext,
    backend: Backend,
    /// The request that is under way.
    request: Mutex<Option<BackendRequest>>,
}

impl<'a> ModelCircuit<'a> {
    pub(super) fn new(ctx: &'a RunContext, model: &dyn ChatModel) -> Self {
        Self { ctx, backend: model.backend(), request: Mutex::default() }
    }

    /// Begins a request.
    ///
    /// # Errors
    ///
    /// Fails if the circuit is open.
    pub(super) fn begin_request(&self) -> Result<(), ModelError> {
        let open = |wait| ModelError::new(ModelErrorKind::CircuitOpen).with_retry_after(wait);
        let request = self.ctx.begin_request(&self.backend).map_err(open)?;
        *self.request.lock().unwrap_or_else(PoisonError::into_inner) = Some(request);
        Ok(())
    }

    /// Records the result of the request. A provider that answers a request, even with a refusal, works. A response that is not readable
    /// tells nothing.
    pub(super) fn end_request(&self, result: &Result<ChatResponse, ModelError>) {
        use ModelErrorKind::{InvalidResponse, RateLimited, ServerError, Timeout, Unreachable};
        let Some(request) = self.request.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        match result {
            Err(error) if error.kind() == InvalidResponse => drop(request),
            Err(error) if matches!(error.kind(), Timeout | Unreachable | RateLimited | ServerError) => {
                request.failed(error.retry_after());
            }
            Ok(_) | Err(_) => request.succeeded(),
        }
    }
}
