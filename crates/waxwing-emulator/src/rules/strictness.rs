//! Strictness of the rules.

use serde::{Deserialize, Serialize};

use super::table::{Bound, Rule};

/// Strictness of the rules that Meta's documentation leaves open.
///
/// A rule is open if sources conflict or if no source states what happens. The strict reading, the default, refuses every request
/// that Meta might refuse. The lenient reading accepts every request that Meta might accept. An optional rule, such as
/// [`Rule::MediaBytes`], applies only after [`with_strict`](Self::with_strict).
///
/// ```
/// use waxwing_emulator::{Rule, Rules, Emulator};
///
/// # fn main() -> Result<(), waxwing_emulator::UnknownRule> {
/// let one = Rules::strict().with_lenient(Rule::ListBody);
/// let by_name = Rules::strict().with_lenient("list-body".parse()?);
/// assert_eq!(one, by_name);
/// let builder = Emulator::builder().rules(one);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Rule>", into = "Vec<Rule>")]
pub struct Rules {
    /// Rules whose reading is not the default. Sorted, without duplicates.
    changed: Vec<Rule>,
}

impl Rules {
    /// Returns rules that are all read strictly. Optional rules do not apply.
    pub fn strict() -> Self {
        Self::default()
    }

    /// Returns rules that are read leniently where possible.
    pub fn lenient() -> Self {
        Rule::ALL.iter().copied().filter(|rule| rule.has_lenient_reading()).fold(Self::strict(), Self::with_lenient)
    }

    /// Reads one rule leniently. Has no effect on a rule that is certain; see [`Rule::has_lenient_reading`].
    pub fn with_lenient(mut self, rule: Rule) -> Self {
        self.set(rule, !rule.is_optional());
        self
    }

    /// Reads one rule strictly.
    pub fn with_strict(mut self, rule: Rule) -> Self {
        self.set(rule, rule.is_optional());
        self
    }

    /// Returns whether a rule is read leniently.
    pub fn is_lenient(&self, rule: Rule) -> bool {
        self.is_changed(rule) != (rule.is_optional())
    }

    fn is_changed(&self, rule: Rule) -> bool {
        self.changed.binary_search(&rule).is_ok()
    }

    fn set(&mut self, rule: Rule, is_changed: bool) {
        match (self.changed.binary_search(&rule), is_changed) {
            (Err(place), true) => self.changed.insert(place, rule),
            (Ok(place), false) => drop(self.changed.remove(place)),
            _ => {}
        }
    }

    /// Returns the limit of a rule.
    pub(crate) fn limit(&self, rule: Rule) -> usize {
        match rule.bound() {
            Bound::Limit(limit) => limit,
            Bound::Disputed { lenient, .. } if self.is_lenient(rule) => lenient,
            Bound::Disputed { strict, .. } => strict,
            Bound::Always | Bound::Unverified | Bound::Optional => unreachable!("the rule {rule} has no limit"),
        }
    }

    /// Returns whether a rule applies. Leniently read, an unverified or optional rule does not.
    pub(crate) fn applies(&self, rule: Rule) -> bool {
        !(matches!(rule.bound(), Bound::Unverified | Bound::Optional) && self.is_lenient(rule))
    }

    /// Returns the length of a text. Meta counts "characters" without a definition: strictly read, they are UTF-16 units.
    pub(crate) fn length(&self, text: &str) -> usize {
        if self.applies(Rule::LengthUnit) { text.encode_utf16().count() } else { text.chars().count() }
    }
}

impl From<Vec<Rule>> for Rules {
    fn from(mut changed: Vec<Rule>) -> Self {
        changed.sort_unstable();
        changed.dedup();
        Self { changed }
    }
}

impl From<Rules> for Vec<Rule> {
    fn from(rules: Rules) -> Self {
        rules.changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_is_the_default_and_each_rule_can_be_lenient() {
        assert_eq!(Rules::default(), Rules::strict());
        let one = Rules::strict().with_lenient(Rule::ListBody);
        assert_eq!((one.limit(Rule::ListBody), Rules::strict().limit(Rule::ListBody)), (4096, 1024));
        assert_eq!(one.limit(Rule::Contacts), 5);
        assert_eq!(one.with_strict(Rule::ListBody), Rules::strict());
        let all = Rules::lenient();
        assert!(!all.applies(Rule::UniqueRows) && Rules::strict().applies(Rule::UniqueRows));
        assert_eq!(all.with_strict(Rule::ListBody).limit(Rule::ListBody), 1024);
    }

    #[test]
    fn an_optional_rule_applies_on_request() {
        let (strict, rule) = (Rules::strict(), Rule::MediaBytes);
        assert!(!strict.applies(rule) && strict.is_lenient(rule) && !Rules::lenient().applies(rule));
        let with = strict.with_strict(rule);
        assert!(with.applies(rule) && !with.is_lenient(rule));
        assert_eq!(with.with_lenient(rule), Rules::strict());
    }

    #[test]
    fn lengths_are_counted_in_utf16_units_or_code_points() {
        assert_eq!((Rules::strict().length("é😀"), Rules::lenient().length("é😀")), (3, 2));
    }
}
