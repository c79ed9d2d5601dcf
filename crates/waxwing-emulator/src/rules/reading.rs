//! How strictly the table is read.

use super::Rule;
use super::table::Bound;

/// How the rules are read that Meta's documentation leaves open.
///
/// Where sources conflict, or where none says what happens, there are two readings. The strict one, which is the default, refuses
/// whatever might be refused, so that what passes here passes at Meta. The lenient one lets pass whatever might pass.
///
/// ```
/// use waxwing_emulator::{Rule, Rules, Emulator};
///
/// # fn main() -> Result<(), waxwing_emulator::UnknownRule> {
/// let one = Rules::strict().with_lenient(Rule::FlowCta);
/// let by_name = Rules::strict().with_lenient("flow-cta".parse()?);
/// assert_eq!(one, by_name);
/// let builder = Emulator::builder().rules(one);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// In ascending order, each once.
    lenient: Vec<Rule>,
}

impl Rules {
    /// Every rule in its strict reading.
    pub fn strict() -> Self {
        Self::default()
    }

    /// Every rule in its lenient reading, where it has one.
    pub fn lenient() -> Self {
        Rule::ALL.iter().copied().filter(|rule| rule.has_lenient_reading()).fold(Self::strict(), Self::with_lenient)
    }

    /// Reads one rule leniently. A rule that is certain has no such reading and stays as it is.
    pub fn with_lenient(mut self, rule: Rule) -> Self {
        if let Err(place) = self.lenient.binary_search(&rule) {
            self.lenient.insert(place, rule);
        }
        self
    }

    /// Reads one rule strictly.
    pub fn with_strict(mut self, rule: Rule) -> Self {
        self.lenient.retain(|lenient| *lenient != rule);
        self
    }

    /// Whether the rule is read leniently.
    pub fn is_lenient(&self, rule: Rule) -> bool {
        self.lenient.binary_search(&rule).is_ok()
    }

    /// The number in the rule.
    pub(crate) fn limit(&self, rule: Rule) -> usize {
        match rule.bound() {
            Bound::Limit(limit) => limit,
            Bound::Disputed { lenient, .. } if self.is_lenient(rule) => lenient,
            Bound::Disputed { strict, .. } => strict,
            Bound::Always | Bound::Unverified => unreachable!("the rule {rule} has no number"),
        }
    }

    /// Whether an unverified rule is applied.
    pub(crate) fn applies(&self, rule: Rule) -> bool {
        !(rule.bound() == Bound::Unverified && self.is_lenient(rule))
    }

    /// The length of a text: Meta says "characters" and not what these are.
    pub(crate) fn length(&self, text: &str) -> usize {
        if self.applies(Rule::LengthUnit) { text.encode_utf16().count() } else { text.chars().count() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_is_the_default_and_each_rule_can_be_softened() {
        assert_eq!(Rules::default(), Rules::strict());
        let one = Rules::strict().with_lenient(Rule::FlowCta);
        assert_eq!((one.limit(Rule::FlowCta), Rules::strict().limit(Rule::FlowCta)), (30, 20));
        assert_eq!(one.limit(Rule::ListBody), 1024);
        assert_eq!(one.with_strict(Rule::FlowCta), Rules::strict());
        let all = Rules::lenient();
        assert!(!all.applies(Rule::HeaderMediaById) && Rules::strict().applies(Rule::HeaderMediaById));
        assert_eq!(all.with_strict(Rule::ListBody).limit(Rule::ListBody), 1024);
    }

    #[test]
    fn the_unit_of_lengths() {
        assert_eq!((Rules::strict().length("é😀"), Rules::lenient().length("é😀")), (3, 2));
    }
}
