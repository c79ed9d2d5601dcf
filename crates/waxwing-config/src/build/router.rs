//! Routers and their rules.

use std::sync::Arc;

use waxwing_agent::{Agent, MediaKind, Router, Rule};

use crate::sections::{self, MediaName, OneOrMore};

/// A router between agents that are there already.
pub(super) fn router(
    name: &str,
    it: &sections::Router,
    agent: &mut dyn FnMut(&str) -> Option<Arc<dyn Agent>>,
) -> Option<Router> {
    let mut router = Router::new(name, agent(&it.default)?);
    for described in &it.rules {
        router = router.route(rule(described), agent(&described.to)?);
    }
    Some(if it.sticky { router.sticky() } else { router })
}

fn rule(it: &sections::Rule) -> Rule {
    let any =
        |texts: &OneOrMore, rule: fn(String) -> Rule| Rule::Any(texts.iter().map(|text| rule(text.into())).collect());
    let texts = [
        (&it.word, Rule::Word as fn(String) -> Rule),
        (&it.starts_with, Rule::StartsWith),
        (&it.tapped, Rule::Tapped),
        (&it.number, Rule::Number),
    ];
    let texts = texts.into_iter().filter_map(|(texts, rule)| texts.as_ref().map(|texts| any(texts, rule)));
    let group = it.group.map(|is_group| if is_group { Rule::Group } else { Rule::Group.negated() });
    Rule::All(texts.chain(it.media.map(media)).chain(group).collect())
}

fn media(name: MediaName) -> Rule {
    let one = |kind| Rule::Media(Some(kind));
    match name {
        MediaName::Any => Rule::Media(None),
        MediaName::Image => one(MediaKind::Image),
        MediaName::Audio => one(MediaKind::Audio).or(one(MediaKind::Voice)),
        MediaName::Video => one(MediaKind::Video),
        MediaName::Document => one(MediaKind::Document),
        MediaName::Sticker => one(MediaKind::Sticker),
    }
}
