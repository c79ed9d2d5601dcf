//! What can be set, with its defaults.

use std::path::PathBuf;
use std::time::Duration;

use waxwing_store::{OnInDoubt, Retention, SendPolicy};

use crate::system_messages::MessageCatalog;

/// The settings of an engine.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct EngineSettings {
    /// How long a webhook waits for its commit before it is refused, so that Meta sends it again. Default: 1 s.
    pub accept_timeout: Duration,
    /// How long a conversation stays claimed without a sign of life. Renewed three times as often. Default: 30 s.
    pub lease: Duration,
    /// How long to wait for a next message of a burst. Default: adaptive.
    pub debounce: Debounce,
    /// How long a burst may keep a turn waiting. Default: 3 s.
    pub debounce_max: Duration,
    /// What becomes of a message that comes in while the agent runs. Default: it waits for the next turn.
    pub while_running: WhileRunning,
    /// From which age on a message is late: it waited while nobody could answer. Default: 1 hour.
    pub stale_after: Duration,
    /// What becomes of a message that is late. Default: it is answered, and the agent is told.
    pub on_stale: OnStale,
    /// How many turns of one conversation are answered within ten minutes; then it is left alone for as long, because it may be another bot that
    /// answers every answer. 0 for no limit. Default: 60.
    pub loop_limit: u32,
    /// How long a conversation stays with a person of the business, from the last word of theirs on, or from when its user asked for one. With 0 words
    /// that are typed in the Business app change nothing, and who asks for a person gets one until somebody resumes. Default: 1 hour.
    pub handoff_duration: Duration,
    /// How often the typing indicator is renewed; Meta takes it away after 25 s. Default: 20 s.
    pub typing_renewal: Duration,
    /// How long an agent may take for a turn. Default: 5 minutes.
    pub run_timeout: Duration,
    /// How many runs of a turn may end without an answer before the turn is given up with an apology. Default: 3.
    pub run_attempts: u32,
    /// How long a run that was alone when the process died waits before it runs alone again, and twice as long after the second time: whatever
    /// kills processes should not get to do so as soon as they start. Default: 5 s.
    pub isolation_backoff: Duration,
    /// How many turns are run at once. Default: 512.
    pub max_runs: usize,
    /// How many conversations are sent to at once. Default: 64.
    pub max_sends: usize,
    /// How many entries of the history an agent gets. Default: 40.
    pub history: usize,
    /// How sends are repeated.
    pub retry: RetrySettings,
    /// How fast messages are sent.
    pub rate_limit: RateLimitSettings,
    /// When a business number stops sending for a while.
    pub circuit_breaker: CircuitBreakerSettings,
    /// Where received media wait for their run, and how large they may be.
    pub media: MediaSettings,
    /// How long what is over is kept.
    pub retention: RetentionSettings,
    /// What users read that no agent wrote.
    pub system_messages: MessageCatalog,
}

impl EngineSettings {
    /// How long a burst may keep a turn waiting; not shorter than a fixed time that was asked for.
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
            stale_after: Duration::from_hours(1),
            on_stale: OnStale::default(),
            loop_limit: 60,
            handoff_duration: Duration::from_hours(1),
            typing_renewal: Duration::from_secs(20),
            run_timeout: Duration::from_mins(5),
            run_attempts: 3,
            isolation_backoff: Duration::from_secs(5),
            max_runs: 512,
            max_sends: 64,
            history: 40,
            retry: RetrySettings::default(),
            rate_limit: RateLimitSettings::default(),
            circuit_breaker: CircuitBreakerSettings::default(),
            media: MediaSettings::default(),
            retention: RetentionSettings::default(),
            system_messages: MessageCatalog::default(),
        }
    }
}

/// How long a turn waits for more messages, counted from the last one that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Debounce {
    /// As long as the last message makes one expect: not long after a whole sentence, longer after a fragment of one and after a picture,
    /// since the pictures of an album come one by one.
    #[default]
    Adaptive,
    /// This long; with 0 every message is answered at once.
    Fixed(Duration),
}

/// What becomes of a message that comes in while the agent runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhileRunning {
    /// It waits for the next turn.
    #[default]
    Queue,
    /// The run is cancelled, and a new one answers all messages together. A run that has begun a step which must not be taken twice is left to end.
    Interrupt,
    /// The agent can ask for it, by [`RunContext::new_messages`](waxwing_agent::RunContext::new_messages). If it does not, the message waits for the
    /// next turn.
    Steer,
}

/// What becomes of a message that is late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnStale {
    /// It is answered like any other.
    Answer,
    /// It is answered, and the agent is told how old it is.
    #[default]
    Tell,
    /// It is passed over.
    Skip,
}

/// How sends are repeated.
///
/// The n-th repetition waits a random time of at most `base` · 2ⁿ⁻¹, never more than `cap`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RetrySettings {
    /// The longest wait before the first repetition. Default: 1 s.
    pub base: Duration,
    /// The longest wait before any repetition. Default: 10 minutes.
    pub cap: Duration,
    /// How often a message is tried before it becomes a dead letter. Default: 12.
    pub attempts: u32,
    /// How old a message may become in the outbox. Default: 24 hours, which is as long as WhatsApp lets a business answer.
    pub max_age: Duration,
    /// How long to wait for a status of a send whose fate is unknown, while webhooks come in. Default: 30 s.
    pub in_doubt_window: Duration,
    /// How long to wait for one when no webhook comes in at all. Default: 2 minutes.
    pub in_doubt_max: Duration,
    /// What to do when no status came.
    pub on_in_doubt: OnInDoubt,
    /// How long one attempt may take, its upload included. Should be longer than the client's own time-outs for an upload and a send together; never taken for shorter than
    /// one send and a few seconds. Default: 3 minutes.
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
    /// The part of the settings that a store needs.
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

/// How fast messages are sent.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput>
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RateLimitSettings {
    /// Messages a second of one business number, in and out together. Default: 80, Meta's own limit for a new number.
    pub per_second: u32,
    /// How long one message closes the pair of a business number and a user. Default: 6 s, Meta's own limit; 0 switches it off.
    pub pair_interval: Duration,
    /// How many messages to one user may be sent within one interval, as a debt on the following ones. Default: 45, Meta's own limit.
    pub pair_burst: u32,
}

impl Default for RateLimitSettings {
    fn default() -> Self {
        Self { per_second: 80, pair_interval: Duration::from_secs(6), pair_burst: 45 }
    }
}

/// When a business number stops sending for a while, because nothing would get through.
///
/// The n-th time in a row lasts for a random time of at most `base` · 2ⁿ⁻¹ and at least half of that, never more than `cap`, unless Meta
/// asks for more. Then one message is sent, and what becomes of it decides.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct CircuitBreakerSettings {
    /// After how many failures in a row it is clear that Graph, or the way to it, is down. Default: 5.
    pub failures: u32,
    /// The longest first rest when Graph is down, or wants the number to send less. Default: 1 s.
    pub base: Duration,
    /// The longest such rest at all. Default: 1 minute.
    pub cap: Duration,
    /// The longest first rest when somebody has to mend the account, the number or the token. Default: 5 s.
    pub account_base: Duration,
    /// The longest such rest at all. Default: 10 minutes.
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

/// Where received media wait for their run, and how large they may be.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MediaSettings {
    /// A directory of the engine's own: what an earlier process left in it is deleted at the start. Default: a new one among the system's temporary files.
    pub dir: PathBuf,
    /// The largest medium that is downloaded, in bytes. Default: 100 MiB, the largest document that WhatsApp carries.
    pub max_bytes: u64,
    /// How long one download may take, with all its repetitions. Default: 60 s.
    pub timeout: Duration,
}

impl Default for MediaSettings {
    fn default() -> Self {
        Self {
            dir: own_temporary_directory(),
            max_bytes: waxwing_types::limits::DOCUMENT_BYTES,
            timeout: Duration::from_mins(1),
        }
    }
}

/// A name that nobody can have taken before, as anybody may write beside it.
fn own_temporary_directory() -> PathBuf {
    std::env::temp_dir().join(format!("waxwing-media-{}", uuid::Uuid::new_v4().simple()))
}

/// How long what is over is kept.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RetentionSettings {
    /// What goes when.
    pub keep: Retention,
    /// How long to wait between two rounds through the store, give or take a quarter. Default: 10 minutes.
    pub interval: Duration,
}

impl Default for RetentionSettings {
    fn default() -> Self {
        Self { keep: Retention::default(), interval: Duration::from_mins(10) }
    }
}
