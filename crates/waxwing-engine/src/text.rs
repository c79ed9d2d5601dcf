//! Outgoing text: from the Markdown that models write to messages that WhatsApp shows well.
//!
//! Two steps, usable apart: [`from_markdown`] renders, [`split`] cuts what is too long for one message.

mod cuts;
mod html;
mod inline;
mod markdown;
mod marks;
mod page;
mod split;
mod table;

pub use markdown::from_markdown;
pub use split::split;
