//! Media of earlier messages, for the history of a run.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;
use waxwing_agent::{HistoryEntry, Media};
use waxwing_store::StoredSession;

use super::context::TurnContext;
use super::run_conversation::RunConversation;
use crate::history::{self, EarlierMedium};

/// Time for which Meta keeps received media.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>
const KEPT_BY_META: Duration = Duration::from_hours(7 * 24);

/// Longest time that a run waits for media of earlier messages.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// The media of the history of a run.
#[derive(Default)]
pub(super) struct EarlierMedia {
    /// The files by the positions of their entries.
    pub(super) files: HashMap<i64, Media>,
    /// Media that are not kept, and that Meta still has.
    missing: Vec<EarlierMedium>,
}

impl EarlierMedia {
    /// Returns the kept media of a history, and notes those that Meta still has.
    pub(super) async fn find(
        context: &TurnContext,
        run: &RunConversation,
        session: &StoredSession,
        history: &[HistoryEntry],
    ) -> Self {
        let mut found = Self::default();
        let shared = &context.shared;
        if !shared.media.is_enabled() {
            return found;
        }
        let (now, kept_for) = (shared.clock.now(), shared.settings.retention.keep.keeps_media_for());
        for medium in history::earlier(&session.entries, history) {
            if let Some(file) = run.kept_medium(&medium).await {
                found.files.insert(medium.seq, file);
                continue;
            }
            let age = now.since(medium.at);
            let is_wanted = age < KEPT_BY_META && kept_for.is_none_or(|kept_for| age < kept_for);
            if is_wanted && !shared.media.was_tried(&medium.announced.id) {
                found.missing.push(medium);
            }
        }
        found
    }

    /// Returns whether media have to be downloaded again.
    pub(super) fn has_missing(&self) -> bool {
        !self.missing.is_empty()
    }

    /// Does without the media that are not kept.
    pub(super) fn forgo_missing(&mut self) {
        self.missing.clear();
    }

    /// Downloads the media that are not kept, newest first, as far as the time suffices. They are kept from now on.
    pub(super) async fn download(&mut self, run: &RunConversation) {
        let end = Instant::now() + MAX_WAIT;
        for medium in std::mem::take(&mut self.missing) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            if let Some(file) = run.download_earlier(&medium, left).await {
                self.files.insert(medium.seq, file);
            }
        }
        run.keep_downloads().await;
    }
}
