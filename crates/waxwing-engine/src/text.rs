//! Outgoing text: from the Markdown that models write to messages that WhatsApp shows well.
//!
//! Two steps, usable apart: [`from_markdown`] renders, [`split`] cuts what is too long for one message. Agents' vocabulary ends
//! here: what goes in knows nothing of WhatsApp, what comes out is what a
//! [text message](https://developers.facebook.com/docs/whatsapp/cloud-api/messages/text-messages) carries.
//!
//! # What becomes of Markdown
//!
//! | Markdown | sent |
//! |---|---|
//! | `**bold**`, `*italic*`, `~~gone~~` | `*bold*`, `_italic_`, `~gone~` |
//! | code, inline or a block | the same, without the language; three back-ticks around inline code that has one itself |
//! | heading | a bold line |
//! | `[text](url)`, `![alt](url)` | `text (url)`, `alt (url)`; only the URL where the text says nothing else |
//! | list, task list | `- `, `1. `, `- ☐ `, `- ☑ `; two spaces for each level |
//! | quote | `> ` before each line; WhatsApp has one level |
//! | table | a block of code with aligned columns |
//! | rule | a line of `━` |
//! | line break, hard or soft | a line break: in a chat, a model's lines are meant |
//! | HTML | its text; what is no tag of HTML (`Vec<String>`, `<your name>`) is text as well |
//!
//! # Marks that work
//!
//! WhatsApp formats what stands between two marks on one line that touch the text inside and no letter or digit outside. So
//!
//! - white space moves out of marks, and they are closed at the end of a line and opened again on the next;
//! - emphasis inside a word (`un**believ**able`) is dropped, as its marks would be shown as they are. In scripts without spaces,
//!   where nearly all emphasis is inside what looks like a word, a hair space (U+200A) outside the marks makes it work;
//! - a character that would format by accident (`\\*` in Markdown) is parted from the text by a hair space. WhatsApp has no escape;
//!   a hair space is white space to every app, where a zero-width character may not be, and nothing is hidden in what people
//!   copy. Only characters that do find a partner are treated so: `2 * 3`, `snake_case` and `~5` stay as they are. So do `- ` and
//!   `1. ` at the start of a line, which look the same as a list;
//! - code and URLs are never touched. The one exception: a fence within code, which would end the block, is taken apart.

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
