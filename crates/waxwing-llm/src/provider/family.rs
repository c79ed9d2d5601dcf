//! Model families, told apart by the names of models.

/// Family of an OpenAI model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OpenAiFamily {
    /// GPT-5 and later, with the version. The model reasons before it answers.
    Gpt(u32, u32),
    /// o1, o3 and o4. The model reasons before it answers.
    OSeries,
    /// GPT-4 and before, and models for ChatGPT. The model does not reason.
    Plain,
    /// A model of another provider, or a deployment with a name of its own.
    Unknown,
}

impl OpenAiFamily {
    /// Finds the family of a model. Gateways put the name of the provider before that of the model, such as `openai/gpt-5`.
    pub(super) fn of(model: &str) -> Self {
        let name = model.rsplit('/').next().unwrap_or(model);
        if ["o1", "o3", "o4"].iter().any(|series| name.strip_prefix(series).is_some_and(is_end)) {
            return Self::OSeries;
        }
        match (name.strip_prefix("gpt-"), version(name, "gpt-")) {
            (Some(_), Some((major, minor))) if major >= 5 && !name.contains("-chat") && !name.contains("-oss") => {
                Self::Gpt(major, minor)
            }
            (Some(rest), _) if rest.starts_with(|c: char| c.is_ascii_digit()) => Self::Plain,
            _ if name.starts_with("chatgpt-") => Self::Plain,
            _ => Self::Unknown,
        }
    }
}

/// Returns true if nothing or a suffix follows.
fn is_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(['-', ':'])
}

/// Facts about a Claude model. Names of Amazon Bedrock and Google Vertex AI contain Anthropic's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Claude {
    version: (u32, u32),
    /// Claude Fable and Claude Mythos, which always think.
    always_thinks: bool,
    is_opus: bool,
}

impl Claude {
    /// Returns `None` for a model of another family.
    pub(super) fn of(model: &str) -> Option<Self> {
        let name = &model[model.find("claude-")?..];
        let always_thinks = name.contains("fable") || name.contains("mythos");
        let named = ["opus-", "sonnet-", "haiku-", "fable-", "mythos-"].iter().find_map(|family| version(name, family));
        // Names before Claude 4 have the version first. Unknown names are of future models.
        let version = named.or_else(|| version(name, "claude-")).unwrap_or((u32::MAX, 0));
        Some(Self { version, always_thinks, is_opus: name.contains("opus") })
    }

    /// <https://platform.claude.com/docs/en/build-with-claude/extended-thinking#supported-models>
    pub(super) fn can_think(self) -> bool {
        self.version >= (3, 7)
    }

    /// <https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking>
    pub(super) fn thinks_adaptively(self) -> bool {
        self.always_thinks || self.version >= (4, 6)
    }

    /// <https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking>
    pub(super) fn thinks_by_default(self) -> bool {
        self.always_thinks || self.version >= (5, 0)
    }

    /// <https://github.com/confident-ai/deepeval/issues/3348>
    pub(super) fn can_stop_thinking(self) -> bool {
        !self.always_thinks && self.version < (5, 5)
    }

    /// <https://github.com/UKGovernmentBEIS/inspect_ai/issues/3721>
    pub(super) fn has_temperature(self) -> bool {
        !self.always_thinks && self.version < (4, 7)
    }

    /// Returns the largest number of output tokens: <https://platform.claude.com/docs/en/about-claude/models/overview>
    pub(super) fn max_tokens(self) -> u32 {
        if self.is_opus && (4, 0) <= self.version && self.version < (4, 5) { 32_000 } else { 64_000 }
    }
}

/// Returns the numbers that follow the name of a family, such as `(4, 5)` in `claude-sonnet-4-5`. Longer numbers are dates.
pub(super) fn version(name: &str, family: &str) -> Option<(u32, u32)> {
    let rest = name.split_once(family)?.1;
    let mut numbers = rest.split(['-', '.', '@']).map_while(|part| part.parse().ok().filter(|_| part.len() <= 2));
    Some((numbers.next()?, numbers.next().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openai_families_are_told_apart() {
        use OpenAiFamily::{Gpt, OSeries, Plain, Unknown};
        for (model, expected) in [
            ("gpt-5-mini", Gpt(5, 0)),
            ("gpt-5.4-2026-03-05", Gpt(5, 4)),
            ("openai/gpt-5.6-terra", Gpt(5, 6)),
            ("gpt-6-astra", Gpt(6, 0)),
            ("gpt-5-chat-latest", Plain),
            ("gpt-4o-mini", Plain),
            ("gpt-4.1", Plain),
            ("o3-mini", OSeries),
            ("o1", OSeries),
            ("openai/gpt-oss-120b", Unknown),
            ("o1js", Unknown),
            ("qwen3", Unknown),
            ("mistral-medium", Unknown),
        ] {
            assert_eq!(OpenAiFamily::of(model), expected, "{model}");
        }
    }

    #[test]
    fn claude_versions_are_read_from_all_kinds_of_names() {
        for (model, expected) in [
            ("claude-sonnet-4-5", (4, 5)),
            ("claude-opus-4-20250514", (4, 0)),
            ("us.anthropic.claude-haiku-4-5-20251001-v1:0", (4, 5)),
            ("claude-opus-4-5@20251101", (4, 5)),
            ("claude-3-5-haiku-latest", (3, 5)),
            ("claude-3-opus-20240229", (3, 0)),
        ] {
            assert_eq!(Claude::of(model).unwrap().version, expected, "{model}");
        }
        assert!(Claude::of("gemini-2.5-pro").is_none());
        assert!(Claude::of("claude-fable-5").unwrap().always_thinks);
        assert!(!Claude::of("claude-next").unwrap().has_temperature());
    }
}
