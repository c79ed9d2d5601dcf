//! Families of OpenAI's models.

use crate::shape::version;

/// Facts about a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Family {
    /// The model reasons before it answers.
    pub(super) reasons: bool,
    /// The temperature cannot be set at all, even to its default.
    pub(super) is_o_series: bool,
    /// False for the name of a deployment, which tells nothing about the model.
    pub(super) is_known: bool,
    /// Version of a GPT model.
    pub(super) gpt: Option<(u32, u32)>,
}

impl Family {
    pub(super) fn of(model: &str) -> Self {
        let gpt = model.strip_prefix("gpt-").and_then(|_| version(model, "gpt-"));
        let is_o_series = ["o1", "o3", "o4"].iter().any(|name| model.starts_with(name));
        let is_chat = model.contains("-chat");
        let reasons = is_o_series || !is_chat && gpt.is_some_and(|gpt| gpt >= (5, 0));
        let is_known = is_o_series || model.starts_with("gpt-") || model.starts_with("chatgpt-");
        Self { reasons, is_o_series, is_known, gpt }
    }

    /// Returns true if the effort can be `none`.
    pub(super) fn can_skip_reasoning(self) -> bool {
        self.gpt.is_some_and(|gpt| gpt >= (5, 1))
    }

    /// Returns the allowed efforts.
    pub(super) fn efforts(self) -> &'static [&'static str] {
        match self.gpt {
            Some(gpt) if gpt >= (5, 2) => &["none", "low", "medium", "high", "xhigh", "max"],
            Some((5, 1)) => &["none", "low", "medium", "high"],
            Some(_) => &["minimal", "low", "medium", "high"],
            None => &["low", "medium", "high"],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_told_apart() {
        assert!(Family::of("gpt-5-mini").reasons && !Family::of("gpt-5-mini").can_skip_reasoning());
        assert!(Family::of("gpt-5.4").can_skip_reasoning() && Family::of("o3-mini").is_o_series);
        assert!(
            !Family::of("gpt-5-chat-latest").reasons && !Family::of("gpt-4.1").reasons && !Family::of("gpt-4o").reasons
        );
    }
}
