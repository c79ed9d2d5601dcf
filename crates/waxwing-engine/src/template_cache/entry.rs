//! The known facts about one template.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;
use waxwing_types::{TemplateMessage, TemplateMismatch, TemplateProblem};

use super::{CERTAIN, FRESH};
use crate::graph::TemplateVersion;

/// Largest number of languages whose status is remembered between two fetches. Meta has about 70 languages.
const MAX_STATUSES: usize = 100;

/// Statuses in which Meta does not deliver a template. Unknown statuses count as usable.
///
/// <https://developers.facebook.com/docs/whatsapp/business-management-api/webhooks/components>
const UNUSABLE: [&str; 9] = [
    "PAUSED",
    "DISABLED",
    "REJECTED",
    "PENDING",
    "IN_APPEAL",
    "DELETED",
    "PENDING_DELETION",
    "ARCHIVED",
    "LIMIT_EXCEEDED",
];

/// The known facts about one template of an account.
#[derive(Debug)]
pub(super) struct Entry {
    /// The versions by language, as the last fetch returned them. None before the first fetch.
    versions: Option<Vec<TemplateVersion>>,
    /// Statuses that Meta reported in another way.
    statuses: Vec<ReportedStatus>,
    /// Time of the last fetch. None if a change was reported since.
    fetched_at: Option<Instant>,
    /// Time until which a failed fetch is not repeated.
    retry_at: Option<Instant>,
    /// Number of invalidations. A fetch that an invalidation overtook counts as old.
    generation: u64,
    pub(super) used_at: Instant,
    /// Held while the definition is fetched.
    pub(super) fetching: Arc<Mutex<()>>,
}

/// Status of one language by a webhook or by a refusal.
#[derive(Debug)]
struct ReportedStatus {
    language: String,
    status: String,
    at: Instant,
}

impl Default for Entry {
    fn default() -> Self {
        Self {
            versions: None,
            statuses: Vec::new(),
            fetched_at: None,
            retry_at: None,
            generation: 0,
            used_at: Instant::now(),
            fetching: Arc::default(),
        }
    }
}

impl Entry {
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// Returns the category of a version.
    pub(super) fn category(&self, language: &str) -> Option<String> {
        let versions = self.versions.as_ref()?;
        let version = versions.iter().find(|version| is_language(version.layout.language(), language))?;
        Some(version.layout.category().to_owned())
    }

    /// Returns whether the definition has to be fetched because it is older than `max_age`.
    pub(super) fn needs_fetch(&self, max_age: Duration) -> bool {
        let is_known = self.fetched_at.is_some_and(|at| at.elapsed() < max_age);
        !is_known && self.retry_at.is_none_or(|at| at <= Instant::now())
    }

    /// Makes the next use fetch the definition.
    pub(super) fn invalidate(&mut self) {
        self.fetched_at = None;
        self.generation += 1;
    }

    /// Waits this long before the next fetch, after one that failed.
    pub(super) fn retry_after(&mut self, wait: Duration) {
        self.retry_at = Some(Instant::now() + wait);
    }

    /// Takes the versions that a fetch returned, which began in this generation. They replace reported statuses, except very recent ones: the list
    /// of Meta may lag behind.
    pub(super) fn set_versions(&mut self, versions: Vec<TemplateVersion>, generation: u64) {
        self.versions = Some(versions);
        self.statuses.retain(|reported| reported.at.elapsed() < CERTAIN);
        self.fetched_at = (self.generation == generation).then(Instant::now);
        self.retry_at = None;
    }

    /// Takes a status that Meta reported for a language.
    pub(super) fn set_status(&mut self, language: &str, status: &str) {
        self.statuses.retain(|reported| !is_language(&reported.language, language));
        if self.statuses.len() < MAX_STATUSES {
            let (language, status) = (language.to_owned(), status.to_owned());
            self.statuses.push(ReportedStatus { language, status, at: Instant::now() });
        }
    }

    /// Checks a message against what is known. Without a definition, only a reported status counts.
    pub(super) fn check(&self, message: &TemplateMessage) -> Result<(), TemplateMismatch> {
        let language = &message.language.code;
        let mismatch = |problem| Err(TemplateMismatch::new(&message.name, language, [problem]));
        let reported = self.statuses.iter().find(|reported| is_language(&reported.language, language));
        let reported = reported.filter(|reported| reported.at.elapsed() < FRESH).map(|reported| &reported.status);
        let is_unusable = |status: &String| UNUSABLE.iter().any(|known| status.eq_ignore_ascii_case(known));
        let unusable = |status: &String| mismatch(TemplateProblem::Unusable { status: status.clone() });
        let Some(versions) = &self.versions else {
            return reported.filter(|status| is_unusable(status)).map_or(Ok(()), unusable);
        };
        let Some(version) = versions.iter().find(|version| is_language(version.layout.language(), language)) else {
            return mismatch(match versions.as_slice() {
                [] => TemplateProblem::NotFound,
                versions => TemplateProblem::LanguageMissing {
                    languages: versions.iter().map(|version| version.layout.language().to_owned()).collect(),
                },
            });
        };
        match Some(reported.unwrap_or(&version.status)).filter(|status| is_unusable(status)) {
            Some(status) => unusable(status),
            None => version.layout.check(message),
        }
    }
}

/// Returns whether two codes name the same language. Some webhooks of Meta write `en-US` instead of `en_US`.
fn is_language(one: &str, other: &str) -> bool {
    let same = |(one, other): (u8, u8)| one == other || [one, other].iter().all(|byte| matches!(byte, b'-' | b'_'));
    one.len() == other.len() && one.bytes().zip(other.bytes()).all(same)
}
