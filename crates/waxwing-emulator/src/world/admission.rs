//! Whether a message of the business may go.

use super::account::NumberId;
use super::{Entry, World};
use crate::message::ChatMessage;
use crate::persona::Persona;
use crate::rules::address::To;
use crate::rules::message::{Draft, Names, Send};
use crate::rules::{GraphError, Rule, media};
use crate::timeline::EmulatedUserId;

impl World {
    /// Who gets the message, if it may be sent now. A template may go to a number that never wrote.
    pub(super) fn admit(&mut self, number: NumberId, send: &Send) -> Result<EmulatedUserId, GraphError> {
        let now = self.now();
        self.account.check_throughput(number, now)?;
        match &send.address.to {
            To::Group(group) => {
                let participant = self.check_group(group)?;
                self.check_template(send)?;
                self.check_names(number, send, |_, message| message.group.as_ref() == Some(group))?;
                return Ok(participant);
            }
            To::Phone(phone) if *phone == self.account.number(number).business.display_phone_number => {
                return Err(GraphError::broken(Rule::SelfSend));
            }
            To::Phone(_) | To::Bsuid(_) => {}
        }
        let known = self.find(&send.address.to).map(|person| person.id);
        self.check_template(send)?;
        self.account.check_window(number, known, send.draft.kind(), now)?;
        if let Some(user) = known {
            if self.account.is_blocked(number, user) && self.account.rules.applies(Rule::Blocked) {
                return Err(GraphError::because(Rule::Blocked, "the user is on the block list"));
            }
            self.account.check_pair(number, user, now)?;
        }
        self.check_names(number, send, |user, message| message.group.is_none() && known == Some(user))?;
        let undeliverable = || GraphError::broken(Rule::Undeliverable);
        match (known, &send.address.to) {
            (Some(user), _) => Ok(user),
            (None, To::Phone(phone)) => self.join(&Persona::phone(phone)).ok_or_else(undeliverable),
            (None, To::Bsuid(_) | To::Group(_)) => Err(undeliverable()),
        }
    }

    fn check_template(&self, send: &Send) -> Result<(), GraphError> {
        let Draft::Other { names: Names { template: Some(template), .. }, .. } = &send.draft else { return Ok(()) };
        self.account.templates.check_send(template, &send.address.to, &self.account.rules)
    }

    /// What the message names must exist, and belong to the number and to the chat, which the function knows.
    fn check_names(
        &self,
        number: NumberId,
        send: &Send,
        is_of_chat: impl Fn(EmulatedUserId, &ChatMessage) -> bool,
    ) -> Result<(), GraphError> {
        let rules = &self.account.rules;
        let is_of_chat = |id: &str| {
            let found = self.message(id);
            found.is_some_and(|(person, Entry { message, .. })| {
                self.number_of(message) == number && is_of_chat(person.id, message)
            })
        };
        if let Some(quoted) = send.reply_to.as_deref().filter(|_| rules.applies(Rule::QuotedMessage))
            && !is_of_chat(quoted)
        {
            return Err(GraphError::because(Rule::QuotedMessage, "context.message_id: no such message in this chat"));
        }
        let Draft::Other { names, .. } = &send.draft else { return Ok(()) };
        if names.message.as_deref().is_some_and(|id| !is_of_chat(id)) {
            return Err(GraphError::because(Rule::ReactionTarget, "message_id: no such message in this chat"));
        }
        for (kind, id) in &names.media {
            let file = self.medium(number, id)?;
            media::check_send(*kind, &file.mime_type, &file.bytes, rules)?;
        }
        Ok(())
    }

    /// A medium that a number may send.
    pub(super) fn medium(&self, number: NumberId, id: &str) -> Result<&super::library::File, GraphError> {
        let owner = &self.account.number(number).business.phone_number_id;
        let file = self.library.at_meta(id, self.now()).filter(|file| file.belongs_to(owner));
        file.ok_or_else(GraphError::unknown_medium)
    }
}
