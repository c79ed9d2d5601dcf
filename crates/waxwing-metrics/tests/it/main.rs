//! The alert rules and the dashboard use metrics of the catalogue.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests as well")]

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use waxwing_metrics::{CATALOG, MetricKind, MetricSpec};

const RULES: &str = "deploy/prometheus/alerts.yaml";
const DASHBOARD: &str = "deploy/grafana/waxwing.json";

/// A metric in an expression, with the labels of its selector.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Selector {
    name: String,
    labels: Vec<String>,
}

fn read(path: &str) -> String {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    std::fs::read_to_string(root.join(path)).unwrap()
}

/// Returns the values of a key in a YAML file of rules: those on the line of the key, and indented blocks.
fn values(yaml: &str, key: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut block = None;
    for line in yaml.lines() {
        let indent = line.len() - line.trim_start().len();
        if block.is_some_and(|key_indent| indent > key_indent) {
            let last = found.last_mut().unwrap();
            last.push_str(line);
            last.push('\n');
            continue;
        }
        block = None;
        if let Some(value) =
            line.trim_start_matches([' ', '-']).strip_prefix(key).and_then(|rest| rest.strip_prefix(':'))
        {
            block = (value.trim() == "|").then_some(indent);
            found.push(value.trim().trim_start_matches('|').to_owned());
        }
    }
    found
}

/// Returns the metrics of a PromQL expression: names that begin as those of the catalogue do, outside of strings.
fn selectors(expression: &str) -> Vec<Selector> {
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_' || character == ':';
    let (mut found, mut rest) = (Vec::new(), expression);
    while let Some(start) = rest.find(is_name) {
        // A string is not a name.
        if let Some(quote) = rest[..start].find('"') {
            let end = rest[quote + 1..].find('"').expect("a string ends");
            rest = &rest[quote + 1 + end + 1..];
            continue;
        }
        let name = &rest[start..];
        let len = name.find(|character| !is_name(character)).unwrap_or(name.len());
        rest = &name[len..];
        let name = &name[..len];
        if ["waxwing_", "process_"].iter().any(|prefix| name.starts_with(prefix)) {
            let inside = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')).map_or("", |(inside, _)| inside);
            found.push(Selector { name: name.to_owned(), labels: label_names(inside) });
        }
    }
    found
}

fn label_names(matchers: &str) -> Vec<String> {
    let (mut names, mut rest) = (Vec::new(), matchers);
    while let Some((name, value)) = rest.split_once(['=', '!']) {
        names.push(name.trim_matches([' ', ',']).to_owned());
        let mut parts = value.splitn(3, '"');
        rest = parts.nth(2).unwrap_or_default();
    }
    names
}

/// Returns the metric of a series.
fn spec_of(series: &str) -> Option<&'static MetricSpec> {
    CATALOG.iter().find(|spec| match spec.kind {
        MetricKind::Histogram(_) => {
            series.strip_prefix(spec.name).is_some_and(|suffix| ["_bucket", "_sum", "_count"].contains(&suffix))
        }
        _ => series == spec.name,
    })
}

#[track_caller]
fn check(expressions: &[String]) -> BTreeSet<&'static str> {
    let mut used = BTreeSet::new();
    for expression in expressions {
        for Selector { name, labels } in selectors(expression) {
            let Some(spec) = spec_of(&name) else { panic!("`{name}` is not in the catalogue: {expression}") };
            for label in labels {
                let is_known = spec.labels.contains(&label.as_str()) || ["job", "instance"].contains(&label.as_str());
                assert!(is_known, "`{name}` has no label `{label}`: {expression}");
            }
            used.insert(spec.name);
        }
    }
    used
}

fn queries(dashboard: &Value) -> Vec<String> {
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    targets.map(|target| target["expr"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn alert_rules_use_metrics_of_the_catalogue() {
    let expressions = values(&read(RULES), "expr");
    assert!(expressions.len() >= 15, "{expressions:?}");
    assert!(check(&expressions).len() >= 12);
}

#[test]
fn the_dashboard_shows_every_metric() {
    let dashboard: Value = serde_json::from_str(&read(DASHBOARD)).unwrap();
    let used = check(&queries(&dashboard));
    // The reasons say why a server is degraded.
    let missing: Vec<_> = CATALOG
        .iter()
        .map(|spec| spec.name)
        .filter(|name| !used.contains(name) && *name != "waxwing_degraded")
        .collect();
    assert!(missing.is_empty(), "no panel shows {missing:?}");
}

#[test]
fn each_alert_has_a_test_and_a_row_in_the_docs() {
    let (rules, tests, page) = (read(RULES), read("deploy/prometheus/alerts_test.yaml"), read("docs/metrics.md"));
    let alerts = values(&rules, "alert");
    assert!(alerts.len() >= 12, "{alerts:?}");
    for alert in alerts {
        assert!(tests.contains(&format!("alertname: {alert}\n")), "{alert} never fires in a test");
        assert!(page.contains(&format!("| `{alert}` |")), "docs/metrics.md lacks {alert}");
    }
}

#[test]
fn names_and_labels_are_found_in_expressions() {
    let found =
        selectors(r#"sum by (job) (rate(waxwing_a{x=~"waxwing_b|c", y!="d"}[5m])) / process_e > instance:waxwing_f:g"#);
    let selector = |name: &str, labels: &[&str]| Selector {
        name: name.into(),
        labels: labels.iter().map(ToString::to_string).collect(),
    };
    assert_eq!(found, [selector("waxwing_a", &["x", "y"]), selector("process_e", &[])]);
    assert_eq!(values("- alert: A\n  expr: |\n    a\n    b\n  for: 1m\n- expr: c\n", "expr"), ["    a\n    b\n", "c"]);
}
