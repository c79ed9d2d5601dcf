//! Facts about Anthropic's models.

use crate::shape::version;

/// A model by its name.
pub(super) struct Model<'a> {
    pub(super) name: &'a str,
    version: Option<(u32, u32)>,
    is_opus: bool,
    /// Claude Fable and Claude Mythos.
    is_always_thinking: bool,
}

impl<'a> Model<'a> {
    pub(super) fn of(name: &'a str) -> Self {
        let families = ["claude-opus-", "claude-sonnet-", "claude-haiku-", "claude-fable-", "claude-mythos-"];
        let version = families.iter().find_map(|family| version(name, family));
        let is_always_thinking = name.contains("fable") || name.contains("mythos");
        Self { name, version, is_opus: name.contains("opus"), is_always_thinking }
    }

    pub(super) fn is_at_least(&self, version: (u32, u32)) -> bool {
        self.version.is_some_and(|own| own >= version)
    }

    /// https://platform.claude.com/docs/en/about-claude/models/overview
    pub(super) fn max_tokens(&self) -> u64 {
        match self.version {
            Some(version) if version >= (4, 6) => 128_000,
            Some(version) if version >= (4, 5) || !self.is_opus && version >= (4, 0) => 64_000,
            Some(version) if version >= (4, 0) => 32_000,
            _ if self.name.contains("3-7") => 64_000,
            _ if self.name.contains("3-5") => 8192,
            _ if self.name.contains("claude-3") => 4096,
            _ => 128_000,
        }
    }

    /// https://github.com/UKGovernmentBEIS/inspect_ai/issues/3721 (4.7), https://github.com/github/app/issues/2574 (5)
    pub(super) fn has_no_temperature(&self) -> bool {
        self.is_always_thinking || self.is_at_least((4, 7))
    }

    /// https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking
    pub(super) fn has_adaptive_thinking(&self) -> bool {
        self.is_always_thinking || self.is_at_least((4, 6))
    }

    /// Budgets are deprecated with 4.6, and refused since 4.7.
    pub(super) fn has_thinking_budget(&self) -> bool {
        let has_thinking = self.version.is_some() || self.name.contains("3-7");
        has_thinking && !self.is_at_least((4, 7)) && !self.is_always_thinking
    }

    /// https://github.com/confident-ai/deepeval/issues/3348 (5.5)
    pub(super) fn can_disable_thinking(&self) -> bool {
        !self.is_always_thinking && !self.is_at_least((5, 5))
    }

    /// Thinks without being asked to.
    pub(super) fn thinks_by_default(&self) -> bool {
        self.is_always_thinking || self.is_at_least((5, 0))
    }

    /// https://platform.claude.com/docs/en/build-with-claude/effort
    pub(super) fn has_effort(&self) -> bool {
        self.has_adaptive_thinking() || self.is_opus && self.is_at_least((4, 5))
    }

    /// https://github.com/ericc-ch/copilot-api/pull/261
    pub(super) fn can_continue_own_message(&self) -> bool {
        !self.has_adaptive_thinking()
    }
}
