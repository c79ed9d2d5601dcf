//! Routers: `[agents.NAME]` with `kind = "router"`.

use schemars::JsonSchema;
use serde::Deserialize;

/// Agent that passes each turn to the agent of the first rule that matches, or to a default agent.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RouterSection {
    /// Kind of the agent.
    #[serde(rename = "kind")]
    _kind: RouterKind,
    /// Short description of the agent. The leader of a team uses it to choose a member.
    pub(crate) description: Option<String>,
    /// Agent or team for turns that no rule matches.
    pub(crate) default: String,
    /// Rules, such as `{ word = "invoice", to = "billing" }`. The first rule that matches decides.
    #[serde(default)]
    pub(crate) rules: Vec<RuleSection>,
    /// Keeps a conversation with the agent that a rule has chosen until another rule matches.
    #[serde(default)]
    pub(crate) sticky: bool,
    /// Handling of messages of this agent outside the customer service window. The setting of the number if neither this nor `window_template` is set.
    pub(crate) outside_window: Option<Vec<String>>,
    /// Template that asks the user to write, as NAME/LANGUAGE.
    pub(crate) window_template: Option<String>,
    /// Access lists of this agent, by their names in `[access]`.
    #[serde(default)]
    pub(crate) access: Vec<String>,
    /// Limits of this agent, by their names in `[limits]`.
    #[serde(default)]
    pub(crate) limits: Vec<String>,
}

/// Rule of a router. All conditions of a rule must match.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleSection {
    /// Agent or team that gets the turn.
    pub(crate) to: String,
    /// A message contains this word, or these words in a row. A list matches if one of its items matches.
    pub(crate) word: Option<OneOrMore>,
    /// A message begins with this text. A list matches if one of its items matches.
    pub(crate) starts_with: Option<OneOrMore>,
    /// The user tapped a choice whose id begins with this text. A list matches if one of its items matches.
    pub(crate) tapped: Option<OneOrMore>,
    /// A message has media of this kind.
    pub(crate) media: Option<MediaName>,
    /// The user's phone number begins with these digits, such as `"49"` for Germany. A list matches if one of its items matches.
    pub(crate) number: Option<OneOrMore>,
    /// The conversation is a group (`true`), or is not a group (`false`).
    pub(crate) group: Option<bool>,
}

/// A text, or a list of texts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub(crate) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        let all = match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::More(all) => all,
        };
        all.iter().map(String::as_str)
    }
}

/// Kind of media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MediaName {
    Any,
    Image,
    Audio,
    Video,
    Document,
    Sticker,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum RouterKind {
    Router,
}
