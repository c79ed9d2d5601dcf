//! The table of settings.

use super::defaults::default_of;

/// A setting: its names and its purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a setting has each property or not")]
#[non_exhaustive]
pub struct Setting {
    /// Name of the environment variable.
    pub variable: &'static str,
    /// Key in `waxwing.toml`, with its section. The last part, with dashes, is the flag; keys of `[budget]`, `[hours]` and `[traces]` keep their section in the flag.
    pub key: &'static str,
    /// True if the value is confidential. A secret has no flag.
    pub secret: bool,
    /// True if a server does not start without a value.
    pub required: bool,
    /// True if the value is a list of words: an array in `waxwing.toml`, and words separated by spaces, or a JSON array, elsewhere.
    pub list: bool,
    /// True if the value is the path of a file. In `waxwing.toml`, the path is relative to the directory of that file.
    pub file: bool,
    purpose: &'static str,
}

impl Setting {
    const fn new(variable: &'static str, key: &'static str, purpose: &'static str) -> Self {
        Self { variable, key, purpose, secret: false, required: false, list: false, file: false }
    }

    const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    const fn list(self) -> Self {
        Self { list: true, ..self }
    }

    const fn file(self) -> Self {
        Self { file: true, ..self }
    }

    /// Returns the section of `waxwing.toml` that contains the key.
    pub fn section(&self) -> &'static str {
        self.key.split('.').next().unwrap_or_default()
    }

    /// Returns the name of the flag, without the leading dashes.
    pub fn flag(&self) -> String {
        let key = if matches!(self.section(), "budget" | "hours" | "traces") {
            self.key
        } else {
            self.key.rsplit('.').next().unwrap_or_default()
        };
        key.replace(['_', '.'], "-")
    }

    /// Returns the default value, taken from the code that applies it. `None` for a setting without a default.
    pub fn default_value(&self) -> Option<String> {
        default_of(self.variable)
    }

    /// Returns the help text: the purpose of the setting, then its default.
    pub fn help(&self) -> String {
        match self.default_value() {
            Some(default) => format!("{} [default: {default}]", self.purpose),
            None => self.purpose.to_owned(),
        }
    }
}

/// All settings of a server.
pub const SETTINGS: &[Setting] = &[
    Setting::new("WHATSAPP_ACCESS_TOKEN", "whatsapp.access_token", "Access token of the Graph API").secret().required(),
    Setting::new("WHATSAPP_PHONE_NUMBER_ID", "whatsapp.phone_number_id", "Id of the business phone number").required(),
    Setting::new(
        "WHATSAPP_VERIFY_TOKEN",
        "whatsapp.verify_token",
        "Token that Meta's verification request must contain",
    )
    .secret(),
    Setting::new(
        "WHATSAPP_APP_SECRET",
        "whatsapp.app_secret",
        "App secret that signs webhooks; several separated by commas",
    )
    .secret(),
    Setting::new("WHATSAPP_GRAPH_URL", "whatsapp.graph_url", "Base URL of the Graph API"),
    Setting::new("WHATSAPP_API_VERSION", "whatsapp.api_version", "Version of the Graph API"),
    Setting::new(
        "WAXWING_AGENT",
        "whatsapp.agent",
        "Agent or team of waxwing.toml that answers, or the built-in agent echo or demo",
    ),
    Setting::new("APP_ENV", "server.app_env", "Mode: production checks signatures, development does not"),
    Setting::new("HOST", "server.host", "IP address to listen on"),
    Setting::new("PORT", "server.port", "Port to listen on; 0 takes a free one"),
    Setting::new("WAXWING_PREFIX", "server.prefix", "Path prefix of the webhook"),
    Setting::new(
        "WAXWING_API_LISTEN",
        "server.api_listen",
        "IP address and port of the API for other systems, which needs a token; port 0 takes a free one",
    ),
    Setting::new("WAXWING_API_TOKEN", "server.api_token", "Bearer token of the API for other systems, at least 16 characters")
        .secret(),
    Setting::new(
        "WAXWING_METRICS_LISTEN",
        "server.metrics_listen",
        "IP address and port of GET /metrics for Prometheus, which needs a token; port 0 takes a free one",
    ),
    Setting::new("WAXWING_METRICS_TOKEN", "server.metrics_token", "Bearer token of the metrics, at least 16 characters")
        .secret(),
    Setting::new(
        "WAXWING_ALLOW_UNSIGNED",
        "server.allow_unsigned",
        "Accept unsigned webhooks from other machines in development mode",
    ),
    Setting::new(
        "WAXWING_SHUTDOWN_TIMEOUT",
        "server.shutdown_timeout",
        "Time that turns and their sends get to finish at shutdown",
    ),
    Setting::new(
        "WAXWING_MAX_CONNECTIONS",
        "server.max_connections",
        "Maximum number of open connections; at the limit, a new connection replaces the one that has waited longest for its client",
    ),
    Setting::new(
        "WAXWING_MAX_CONNECTIONS_PER_PEER",
        "server.max_connections_per_peer",
        "Maximum number of open connections of one IP address; a reverse proxy is one address",
    ),
    Setting::new(
        "WAXWING_IDLE_TIMEOUT",
        "server.idle_timeout",
        "Time after which a connection without a request is closed; longer than the idle timeout of a load balancer in front",
    ),
    Setting::new(
        "WAXWING_MAX_UNVERIFIED_BYTES",
        "server.max_unverified_bytes",
        "Maximum memory in bytes of webhooks whose signature is not checked yet; as much again for webhooks that are not stored yet",
    ),
    Setting::new(
        "WAXWING_ALLOW_PLAIN_HTTP",
        "server.allow_plain_http",
        "Send the access token, keys of models and secrets of agents over http:// to other machines",
    ),
    Setting::new(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "traces.endpoint",
        "Base URL of the collector that gets traces over OTLP with HTTP, such as http://localhost:4318",
    ),
    Setting::new(
        "OTEL_EXPORTER_OTLP_HEADERS",
        "traces.headers",
        "Headers of the requests to the collector: name=value, separated by commas, with values encoded as in a URL",
    )
    .secret(),
    Setting::new("OTEL_SERVICE_NAME", "traces.service_name", "Name of the service in the traces"),
    Setting::new("OTEL_TRACES_SAMPLER_ARG", "traces.ratio", "Part of the traces that is recorded, from 0 to 1"),
    Setting::new(
        "WAXWING_TRACE_CONTENT",
        "traces.content",
        "Whether traces contain the texts of users and agents, and the arguments and results of tools: true or false",
    ),
    Setting::new("DATABASE_URL", "storage.database_url", "URL of the database"),
    Setting::new(
        "WAXWING_STORAGE_KEY",
        "storage.storage_key",
        "Key that seals content in the database: 32 bytes in base64 or 64 hexadecimal digits",
    )
    .secret(),
    Setting::new("WAXWING_STORAGE_KEY_FILE", "storage.storage_key_file", "File with the storage key, in its place").file(),
    Setting::new(
        "WAXWING_STORAGE_PREVIOUS_KEYS",
        "storage.previous_storage_keys",
        "Earlier storage keys, separated by commas, which still open content",
    )
    .secret(),
    Setting::new("WAXWING_KEEP_INBOX", "storage.keep_inbox", "Retention of received messages that were handled"),
    Setting::new(
        "WAXWING_KEEP_OUTBOX",
        "storage.keep_outbox",
        "Retention of sent messages with their delivery statuses",
    ),
    Setting::new(
        "WAXWING_KEEP_SESSIONS",
        "storage.keep_sessions",
        "Retention of sessions after their last use, and of history entries",
    ),
    Setting::new(
        "WAXWING_KEEP_MEDIA",
        "storage.keep_media",
        "Retention of received media, so that agents can read them in later turns; at most as long as history entries",
    ),
    Setting::new("WAXWING_KEEP_QUARANTINE", "storage.keep_quarantine", "Retention of quarantined webhook data"),
    Setting::new(
        "WAXWING_KEEP_MESSAGE_IDS",
        "storage.keep_message_ids",
        "Retention of message ids for deduplication; at least 8d",
    ),
    Setting::new(
        "WAXWING_KEEP_USAGE",
        "storage.keep_usage",
        "Retention of counts of messages and costs of models, which contain no data of users",
    ),
    Setting::new("WAXWING_RETENTION_INTERVAL", "storage.retention_interval", "Interval between two retention rounds"),
    Setting::new(
        "WAXWING_ACCEPT_TIMEOUT",
        "engine.accept_timeout",
        "Time that a webhook waits for its commit before it gets status 503",
    ),
    Setting::new(
        "WAXWING_LEASE",
        "engine.lease",
        "Time after which another process may claim a conversation whose lease was not renewed",
    ),
    Setting::new(
        "WAXWING_DEBOUNCE",
        "engine.debounce",
        "Time to wait for more messages of a burst, or adaptive; 0s runs a turn for each message at once",
    ),
    Setting::new(
        "WAXWING_DEBOUNCE_MAX",
        "engine.debounce_max",
        "Maximum time that further messages of a burst delay a turn",
    ),
    Setting::new(
        "WAXWING_WHILE_RUNNING",
        "engine.while_running",
        "Handling of a message that arrives during a run: queue, interrupt or steer",
    ),
    Setting::new(
        "WAXWING_ON_INTERRUPT",
        "engine.on_interrupt",
        "Queued messages that were not sent when a run is interrupted: keep or discard",
    ),
    Setting::new(
        "WAXWING_QUOTE_REPLIES",
        "engine.quote_replies",
        "Whether a reply quotes the message that it answers: auto (if the user wrote more, and in groups), always or never",
    ),
    Setting::new(
        "WAXWING_READ_RECEIPTS",
        "engine.read_receipts",
        "When a message is marked as read: on_claim (with the typing indicator), on_answer or never (both without)",
    ),
    Setting::new(
        "WAXWING_REACTIONS",
        "engine.reactions",
        "Handling of reactions: tell (with the next message), run (the agent runs on them) or ignore",
    ),
    Setting::new(
        "WAXWING_GROUP_ANSWERS",
        "engine.group_answers",
        "Messages of groups that the agent answers: all, or addressed (they quote the business, mention its number, or begin with its name)",
    ),
    Setting::new(
        "WAXWING_GROUP_NAMES",
        "engine.group_names",
        "Names of the business in groups besides the name of the agent, separated by commas, for group_answers",
    ),
    Setting::new("WAXWING_REPLY_MESSAGES", "engine.reply_messages", "Maximum number of messages of one reply"),
    Setting::new(
        "WAXWING_REPLY_TEXT_BYTES",
        "engine.reply_text_bytes",
        "Maximum size of the texts of one reply in bytes; the rest is cut",
    ),
    Setting::new(
        "WAXWING_REPLY_OVERFLOW",
        "engine.reply_overflow",
        "Handling of a reply whose texts need more messages: file (the texts become a text file) or cut",
    ),
    Setting::new("WAXWING_STALE_AFTER", "engine.stale_after", "Age from which a message is stale"),
    Setting::new(
        "WAXWING_ON_STALE",
        "engine.on_stale",
        "Handling of a stale message: answer, tell (answer, and tell the agent its age) or skip",
    ),
    Setting::new(
        "WAXWING_OUTSIDE_WINDOW",
        "engine.outside_window",
        "Handling of messages more than 24 hours after the last message of the user, in this order: direct_send (send without a template, where Meta \
         allows it), then park (wait until the user writes) or fail",
    )
    .list(),
    Setting::new(
        "WAXWING_WINDOW_TEMPLATE",
        "engine.window_template",
        "Template that asks the user to write when a message has to wait, as NAME/LANGUAGE",
    ),
    Setting::new(
        "WAXWING_FIRST_CONTACT_VERSION",
        "engine.first_contact_version",
        "Version of the message first_contact; a user who got another version gets the message again",
    ),
    Setting::new(
        "WAXWING_FIRST_CONTACT_IN_GROUPS",
        "engine.first_contact_in_groups",
        "Whether groups get the message first_contact as well",
    ),
    Setting::new(
        "WAXWING_LOOP_LIMIT",
        "engine.loop_limit",
        "Turns of a conversation in ten minutes before the loop guard pauses it for ten minutes; 0 for no limit",
    ),
    Setting::new(
        "WAXWING_HANDOFF_DURATION",
        "engine.handoff_duration",
        "Time that a conversation stays with a person after their last message; with 0s, messages typed in the Business app do not pause the agent",
    ),
    Setting::new(
        "WAXWING_HANDOFF_REMINDER",
        "engine.handoff_reminder",
        "Time after which the event handoff.unanswered tells that nobody has answered a user who waits for a person; 0s for never",
    ),
    Setting::new(
        "WAXWING_HANDOFF_STAFF",
        "engine.handoff_staff",
        "Phone number of the employee who gets a message on WhatsApp when a user waits for a person, and when nobody has answered, such as +34600000001",
    ),
    Setting::new(
        "WAXWING_HANDOFF_TEMPLATE",
        "engine.handoff_template",
        "Template of this message after 24 hours without a message of the employee, as NAME/LANGUAGE; its body has one value",
    ),
    Setting::new(
        "WAXWING_HANDOFF_THREAD",
        "engine.handoff_thread",
        "Conversation that the agent or the user hands off to a person: keep, or pass it to the next app that shares the conversations of the number",
    ),
    Setting::new(
        "WAXWING_CALLS",
        "engine.calls",
        "Calls of users: ignore (they ring until they end, or a program answers them), or reject (with the message call_rejected)",
    ),
    Setting::new(
        "WAXWING_TYPING_RENEWAL",
        "engine.typing_renewal",
        "Interval at which the typing indicator is renewed during a run",
    ),
    Setting::new("WAXWING_RUN_TIMEOUT", "engine.run_timeout", "Maximum time of a run"),
    Setting::new(
        "WAXWING_ISOLATION_BACKOFF",
        "engine.isolation_backoff",
        "Backoff before a run that may have crashed the process runs again, isolated from other runs",
    ),
    Setting::new(
        "WAXWING_ANSWER_WITHIN",
        "engine.answer_within",
        "Time that a message waits for an agent that cannot work, before the user gets an apology",
    ),
    Setting::new(
        "WAXWING_MAX_RUNS",
        "engine.max_runs",
        "Maximum number of concurrent runs; with several agents or numbers, one of them gets at most four fifths",
    ),
    Setting::new("WAXWING_RETRY_BASE", "engine.retry_base", "Maximum backoff before the first retry of a send"),
    Setting::new("WAXWING_RETRY_CAP", "engine.retry_cap", "Maximum backoff before any retry of a send"),
    Setting::new(
        "WAXWING_RETRY_ATTEMPTS",
        "engine.retry_attempts",
        "Attempts to send a message before it becomes a dead letter",
    ),
    Setting::new(
        "WAXWING_RETRY_MAX_AGE",
        "engine.retry_max_age",
        "Age at which an unsent message becomes a dead letter",
    ),
    Setting::new(
        "WAXWING_IN_DOUBT_WINDOW",
        "engine.in_doubt_window",
        "Time to wait for a status of a send in doubt while webhooks arrive",
    ),
    Setting::new(
        "WAXWING_IN_DOUBT_MAX",
        "engine.in_doubt_max",
        "Time to wait for a status of a send in doubt while no webhook arrives",
    ),
    Setting::new(
        "WAXWING_ON_IN_DOUBT",
        "engine.on_in_doubt",
        "Action for a send still in doubt after that time: send-again or give-up",
    ),
    Setting::new(
        "WAXWING_THROUGHPUT",
        "engine.throughput",
        "Rate limit of a business number: messages per second, received and sent together",
    ),
    Setting::new(
        "WAXWING_PAIR_INTERVAL",
        "engine.pair_interval",
        "Rate limit for one user: time between two messages after a burst; 0s for no limit",
    ),
    Setting::new(
        "WAXWING_RUN_ATTEMPTS",
        "engine.run_attempts",
        "Runs of a turn that may fail before the user gets an apology",
    ),
    Setting::new("WAXWING_HISTORY", "engine.history", "Maximum number of history entries that an agent gets"),
    Setting::new(
        "WAXWING_MAX_MESSAGE_BYTES",
        "engine.max_message_bytes",
        "Maximum size in bytes of a received message; a larger one is quarantined",
    ),
    Setting::new(
        "WAXWING_MAX_SENDS",
        "engine.max_sends",
        "Maximum number of conversations to which messages are sent concurrently; as many again for sends that are slow or failed before",
    ),
    Setting::new("WAXWING_SEND_LEASE", "engine.send_lease", "Maximum time of one attempt to send, with its upload"),
    Setting::new(
        "WAXWING_MEDIA_SCAN",
        "media.scan",
        "Program, with its arguments, that scans each received file; its path is the last argument, and exit code 0 accepts the file",
    )
    .list(),
    Setting::new(
        "WAXWING_MAX_DOWNLOADS",
        "media.max_downloads",
        "Maximum number of concurrent turns that download received media, in addition to the runs",
    ),
    Setting::new("WAXWING_MEDIA_SCAN_TIMEOUT", "media.scan_timeout", "Maximum time of a scan; a file is withheld after it"),
    Setting::new(
        "WAXWING_MAX_MEDIA_MEMORY",
        "media.max_media_memory",
        "Maximum memory in bytes of media on their way to users, half of it for uploads; a medium larger than half of it is not sent",
    ),
    Setting::new(
        "WAXWING_MAX_KEPT_MEDIA",
        "media.max_kept_media",
        "Maximum size in bytes of all received media that are kept for later turns; the least recently used ones are removed first; 0 keeps none",
    ),
    Setting::new(
        "WAXWING_MAX_IMAGE_BYTES",
        "media.max_image_bytes",
        "Maximum size in bytes of a received image or sticker",
    ),
    Setting::new(
        "WAXWING_MAX_AUDIO_BYTES",
        "media.max_audio_bytes",
        "Maximum size in bytes of a received audio file or voice note",
    ),
    Setting::new("WAXWING_MAX_VIDEO_BYTES", "media.max_video_bytes", "Maximum size in bytes of a received video"),
    Setting::new("WAXWING_MAX_DOCUMENT_BYTES", "media.max_document_bytes", "Maximum size in bytes of a received document"),
    Setting::new(
        "WAXWING_COST_PER_DAY",
        "limits.cost_per_day",
        "Largest cost of all agents on one day (UTC), in the currency of the prices; 0 for no limit",
    ),
    Setting::new(
        "WAXWING_COST_PER_DAY_PER_USER",
        "limits.cost_per_day_per_user",
        "Largest cost of the answers to one user on one number, or to a group, on one day (UTC); 0 for no limit",
    ),
    Setting::new(
        "WAXWING_COST_PER_MILLION_TOKENS",
        "limits.cost_per_million_tokens",
        "Assumed price of a million tokens of a model without a price, for the cost of a day",
    ),
    Setting::new(
        "WAXWING_BUDGET_RATES",
        "budget.rates",
        "File with Meta's rates, as CSV with the columns market, category, price and currency; without rates, no budget is ever used",
    )
    .file(),
    Setting::new(
        "WAXWING_BUDGET_PER_DAY",
        "budget.per_day",
        "Budget of each business number for Meta's charges on one day (UTC), in the currency of the rates",
    ),
    Setting::new(
        "WAXWING_BUDGET_PER_MONTH",
        "budget.per_month",
        "Budget of each business number for Meta's charges in one month (UTC), in the currency of the rates",
    ),
    Setting::new(
        "WAXWING_BUDGET_HARD",
        "budget.hard",
        "Whether a used budget stops answers that cost something: true or false. A used budget stops campaigns in any case",
    ),
    Setting::new(
        "WAXWING_HOURS_OPEN",
        "hours.open",
        "Opening hours: days with their times, such as mon-fri 09:00-13:00 15:00-19:00; several separated by semicolons",
    )
    .list(),
    Setting::new("WAXWING_HOURS_TIME_ZONE", "hours.time_zone", "Time zone of the opening hours, such as Europe/Madrid"),
    Setting::new(
        "WAXWING_HOURS_HOLIDAYS",
        "hours.holidays",
        "Holidays: dates such as 2026-12-25, or 12-25 for every year, with times if only a part of the day is closed; several separated by semicolons",
    )
    .list(),
    Setting::new(
        "WAXWING_HOURS_WHEN_CLOSED",
        "hours.when_closed",
        "Handling of messages outside the opening hours: away (no answer), wait (until the business opens) or answer; away and wait send the message \
         away",
    ),
    Setting::new("WAXWING_MESSAGE_APOLOGY", "messages.apology", "Message to a user whose turn failed permanently"),
    Setting::new(
        "WAXWING_MESSAGE_OUTAGE",
        "messages.outage",
        "Message to a user whose answer waits because the agent cannot work; empty: none",
    ),
    Setting::new(
        "WAXWING_MESSAGE_UNSUPPORTED",
        "messages.unsupported",
        "Message to a user who sent only messages of unsupported types",
    ),
    Setting::new("WAXWING_MESSAGE_NEW_SESSION", "messages.new_session", "Reply to /new, which starts a new session"),
    Setting::new("WAXWING_MESSAGE_STOPPED", "messages.stopped", "Reply to /stop, which cancels the running answer"),
    Setting::new("WAXWING_MESSAGE_HANDED_OFF", "messages.handed_off", "Reply to /human, which asks for a person"),
    Setting::new("WAXWING_MESSAGE_RESUMED", "messages.resumed", "Reply to /bot, which returns to the agent"),
    Setting::new(
        "WAXWING_MESSAGE_MARKETING_STOPPED",
        "messages.marketing_stopped",
        "Reply to a user who stops marketing messages by a word such as STOP",
    ),
    Setting::new(
        "WAXWING_MESSAGE_MARKETING_RESUMED",
        "messages.marketing_resumed",
        "Reply to a user who wants marketing messages again",
    ),
    Setting::new(
        "WAXWING_MESSAGE_COST_LIMIT",
        "messages.cost_limit",
        "Message to a user when the cost limit of the day stops the agents, once a day",
    ),
    Setting::new(
        "WAXWING_MESSAGE_AWAY",
        "messages.away",
        "Message to a user who writes outside the opening hours, once in each closed period",
    ),
    Setting::new(
        "WAXWING_MESSAGE_FIRST_CONTACT",
        "messages.first_contact",
        "Message before the first answer to a user, such as that an AI answers, and how to reach a person; empty: none",
    ),
    Setting::new(
        "WAXWING_MESSAGE_CALL_REJECTED",
        "messages.call_rejected",
        "Message to a user whose call is rejected, with calls = \"reject\"",
    ),
    Setting::new("WAXWING_MESSAGE_HELP", "messages.help_text", "Reply to /help"),
    Setting::new(
        "WAXWING_MESSAGE_REPLY_IN_FILE",
        "messages.reply_in_file",
        "Caption of the file with the texts of a reply that is too long for messages",
    ),
    Setting::new(
        "WAXWING_MESSAGE_REPLY_CUT",
        "messages.reply_cut",
        "End of a reply that is too long and whose rest is left out",
    ),
    Setting::new(
        "WAXWING_MESSAGE_UNSUPPORTED_MEDIA",
        "messages.unsupported_media",
        "Message in place of a file that WhatsApp cannot carry",
    ),
];

/// Returns the setting with this environment variable.
pub(super) fn setting(variable: &str) -> &'static Setting {
    SETTINGS.iter().find(|setting| setting.variable == variable).expect("the variable is in the table")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_in_each_source() {
        for names in [
            SETTINGS.iter().map(|s| s.variable.to_owned()).collect::<Vec<_>>(),
            SETTINGS.iter().map(|s| s.key.to_owned()).collect(),
            SETTINGS.iter().map(Setting::flag).collect(),
        ] {
            assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
        }
    }

    #[test]
    fn only_settings_without_a_fixed_default_lack_one_in_the_help() {
        let without: Vec<_> = SETTINGS.iter().filter(|setting| setting.default_value().is_none()).collect();
        for setting in without {
            let is_open = setting.section() == "messages" || setting.secret || setting.required;
            assert!(is_open || setting.variable == "WAXWING_AGENT", "{} has a default", setting.variable);
        }
    }

    #[test]
    fn docs_contain_the_table_as_generated_from_the_code() {
        let row = |setting: &Setting| {
            let flag = if setting.secret { "secret: no flag".to_owned() } else { format!("`--{}`", setting.flag()) };
            let required = if setting.required { " **Required.**" } else { "" };
            format!("| `{}` | `{}` | {flag} | {}{required} |\n", setting.variable, setting.key, setting.help())
        };
        let table: String = SETTINGS.iter().map(row).collect();
        let page = include_str!("../../../../docs/settings.md");
        assert!(page.contains(&table), "docs/settings.md needs these rows:\n{table}");
    }
}
