//! Strictness of the rules.

use super::table::{Bound, Rule};

/// Strictness of the rules that Meta's documentation leaves open.
///
/// A rule is open if sources conflict or if no source states what happens. The strict reading, the default, refuses every request
/// that Meta might refuse. The lenient reading accepts every request that Meta might accept.
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
    /// Sorted, without duplicates.
    lenient: Vec<Rule>,
}

impl Rules {
    /// Returns rules that are all read strictly.
    pub fn strict() -> Self {
        Self::default()
    }

    /// Returns rules that are read leniently where possible.
    pub fn lenient() -> Self {
        Rule::ALL.iter().copied().filter(|rule| rule.has_lenient_reading()).fold(Self::strict(), Self::with_lenient)
    }

    /// Reads one rule leniently. Has no effect on a rule that is certain; see [`Rule::has_lenient_reading`].
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

    /// Returns whether a rule is read leniently.
    pub fn is_lenient(&self, rule: Rule) -> bool {
        self.lenient.binary_search(&rule).is_ok()
    }

    /// Returns the limit of a rule.
    pub(crate) fn limit(&self, rule: Rule) -> usize {
        match rule.bound() {
            Bound::Limit(limit) => limit,
            Bound::Disputed { lenient, .. } if self.is_lenient(rule) => lenient,
            Bound::Disputed { strict, .. } => strict,
            Bound::Always | Bound::Unverified => unreachable!("the rule {rule} has no limit"),
        }
    }

    /// Returns whether a rule applies. Leniently read, an unverified rule does not.
    pub(crate) fn applies(&self, rule: Rule) -> bool {
        !(rule.bound() == Bound::Unverified && self.is_lenient(rule))
    }

    /// Returns the length of a text. Meta counts "characters" without a definition: strictly read, they are UTF-16 units.
    pub(crate) fn length(&self, text: &str) -> usize {
        if self.applies(Rule::LengthUnit) { text.encode_utf16().count() } else { text.chars().count() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_is_the_default_and_each_rule_can_be_lenient() {
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
    fn lengths_are_counted_in_utf16_units_or_code_points() {
        assert_eq!((Rules::strict().length("é😀"), Rules::lenient().length("é😀")), (3, 2));
    }
}
