//! Ready-made tools by which a model does more than talk: it offers answers to tap, sends links, places, cards and files, reacts, hands over.
//!
//! What they make is part of the reply to the current turn. None of them takes an address, so a model cannot reach anybody else, and none fetches anything.

mod choices;
mod contact;
mod document;
mod human_handoff;
mod template;

use std::sync::Arc;

use waxwing_agent::AgentError;

use super::Tool;

pub use choices::{ask_for_location, offer_choices, send_link};
pub use contact::{react, send_location, share_contact};
pub use document::send_document;
pub use human_handoff::hand_off_to_human;
pub use template::{ApprovedTemplate, send_template};

/// All of them but [`hand_off_to_human`], which is for those who have somebody to hand over to, and [`send_template`], which has to be told of the templates.
pub fn all() -> Vec<Arc<dyn Tool>> {
    vec![
        Arc::new(offer_choices()),
        Arc::new(send_link()),
        Arc::new(ask_for_location()),
        Arc::new(send_location()),
        Arc::new(share_contact()),
        Arc::new(send_document()),
        Arc::new(react()),
    ]
}

/// An argument that must not be blank, nor longer than so many characters. The error is for the model to read.
fn required(name: &str, text: &str, limit: usize) -> Result<(), AgentError> {
    if text.trim().is_empty() {
        return Err(AgentError::new(format!("{name} is empty")));
    }
    at_most(name, text, limit)
}

/// An argument that must not be longer than so many characters.
fn at_most(name: &str, text: &str, limit: usize) -> Result<(), AgentError> {
    match text.chars().count() {
        count if count > limit => {
            Err(AgentError::new(format!("{name} has {count} characters; it may have {limit} at most")))
        }
        _ => Ok(()),
    }
}
