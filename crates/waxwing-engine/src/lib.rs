#![doc = include_str!("../README.md")]

mod account_events;
mod agent_circuits;
mod agent_pause;
mod alarm_queue;
mod alarms;
mod brief_request;
mod budget;
mod budget_watch;
mod business_event;
mod calls;
mod campaign;
mod campaign_signals;
mod charges;
mod circuit_breaker;
mod circuit_table;
mod cost_limit;
mod delivery_spans;
mod direct_send;
mod engine;
mod even_rate;
mod event_hook;
mod event_subscription;
mod events;
mod fair_slots;
mod first_series;
mod form_tokens;
mod graph;
mod group_subjects;
mod handoff;
mod health;
mod history;
mod inbound;
mod isolation;
mod lease_renewer;
mod log_once;
mod loop_guard;
mod measurement;
mod media_keeper;
mod media_memory;
mod message_size;
mod opening_hours;
mod operator;
mod outbound;
mod outgoing;
mod proactive;
mod quality_alert;
mod rate_limit;
mod rates;
mod read_receipts;
mod reloadable;
mod replay_guard;
mod retention;
mod run_backends;
mod run_counts;
mod run_tally;
mod run_trace;
mod send_slots;
mod settings;
mod shared;
mod shutdown;
mod standby;
mod store_log;
mod stored_event;
mod system_messages;
mod template_cache;
mod templates;
mod timer_queue;
mod turn;
mod turn_signals;
mod typing_indicator;
mod unsent_media;
mod usage;
mod workers;

pub use budget::{BudgetDecision, BudgetPeriod, BudgetPurpose, BudgetSettings, NumberBudget};
pub use business_event::ReportedEvent;
pub use campaign::{
    Campaign, CampaignError, CampaignRecipient, InvalidQuietHours, InvalidRecipient, MAX_SCHEDULE_AHEAD, QuietHours,
};
pub use charges::ChargeSum;
pub use cost_limit::CostLimitSettings;
pub use engine::{Engine, EngineBuilder};
pub use event_subscription::{EventDelivery, EventReceipt, EventReceiver, EventSubscription, MAX_SUBSCRIPTIONS};
pub use events::{BudgetReport, EngineEvent, EngineEventKind, EngineEvents, OutgoingReport};
pub use graph::{DownloadError, Downloaded, FailureKind, Graph, GraphError, TemplateVersion};
pub use handoff::STAFF_SUBSCRIPTION;
pub use health::HealthReason;
pub use history::{StoredHistory, session_user};
pub use inbound::accept::{AcceptError, Receipt};
pub use opening_hours::{InvalidHours, OpeningHours, OpeningState, OutsideHours};
pub use operator::{NextResponder, Operator, OperatorAction, OperatorError};
pub use outbound::MAX_CONVERSION_MEMORY;
pub use proactive::{ProactiveMessage, SendMessageError, WhenClosed};
pub use rates::{RateTable, RateTableError};
pub use reloadable::ReloadableConfig;
pub use settings::{
    AgentCircuitSettings, CallPolicy, CircuitBreakerSettings, Debounce, EngineSettings, GroupAnswers, HandoffStaff,
    MediaLimits, MediaScan, MediaSettings, NumberPolicies, OnInterrupt, OnStale, OutsideWindow, QuoteReplies,
    RateLimitSettings, Reactions, ReadReceipts, ReplyOverflow, ReplySettings, RetentionSettings, RetrySettings,
    WhileRunning, WindowClosed,
};
pub use shared::Route;
pub use system_messages::{CustomCommand, MessageCatalog, NumberTexts, SystemMessages};
pub use usage::{MAX_USAGE_DAYS, UsageError, UsageReport, UsageRow};
pub use workers::Workers;
