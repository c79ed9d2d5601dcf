#![doc = include_str!("../README.md")]

mod agent;
mod agent_fn;
mod author;
mod backend;
mod business_closed;
mod choice;
mod contact;
mod contact_details;
mod context;
mod conversation;
mod conversation_info;
#[cfg(feature = "demo")]
mod demo;
mod echo;
mod error;
mod form_answer;
mod form_request;
pub mod guardrail;
mod handoff;
mod history_entry;
mod journal;
mod link;
mod location;
mod media;
mod memory;
mod message_content;
mod message_context;
mod order;
mod question;
mod quoted_message;
mod redacted;
mod reminder;
mod reply;
mod reply_part;
mod router;
mod run_event;
mod sent_part;
mod session;
mod session_state;
mod step;
mod template;
mod tool_round;
mod turn;
mod undelivered;
mod user;
mod user_message;

pub use agent::Agent;
pub use agent_fn::agent_fn;
pub use author::Author;
pub use backend::{Backend, BackendCircuits, BackendRequest, BackendResult};
pub use business_closed::BusinessClosed;
pub use choice::Choice;
pub use contact::Contact;
pub use contact_details::{ContactAddress, ContactDetails, ContactEntry};
pub use context::{RunContext, RunContextBuilder};
pub use conversation::Conversation;
pub use conversation_info::{BusinessNumber, ConversationInfo};
#[cfg(feature = "demo")]
pub use demo::Demo;
pub use echo::Echo;
pub use error::AgentError;
pub use form_answer::FormAnswerError;
pub use form_request::{FormRef, FormRequest, FormStart};
pub use handoff::HumanHandoff;
pub use history_entry::{HistoryEntry, HistoryEvent, Role};
pub use journal::{Journal, MemoryJournal, StepStatus};
pub use link::Link;
pub use location::Location;
pub use media::{Media, MediaKind};
pub use memory::{Fact, Memory};
pub use message_content::{
    BusinessEvent, CallPermission, FormAnswer, MessageContent, Product, Reaction, TeamNote, UnknownContent,
};
pub use message_context::{Ad, Forwarded, MessageContext};
pub use order::{Money, Order, OrderItem};
pub use question::Question;
pub use quoted_message::QuotedMessage;
pub use reminder::Reminder;
pub use reply::Reply;
pub use reply_part::{MessagePart, ReplyPart};
pub use router::{Router, Rule};
pub use run_event::{MAX_REPORTED_TEXT, ModelCallReport, RunEvent, RunObserver, ToolCallReport, reported_text};
pub use sent_part::{SentMedia, SentPart};
pub use session::Session;
pub use session_state::SessionState;
pub use step::{IdempotencyKey, Step, StepKey};
pub use template::{
    Template, TemplateButton, TemplateCard, TemplateCardHeader, TemplateHeader, TemplateMismatch, TemplateProblem,
    TemplateProducts,
};
pub use tool_round::{ToolExchange, ToolRound};
pub use turn::Turn;
pub use undelivered::Undelivered;
pub use user::User;
pub use user_message::UserMessage;
