//! Fit of requests into the contexts of models.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::reduction::{Layout, reduce};
use super::refused_picture::KnownRefusals;
use super::request_size::Unit;
use crate::{ChatModel, ChatRequest, ModelError, ModelParameters};

/// How often a request is reduced before the model's refusal counts.
const MAX_REDUCTIONS: u32 = 6;

/// Largest number of tokens that are left free for the response if `max_tokens` is not set.
const MAX_RESERVE: u64 = 2048;

/// HTTP status of a body that is too large, whatever the number of its tokens.
const PAYLOAD_TOO_LARGE: u16 = 413;

/// A model with what its refusals have told about its context.
pub(super) struct SizedModel {
    pub(super) model: Arc<dyn ChatModel>,
    /// Estimated tokens of a prompt that the model accepts, learned from an overflow. `u64::MAX` if there was none.
    learned: AtomicU64,
    /// Pictures that its provider has refused.
    pub(super) refused: KnownRefusals,
}

impl SizedModel {
    pub(super) fn new(model: Arc<dyn ChatModel>) -> Self {
        Self { model, learned: AtomicU64::new(u64::MAX), refused: KnownRefusals::default() }
    }

    /// Returns the size that a prompt may have, in estimated tokens: the context without the room for the response, or what an overflow told.
    pub(super) fn prompt_budget(&self, parameters: &ModelParameters) -> Option<u64> {
        let declared = self.model.context().map(|context| {
            let reserve = parameters.max_tokens.map_or((context / 4).min(MAX_RESERVE), u64::from);
            context - reserve.min(context / 2)
        });
        let learned = self.learned.load(Ordering::Relaxed);
        let budget = declared.map_or(learned, |declared| declared.min(learned));
        (budget < u64::MAX).then_some(budget)
    }
}

/// A request on its way to one model.
pub(super) struct Fitting<'a> {
    sized: &'a SizedModel,
    request: Cow<'a, ChatRequest>,
    layout: Layout,
    reductions: u32,
    /// Size to which the last overflow led, in estimated tokens.
    target: Option<u64>,
}

impl<'a> Fitting<'a> {
    /// Reduces a request to the budget of the model, if that is known.
    pub(super) fn new(
        sized: &'a SizedModel,
        request: Cow<'a, ChatRequest>,
        layout: Layout,
        parameters: &ModelParameters,
    ) -> Self {
        let mut fitting = Self { sized, request, layout, reductions: 0, target: None };
        if let Some(budget) = sized.prompt_budget(parameters)
            && Unit::Tokens.request(&fitting.request) > budget
        {
            fitting.reduce_to(Unit::Tokens, budget);
        }
        fitting
    }

    pub(super) fn request(&self) -> &ChatRequest {
        &self.request
    }

    /// Reduces the request after the model has reported an overflow. Returns false if there is nothing left to take out.
    pub(super) fn shrink(&mut self, overflow: &ModelError) -> bool {
        if self.reductions == MAX_REDUCTIONS {
            return false;
        }
        self.reductions += 1;
        let unit = if overflow.status() == Some(PAYLOAD_TOO_LARGE) { Unit::Bytes } else { Unit::Tokens };
        let size = unit.request(&self.request);
        // A tenth less than what fits, because the estimate is coarse, and so that the model has room for an answer.
        let target = share_of(size, overflow.fitting_share().map_or(0.5, |share| share * 0.9));
        self.target = (unit == Unit::Tokens).then_some(target);
        self.reduce_to(unit, target)
    }

    /// Replaces the request with one that has the same messages with other parts, such as a description instead of a picture.
    pub(super) fn replace(&mut self, request: ChatRequest) {
        self.request = Cow::Owned(request);
    }

    /// Remembers the size that the model accepted after an overflow, so that later requests are short enough at once.
    pub(super) fn remember(&self) {
        if let Some(target) = self.target {
            self.sized.learned.fetch_min(target, Ordering::Relaxed);
        }
    }

    fn reduce_to(&mut self, unit: Unit, target: u64) -> bool {
        let before = unit.request(&self.request);
        let request = self.request.to_mut();
        let done = reduce(request, &mut self.layout, unit, target);
        if done.is_none() {
            return false;
        }
        // A server that knows the key would answer the longer request.
        request.extend_key("reduced");
        let after = unit.request(&self.request);
        let model = self.sized.model.name();
        let (messages, results, media, texts) = (done.messages, done.results, done.media, done.texts);
        tracing::info!(
            model,
            ?unit,
            before,
            after,
            messages,
            results,
            media,
            texts,
            "context overflow: request reduced"
        );
        true
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes stay below 2^52, and a share is between 0 and 1"
)]
fn share_of(size: u64, share: f64) -> u64 {
    (size as f64 * share) as u64
}
