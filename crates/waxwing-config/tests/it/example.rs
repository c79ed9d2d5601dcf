//! The example configuration.

use waxwing::Setting;
use waxwing_config::{Config, ConfigPurpose};

const EXAMPLE: &str = include_str!("../../../../waxwing.example.toml");

fn read(text: &str) -> Config {
    let variables = |name: &str| Some(format!("{name}-0123456789abcdef0123456789abcdef"));
    Config::parse(text, "waxwing.example.toml", ".".into(), &variables, ConfigPurpose::Serve).unwrap()
}

#[test]
fn the_example_is_valid() {
    let config = read(EXAMPLE);
    let warnings: Vec<_> = config.warnings().iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(warnings, ["mcp.orders.url"], "the host of the example does not exist");
    let agents = config.check_agents(waxwing::NetworkPolicy::default()).unwrap();
    let numbers = config.numbers(&|_: &Setting| None, None).unwrap();
    for number in &numbers {
        config.answerer(number, &agents).unwrap();
    }
    assert_eq!(
        config.summary(),
        "2 numbers, 5 agents, 1 team, 2 models, 2 MCP servers, 1 template, 1 access list, 1 limit set"
    );
}

/// Lines that begin with `#` and a key are valid, too.
#[test]
fn commented_keys_of_the_example_are_valid() {
    let is_key = |line: &str| {
        let key = line.split_once(" = ").map(|(key, _)| key);
        key.is_some_and(|key| key.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
    };
    let shown = |line: &str| line.strip_prefix("# ").filter(|line| is_key(line)).unwrap_or(line).to_owned();
    let text: String = EXAMPLE.lines().map(|line| shown(line) + "\n").collect();
    assert_ne!(text, EXAMPLE);
    read(&text).check_agents(waxwing::NetworkPolicy::default()).unwrap();
}

#[test]
fn reactions_as_answers_that_reach_no_agent_are_a_warning() {
    for (reactions, count) in [("run", 0), ("tell", 1), ("ignore", 1)] {
        let model = "[models.m]\nprovider = \"openai\"\napi_key = \"k\"\nmodel = \"m\"\n";
        let agent = "[agents.shop]\nmodel = \"m\"\napproval_reactions = true\n";
        let text = format!("[engine]\nreactions = \"{reactions}\"\n{model}{agent}");
        let config = read(&text);
        let warnings: Vec<_> = config.warnings().iter().map(|problem| problem.path.clone()).collect();
        let about = warnings.iter().filter(|warning| warning.contains("approval_reactions")).count();
        assert_eq!(about, count, "{reactions}: {warnings:?}");
    }
}

#[test]
fn a_missing_typing_indicator_is_a_warning() {
    for (receipts, count) in [("on_claim", 0), ("on_answer", 1), ("never", 1)] {
        let text = format!("[engine]\nread_receipts = \"{receipts}\"\n");
        assert_eq!(read(&text).warnings().len(), count, "{receipts}");
    }
}
