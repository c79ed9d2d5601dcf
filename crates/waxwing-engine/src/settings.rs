//! The settings of an engine.

mod handoff_staff;
mod number_policies;
mod outside_window;

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use waxwing_agent::{Agent, MediaKind};
use waxwing_store::{OnInDoubt, Retention, SendPolicy};

use crate::budget::BudgetSettings;
use crate::cost_limit::CostLimitSettings;
use crate::system_messages::MessageCatalog;

pub use handoff_staff::HandoffStaff;
pub use number_policies::{CallPolicy, NumberPolicies};
pub use outside_window::{OutsideWindow, WindowClosed};

/// Largest number of history entries that an agent gets. A higher limit of the agent has no effect.
const MAX_HISTORY: usize = 1000;

/// The settings of an engine.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct EngineSettings {
    /// How long a webhook waits for its commit before the engine refuses it, so that Meta sends it again. Default: 1 s.
    pub accept_timeout: Duration,
    /// Length of the lease on a conversation. A running turn renews its lease three times per length. Default: 30 s.
    pub lease: Duration,
    /// How long a turn waits for the next message of a burst. Default: adaptive.
    pub debounce: Debounce,
    /// Longest time for which a burst delays a turn. Default: 3 s.
    pub debounce_max: Duration,
    /// Handling of messages that arrive during a run. Default: they wait for the next turn.
    pub while_running: WhileRunning,
    /// Handling of messages to the user that are queued and not sent when a run is interrupted. Default: they are sent.
    pub on_interrupt: OnInterrupt,
    /// Quotes of replies. Default: a reply quotes if the user wrote more in the meantime, and always in groups.
    pub quote_replies: QuoteReplies,
    /// When a user sees that a message was read. Default: when its turn starts.
    pub read_receipts: ReadReceipts,
    /// Handling of reactions of users. Default: the agent is told with the next message.
    pub reactions: Reactions,
    /// Messages of groups that the agent answers. Default: all.
    pub group_answers: GroupAnswers,
    /// Names of the business in groups, in addition to the name of the agent: a message that begins with one is addressed to the business.
    /// Default: none.
    pub group_names: Vec<String>,
    /// Limits of a reply.
    pub reply: ReplySettings,
    /// Age at which a waiting message counts as stale. Default: 1 hour.
    pub stale_after: Duration,
    /// Handling of stale messages. Default: the agent answers them and gets their age.
    pub on_stale: OnStale,
    /// Handling of messages while the customer service window is closed, unless the [`Route`](crate::Route) of the number has its own. Default:
    /// they are parked.
    pub outside_window: OutsideWindow,
    /// Handling of messages while the customer service window is closed, by the name of their agent: the agent of a number. It comes before the policy of
    /// the number. Default: none.
    pub outside_window_of_agents: HashMap<String, OutsideWindow>,
    /// Policies of the numbers whose [`Route`](crate::Route) does not set them.
    pub policies: NumberPolicies,
    /// Number of turns that a conversation may have in ten minutes. Above the limit, the conversation gets no answer for ten minutes, since
    /// the other side may be a bot. 0 for no limit. Default: 60.
    pub loop_limit: u32,
    /// How long an operator answers a conversation after each operator message, or after the user asked for a human. Default: 1 hour.
    ///
    /// With 0, a message echo does not pause the agent, and a user who asks for a human gets one until an operator resumes the agent.
    pub handoff_duration: Duration,
    /// Time after which the event `handoff.unanswered` tells that nobody has answered a conversation since the agent or the user asked for a human. 0
    /// for no such event. Default: 15 minutes.
    pub handoff_reminder: Duration,
    /// Interval at which the typing indicator is shown again. Meta hides the indicator after 25 s. Default: 20 s.
    pub typing_renewal: Duration,
    /// Longest time of a run. Default: 5 minutes.
    pub run_timeout: Duration,
    /// Number of failed runs after which the engine gives a turn up and sends an apology. Default: 3.
    pub run_attempts: u32,
    /// How long a run that crashed the process in isolation waits before it runs in isolation again; the wait grows with each crash, so
    /// that other conversations are served in the meantime. Default: 5 s.
    pub isolation_backoff: Duration,
    /// Longest wait of a message for an agent whose circuit is open. Then the user gets an apology. Default: 15 minutes.
    pub answer_within: Duration,
    /// Number of concurrent turns, without turns that download media. Default: 512.
    ///
    /// If there are several agents or numbers, a stuck one takes at most four fifths of the turns.
    pub max_runs: usize,
    /// Number of conversations to which the engine sends at the same time. Sends that take longer than 1 s, and sends to conversations whose
    /// last send failed, do not count: for them, the engine has the same number of slots again. Default: 64.
    pub max_sends: usize,
    /// Number of history entries that an agent gets, unless it asks for more. Default: 40.
    pub history: usize,
    /// Size of the largest message that is handed to an agent, in bytes of Meta's JSON. A larger message is quarantined with the reason
    /// `too_large`. Default: 256 KiB.
    pub max_message_bytes: usize,
    /// Retries of failed sends.
    pub retry: RetrySettings,
    /// Rate limits of sends.
    pub rate_limit: RateLimitSettings,
    /// Pauses of a business number whose sends fail.
    pub circuit_breaker: CircuitBreakerSettings,
    /// Pauses of an agent whose runs fail.
    pub agent_circuit: AgentCircuitSettings,
    /// Limits of the cost of agents on one day.
    pub cost_limit: CostLimitSettings,
    /// Budgets for Meta's charges. Default: none.
    pub budget: BudgetSettings,
    /// Downloads of received media.
    pub media: MediaSettings,
    /// Removal of old data.
    pub retention: RetentionSettings,
    /// Texts that the engine itself sends.
    pub system_messages: MessageCatalog,
}

impl EngineSettings {
    /// Returns the number of history entries that an agent gets: [`Self::history`], or what the agent asks for if that is more. 1,000 at most.
    pub fn history_of(&self, agent: &dyn Agent) -> usize {
        agent.history_limit().unwrap_or_default().max(self.history).min(MAX_HISTORY)
    }

    /// Returns the longest time for which a burst delays a turn. A fixed debounce is never cut short.
    pub(crate) fn longest_debounce(&self) -> Duration {
        match self.debounce {
            Debounce::Adaptive => self.debounce_max,
            Debounce::Fixed(time) => time.max(self.debounce_max),
        }
    }
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            accept_timeout: Duration::from_secs(1),
            lease: Duration::from_secs(30),
            debounce: Debounce::default(),
            debounce_max: Duration::from_secs(3),
            while_running: WhileRunning::default(),
            on_interrupt: OnInterrupt::default(),
            quote_replies: QuoteReplies::default(),
            read_receipts: ReadReceipts::default(),
            reactions: Reactions::default(),
            group_answers: GroupAnswers::default(),
            group_names: Vec::new(),
            reply: ReplySettings::default(),
            stale_after: Duration::from_hours(1),
            on_stale: OnStale::default(),
            outside_window: OutsideWindow::default(),
            outside_window_of_agents: HashMap::new(),
            policies: NumberPolicies::default(),
            loop_limit: 60,
            handoff_duration: Duration::from_hours(1),
            handoff_reminder: Duration::from_mins(15),
            typing_renewal: Duration::from_secs(20),
            run_timeout: Duration::from_mins(5),
            run_attempts: 3,
            isolation_backoff: Duration::from_secs(5),
            answer_within: Duration::from_mins(15),
            max_runs: 512,
            max_sends: 64,
            history: 40,
            max_message_bytes: 256 * 1024,
            retry: RetrySettings::default(),
            rate_limit: RateLimitSettings::default(),
            circuit_breaker: CircuitBreakerSettings::default(),
            agent_circuit: AgentCircuitSettings::default(),
            cost_limit: CostLimitSettings::default(),
            budget: BudgetSettings::default(),
            media: MediaSettings::default(),
            retention: RetentionSettings::default(),
            system_messages: MessageCatalog::default(),
        }
    }
}

/// How long a turn waits for the next message of a burst, counted from the newest message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Debounce {
    /// Depends on the newest message: a short wait after a complete sentence, a longer wait after a fragment, and the longest wait after a
    /// picture, since the pictures of an album arrive one by one.
    #[default]
    Adaptive,
    /// A fixed time. With 0, the agent answers every message at once.
    Fixed(Duration),
}

/// Quotes of replies: whether the first message of a reply quotes the first message that it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QuoteReplies {
    /// If the user sent more than one further message before the reply, and always in groups.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never, except where an agent quotes.
    Never,
}

/// When a user sees that a message was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReadReceipts {
    /// When the turn of the message starts, together with the typing indicator.
    #[default]
    OnClaim,
    /// When the turn is committed with an answer. Meta shows the typing indicator only with a read receipt, so there is none.
    OnAnswer,
    /// Never. There is no typing indicator either.
    Never,
}

/// Handling of reactions of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reactions {
    /// The history has the reaction, so the agent knows it when it answers the next message.
    #[default]
    Tell,
    /// The agent runs on the reaction.
    Run,
    /// The agent does not see the reaction.
    Ignore,
}

/// Messages of groups that the agent answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GroupAnswers {
    /// All messages.
    #[default]
    All,
    /// Messages that quote a message of the business, mention its number as `@15550001111`, or begin with its name, and the messages of the same
    /// burst. The others enter the history without a run.
    Addressed,
}

/// Handling of messages that arrive during a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhileRunning {
    /// The message waits for the next turn.
    #[default]
    Queue,
    /// A new run supersedes the current run and handles all messages. A run that started a journaled step is not cancelled, since the step
    /// must not be executed twice.
    Interrupt,
    /// The agent can read the message with [`RunContext::new_messages`](waxwing_agent::RunContext::new_messages). Otherwise, the message
    /// waits for the next turn.
    Steer,
}

/// Handling of messages to the user that are queued and not sent when a run is interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnInterrupt {
    /// The messages are sent before the new answer.
    #[default]
    Keep,
    /// The messages become dead letters. Messages of operators, and messages that Meta may have accepted, stay.
    Discard,
}

/// Limits of one reply, or of one interim message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplySettings {
    /// Largest number of messages. Default: 20.
    pub max_messages: usize,
    /// Largest size of all texts, in bytes. The rest of a longer text is cut. Default: 1 MiB.
    pub max_text_bytes: usize,
    /// Handling of texts that need more messages. Default: they are sent as a file.
    pub on_overflow: ReplyOverflow,
}

impl Default for ReplySettings {
    fn default() -> Self {
        Self { max_messages: 20, max_text_bytes: 1024 * 1024, on_overflow: ReplyOverflow::default() }
    }
}

/// Handling of texts that need more messages than a reply may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReplyOverflow {
    /// The texts are sent as one text file, with [`SystemMessages::reply_in_file`](crate::SystemMessages::reply_in_file) as its caption.
    #[default]
    File,
    /// The rest is left out, and the last message ends with [`SystemMessages::reply_cut`](crate::SystemMessages::reply_cut).
    Cut,
}

/// Handling of stale messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnStale {
    /// The agent answers the message like any other.
    Answer,
    /// The agent answers the message and gets its age.
    #[default]
    Tell,
    /// The message is recorded without an answer.
    Skip,
}

/// Retries of failed sends.
///
/// The n-th retry waits a random time of at most `base` · 2ⁿ⁻¹, and never more than `cap`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RetrySettings {
    /// Longest wait before the first retry. Default: 1 s.
    pub base: Duration,
    /// Longest wait before any retry, also if Meta asks for a longer one. Default: 10 minutes.
    pub cap: Duration,
    /// Number of attempts after which a message becomes a dead letter. Default: 12.
    pub attempts: u32,
    /// Age in the outbox at which a message becomes a dead letter. Default: 24 hours, the length of the customer service window.
    pub max_age: Duration,
    /// How long a send in doubt waits for a status webhook, while webhooks arrive. Default: 30 s.
    pub in_doubt_window: Duration,
    /// How long a send in doubt waits for a status webhook if no webhook arrives at all. Default: 2 minutes.
    pub in_doubt_max: Duration,
    /// Handling of a send in doubt after the wait. Default: the message is sent again.
    pub on_in_doubt: OnInDoubt,
    /// Longest time of one attempt, upload included. Should be longer than the timeouts of the client for an upload and a send together.
    /// The engine extends a value that is shorter than one send. Default: 3 minutes.
    pub lease: Duration,
}

impl Default for RetrySettings {
    fn default() -> Self {
        Self {
            base: Duration::from_secs(1),
            cap: Duration::from_mins(10),
            attempts: 12,
            max_age: Duration::from_hours(24),
            in_doubt_window: Duration::from_secs(30),
            in_doubt_max: Duration::from_mins(2),
            on_in_doubt: OnInDoubt::default(),
            lease: Duration::from_mins(3),
        }
    }
}

impl RetrySettings {
    /// Returns the part of the settings that the store needs.
    pub(crate) fn send_policy(&self) -> SendPolicy {
        SendPolicy {
            lease: self.lease,
            in_doubt_window: self.in_doubt_window,
            in_doubt_max: self.in_doubt_max,
            on_in_doubt: self.on_in_doubt,
            max_attempts: self.attempts,
            max_age: self.max_age,
        }
    }
}

/// Rate limits of sends.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput>
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RateLimitSettings {
    /// Messages per second of one business number, received and sent. Default: 80, Meta's limit for a new number.
    pub per_second: u32,
    /// Shortest average time between two messages from one business number to one user. Default: 6 s, Meta's limit. 0 switches the limit
    /// off.
    pub pair_interval: Duration,
    /// Number of messages to one user that may be sent within one interval; each closes the pair for a further interval. Default: 45,
    /// Meta's limit.
    pub pair_burst: u32,
}

impl Default for RateLimitSettings {
    fn default() -> Self {
        Self { per_second: 80, pair_interval: Duration::from_secs(6), pair_burst: 45 }
    }
}

/// Pauses of a business number whose sends fail.
///
/// The n-th pause in a row lasts for a random time between the half and the whole of `base` · 2ⁿ⁻¹, and never more than `cap`, unless Meta
/// asks for a longer pause. After the pause, messages are sent as probes, at most one to a conversation. If Graph seems to be unavailable,
/// conversations whose last send did not fail may probe after 1 s, at first as many as opened the circuit, and twice as many each time.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct CircuitBreakerSettings {
    /// Number of conversations whose sends fail, while no send of the number succeeds, after which Graph counts as unavailable. Default: 5.
    pub failures: u32,
    /// Longest first pause if Graph is unavailable, or if Meta limits the rate of the number. Default: 1 s.
    pub base: Duration,
    /// Longest pause of this kind. Default: 1 minute.
    pub cap: Duration,
    /// Longest first pause after an account problem, which an operator has to fix. Default: 5 s.
    pub account_base: Duration,
    /// Longest pause after an account problem. Default: 10 minutes.
    pub account_cap: Duration,
}

impl Default for CircuitBreakerSettings {
    fn default() -> Self {
        Self {
            failures: 5,
            base: Duration::from_secs(1),
            cap: Duration::from_mins(1),
            account_base: Duration::from_secs(5),
            account_cap: Duration::from_mins(10),
        }
    }
}

/// Pauses of an agent whose runs fail: with a retryable error, or by their timeout.
///
/// The n-th pause in a row lasts for a random time between the half and the whole of `base` · 2ⁿ⁻¹, and never more than `cap`. After 1 s,
/// a few conversations whose last run did not fail may run as probes. Commands of users work during a pause.
///
/// A backend of agents, such as a model with its key, is paused as well, for twice as long. From the half of its pause on, one conversation at a
/// time whose last run did not fail may probe the backend, and others from the end on. A wait of up to `cap` that the backend asks for is kept.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct AgentCircuitSettings {
    /// Number of conversations whose runs fail, while no run of the agent succeeds, after which the agent is paused. 0 for no pause.
    /// Default: 5.
    pub failures: u32,
    /// Longest first pause. Default: 1 s.
    pub base: Duration,
    /// Longest pause. Default: 1 minute.
    pub cap: Duration,
}

impl Default for AgentCircuitSettings {
    fn default() -> Self {
        Self { failures: 5, base: Duration::from_secs(1), cap: Duration::from_mins(1) }
    }
}

/// Downloads of received media, and memory of sent media.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MediaSettings {
    /// Directory of the files. The engine deletes all files in it at the start, so the directory must be its own. Default: a new directory
    /// among the temporary files of the system.
    pub dir: PathBuf,
    /// Size of the largest medium of each kind that is downloaded.
    pub limits: MediaLimits,
    /// Memory of all media on their way to users, in bytes: half of it for media of replies until they are committed, and half for media that
    /// are being uploaded. A medium that is larger than the half is not sent. Media that an agent has in memory do not count for replies.
    /// Default: 256 MiB.
    pub max_memory: usize,
    /// Longest time of one download, retries included. Default: 60 s. A download ends earlier if its content falls 10 s behind a speed
    /// of 256 KiB/s.
    pub timeout: Duration,
    /// Number of concurrent turns that download media before their run, in addition to [`EngineSettings::max_runs`]. Further turns wait in
    /// the store. Media of messages that steer a run are downloaded in its slot. Default: 128.
    pub max_downloads: usize,
    /// Scan of each downloaded file. Default: no scan.
    pub scan: Option<MediaScan>,
    /// Largest size of all kept media in bytes. The media that were used least recently are removed first. 0 keeps none. Applies to the media
    /// store that a server opens next to its database. Default: 1 GiB.
    pub max_kept: u64,
}

impl Default for MediaSettings {
    fn default() -> Self {
        Self {
            dir: own_temporary_directory(),
            limits: MediaLimits::default(),
            max_memory: 256 * 1024 * 1024,
            timeout: Duration::from_mins(1),
            max_downloads: 128,
            scan: None,
            max_kept: 1024 * 1024 * 1024,
        }
    }
}

/// Size of the largest medium of each kind that is downloaded, in bytes.
///
/// Received media can be larger than the media that a business may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MediaLimits {
    /// Images and stickers. Default: 16 MiB.
    pub image: u64,
    /// Audio files and voice notes. Default: 32 MiB.
    pub audio: u64,
    /// Videos. Default: 100 MiB.
    pub video: u64,
    /// Documents and all other kinds. Default: 100 MiB, the limit of WhatsApp.
    pub document: u64,
}

impl MediaLimits {
    /// Returns the limit of a kind, in bytes.
    pub fn of(&self, kind: MediaKind) -> u64 {
        match kind {
            MediaKind::Image | MediaKind::Sticker => self.image,
            MediaKind::Audio | MediaKind::Voice => self.audio,
            MediaKind::Video => self.video,
            _ => self.document,
        }
    }
}

impl Default for MediaLimits {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self { image: 16 * MIB, audio: 32 * MIB, video: 100 * MIB, document: waxwing_types::limits::DOCUMENT_BYTES }
    }
}

/// A program that scans each downloaded file before an agent gets it.
///
/// The program gets the path of the file as its last argument. Exit code 0 accepts the file, and 1 rejects it, as with `clamdscan`. Any other
/// end is a failure of the scan, and the file is withheld.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MediaScan {
    /// The program: a path, or a name that is looked up in `PATH`.
    pub program: String,
    /// Arguments before the path of the file.
    pub arguments: Vec<String>,
    /// Longest time of one scan. Default: 30 s.
    pub timeout: Duration,
}

impl MediaScan {
    /// Longest time of a scan, unless another one is set.
    pub const TIMEOUT: Duration = Duration::from_secs(30);

    /// Creates a scan from the words of a command. Returns `None` if there is no word.
    pub fn new(command: impl IntoIterator<Item = String>) -> Option<Self> {
        let mut words = command.into_iter();
        let program = words.next().filter(|program| !program.is_empty())?;
        Some(Self { program, arguments: words.collect(), timeout: Self::TIMEOUT })
    }
}

/// Returns a directory name that no other process can predict, since other users may write to the temporary directory.
fn own_temporary_directory() -> PathBuf {
    std::env::temp_dir().join(format!("waxwing-media-{}", uuid::Uuid::new_v4().simple()))
}

/// Removal of old data.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RetentionSettings {
    /// How long each kind of data is kept.
    pub keep: Retention,
    /// Time between two rounds of removal, with a jitter of a quarter. Default: 10 minutes.
    pub interval: Duration,
}

impl Default for RetentionSettings {
    fn default() -> Self {
        Self { keep: Retention::default(), interval: Duration::from_mins(10) }
    }
}
