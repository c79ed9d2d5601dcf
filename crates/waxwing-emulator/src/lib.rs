#![doc = include_str!("../README.md")]

mod action;
mod app;
mod builder;
mod clock;
mod conduct;
mod connection;
mod control;
mod emulator;
mod error;
mod escape;
mod fault;
mod graph;
mod ids;
pub mod matcher;
mod message;
mod persona;
mod phone;
mod rules;
mod scenario;
mod service;
mod span;
mod timeline;
mod user;
mod webhook;
mod world;

pub use action::{Action, ActionError, ActionOutcome, NewUser, Rotation, RotationSignal};
pub use builder::EmulatorBuilder;
pub use conduct::{BatchLayout, Batching, Behavior, BehaviorChange, RedeliveryPolicy, StatusDelays};
pub use emulator::{Emulator, WebhookResponse, WebhookVerification};
pub use error::Error;
pub use escape::LONE_SURROGATE;
pub use fault::{Fault, FaultEffect, FaultId, GraphEndpoint, UpdateFilter, WebhookFault};
pub use message::{
    ChatContent, ChatMedia, ChatMessage, ChatTemplate, Choice, ChoiceKind, DeliveryState, MediaKind, Party,
};
pub use persona::Persona;
pub use rules::pace::RateLimits;
pub use rules::table::UnknownRule;
pub use rules::{Rule, Rules};
pub use scenario::{Scenario, ScenarioError};
pub use service::GraphService;
pub use timeline::{EmulatedUserId, TimelineEvent, TimelineEventKind, WebhookSubject};
pub use user::{TestStep, User};
pub use world::templates::TemplateStatus;
