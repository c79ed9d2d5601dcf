//! Agents that choose between others by rules.

use schemars::JsonSchema;
use serde::Deserialize;

/// An agent that gives each turn to another one: to that of the first rule that matches, else to the default.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Router {
    /// What kind of agent it is.
    #[serde(rename = "kind")]
    _kind: RouterKind,
    /// What it is for, in a sentence: the leader of a team goes by it.
    pub(crate) description: Option<String>,
    /// The agent or team for what no rule matches.
    pub(crate) default: String,
    /// Who gets what, such as `{ word = "invoice", to = "billing" }`. The first that matches counts.
    #[serde(default)]
    pub(crate) rules: Vec<Rule>,
    /// Lets a conversation stay with the agent that a rule gave it to, until another rule matches.
    #[serde(default)]
    pub(crate) sticky: bool,
    /// Access lists of this agent, by their names in `[access]`.
    #[serde(default)]
    pub(crate) access: Vec<String>,
    /// Limits of this agent, by their names in `[limits]`.
    #[serde(default)]
    pub(crate) limits: Vec<String>,
}

/// When an agent gets a turn. Where a rule says several things, all of them must be so.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// The agent or team that gets the turn.
    pub(crate) to: String,
    /// A message contains this word, or these words in a row. Of several in a list, one is enough.
    pub(crate) word: Option<OneOrMore>,
    /// A message begins like this.
    pub(crate) starts_with: Option<OneOrMore>,
    /// The user tapped a choice whose id begins like this.
    pub(crate) tapped: Option<OneOrMore>,
    /// A medium of this kind came.
    pub(crate) media: Option<MediaName>,
    /// The user's number begins with these digits, such as `"49"` for Germany.
    pub(crate) number: Option<OneOrMore>,
    /// It was said in a group, or was not.
    pub(crate) group: Option<bool>,
}

/// A text, or a list of them.
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

/// What came.
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
