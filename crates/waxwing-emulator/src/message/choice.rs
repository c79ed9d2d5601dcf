//! Choices that a message offers.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::user_content::UserContent;
use super::{ChatContent, ChatMessage};

/// Button, list row or quick reply that the user can tap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Choice {
    /// Visible title.
    pub title: String,
    /// Value that the business receives: the id of a button or row, or the payload of a quick reply.
    pub id: String,
    /// Description of a list row.
    pub description: Option<String>,
    /// Kind of choice.
    pub kind: ChoiceKind,
}

/// Kind of a [`Choice`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChoiceKind {
    /// Reply button of an interactive message.
    Button,
    /// Row of a list message.
    Row,
    /// Quick reply of a template.
    QuickReply,
}

impl ChatMessage {
    /// Returns the choices of the message from top to bottom.
    ///
    /// Links and flows are not choices, because tapping them sends no message to the business.
    pub fn choices(&self) -> Vec<Choice> {
        match &self.content {
            ChatContent::Other { kind, body } if kind == "interactive" => {
                // A button of a message that Meta has turned into a template is a quick reply.
                let button = if self.is_direct_send { ChoiceKind::QuickReply } else { ChoiceKind::Button };
                interactive_choices(body, button)
            }
            ChatContent::Template(template) => template.quick_replies.clone(),
            _ => Vec::new(),
        }
    }
}

impl Choice {
    /// Returns the message that a tap sends.
    pub(crate) fn into_reply(self) -> UserContent {
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
        UserContent::Other { kind: kind.to_owned(), body }
    }
}

fn interactive_choices(body: &Value, button_kind: ChoiceKind) -> Vec<Choice> {
    let action = &body["action"];
    let buttons = items(&action["buttons"]).filter_map(|button| choice(&button["reply"], button_kind));
    let sections = items(&action["sections"]);
    let rows = sections.flat_map(|section| items(&section["rows"])).filter_map(|row| choice(row, ChoiceKind::Row));
    let cards = items(&action["cards"]).flat_map(|card| items(&card["action"]["buttons"]));
    let cards = cards.filter_map(|button| choice(&button["quick_reply"], button_kind));
    buttons.chain(rows).chain(cards).collect()
}

fn choice(reply: &Value, kind: ChoiceKind) -> Option<Choice> {
    let text = |key: &str| reply[key].as_str().map(str::to_owned);
    Some(Choice { title: text("title")?, id: text("id")?, description: text("description"), kind })
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
