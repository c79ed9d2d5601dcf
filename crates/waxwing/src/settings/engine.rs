//! The settings of the engine.

use std::time::Duration;

use waxwing_engine::{
    Debounce, EngineSettings, GroupAnswers, NumberTexts, OnInterrupt, OnStale, QuoteReplies, Reactions, ReadReceipts,
    ReplyOverflow, SystemMessages, WhileRunning,
};
use waxwing_store::{OnInDoubt, Retention};

use super::raw::{RawSettings, duration};
use super::source::SettingsSource;
use super::{budget, media, number_policies, outside_window};
use crate::error::ConfigError;

/// The smallest limit of a message in bytes. A text of 4,096 characters has 24 KiB if each character is an escape sequence.
const MIN_MESSAGE_BYTES: usize = 32 * 1024;

/// Reads the settings of the engine over their defaults.
pub(super) fn read<S: SettingsSource>(raw: &RawSettings<'_, S>) -> Result<EngineSettings, ConfigError> {
    let mut engine = EngineSettings::default();
    durations(raw, &mut engine)?;
    counts(raw, &mut engine)?;
    retention(raw, &mut engine)?;
    media::read(raw, &mut engine.media)?;
    engine.budget = budget::read(raw)?;
    engine.debounce = raw.parse("WAXWING_DEBOUNCE", debounce)?.unwrap_or_default();
    engine.while_running = raw.parse("WAXWING_WHILE_RUNNING", while_running)?.unwrap_or_default();
    engine.on_interrupt = raw.parse("WAXWING_ON_INTERRUPT", on_interrupt)?.unwrap_or_default();
    engine.quote_replies = raw.parse("WAXWING_QUOTE_REPLIES", quote_replies)?.unwrap_or_default();
    engine.read_receipts = raw.parse("WAXWING_READ_RECEIPTS", read_receipts)?.unwrap_or_default();
    engine.reactions = raw.parse("WAXWING_REACTIONS", reactions)?.unwrap_or_default();
    engine.group_answers = raw.parse("WAXWING_GROUP_ANSWERS", group_answers)?.unwrap_or_default();
    engine.group_names = raw.text("WAXWING_GROUP_NAMES").map(|names| list(&names)).unwrap_or_default();
    engine.reply.on_overflow = raw.parse("WAXWING_REPLY_OVERFLOW", reply_overflow)?.unwrap_or_default();
    engine.on_stale = raw.parse("WAXWING_ON_STALE", on_stale)?.unwrap_or_default();
    engine.outside_window = outside_window::read(raw)?;
    engine.policies = number_policies::read(raw)?;
    engine.retry.on_in_doubt = raw.parse("WAXWING_ON_IN_DOUBT", on_in_doubt)?.unwrap_or_default();
    engine.system_messages.standard = system_messages(raw.0, engine.system_messages.standard);
    engine.system_messages.texts = number_texts(raw.0);
    Ok(engine)
}

/// Replaces the system messages that `source` sets; the others stay as in `messages`.
pub fn system_messages(source: &impl SettingsSource, mut messages: SystemMessages) -> SystemMessages {
    let raw = RawSettings(source);
    for (variable, message) in [
        ("WAXWING_MESSAGE_APOLOGY", &mut messages.apology),
        ("WAXWING_MESSAGE_OUTAGE", &mut messages.outage),
        ("WAXWING_MESSAGE_UNSUPPORTED", &mut messages.unsupported),
        ("WAXWING_MESSAGE_NEW_SESSION", &mut messages.new_session),
        ("WAXWING_MESSAGE_STOPPED", &mut messages.stopped),
        ("WAXWING_MESSAGE_HANDED_OFF", &mut messages.handed_off),
        ("WAXWING_MESSAGE_RESUMED", &mut messages.resumed),
        ("WAXWING_MESSAGE_MARKETING_STOPPED", &mut messages.marketing_stopped),
        ("WAXWING_MESSAGE_MARKETING_RESUMED", &mut messages.marketing_resumed),
        ("WAXWING_MESSAGE_COST_LIMIT", &mut messages.cost_limit),
        ("WAXWING_MESSAGE_HELP", &mut messages.help),
        ("WAXWING_MESSAGE_UNSUPPORTED_MEDIA", &mut messages.unsupported_media),
        ("WAXWING_MESSAGE_REPLY_IN_FILE", &mut messages.reply_in_file),
        ("WAXWING_MESSAGE_REPLY_CUT", &mut messages.reply_cut),
    ] {
        if let Some(value) = raw.text(variable) {
            *message = value;
        }
    }
    messages
}

/// Returns the texts of business numbers that `source` sets.
pub fn number_texts(source: &impl SettingsSource) -> NumberTexts {
    let raw = RawSettings(source);
    NumberTexts {
        away: raw.text("WAXWING_MESSAGE_AWAY"),
        first_contact: raw.text("WAXWING_MESSAGE_FIRST_CONTACT"),
        call_rejected: raw.text("WAXWING_MESSAGE_CALL_REJECTED"),
        ..NumberTexts::default()
    }
}

fn durations<S: SettingsSource>(raw: &RawSettings<'_, S>, engine: &mut EngineSettings) -> Result<(), ConfigError> {
    let zero = Duration::ZERO;
    for (variable, min, setting) in [
        ("WAXWING_ACCEPT_TIMEOUT", Duration::from_millis(10), &mut engine.accept_timeout),
        ("WAXWING_LEASE", Duration::from_millis(100), &mut engine.lease),
        ("WAXWING_DEBOUNCE_MAX", zero, &mut engine.debounce_max),
        ("WAXWING_HANDOFF_DURATION", zero, &mut engine.handoff_duration),
        ("WAXWING_HANDOFF_REMINDER", zero, &mut engine.handoff_reminder),
        ("WAXWING_TYPING_RENEWAL", Duration::from_millis(100), &mut engine.typing_renewal),
        ("WAXWING_RUN_TIMEOUT", Duration::from_millis(1), &mut engine.run_timeout),
        ("WAXWING_ANSWER_WITHIN", zero, &mut engine.answer_within),
        ("WAXWING_ISOLATION_BACKOFF", zero, &mut engine.isolation_backoff),
        ("WAXWING_SEND_LEASE", Duration::from_secs(30), &mut engine.retry.lease),
        ("WAXWING_RETRY_BASE", zero, &mut engine.retry.base),
        ("WAXWING_RETRY_CAP", zero, &mut engine.retry.cap),
        ("WAXWING_RETRY_MAX_AGE", zero, &mut engine.retry.max_age),
        ("WAXWING_IN_DOUBT_WINDOW", zero, &mut engine.retry.in_doubt_window),
        ("WAXWING_IN_DOUBT_MAX", zero, &mut engine.retry.in_doubt_max),
        ("WAXWING_STALE_AFTER", zero, &mut engine.stale_after),
        ("WAXWING_PAIR_INTERVAL", zero, &mut engine.rate_limit.pair_interval),
        ("WAXWING_RETENTION_INTERVAL", Duration::from_millis(100), &mut engine.retention.interval),
    ] {
        *setting = raw.duration(variable, min)?.unwrap_or(*setting);
    }
    Ok(())
}

fn counts<S: SettingsSource>(raw: &RawSettings<'_, S>, engine: &mut EngineSettings) -> Result<(), ConfigError> {
    engine.retry.attempts = raw.count("WAXWING_RETRY_ATTEMPTS")?.unwrap_or(engine.retry.attempts);
    engine.run_attempts = raw.count("WAXWING_RUN_ATTEMPTS")?.unwrap_or(engine.run_attempts);
    engine.rate_limit.per_second = raw.count("WAXWING_THROUGHPUT")?.unwrap_or(engine.rate_limit.per_second);
    engine.reply.max_text_bytes = raw.count("WAXWING_REPLY_TEXT_BYTES")?.unwrap_or(engine.reply.max_text_bytes);
    for (variable, limit) in [
        ("WAXWING_MAX_RUNS", &mut engine.max_runs),
        ("WAXWING_MAX_SENDS", &mut engine.max_sends),
        ("WAXWING_MAX_DOWNLOADS", &mut engine.media.max_downloads),
        ("WAXWING_REPLY_MESSAGES", &mut engine.reply.max_messages),
    ] {
        *limit = raw.count::<u16>(variable)?.map_or(*limit, usize::from);
    }
    let max_message_bytes = raw.bytes("WAXWING_MAX_MESSAGE_BYTES", MIN_MESSAGE_BYTES)?;
    engine.max_message_bytes = max_message_bytes.unwrap_or(engine.max_message_bytes);
    for (variable, limit) in [
        ("WAXWING_COST_PER_DAY", &mut engine.cost_limit.per_day),
        ("WAXWING_COST_PER_DAY_PER_USER", &mut engine.cost_limit.per_user),
        ("WAXWING_COST_PER_MILLION_TOKENS", &mut engine.cost_limit.per_million_tokens),
    ] {
        *limit = raw.parse(variable, cost)?.unwrap_or(*limit);
    }
    // 0 is allowed: no limit, and no history.
    engine.loop_limit = raw.parse("WAXWING_LOOP_LIMIT", str::parse)?.unwrap_or(engine.loop_limit);
    engine.history = raw.parse("WAXWING_HISTORY", str::parse)?.unwrap_or(engine.history);
    Ok(())
}

fn retention<S: SettingsSource>(raw: &RawSettings<'_, S>, engine: &mut EngineSettings) -> Result<(), ConfigError> {
    let (zero, keep) = (Duration::ZERO, &mut engine.retention.keep);
    for (variable, min, period) in [
        ("WAXWING_KEEP_INBOX", zero, &mut keep.inbox),
        ("WAXWING_KEEP_OUTBOX", zero, &mut keep.outbox),
        ("WAXWING_KEEP_SESSIONS", zero, &mut keep.sessions),
        ("WAXWING_KEEP_MEDIA", zero, &mut keep.media),
        ("WAXWING_KEEP_QUARANTINE", zero, &mut keep.quarantine),
        ("WAXWING_KEEP_USAGE", zero, &mut keep.usage),
        ("WAXWING_KEEP_MESSAGE_IDS", Retention::MIN_DEDUPLICATION, &mut keep.deduplication),
    ] {
        *period = raw.retention(variable, min, *period)?;
    }
    Ok(())
}

fn cost(value: &str) -> Result<f64, &'static str> {
    let cost = value.parse().ok().filter(|cost: &f64| cost.is_finite() && *cost >= 0.0);
    cost.ok_or("write a number such as 20 or 0.5; 0 for none")
}

fn debounce(value: &str) -> Result<Debounce, String> {
    match value {
        "adaptive" => Ok(Debounce::Adaptive),
        _ => duration(value, Duration::ZERO, "adaptive, or a time like 400ms or 2s").map(Debounce::Fixed),
    }
}

fn quote_replies(value: &str) -> Result<QuoteReplies, &'static str> {
    match value {
        "auto" => Ok(QuoteReplies::Auto),
        "always" => Ok(QuoteReplies::Always),
        "never" => Ok(QuoteReplies::Never),
        _ => Err("write auto, always or never"),
    }
}

fn read_receipts(value: &str) -> Result<ReadReceipts, &'static str> {
    match value {
        "on_claim" => Ok(ReadReceipts::OnClaim),
        "on_answer" => Ok(ReadReceipts::OnAnswer),
        "never" => Ok(ReadReceipts::Never),
        _ => Err("write on_claim, on_answer or never"),
    }
}

fn reactions(value: &str) -> Result<Reactions, &'static str> {
    match value {
        "tell" => Ok(Reactions::Tell),
        "run" => Ok(Reactions::Run),
        "ignore" => Ok(Reactions::Ignore),
        _ => Err("write tell, run or ignore"),
    }
}

fn group_answers(value: &str) -> Result<GroupAnswers, &'static str> {
    match value {
        "all" => Ok(GroupAnswers::All),
        "addressed" => Ok(GroupAnswers::Addressed),
        _ => Err("write all or addressed"),
    }
}

/// Returns the entries of a list that are separated by commas.
fn list(value: &str) -> Vec<String> {
    value.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

fn while_running(value: &str) -> Result<WhileRunning, &'static str> {
    match value {
        "queue" => Ok(WhileRunning::Queue),
        "interrupt" => Ok(WhileRunning::Interrupt),
        "steer" => Ok(WhileRunning::Steer),
        _ => Err("write queue, interrupt or steer"),
    }
}

fn on_interrupt(value: &str) -> Result<OnInterrupt, &'static str> {
    match value {
        "keep" => Ok(OnInterrupt::Keep),
        "discard" => Ok(OnInterrupt::Discard),
        _ => Err("write keep or discard"),
    }
}

fn reply_overflow(value: &str) -> Result<ReplyOverflow, &'static str> {
    match value {
        "file" => Ok(ReplyOverflow::File),
        "cut" => Ok(ReplyOverflow::Cut),
        _ => Err("write file or cut"),
    }
}

fn on_stale(value: &str) -> Result<OnStale, &'static str> {
    match value {
        "answer" => Ok(OnStale::Answer),
        "tell" => Ok(OnStale::Tell),
        "skip" => Ok(OnStale::Skip),
        _ => Err("write answer, tell or skip"),
    }
}

fn on_in_doubt(value: &str) -> Result<OnInDoubt, &'static str> {
    match value.to_ascii_lowercase().as_str() {
        "send-again" => Ok(OnInDoubt::SendAgain),
        "give-up" => Ok(OnInDoubt::GiveUp),
        _ => Err("write send-again or give-up"),
    }
}
