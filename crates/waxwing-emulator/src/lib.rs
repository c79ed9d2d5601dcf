#![doc = include_str!("../README.md")]

mod account_status;
mod action;
mod behavior;
mod bot_event;
mod bounded_log;
mod builder;
mod business;
mod chance;
mod clock;
mod connection;
mod control;
mod duration_text;
mod effects;
mod emulator;
mod error;
mod exchange_log;
mod fault;
mod file_bytes;
mod flow_crypto;
mod flow_endpoint;
mod graph;
#[cfg(feature = "https-proxy")]
mod https_proxy;
mod ids;
mod inspector;
mod json_escape;
mod local_access;
mod logs;
pub mod matcher;
mod message;
mod openapi;
mod operations;
mod payload;
mod persona;
mod phone;
mod price;
mod rules;
mod scenario;
mod scheduler;
mod server;
mod service;
mod settings;
mod shared;
mod state;
mod timeline;
mod unix_time;
mod unknown_fields;
mod user;
mod visible_identity;
mod webhook;
mod webhook_delivery;
mod webhook_recording;
mod webhook_verification;
mod world;

pub use account_status::{FlowStatus, TemplateQuality, TemplateStatus};
pub use action::{
    Action, ActionError, ActionOutcome, Album, FileMessage, NewFile, NewUser, OrderItem, Reaction, Rotation,
    RotationSignal, SharedContact, SharedLocation, SharedNumber, Sticker, Tap, TemplateReview, VoiceNote,
};
pub use behavior::{
    BatchLayout, Batching, Behavior, BehaviorChange, InvalidTemplateApproval, RedeliveryPolicy, StatusDelays,
    TemplateApproval,
};
pub use bot_event::{BotEvent, BotEventError};
pub use builder::EmulatorBuilder;
pub use emulator::Emulator;
pub use error::Error;
pub use exchange_log::{Exchange, ExchangeFilter, ExchangeKind};
pub use fault::{Fault, FaultEffect, FaultId, GraphEndpoint, UpdateFilter, WebhookFault};
pub use json_escape::LONE_SURROGATE;
pub use message::{
    ChatContent, ChatMedia, ChatMessage, ChatTemplate, Choice, ChoiceKind, DeliveryState, MediaKind, Party,
};
pub use persona::Persona;
pub use rules::pace::{Pace, UnknownPace};
pub use rules::rate_limits::RateLimits;
pub use rules::table::UnknownRule;
pub use rules::{Rule, Rules};
pub use scenario::{Scenario, ScenarioError};
pub use service::GraphService;
pub use state::{NextIds, StateError};
pub use timeline::{EmulatedUserId, TimelineEvent, TimelineEventKind, WebhookSubject};
pub use user::{FlowScreen, TestStep, User};
pub use webhook::response::{WebhookResponse, WebhookVerification};
