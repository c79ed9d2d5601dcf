//! Flags of the emulated platform.

use std::time::Duration;

use clap::Args;
use waxwing_emulator::{EmulatorBuilder, Pace, Rule, Rules, TemplateApproval};

/// Default delay of the approval of a template.
const APPROVAL_DELAY: Duration = Duration::from_secs(2);

/// Behavior of the emulated Cloud API.
#[derive(Debug, Args)]
pub(crate) struct EmulatorFlags {
    /// Pace of sends: off has no limits, burst allows whole bursts again and again, meta is as slow as Meta.
    #[arg(long, value_name = "PACE", env = "WAXWING_EMULATOR_PACE", default_value_t = Pace::Burst)]
    pace: Pace,

    /// Approval of the message templates that the server creates: `never`, or `after=` and a duration.
    #[arg(
        long,
        value_name = "APPROVAL",
        env = "WAXWING_EMULATOR_APPROVE_TEMPLATES",
        default_value_t = TemplateApproval::After(APPROVAL_DELAY)
    )]
    approve_templates: TemplateApproval,

    /// Name of a rule that Meta's documentation leaves open, to read leniently; `all` for all such rules. Repeat the flag for more, or
    /// separate names with commas.
    #[arg(long, value_name = "RULE", env = "WAXWING_EMULATOR_LENIENT", value_delimiter = ',', value_parser = lenient)]
    lenient: Vec<Lenient>,

    /// Name of an optional rule to apply, such as media-bytes. Repeat the flag for more, or separate names with commas.
    #[arg(long, value_name = "RULE", env = "WAXWING_EMULATOR_STRICT", value_delimiter = ',', value_parser = optional)]
    strict: Vec<Rule>,

    /// Seed of all ids and of the rates of faults. Default: random.
    #[arg(long, value_name = "NUMBER", env = "WAXWING_EMULATOR_SEED")]
    seed: Option<u64>,

    /// Id of the WhatsApp Business Account. The ids of users (BSUIDs) depend on it.
    #[arg(long, value_name = "ID", env = "WAXWING_EMULATOR_WABA_ID", default_value = "2000002")]
    waba_id: String,

    /// Id of the Meta app.
    #[arg(long, value_name = "ID", env = "WAXWING_EMULATOR_APP_ID", default_value = "3000003")]
    app_id: String,

    /// Name of the business.
    #[arg(long, value_name = "NAME", env = "WAXWING_EMULATOR_NAME", default_value = "Waxwing")]
    name: String,
}

impl EmulatorFlags {
    /// Applies the flags to an emulator.
    pub(crate) fn apply(&self, emulator: EmulatorBuilder) -> EmulatorBuilder {
        let emulator = emulator.rules(self.rules()).pace(self.pace).template_approval(self.approve_templates);
        let emulator = emulator.waba_id(&self.waba_id).app_id(&self.app_id).name(&self.name);
        match self.seed {
            Some(seed) => emulator.seed(seed),
            None => emulator,
        }
    }

    /// Returns the ids of the account and the app.
    pub(crate) fn account(&self) -> (&str, &str) {
        (&self.waba_id, &self.app_id)
    }

    /// Returns the interval at which the emulator accepts messages to one user in the long run, as a setting of a server.
    pub(crate) fn pair_interval(&self) -> &'static str {
        if self.pace == Pace::Meta { "6s" } else { "0" }
    }

    fn rules(&self) -> Rules {
        let rules = self.lenient.iter().fold(Rules::strict(), |rules, lenient| match lenient {
            Lenient::All => Rules::lenient(),
            Lenient::One(rule) => rules.with_lenient(*rule),
        });
        self.strict.iter().copied().fold(rules, Rules::with_strict)
    }
}

/// The rules to read leniently.
#[derive(Debug, Clone, Copy)]
enum Lenient {
    All,
    One(Rule),
}

fn lenient(name: &str) -> Result<Lenient, String> {
    if name == "all" {
        return Ok(Lenient::All);
    }
    let known = Rule::has_lenient_reading;
    rule(name, known).map(Lenient::One).ok_or_else(|| format!("unknown rule; known are all, {}", names(known)))
}

fn optional(name: &str) -> Result<Rule, String> {
    let known = Rule::is_optional;
    rule(name, known).ok_or_else(|| format!("unknown optional rule; known are {}", names(known)))
}

fn rule(name: &str, is_known: impl Fn(Rule) -> bool) -> Option<Rule> {
    name.parse().ok().filter(|rule| is_known(*rule))
}

fn names(is_known: impl Fn(Rule) -> bool) -> String {
    let names = Rule::ALL.iter().filter(|rule| is_known(**rule)).map(|rule| rule.name());
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Flags {
        #[command(flatten)]
        flags: EmulatorFlags,
    }

    fn parse(arguments: &[&str]) -> Result<EmulatorFlags, String> {
        let arguments = std::iter::once(&"emulator").chain(arguments);
        Flags::try_parse_from(arguments).map(|it| it.flags).map_err(|error| error.to_string())
    }

    #[test]
    fn templates_are_approved_by_default_after_a_short_delay() {
        assert_eq!(parse(&[]).unwrap().approve_templates, TemplateApproval::After(APPROVAL_DELAY));
        let never = parse(&["--approve-templates", "never"]).unwrap();
        assert_eq!(never.approve_templates, TemplateApproval::Never);
    }

    #[test]
    fn optional_rules_apply_on_request() {
        assert!(parse(&[]).unwrap().rules().is_lenient(Rule::MediaBytes));
        let rules = parse(&["--lenient", "all", "--strict", "media-bytes"]).unwrap().rules();
        assert!(!rules.is_lenient(Rule::MediaBytes) && rules.is_lenient(Rule::ListBody));
        assert!(parse(&["--strict", "list-body"]).unwrap_err().contains("media-bytes"));
    }
}
