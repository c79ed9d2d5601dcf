//! Table of exemptions from the rules.

use super::Finding;

/// Exemption from a rule.
#[derive(Debug)]
pub(super) struct Exemption {
    pub(super) rule: &'static str,
    /// Path of a file, or the start of a path.
    pub(super) path: &'static str,
    /// Part of the message of the finding. An empty string matches every message.
    pub(super) message: &'static str,
    pub(super) reason: &'static str,
}

/// All exemptions. The table is empty; an entry needs a reason that holds for as long as the code that it exempts.
pub(super) const EXEMPTIONS: &[Exemption] = &[];

/// Removes and counts the exempt findings. Adds a finding for each unused exemption.
pub(super) fn apply(findings: Vec<Finding>, exemptions: &[Exemption]) -> (Vec<Finding>, usize) {
    let all = findings.len();
    let mut is_used = vec![false; exemptions.len()];
    let mut left = Vec::new();
    for finding in findings {
        match exemptions.iter().position(|exemption| exemption.covers(&finding)) {
            Some(i) => is_used[i] = true,
            None => left.push(finding),
        }
    }
    let exempt = all - left.len();
    for (exemption, _) in exemptions.iter().zip(is_used).filter(|(_, is_used)| !is_used) {
        let message = format!("an exemption from `{}` is not needed any more; remove it", exemption.rule);
        left.push(Finding::new(exemption.path, 0, message));
    }
    for exemption in exemptions.iter().filter(|exemption| exemption.reason.is_empty()) {
        left.push(Finding::new(exemption.path, 0, format!("an exemption from `{}` needs a reason", exemption.rule)));
    }
    (left, exempt)
}

impl Exemption {
    fn covers(&self, finding: &Finding) -> bool {
        self.rule == finding.rule && finding.path.starts_with(self.path) && finding.message.contains(self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXEMPTION: Exemption =
        Exemption { rule: "lines", path: "crates/a/", message: "400", reason: "generated from Meta's table" };

    #[track_caller]
    fn check(findings: &[(&'static str, &str, &str)], exemption: Exemption, expected: &[&str]) {
        let findings = findings.iter().map(|(rule, path, message)| Finding { rule, ..Finding::new(path, 1, *message) });
        let (left, _) = apply(findings.collect(), &[exemption]);
        assert_eq!(left.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn an_exemption_covers_its_rule_in_its_place() {
        check(&[("lines", "crates/a/src/b.rs", "has 400 lines")], EXEMPTION, &[]);
        let others = [
            ("lines", "crates/a/src/b.rs", "has 400 lines"),
            ("lines", "crates/a/src/b.rs", "has 500 lines"),
            ("links", "crates/a/src/b.rs", "400"),
            ("lines", "crates/b/src/b.rs", "400"),
        ];
        check(
            &others,
            EXEMPTION,
            &[
                "crates/a/src/b.rs:1: has 500 lines [lines]",
                "crates/a/src/b.rs:1: 400 [links]",
                "crates/b/src/b.rs:1: 400 [lines]",
            ],
        );
    }

    #[test]
    fn an_unused_exemption_is_a_finding() {
        check(&[], EXEMPTION, &["crates/a/: an exemption from `lines` is not needed any more; remove it"]);
    }

    #[test]
    fn an_exemption_needs_a_reason() {
        let exemption = Exemption { reason: "", ..EXEMPTION };
        check(
            &[("lines", "crates/a/src/b.rs", "400")],
            exemption,
            &["crates/a/: an exemption from `lines` needs a reason"],
        );
    }
}
