//! The catalogue of all metrics.

use crate::spec::MetricKind::{Counter, Gauge, Histogram};
use crate::spec::MetricSpec;

/// Bounds for work within the process and its database, in seconds.
const SHORT: &[f64] = &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];

/// Bounds for requests to Meta, and for waits before them, in seconds.
const MEDIUM: &[f64] = &[0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// Bounds for turns, models and tools, in seconds.
const LONG: &[f64] = &[0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0];

/// Defines the metrics with their descriptions, so that none lacks one.
macro_rules! catalog {
    ($($metric:ident: $kind:expr, $name:literal, $labels:expr, $help:literal;)+) => {
        /// A metric. [`spec`](Self::spec) describes it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Metric {
            $(#[doc = $help] $metric,)+
        }

        impl Metric {
            /// All metrics, in the order of [`CATALOG`].
            pub const ALL: &[Self] = &[$(Self::$metric,)+];
        }

        /// Descriptions of all metrics.
        pub const CATALOG: &[MetricSpec] = &[$(MetricSpec::new($name, $kind, &$labels, $help),)+];
    };
}

catalog! {
    Ready: Gauge, "waxwing_ready", [],
        "1 if the server can do its work, as /health/ready says";
    Degraded: Gauge, "waxwing_degraded", [],
        "1 if the server is ready, and a reason says that its work is late";
    ReadyReason: Gauge, "waxwing_ready_reason", ["reason"],
        "1 for each reason that applies: store_write, store_integrity, disk or token (not ready), backlog_age (degraded)";
    BuildInfo: Gauge, "waxwing_build_info", ["version"],
        "1, with the version of the program";
    Webhooks: Counter, "waxwing_webhooks_total", ["result"],
        "Webhooks by result: accepted, ignored (of another product), bad_signature, too_large, unusable, overloaded (no memory), store_failure";
    WebhookSeconds: Histogram(SHORT), "waxwing_webhook_accept_seconds", [],
        "Time from the verified body of a webhook to its answer, with the commit";
    MessagesReceived: Counter, "waxwing_messages_received_total", [],
        "New messages of users that were committed";
    Duplicates: Counter, "waxwing_webhook_duplicates_total", [],
        "Items of webhooks that were known already and dropped";
    InboxMessages: Gauge, "waxwing_inbox_messages", ["number"],
        "Received messages that wait for a turn or are in one, at most 100000";
    InboxOldestDue: Gauge, "waxwing_inbox_oldest_due_seconds", ["number"],
        "Time for which the oldest turn has been due";
    OutboxMessages: Gauge, "waxwing_outbox_messages", ["number", "state"],
        "Messages that are not delivered, by state: queued, sending, in_doubt, parked, failed (refused by Meta), dead_letter; at most 100000 of each";
    OutboxOldestDue: Gauge, "waxwing_outbox_oldest_due_seconds", ["number"],
        "Time for which the oldest send has been due, without messages of campaigns";
    Turns: Counter, "waxwing_turns_total", ["agent", "outcome"],
        "Turns by outcome: committed, released (claimed again later), failed (in the store, or without its lease)";
    TurnSeconds: Histogram(LONG), "waxwing_turn_seconds", ["agent"],
        "Time of a turn from its claim to its end, with the wait for the rest of a burst";
    TurnsGivenUp: Counter, "waxwing_turns_given_up_total", ["agent"],
        "Turns whose messages became dead letters, or stayed unanswered, because the agent does not work";
    Runs: Counter, "waxwing_runs_total", ["agent", "outcome"],
        "Runs of agents by outcome: replied, failed, cancelled";
    RunSeconds: Histogram(LONG), "waxwing_run_seconds", ["agent"],
        "Time of a run of an agent";
    AgentPanics: Counter, "waxwing_agent_panics_total", ["agent"],
        "Panics of agents; each is a failed run as well";
    LostLeases: Counter, "waxwing_lost_leases_total", [],
        "Turns whose lease was lost, so that they write nothing any more";
    LostSpans: Counter, "waxwing_lost_spans_total", [],
        "Spans of traces that the collector did not take, or that found the queue full";
    Sends: Counter, "waxwing_sends_total", ["number", "outcome", "code"],
        "Attempts to send a message by outcome (accepted, retry, in_doubt, refused, parked, dead_letter, delayed) and error code of Meta; none without a code, other for an unknown one";
    SendSeconds: Histogram(MEDIUM), "waxwing_send_request_seconds", ["number"],
        "Time of a request to Meta that sends a message";
    RateLimitWait: Histogram(MEDIUM), "waxwing_rate_limit_wait_seconds", ["number"],
        "Time for which an attempt waited for the rate limits";
    WindowRefusals: Counter, "waxwing_window_refusals_total", ["number", "outcome"],
        "Messages that were not sent because the customer service window is closed: parked or refused";
    TemplateRefusals: Counter, "waxwing_template_refusals_total", ["number", "by"],
        "Template messages that were refused: by definition (checked before the request) or by meta";
    CircuitOpen: Gauge, "waxwing_circuit_open", ["kind", "name"],
        "1 while requests are paused because they fail, by kind (number, agent or backend) and name; 0 if they are not";
    ModelCalls: Counter, "waxwing_model_calls_total", ["provider", "model", "outcome"],
        "Requests to language models by outcome: ok or error";
    ModelSeconds: Histogram(LONG), "waxwing_model_call_seconds", ["provider", "model"],
        "Time of a request to a language model";
    ModelTokens: Counter, "waxwing_model_tokens_total", ["provider", "model", "type"],
        "Tokens of language models by type: input (with cached_input), cached_input, output";
    ModelCost: Counter, "waxwing_model_cost_total", ["provider", "model"],
        "Cost of language models, in the currency of the configured prices";
    ToolCalls: Counter, "waxwing_tool_calls_total", ["tool", "outcome"],
        "Calls of tools by outcome: ok or error";
    ToolSeconds: Histogram(LONG), "waxwing_tool_call_seconds", ["tool"],
        "Time of a call of a tool";
    DatabaseSeconds: Histogram(SHORT), "waxwing_database_seconds", ["operation"],
        "Time of operations of the database: read and write with their waits, and commit, which many writes share";
    DatabaseBytes: Gauge, "waxwing_database_bytes", [],
        "Size of the database file";
    WalBytes: Gauge, "waxwing_database_wal_bytes", [],
        "Size of the write-ahead log of the database";
    DiskFree: Gauge, "waxwing_disk_free_bytes", [],
        "Free bytes of the file system of the database";
    OpenFds: Gauge, "process_open_fds", [],
        "Open file descriptors";
    MaxFds: Gauge, "process_max_fds", [],
        "Limit of open file descriptors";
    ResidentMemory: Gauge, "process_resident_memory_bytes", [],
        "Resident memory of the process";
}

impl Metric {
    /// Returns the description.
    pub fn spec(self) -> &'static MetricSpec {
        &CATALOG[self as usize]
    }

    pub(crate) fn is_counter(self) -> bool {
        self.spec().kind == Counter
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::fmt::Write as _;

    use super::*;

    /// Rules of Prometheus: <https://prometheus.io/docs/practices/naming/>.
    #[test]
    fn names_follow_the_conventions() {
        let names: HashSet<_> = CATALOG.iter().map(|spec| spec.name).collect();
        assert_eq!(names.len(), CATALOG.len());
        for spec in CATALOG {
            let is_part = |character: char| character.is_ascii_lowercase() || character == '_';
            assert!(spec.name.chars().all(is_part), "{}", spec.name);
            assert!(spec.name.starts_with("waxwing_") || spec.name.starts_with("process_"), "{}", spec.name);
            assert_eq!(spec.name.ends_with("_total"), spec.kind == Counter, "{}", spec.name);
            if let Histogram(bounds) = spec.kind {
                assert_eq!(spec.unit(), "seconds", "{}", spec.name);
                assert!(bounds.is_sorted(), "{}", spec.name);
            }
            assert!(!spec.help.ends_with('.') && spec.help.len() < 200, "{}", spec.name);
            assert!(spec.labels.iter().all(|label| !["le", "job", "instance"].contains(label)), "{}", spec.name);
        }
    }

    #[test]
    fn docs_contain_the_table_as_generated_from_the_code() {
        let mut table = String::new();
        for spec in CATALOG {
            let labels: Vec<_> = spec.labels.iter().map(|label| format!("`{label}`")).collect();
            let (kind, unit, labels) = (spec.kind.as_str(), spec.unit(), labels.join(", "));
            writeln!(table, "| `{}` | {kind} | {unit} | {labels} | {} |", spec.name, spec.help).unwrap();
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/metrics.md");
        let page = std::fs::read_to_string(path).unwrap();
        let (start, end) = ("|---|---|---|---|---|\n", "\n## ");
        let begin = page.find(start).unwrap() + start.len();
        let len = page[begin..].find(end).unwrap();
        if std::env::var_os("WAXWING_WRITE_METRICS").is_some() {
            std::fs::write(path, format!("{}{table}{}", &page[..begin], &page[begin + len..])).unwrap();
        } else {
            assert_eq!(&page[begin..begin + len], table, "run this test with WAXWING_WRITE_METRICS=1");
        }
    }
}
