//! Usage of responses that do not become an answer.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::TokenUsage;

/// Tokens that a response of a model took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ModelUsage {
    pub(super) model: String,
    pub(super) tokens: TokenUsage,
}

/// Collects the usage of responses that are not used, such as empty ones. Providers charge for them as well.
#[derive(Default)]
pub(super) struct DiscardedResponses(Mutex<Vec<ModelUsage>>);

impl DiscardedResponses {
    pub(super) fn add(&self, model: &str, tokens: TokenUsage) {
        let usage = ModelUsage { model: model.to_owned(), tokens };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(usage);
    }

    /// Returns the usage of each response, oldest first.
    pub(super) fn into_usage(self) -> Vec<ModelUsage> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
