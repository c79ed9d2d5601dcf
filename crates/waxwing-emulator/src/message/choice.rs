//! What a message offers to tap, and what a tap sends.

use serde_json::{Value, json};

use super::{ChatContent, ChatMessage};
use crate::world::Utterance;

/// Something in a message that a user can tap and that comes back as an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Choice {
    /// What the user reads.
    pub title: String,
    /// What the business gave it and gets back: the id of a button or a row, the payload of a quick reply.
    pub id: String,
    /// The second line of a row.
    pub description: Option<String>,
    /// What it is.
    pub kind: ChoiceKind,
}

/// What can be tapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChoiceKind {
    /// A reply button of an interactive message.
    Button,
    /// A row of a list.
    Row,
    /// A quick reply of a template.
    QuickReply,
}

impl ChatMessage {
    /// What can be tapped in it, from top to bottom.
    ///
    /// Links and forms are not among them: what a tap on these does stays on the phone.
    pub fn choices(&self) -> Vec<Choice> {
        match &self.content {
            ChatContent::Other { kind, body } if kind == "interactive" => of_interactive(body),
            ChatContent::Template(template) => template.quick_replies.clone(),
            _ => Vec::new(),
        }
    }
}

impl Choice {
    /// The message that a tap sends.
    pub(crate) fn tapped(self) -> Utterance {
        let Self { title, id, description, kind } = self;
        let (kind, body) = match kind {
            ChoiceKind::Button => {
                ("interactive", json!({ "type": "button_reply", "button_reply": { "id": id, "title": title } }))
            }
            ChoiceKind::Row => {
                let mut reply = json!({ "id": id, "title": title });
                if let Some(description) = description {
                    reply["description"] = description.into();
                }
                ("interactive", json!({ "type": "list_reply", "list_reply": reply }))
            }
            ChoiceKind::QuickReply => ("button", json!({ "payload": id, "text": title })),
        };
        Utterance::Other { kind: kind.to_owned(), body }
    }
}

fn of_interactive(body: &Value) -> Vec<Choice> {
    let action = &body["action"];
    let buttons = items(&action["buttons"]).filter_map(|button| choice(&button["reply"], ChoiceKind::Button));
    let sections = items(&action["sections"]);
    let rows = sections.flat_map(|section| items(&section["rows"])).filter_map(|row| choice(row, ChoiceKind::Row));
    buttons.chain(rows).collect()
}

fn choice(reply: &Value, kind: ChoiceKind) -> Option<Choice> {
    let text = |key: &str| reply[key].as_str().map(str::to_owned);
    Some(Choice { title: text("title")?, id: text("id")?, description: text("description"), kind })
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
