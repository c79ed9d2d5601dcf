//! Meta's rules for calls of the Graph API.
//!
//! The emulator implements the rules independently of the other Waxwing crates, so that a misreading of Meta's documentation is not
//! shared by the code under test. The modules know neither HTTP nor the emulated world: times and earlier messages are arguments.
//!
//! [`table`] holds all limits, error codes and HTTP statuses. Each row cites its source as `cloud-api 4.2 (Meta: text messages)`: the
//! section of `docs/cloud-api-facts.md`, and the page of Meta's documentation.
//!
//! A send passes these checks in order: the throughput ([`rate_limits`]), the form of the request ([`message`]), the template
//! ([`template`]), the customer service window ([`window`]), the block list, the pair rate limit, and the referenced messages and
//! media ([`media`]).

pub(crate) mod address;
pub(crate) mod analytics;
pub(crate) mod block_list;
pub(crate) mod call;
pub(crate) mod error;
pub(crate) mod flow;
pub(crate) mod flow_json;
pub(crate) mod group;
pub(crate) mod media;
pub(crate) mod media_bytes;
pub(crate) mod message;
pub(crate) mod number_change;
pub(crate) mod number_settings;
pub(crate) mod pace;
pub(crate) mod phone_visibility;
pub(crate) mod profile;
pub(crate) mod qr_code;
pub(crate) mod rate_limits;
pub(crate) mod registration;
pub(crate) mod request_object;
pub(crate) mod strictness;
pub(crate) mod table;
pub(crate) mod template;
pub(crate) mod thread_control;
pub(crate) mod username;
pub(crate) mod webp;
pub(crate) mod window;

pub(crate) use error::GraphError;
pub(crate) use request_object::RequestObject;
pub use strictness::Rules;
pub use table::Rule;
