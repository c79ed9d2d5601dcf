//! Ready-made tools for message types of a chat: choices, links, locations, contacts, documents, forms, reactions, templates.
//!
//! The tools add parts to the reply of the current turn. No tool takes a recipient, so a model can address only its own conversation. No
//! tool makes a network request.

mod choices;
mod contact;
mod document;
mod form;
mod human_handoff;
mod link;
mod link_preview;
mod location;
mod quote;
mod reaction;
mod reminder;
mod sticker;
mod template;
mod validate;

use std::sync::Arc;

use super::Tool;

pub use choices::offer_choices;
pub use contact::share_contact;
pub use document::send_document;
pub use form::{OfferedForm, send_form};
pub use human_handoff::hand_off_to_human;
pub use link::send_link;
pub use link_preview::show_link_preview;
pub use location::{request_location, send_location};
pub use quote::quote_message;
pub use reaction::react;
pub use reminder::remind_user;
pub use sticker::send_sticker;
pub use template::{ApprovedTemplate, send_template};

/// Returns all tools except [`hand_off_to_human`], which needs people who answer, [`remind_user`], which needs a time zone, and [`send_form`], [`send_template`] and [`send_sticker`],
/// which need content.
///
/// ```
/// let names: Vec<_> = waxwing_llm::conversation::all().iter().map(|tool| tool.spec().name.clone()).collect();
/// let expected = [
///     "offer_choices", "send_link", "request_location", "send_location", "share_contact", "send_document", "react",
///     "quote_message", "show_link_preview",
/// ];
/// assert_eq!(names, expected);
/// ```
pub fn all() -> Vec<Arc<dyn Tool>> {
    vec![
        Arc::new(offer_choices()),
        Arc::new(send_link()),
        Arc::new(request_location()),
        Arc::new(send_location()),
        Arc::new(share_contact()),
        Arc::new(send_document()),
        Arc::new(react()),
        Arc::new(quote_message()),
        Arc::new(show_link_preview()),
    ]
}
