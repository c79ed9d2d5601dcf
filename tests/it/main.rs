//! End-to-end tests of the program.
#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests as well")]

mod agent_commands;
mod agent_pauses;
mod agent_prompt;
mod approval;
mod attacks;
mod config_file;
mod crashes;
mod durability;
mod earlier_media;
mod events;
mod faults;
mod files;
mod guide;
mod handoff;
mod http;
mod identities;
mod in_process;
mod interactive;
mod llm;
mod management;
mod memory;
mod message_types;
mod network;
mod outbox;
mod poison;
mod quarantine;
mod recording;
mod replies;
mod reply_fields;
mod restarts;
mod startup;
mod support;
mod templates;
mod users;
