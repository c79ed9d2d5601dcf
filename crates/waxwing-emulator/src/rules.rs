//! Meta's rules, as this crate reads them.
//!
//! A table of its own, on purpose: the crates under test have theirs, and a misreading should not be shared by both. Nothing here
//! knows HTTP or the state of the emulated world; what depends on time or on earlier messages gets it as an argument.
//!
//! [`table`] is the one place where limits, codes and HTTP statuses stand. Each row names its source as `cloud-api 4.2 (Meta: text
//! messages)`: "cloud-api" is this project's collection of facts about Meta's API, by section number, and what is in brackets is the
//! page of Meta's documentation.
//!
//! A send passes, in this order: [`message`] (its form), [`window`] and the block list (may we write to this user now), [`pace`]
//! (may we write now), what it quotes, [`template`] (does it fit the template), [`media`] (what the ids and links hold).

pub(crate) mod address;
pub(crate) mod block;
pub(crate) mod error;
pub(crate) mod media;
pub(crate) mod message;
pub(crate) mod pace;
pub(crate) mod part;
pub(crate) mod presence;
pub(crate) mod profile;
pub(crate) mod reading;
pub(crate) mod table;
pub(crate) mod template;
pub(crate) mod window;

pub(crate) use error::GraphError;
pub(crate) use part::Part;
pub use reading::Rules;
pub use table::Rule;
