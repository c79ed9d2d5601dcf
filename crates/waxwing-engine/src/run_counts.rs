//! Counts of the events of runs.

use waxwing_agent::{ModelCallReport, RunEvent, ToolCallReport};
use waxwing_metrics::{Metric, Metrics};

/// Provider of a model whose provider is not known.
const OTHER: &str = "other";

/// Counts an event of a run.
pub(crate) fn count(metrics: &Metrics, event: &RunEvent) {
    match event {
        RunEvent::ModelCalled(call) => model_call(metrics, call),
        RunEvent::ToolCalled(call) => tool_call(metrics, call),
        _ => {}
    }
}

fn model_call(metrics: &Metrics, call: &ModelCallReport) {
    let provider = if call.provider.is_empty() { OTHER } else { &call.provider };
    let model = [provider, &call.model];
    let outcome = if call.error.is_some() { "error" } else { "ok" };
    metrics.increment(Metric::ModelCalls, [provider, &call.model, outcome]);
    metrics.observe(Metric::ModelSeconds, model, call.duration.as_secs_f64());
    let tokens =
        [("input", call.input_tokens), ("cached_input", call.cached_input_tokens), ("output", call.output_tokens)];
    for (kind, count) in tokens {
        metrics.count(Metric::ModelTokens, [provider, &call.model, kind], count);
    }
    if let Some(cost) = call.cost {
        metrics.add(Metric::ModelCost, model, cost);
    }
}

fn tool_call(metrics: &Metrics, call: &ToolCallReport) {
    let outcome = if call.is_error { "error" } else { "ok" };
    metrics.increment(Metric::ToolCalls, [&call.tool, outcome]);
    metrics.observe(Metric::ToolSeconds, [&call.tool], call.duration.as_secs_f64());
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_model_call_is_counted_with_its_tokens_and_its_cost() {
        let metrics = Metrics::new();
        let call = ModelCallReport {
            provider: "openai".into(),
            model: "gpt-5".into(),
            duration: Duration::from_secs(2),
            input_tokens: 30,
            cached_input_tokens: 10,
            output_tokens: 5,
            cost: Some(0.25),
            text: "Hello Ana".into(),
            ..ModelCallReport::default()
        };
        count(&metrics, &RunEvent::ModelCalled(call));
        let failed = ModelCallReport { model: "gpt-5".into(), error: Some("busy".into()), ..Default::default() };
        count(&metrics, &RunEvent::ModelCalled(failed));
        let page = metrics.encode();
        for line in [
            r#"waxwing_model_calls_total{provider="openai",model="gpt-5",outcome="ok"} 1.0"#,
            r#"waxwing_model_calls_total{provider="other",model="gpt-5",outcome="error"} 1.0"#,
            r#"waxwing_model_tokens_total{provider="openai",model="gpt-5",type="input"} 30.0"#,
            r#"waxwing_model_tokens_total{provider="openai",model="gpt-5",type="cached_input"} 10.0"#,
            r#"waxwing_model_tokens_total{provider="openai",model="gpt-5",type="output"} 5.0"#,
            r#"waxwing_model_cost_total{provider="openai",model="gpt-5"} 0.25"#,
            r#"waxwing_model_call_seconds_sum{provider="openai",model="gpt-5"} 2.0"#,
        ] {
            assert!(page.lines().any(|found| found == line), "{line} is missing in {page}");
        }
        assert!(!page.contains("Ana"), "{page}");
    }
}
