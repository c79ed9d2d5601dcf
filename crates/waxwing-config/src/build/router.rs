//! Routers.

use std::sync::Arc;

use waxwing_agent::{Agent, MediaKind, Router, Rule};

use crate::sections::{MediaName, OneOrMore, RouterSection, RuleSection};

/// Returns a router. `agent` returns an agent by name.
pub(super) fn router(
    name: &str,
    section: &RouterSection,
    agent: &mut dyn FnMut(&str) -> Option<Arc<dyn Agent>>,
) -> Option<Router> {
    let mut router = Router::new(name, agent(&section.default)?);
    for rule_section in &section.rules {
        router = router.route(rule(rule_section), agent(&rule_section.to)?);
    }
    Some(if section.sticky { router.sticky() } else { router })
}

fn rule(section: &RuleSection) -> Rule {
    let any =
        |texts: &OneOrMore, rule: fn(String) -> Rule| Rule::Any(texts.iter().map(|text| rule(text.into())).collect());
    let texts = [
        (&section.word, Rule::Word as fn(String) -> Rule),
        (&section.starts_with, Rule::StartsWith),
        (&section.tapped, Rule::Tapped),
        (&section.number, Rule::Number),
    ];
    let texts = texts.into_iter().filter_map(|(texts, rule)| texts.as_ref().map(|texts| any(texts, rule)));
    let group = section.group.map(|is_group| if is_group { Rule::Group } else { Rule::Group.negated() });
    Rule::All(texts.chain(section.media.map(media)).chain(group).collect())
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
