//! Defaults of settings, as help texts show them.

use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use waxwing_axum::Prefix;
use waxwing_client::Client;
use waxwing_engine::{
    Debounce, EngineSettings, GroupAnswers, MediaScan, OnInterrupt, OnStale, QuoteReplies, Reactions, ReadReceipts,
    ReplyOverflow, WhileRunning,
};
use waxwing_store::OnInDoubt;
use waxwing_traces::TraceOptions;

use super::Mode;
use crate::database::Database;
use crate::http_settings::HttpSettings;

/// The default address of the API for other systems.
pub(super) const API_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7778);

/// Address of the metrics, with the port of Prometheus exporters of OpenTelemetry.
pub(super) const METRICS_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9464);

/// Name of the service in traces.
pub(super) const SERVICE_NAME: &str = "waxwing";

/// The default port.
pub(crate) const PORT: u16 = 7777;

/// The default time that turns and their sends get to finish at shutdown.
pub(crate) const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(20);

const DAY: u64 = 24 * 60 * 60 * 1000;

/// Returns the default of a setting. `None` if it has none.
pub(super) fn default_of(variable: &str) -> Option<String> {
    whatsapp_or_server(variable).or_else(|| storage(variable)).or_else(|| engine(variable)).or_else(|| policy(variable))
}

fn whatsapp_or_server(variable: &str) -> Option<String> {
    Some(match variable {
        "WHATSAPP_GRAPH_URL" => Client::DEFAULT_BASE_URL.to_owned(),
        "WHATSAPP_API_VERSION" => Client::DEFAULT_API_VERSION.to_owned(),
        "APP_ENV" => {
            let (signed, unsigned) = (Mode::Production.as_str(), Mode::Development.as_str());
            format!("{signed} with an app secret, else {unsigned}")
        }
        "HOST" => {
            let (production, development) = (Mode::Production.host(), Mode::Development.host());
            format!("{development} in development, {production} in production")
        }
        "PORT" => PORT.to_string(),
        "WAXWING_API_LISTEN" => format!("{API_ADDRESS} with a token, else no API"),
        "WAXWING_METRICS_LISTEN" => format!("{METRICS_ADDRESS} with a token, else no metrics"),
        "OTEL_EXPORTER_OTLP_ENDPOINT" => "no traces".to_owned(),
        "WAXWING_STORAGE_KEY_FILE" => "no file".to_owned(),
        "OTEL_SERVICE_NAME" => SERVICE_NAME.to_owned(),
        "OTEL_TRACES_SAMPLER_ARG" => TraceOptions::default().ratio.to_string(),
        "WAXWING_TRACE_CONTENT" => TraceOptions::default().content.to_string(),
        "WAXWING_PREFIX" => Prefix::default().to_string(),
        "WAXWING_ALLOW_UNSIGNED" | "WAXWING_ALLOW_PLAIN_HTTP" => false.to_string(),
        "WAXWING_SHUTDOWN_TIMEOUT" => time(SHUTDOWN_TIMEOUT),
        "WAXWING_MAX_CONNECTIONS" => number(HttpSettings::default().connections.max_connections),
        "WAXWING_MAX_CONNECTIONS_PER_PEER" => number(HttpSettings::default().connections.max_connections_per_peer),
        "WAXWING_IDLE_TIMEOUT" => time(HttpSettings::default().connections.idle_timeout),
        "WAXWING_MAX_UNVERIFIED_BYTES" => number(HttpSettings::default().max_unverified_bytes),
        "DATABASE_URL" => format!("sqlite://{}", Database::default()),
        _ => return None,
    })
}

fn storage(variable: &str) -> Option<String> {
    let retention = EngineSettings::default().retention;
    Some(match variable {
        "WAXWING_KEEP_INBOX" => period(retention.keep.inbox),
        "WAXWING_KEEP_OUTBOX" => period(retention.keep.outbox),
        "WAXWING_KEEP_SESSIONS" => period(retention.keep.sessions),
        "WAXWING_KEEP_MEDIA" => period(retention.keep.media),
        "WAXWING_KEEP_QUARANTINE" => period(retention.keep.quarantine),
        "WAXWING_KEEP_MESSAGE_IDS" => period(retention.keep.deduplication),
        "WAXWING_KEEP_USAGE" => period(retention.keep.usage),
        "WAXWING_RETENTION_INTERVAL" => time(retention.interval),
        _ => return None,
    })
}

fn engine(variable: &str) -> Option<String> {
    let engine = EngineSettings::default();
    Some(match variable {
        "WAXWING_ACCEPT_TIMEOUT" => time(engine.accept_timeout),
        "WAXWING_LEASE" => time(engine.lease),
        "WAXWING_DEBOUNCE" => debounce(engine.debounce),
        "WAXWING_DEBOUNCE_MAX" => time(engine.debounce_max),
        "WAXWING_WHILE_RUNNING" => while_running(engine.while_running).to_owned(),
        "WAXWING_ON_INTERRUPT" => on_interrupt(engine.on_interrupt).to_owned(),
        "WAXWING_QUOTE_REPLIES" => quote_replies(engine.quote_replies).to_owned(),
        "WAXWING_READ_RECEIPTS" => read_receipts(engine.read_receipts).to_owned(),
        "WAXWING_REACTIONS" => reactions(engine.reactions).to_owned(),
        "WAXWING_GROUP_ANSWERS" => group_answers(engine.group_answers).to_owned(),
        "WAXWING_GROUP_NAMES" => "no names".to_owned(),
        "WAXWING_REPLY_MESSAGES" => number(engine.reply.max_messages),
        "WAXWING_REPLY_TEXT_BYTES" => number(engine.reply.max_text_bytes),
        "WAXWING_REPLY_OVERFLOW" => reply_overflow(engine.reply.on_overflow).to_owned(),
        "WAXWING_STALE_AFTER" => time(engine.stale_after),
        "WAXWING_ON_STALE" => on_stale(engine.on_stale).to_owned(),
        "WAXWING_WINDOW_TEMPLATE" => "no template".to_owned(),
        "WAXWING_OUTSIDE_WINDOW" => "park".to_owned(),
        "WAXWING_LOOP_LIMIT" => number(engine.loop_limit),
        "WAXWING_HANDOFF_DURATION" => time(engine.handoff_duration),
        "WAXWING_TYPING_RENEWAL" => time(engine.typing_renewal),
        "WAXWING_RUN_TIMEOUT" => time(engine.run_timeout),
        "WAXWING_RUN_ATTEMPTS" => number(engine.run_attempts),
        "WAXWING_ISOLATION_BACKOFF" => time(engine.isolation_backoff),
        "WAXWING_ANSWER_WITHIN" => time(engine.answer_within),
        "WAXWING_MAX_RUNS" => number(engine.max_runs),
        "WAXWING_RETRY_BASE" => time(engine.retry.base),
        "WAXWING_RETRY_CAP" => time(engine.retry.cap),
        "WAXWING_RETRY_ATTEMPTS" => number(engine.retry.attempts),
        "WAXWING_RETRY_MAX_AGE" => time(engine.retry.max_age),
        "WAXWING_IN_DOUBT_WINDOW" => time(engine.retry.in_doubt_window),
        "WAXWING_IN_DOUBT_MAX" => time(engine.retry.in_doubt_max),
        "WAXWING_ON_IN_DOUBT" => on_in_doubt(engine.retry.on_in_doubt).to_owned(),
        "WAXWING_THROUGHPUT" => number(engine.rate_limit.per_second),
        "WAXWING_PAIR_INTERVAL" => time(engine.rate_limit.pair_interval),
        "WAXWING_COST_PER_DAY" => number(engine.cost_limit.per_day),
        "WAXWING_COST_PER_DAY_PER_USER" => number(engine.cost_limit.per_user),
        "WAXWING_COST_PER_MILLION_TOKENS" => number(engine.cost_limit.per_million_tokens),
        "WAXWING_BUDGET_RATES" => "no rates".to_owned(),
        "WAXWING_BUDGET_PER_DAY" | "WAXWING_BUDGET_PER_MONTH" => "no budget".to_owned(),
        "WAXWING_BUDGET_HARD" => engine.budget.standard.is_hard.to_string(),
        "WAXWING_HISTORY" => number(engine.history),
        "WAXWING_MAX_MESSAGE_BYTES" => number(engine.max_message_bytes),
        "WAXWING_MAX_SENDS" => number(engine.max_sends),
        "WAXWING_SEND_LEASE" => time(engine.retry.lease),
        "WAXWING_MEDIA_SCAN" => "no scan".to_owned(),
        "WAXWING_MAX_DOWNLOADS" => number(engine.media.max_downloads),
        "WAXWING_MEDIA_SCAN_TIMEOUT" => time(MediaScan::TIMEOUT),
        "WAXWING_MAX_MEDIA_MEMORY" => number(engine.media.max_memory),
        "WAXWING_MAX_KEPT_MEDIA" => number(engine.media.max_kept),
        "WAXWING_MAX_IMAGE_BYTES" => number(engine.media.limits.image),
        "WAXWING_MAX_AUDIO_BYTES" => number(engine.media.limits.audio),
        "WAXWING_MAX_VIDEO_BYTES" => number(engine.media.limits.video),
        "WAXWING_MAX_DOCUMENT_BYTES" => number(engine.media.limits.document),
        _ => return None,
    })
}

/// Returns the default of a policy of a business number, or of a setting of handoffs.
fn policy(variable: &str) -> Option<String> {
    Some(match variable {
        "WAXWING_HANDOFF_REMINDER" => time(EngineSettings::default().handoff_reminder),
        "WAXWING_FIRST_CONTACT_VERSION" => "1".to_owned(),
        "WAXWING_FIRST_CONTACT_IN_GROUPS" => false.to_string(),
        "WAXWING_CALLS" => "ignore".to_owned(),
        "WAXWING_HANDOFF_THREAD" => "keep".to_owned(),
        "WAXWING_HANDOFF_STAFF" => "nobody".to_owned(),
        "WAXWING_HANDOFF_TEMPLATE" => "no template".to_owned(),
        "WAXWING_HOURS_OPEN" => "always open".to_owned(),
        "WAXWING_HOURS_TIME_ZONE" => "no time zone".to_owned(),
        "WAXWING_HOURS_HOLIDAYS" => "no holidays".to_owned(),
        "WAXWING_HOURS_WHEN_CLOSED" => "away".to_owned(),
        _ => return None,
    })
}

fn number(value: impl Display) -> String {
    value.to_string()
}

fn debounce(value: Debounce) -> String {
    match value {
        Debounce::Adaptive => "adaptive".to_owned(),
        Debounce::Fixed(duration) => time(duration),
    }
}

fn group_answers(value: GroupAnswers) -> &'static str {
    match value {
        GroupAnswers::All => "all",
        GroupAnswers::Addressed => "addressed",
    }
}

fn quote_replies(value: QuoteReplies) -> &'static str {
    match value {
        QuoteReplies::Auto => "auto",
        QuoteReplies::Always => "always",
        QuoteReplies::Never => "never",
    }
}

fn read_receipts(value: ReadReceipts) -> &'static str {
    match value {
        ReadReceipts::OnClaim => "on_claim",
        ReadReceipts::OnAnswer => "on_answer",
        ReadReceipts::Never => "never",
    }
}

fn reactions(value: Reactions) -> &'static str {
    match value {
        Reactions::Tell => "tell",
        Reactions::Run => "run",
        Reactions::Ignore => "ignore",
    }
}

fn while_running(value: WhileRunning) -> &'static str {
    match value {
        WhileRunning::Queue => "queue",
        WhileRunning::Interrupt => "interrupt",
        WhileRunning::Steer => "steer",
    }
}

fn on_interrupt(value: OnInterrupt) -> &'static str {
    match value {
        OnInterrupt::Keep => "keep",
        OnInterrupt::Discard => "discard",
    }
}

fn reply_overflow(value: ReplyOverflow) -> &'static str {
    match value {
        ReplyOverflow::File => "file",
        ReplyOverflow::Cut => "cut",
    }
}

fn on_stale(value: OnStale) -> &'static str {
    match value {
        OnStale::Answer => "answer",
        OnStale::Tell => "tell",
        OnStale::Skip => "skip",
    }
}

fn on_in_doubt(value: OnInDoubt) -> &'static str {
    match value {
        OnInDoubt::SendAgain => "send-again",
        OnInDoubt::GiveUp => "give-up",
    }
}

fn period(value: Option<Duration>) -> String {
    value.map_or_else(|| "forever".to_owned(), time)
}

/// Formats a duration in the largest unit that divides it, such as `30s`, `5m`, `24h` or `9d`. One day is `24h`.
fn time(value: Duration) -> String {
    let millis = u64::try_from(value.as_millis()).unwrap_or(u64::MAX);
    let units = [("d", DAY), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];
    let fits = |unit: u64| millis >= unit && millis.is_multiple_of(unit) && (unit < DAY || millis > unit);
    units
        .into_iter()
        .find(|(_, unit)| fits(*unit))
        .map_or_else(|| format!("{millis}ms"), |(name, unit)| format!("{}{name}", millis / unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_the_largest_unit_that_divides_them() {
        for (millis, expected) in [
            (400, "400ms"),
            (1_500, "1500ms"),
            (30_000, "30s"),
            (90_000, "90s"),
            (300_000, "5m"),
            (DAY, "24h"),
            (9 * DAY, "9d"),
        ] {
            assert_eq!(time(Duration::from_millis(millis)), expected);
        }
    }
}
