//! The table of settings.

/// A setting: its names, and what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Its name in the environment.
    pub variable: &'static str,
    /// Its name in a file: table and key. The key, with dashes, is the flag.
    pub key: &'static str,
    /// What it is for, with its default.
    pub help: &'static str,
    /// True if nobody but the server should see its value: it cannot be a flag.
    pub secret: bool,
    /// True if a server cannot do without it.
    pub required: bool,
}

impl Setting {
    const fn new(variable: &'static str, key: &'static str, help: &'static str) -> Self {
        Self { variable, key, help, secret: false, required: false }
    }

    const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// The table that it stands in, in a file.
    pub fn section(&self) -> &'static str {
        self.key.split('.').next().unwrap_or_default()
    }

    /// The name of its flag, without the dashes in front.
    pub fn flag(&self) -> String {
        self.key.rsplit('.').next().unwrap_or_default().replace('_', "-")
    }
}

/// All settings.
pub const SETTINGS: &[Setting] = &[
    Setting::new("WHATSAPP_ACCESS_TOKEN", "whatsapp.access_token", "Access token of the Graph API").secret().required(),
    Setting::new("WHATSAPP_PHONE_NUMBER_ID", "whatsapp.phone_number_id", "Id of the business phone number").required(),
    Setting::new("WHATSAPP_VERIFY_TOKEN", "whatsapp.verify_token", "Word that Meta's challenge must bear").secret(),
    Setting::new(
        "WHATSAPP_APP_SECRET",
        "whatsapp.app_secret",
        "App secret that checks signatures; several with commas",
    )
    .secret(),
    Setting::new("WHATSAPP_GRAPH_URL", "whatsapp.graph_url", "Graph API [default: https://graph.facebook.com]"),
    Setting::new("WHATSAPP_API_VERSION", "whatsapp.api_version", "Version of the Graph API [default: v26.0]"),
    Setting::new("WAXWING_AGENT", "whatsapp.agent", "Who answers: an agent or a team of the file, or echo or demo"),
    Setting::new(
        "APP_ENV",
        "server.app_env",
        "production or development [default: production with an app secret, else development]",
    ),
    Setting::new(
        "HOST",
        "server.host",
        "Address to listen on [default: 127.0.0.1 in development, 0.0.0.0 in production]",
    ),
    Setting::new("PORT", "server.port", "Port to listen on; 0 takes a free one [default: 7777]"),
    Setting::new("WAXWING_PREFIX", "server.prefix", "Path under which the webhook is mounted [default: /whatsapp]"),
    Setting::new(
        "WAXWING_ALLOW_UNSIGNED",
        "server.allow_unsigned",
        "Take unsigned webhooks from other machines [default: false]",
    ),
    Setting::new(
        "WAXWING_SHUTDOWN_TIMEOUT",
        "server.shutdown_timeout",
        "Time for running turns to end at a stop [default: 20s]",
    ),
    Setting::new("DATABASE_URL", "storage.database_url", "Database [default: sqlite://waxwing.db]"),
    Setting::new("WAXWING_KEEP_INBOX", "storage.keep_inbox", "Time that answered messages are kept [default: 30d]"),
    Setting::new(
        "WAXWING_KEEP_OUTBOX",
        "storage.keep_outbox",
        "Time that sent messages and their statuses are kept [default: 30d]",
    ),
    Setting::new(
        "WAXWING_KEEP_SESSIONS",
        "storage.keep_sessions",
        "Time that unused sessions, and the entries of others, are kept [default: 180d]",
    ),
    Setting::new(
        "WAXWING_KEEP_QUARANTINE",
        "storage.keep_quarantine",
        "Time that unusable parts of webhooks are kept [default: 30d]",
    ),
    Setting::new(
        "WAXWING_KEEP_MESSAGE_IDS",
        "storage.keep_message_ids",
        "Time that repeats are known as such, 8d at least [default: 9d]",
    ),
    Setting::new(
        "WAXWING_RETENTION_INTERVAL",
        "storage.retention_interval",
        "Time between two rounds that remove what is old [default: 10m]",
    ),
    Setting::new(
        "WAXWING_ACCEPT_TIMEOUT",
        "engine.accept_timeout",
        "Time for a webhook to be stored before it is refused [default: 1s]",
    ),
    Setting::new("WAXWING_LEASE", "engine.lease", "Time that a silent process keeps a conversation [default: 30s]"),
    Setting::new(
        "WAXWING_DEBOUNCE",
        "engine.debounce",
        "Time to wait for more messages of a burst, or adaptive; 0s answers each message at once [default: adaptive]",
    ),
    Setting::new(
        "WAXWING_DEBOUNCE_MAX",
        "engine.debounce_max",
        "Longest time that a burst keeps a turn waiting [default: 3s]",
    ),
    Setting::new(
        "WAXWING_WHILE_RUNNING",
        "engine.while_running",
        "What becomes of a message that comes in while the agent runs: queue, interrupt or steer [default: queue]",
    ),
    Setting::new("WAXWING_STALE_AFTER", "engine.stale_after", "Age from which a message is late [default: 1h]"),
    Setting::new(
        "WAXWING_ON_STALE",
        "engine.on_stale",
        "What becomes of a message that is late: answer, tell (answer, and tell the agent) or skip [default: tell]",
    ),
    Setting::new(
        "WAXWING_LOOP_LIMIT",
        "engine.loop_limit",
        "Turns of a conversation in ten minutes, after which it is left alone for as long, lest two bots answer each other; 0 for no limit [default: 60]",
    ),
    Setting::new(
        "WAXWING_HANDOFF_DURATION",
        "engine.handoff_duration",
        "Time that a conversation stays with a person, from their last word on; 0: words typed in the Business app change nothing [default: 1h]",
    ),
    Setting::new(
        "WAXWING_TYPING_RENEWAL",
        "engine.typing_renewal",
        "Interval at which the typing indicator is renewed [default: 20s]",
    ),
    Setting::new("WAXWING_RUN_TIMEOUT", "engine.run_timeout", "Time that an agent may take for a turn [default: 5m]"),
    Setting::new(
        "WAXWING_ISOLATION_BACKOFF",
        "engine.isolation_backoff",
        "Time that a run which may kill processes waits before it is tried again [default: 5s]",
    ),
    Setting::new("WAXWING_MAX_RUNS", "engine.max_runs", "Turns that are run at once [default: 512]"),
    Setting::new(
        "WAXWING_RETRY_BASE",
        "engine.retry_base",
        "Longest wait before a send is first repeated [default: 1s]",
    ),
    Setting::new(
        "WAXWING_RETRY_CAP",
        "engine.retry_cap",
        "Longest wait before a send is repeated at all [default: 10m]",
    ),
    Setting::new(
        "WAXWING_RETRY_ATTEMPTS",
        "engine.retry_attempts",
        "Attempts before a message is given up [default: 12]",
    ),
    Setting::new("WAXWING_RETRY_MAX_AGE", "engine.retry_max_age", "Age at which a message is given up [default: 24h]"),
    Setting::new(
        "WAXWING_IN_DOUBT_WINDOW",
        "engine.in_doubt_window",
        "Time to wait for a status of a send whose fate is unknown, while webhooks come in [default: 30s]",
    ),
    Setting::new(
        "WAXWING_IN_DOUBT_MAX",
        "engine.in_doubt_max",
        "Time to wait for one when no webhook comes in at all [default: 2m]",
    ),
    Setting::new(
        "WAXWING_ON_IN_DOUBT",
        "engine.on_in_doubt",
        "What to do then: send-again or give-up [default: send-again]",
    ),
    Setting::new(
        "WAXWING_THROUGHPUT",
        "engine.throughput",
        "Messages a second of the number, in and out [default: 80]",
    ),
    Setting::new(
        "WAXWING_PAIR_INTERVAL",
        "engine.pair_interval",
        "Time between two messages to one user, after a burst; 0s for none [default: 6s]",
    ),
    Setting::new(
        "WAXWING_RUN_ATTEMPTS",
        "engine.run_attempts",
        "Runs of a turn that may end without an answer before the user gets the apology [default: 3]",
    ),
    Setting::new("WAXWING_HISTORY", "engine.history", "Entries of the history that an agent gets [default: 40]"),
    Setting::new("WAXWING_MAX_SENDS", "engine.max_sends", "Conversations that are sent to at once [default: 64]"),
    Setting::new(
        "WAXWING_SEND_LEASE",
        "engine.send_lease",
        "Time that one attempt to send may take, its upload included [default: 3m]",
    ),
    Setting::new(
        "WAXWING_MAX_MEDIA_BYTES",
        "engine.max_media_bytes",
        "Largest medium that is downloaded, in bytes [default: 104857600]",
    ),
    Setting::new("WAXWING_MESSAGE_APOLOGY", "messages.apology", "What a user reads when an agent fails for good"),
    Setting::new(
        "WAXWING_MESSAGE_UNSUPPORTED",
        "messages.unsupported",
        "What a user reads who sends only what an agent cannot take",
    ),
    Setting::new(
        "WAXWING_MESSAGE_NEW_SESSION",
        "messages.new_session",
        "What a user reads who begins a new session with /new",
    ),
    Setting::new(
        "WAXWING_MESSAGE_STOPPED",
        "messages.stopped",
        "What a user reads who has called an answer off with /stop",
    ),
    Setting::new(
        "WAXWING_MESSAGE_HUMAN_HANDOFF",
        "messages.human_handoff",
        "What a user reads who asks for a person with /human",
    ),
    Setting::new(
        "WAXWING_MESSAGE_RESUMED",
        "messages.resumed",
        "What a user reads who goes back to the agent with /bot",
    ),
    Setting::new("WAXWING_MESSAGE_HELP", "messages.help_text", "What a user reads who asks for /help"),
    Setting::new(
        "WAXWING_MESSAGE_MEDIA_UNAVAILABLE",
        "messages.media_unavailable",
        "What a user reads in place of a file that WhatsApp cannot carry",
    ),
];

/// The setting with this name in the environment.
pub(super) fn setting(variable: &str) -> &'static Setting {
    SETTINGS.iter().find(|setting| setting.variable == variable).expect("settings are asked for by names of the table")
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
    fn every_setting_is_documented() {
        let page = include_str!("../../../../docs/settings.md");
        for setting in SETTINGS {
            let flag = if setting.secret { "secret: no flag".to_owned() } else { format!("`--{}`", setting.flag()) };
            let row = format!("| `{}` | `{}` | {flag} | {}", setting.variable, setting.key, setting.help);
            assert!(page.contains(&row), "docs/settings.md lacks the row {row}");
        }
    }
}
