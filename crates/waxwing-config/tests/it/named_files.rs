//! Files that a configuration names.

use std::path::Path;

use waxwing::Setting;
use waxwing_config::{Config, ConfigPurpose};

const TEXT: &str = "models.m = { provider = 'openai', model = 'm', api_key = 'sk-0123456789' }\n\
    [templates.menu]\nlanguage = 'en'\ndescription = 'The menu.'\nheader_file = 'menu.png'\n\
    [agents.a]\nmodel = 'm'\ntemplates = ['menu']\n[agents.b]\nmodel = 'm'\ntemplates = ['menu']\n\
    [budget]\nrates = 'rates.csv'\n\
    [numbers.x]\nphone_number_id = '1'\naccess_token = 't'\nagent = 'a'\n\
    [numbers.y]\nphone_number_id = '2'\naccess_token = 't'\nagent = 'b'\nbudget = { per_day = 5 }\n";

fn parse(dir: &Path) -> Config {
    Config::parse(TEXT, "w.toml", dir.into(), &|_: &str| None, ConfigPurpose::Serve).unwrap()
}

fn write(dir: &Path, picture: &[u8], rates: &str) {
    std::fs::write(dir.join("menu.png"), picture).unwrap();
    std::fs::write(dir.join("rates.csv"), format!("market,category,price,currency\n{rates}\n")).unwrap();
}

#[test]
fn changed_files_are_changes_of_their_keys() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), b"\x89PNG\r\n\x1a\n", "*,service,0.01,EUR");
    let before = parse(dir.path());
    assert_eq!(before.changes(&parse(dir.path())), waxwing_config::ConfigChanges::default());
    write(dir.path(), b"\x89PNG\r\n\x1a\nnew", "*,service,0.02,EUR");
    let changes = before.changes(&parse(dir.path()));
    assert_eq!(changes.reloadable, ["templates.menu.header_file"]);
    assert_eq!(changes.needs_restart, ["budget.rates"]);
}

#[test]
fn a_header_that_two_agents_send_is_reported_once() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), b"", "*,service,0.01,EUR");
    let error = parse(dir.path()).check_agents(waxwing::NetworkPolicy::default()).unwrap_err().to_string();
    assert_eq!(error.matches("templates.menu.header_file: cannot use `menu.png`").count(), 1, "{error}");
    write(dir.path(), b"\x89PNG\r\n\x1a\n", "*,service,0.01,EUR");
    assert!(parse(dir.path()).check_agents(waxwing::NetworkPolicy::default()).is_ok());
}

#[test]
fn all_numbers_share_the_rates() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), b"\x89PNG\r\n\x1a\n", "*,service,0.01,EUR");
    let numbers = parse(dir.path()).numbers(&|_: &Setting| None, None).unwrap();
    let budgets: Vec<_> = numbers.iter().map(|number| &number.settings.engine.budget).collect();
    assert!(budgets.iter().all(|budget| budget.rates.as_ref().is_some_and(|rates| rates.currency() == "EUR")));
    assert!(budgets[0].standard.per_day.is_none() && budgets[1].standard.per_day.is_some());
    write(dir.path(), b"\x89PNG\r\n\x1a\n", "wrong");
    let error = parse(dir.path()).numbers(&|_: &Setting| None, None).unwrap_err().to_string();
    assert!(error.contains("budget.rates") && error.contains("line 2"), "{error}");
}
