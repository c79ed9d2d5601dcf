//! What can be made to happen.

use serde_json::{Map, Value, json};

use super::mail::{Lane, Update};
use super::{Entry, NumberId, Utterance, World};
use crate::action::{Action, ActionError, ActionOutcome, NewUser};
use crate::clock::unix_seconds;
use crate::message::Party;
use crate::persona::Persona;
use crate::rules::address::{To, is_bsuid, phone_digits};
use crate::timeline::{EmulatedUserId, WebhookSubject};
use crate::webhook::{payload, sample};

type ActionResult = Result<ActionOutcome, ActionError>;

fn impossible<T>(why: impl Into<String>) -> Result<T, ActionError> {
    Err(ActionError(why.into()))
}

/// Meta's code for what the Cloud API cannot show. cloud-api 3.3.
const UNSUPPORTED: u32 = 131_051;

impl World {
    /// Makes something happen.
    pub(crate) fn perform(&mut self, action: Action) -> ActionResult {
        match action {
            Action::Join(newcomer) => self.appear(&newcomer),
            Action::Says { user, text, group, quotes, number } => {
                let number = self.business_number(number.as_deref())?;
                let extras = Extras { reply_to: quotes, group, number, ..Extras::default() };
                self.utter(&user, Utterance::Text(text), &extras)
            }
            Action::Sends { user, kind, body, with, group } => {
                let bare = body.is_none();
                let utterance = Utterance::Other { kind, body: body.unwrap_or_default() };
                self.utter(&user, utterance, &Extras { group, with, bare, ..Extras::default() })
            }
            Action::Unsupported { user, kind } => self.unsupported(&user, kind.as_deref()),
            Action::Edits { user, message, text } => {
                let original = self.own(&user, message.as_deref(), Party::User)?;
                let message = json!({ "type": "text", "text": { "body": text } });
                let body = json!({ "original_message_id": original, "message": message });
                self.utter(&user, Utterance::Other { kind: "edit".to_owned(), body }, &Extras::default())
            }
            Action::Revokes { user, message } => {
                let body = json!({ "original_message_id": self.own(&user, message.as_deref(), Party::User)? });
                self.utter(&user, Utterance::Other { kind: "revoke".to_owned(), body }, &Extras::default())
            }
            Action::Redeliver { user, message } => {
                let message = self.own(&user, message.as_deref(), Party::User)?;
                if self.say_again(&message) {
                    self.done(&user, Some(message))
                } else {
                    impossible("it was never posted")
                }
            }
            Action::Reads { user } => {
                let id = self.who(&user)?;
                self.read_all(id);
                self.done(&user, None)
            }
            Action::Plays { user, message } => {
                let message = self.own(&user, message.as_deref(), Party::Business)?;
                let id = self.who(&user)?;
                if self.play(id, &message) {
                    self.done(&user, Some(message))
                } else {
                    impossible("it is no voice note")
                }
            }
            Action::Rotate(rotation) => self.rotate(&rotation),
            Action::Recycle { phone, name, bsuid } => self.recycle(&phone, name, bsuid),
            Action::Username { user, username, forget_phone } => {
                let id = self.who(&user)?;
                if let Some(person) = self.person_mut(id) {
                    person.username = username;
                    if forget_phone {
                        person.acquaintance = crate::rules::presence::Acquaintance::default();
                    }
                }
                Ok(ActionOutcome { user: Some(id), ..ActionOutcome::default() })
            }
            Action::CreateGroup { id, subject, participants } => {
                let participants = participants.iter().map(|user| self.who(user)).collect::<Result<Vec<_>, _>>()?;
                self.create_group(id, subject, participants)
            }
            Action::Notify { field, value } => {
                let value = value.unwrap_or_else(|| sample::value(&field, &self.business, self.now()));
                self.notify(field, value);
                Ok(ActionOutcome::default())
            }
            Action::Value { parts } => {
                let value = payload::value(&self.business, parts.into());
                self.notify(payload::MESSAGES.to_owned(), value);
                Ok(ActionOutcome::default())
            }
            Action::Status { user, message, status, with } => self.odd_status(&user, message.as_deref(), &status, with),
            Action::MessageEcho { user, text } => {
                let id = self.who(&user)?;
                match self.type_by_hand(NumberId::default(), id, text) {
                    Some(message) => self.done(&user, Some(message)),
                    None => impossible("there is no such user"),
                }
            }
            Action::Preference { user, value } => self.preference(&user, &value),
            Action::Calls { user, event } => self.call(&user, &event),
            Action::Inject(fault) => match self.faults.inject(fault) {
                Some(fault) => Ok(ActionOutcome { fault: Some(fault), ..ActionOutcome::default() }),
                None => impossible("there are too many faults"),
            },
            Action::ClearFaults => {
                self.faults.lift_all();
                Ok(ActionOutcome::default())
            }
            Action::Behavior(change) => {
                change.apply(&mut self.behavior);
                Ok(ActionOutcome::default())
            }
        }
    }

    /// The user behind a phone number, a BSUID or a name. A number that nobody has gets an owner.
    pub(super) fn who(&mut self, user: &str) -> Result<EmulatedUserId, ActionError> {
        let found = if is_bsuid(user) {
            self.find(&To::Bsuid(user.to_owned())).map(|person| person.id)
        } else if let Some(digits) = phone_digits(user) {
            self.join(&Persona::phone(&digits))
        } else {
            self.people().iter().find(|person| person.name == user).map(|person| person.id)
        };
        found.ok_or_else(|| ActionError(format!("there is no user {user}")))
    }

    pub(super) fn done(&mut self, user: &str, id: Option<String>) -> ActionResult {
        Ok(ActionOutcome { user: Some(self.who(user)?), id, fault: None })
    }

    /// The number of this id, or the first one.
    fn business_number(&self, id: Option<&str>) -> Result<NumberId, ActionError> {
        let Some(id) = id else { return Ok(NumberId::default()) };
        self.account.find(id).ok_or_else(|| ActionError(format!("the business has no number {id}")))
    }

    /// A message of this chat: the one that is named, else the latest.
    fn own(&mut self, user: &str, message: Option<&str>, from: Party) -> Result<String, ActionError> {
        let id = self.who(user)?;
        let mine = |entry: &&Entry| entry.message.from == from;
        let chat = self.person(id).map(|person| &person.chat);
        let mut entries = chat.into_iter().flat_map(|chat| chat.entries().rev()).filter(mine);
        let found = match message {
            Some(message) => entries.find(|entry| entry.message.id == message),
            // What says something about another message is not meant.
            None => {
                entries.find(|entry| !matches!(entry.message.content.kind(), "edit" | "revoke" | "reaction" | "system"))
            }
        };
        found.map(|entry| entry.message.id.clone()).ok_or_else(|| ActionError("there is no such message".to_owned()))
    }

    fn appear(&mut self, newcomer: &NewUser) -> ActionResult {
        let NewUser { phone, bsuid, parent_bsuid, name, username, hides_phone } = newcomer;
        if bsuid.iter().chain(parent_bsuid).any(|id| !is_bsuid(id)) {
            return impossible("a BSUID looks like ES.1234");
        }
        let mut persona = match (phone.as_deref().map(phone_digits), bsuid) {
            (Some(None), _) => return impossible("a phone number has 7 to 15 digits"),
            (Some(Some(digits)), None) => Persona::phone(&digits),
            (Some(Some(digits)), Some(bsuid)) => Persona::phone(&digits).with_bsuid(bsuid),
            (None, Some(bsuid)) => Persona::bsuid(bsuid),
            (None, None) => return impossible("somebody has a phone number or a BSUID"),
        };
        persona.parent_bsuid.clone_from(parent_bsuid);
        persona.name.clone_from(name);
        persona.username.clone_from(username);
        persona.hides_phone = *hides_phone;
        match self.join(&persona) {
            Some(user) => Ok(ActionOutcome { user: Some(user), ..ActionOutcome::default() }),
            None => impossible("there are too many users"),
        }
    }

    fn utter(&mut self, user: &str, utterance: Utterance, extras: &Extras) -> ActionResult {
        let id = self.who(user)?;
        if let Some(group) = &extras.group
            && !self.is_participant(group, id)
        {
            return impossible("this user is not in this group");
        }
        if !self.mail.has_room(&Lane::User(id)) {
            return impossible("too many messages wait for the webhook");
        }
        let message = self.say_with(id, utterance, extras);
        Ok(ActionOutcome { user: Some(id), id: message, fault: None })
    }

    fn unsupported(&mut self, user: &str, kind: Option<&str>) -> ActionResult {
        let errors = json!([crate::rules::error::webhook_error(UNSUPPORTED)]);
        let bare = kind.is_none();
        let body = json!({ "type": kind });
        let with = Map::from_iter([("errors".to_owned(), errors)]);
        let utterance = Utterance::Other { kind: "unsupported".to_owned(), body };
        self.utter(user, utterance, &Extras { with, bare, ..Extras::default() })
    }

    /// Posts a webhook of any field.
    pub(super) fn notify(&mut self, field: String, value: Value) {
        self.notify_in(Lane::Fields, field, value);
    }

    /// Posts a webhook of any field, in the order of a lane.
    pub(super) fn notify_in(&mut self, lane: Lane, field: String, value: Value) {
        self.notified += 1;
        let about = vec![WebhookSubject::Field { field: field.clone(), number: self.notified }];
        self.publish(Update { about, lane, field, value, future: false });
    }

    fn odd_status(
        &mut self,
        user: &str,
        message: Option<&str>,
        status: &str,
        with: Map<String, Value>,
    ) -> ActionResult {
        let message = self.own(user, message, Party::Business)?;
        let (id, now) = (self.who(user)?, self.now());
        let Some(person) = self.sighting(id, now) else { return impossible("there is no such user") };
        let mut item = Map::new();
        item.insert("id".into(), message.as_str().into());
        item.insert("status".into(), status.into());
        item.insert("timestamp".into(), unix_seconds(now).to_string().into());
        payload::insert(&mut item, "recipient_id", person.visible_phone());
        payload::insert(&mut item, "recipient_user_id", person.bsuid.as_deref());
        item.extend(with);
        let value = payload::value(&self.business, json!({ "statuses": [item] }));
        self.notify_in(Lane::Message(message.clone()), payload::MESSAGES.to_owned(), value);
        Ok(ActionOutcome { user: Some(id), id: Some(message), fault: None })
    }

    fn preference(&mut self, user: &str, choice: &str) -> ActionResult {
        let (user, now) = (self.who(user)?, self.now());
        let Some(person) = self.sighting(user, now) else { return impossible("there is no such user") };
        let mut item = Map::new();
        payload::insert(&mut item, "wa_id", person.visible_phone());
        payload::insert(&mut item, "user_id", person.bsuid.as_deref());
        payload::insert(&mut item, "parent_user_id", person.parent_bsuid.as_deref());
        item.insert("category".into(), "marketing_messages".into());
        item.insert("value".into(), choice.into());
        item.insert("detail".into(), format!("User requested to {choice} marketing messages").into());
        // A number here, unlike in messages. cloud-api 3.5.
        item.insert("timestamp".into(), unix_seconds(now).into());
        let value = payload::value(&self.business, json!({ "user_preferences": [item] }));
        self.notify("user_preferences".to_owned(), value);
        Ok(ActionOutcome { user: Some(user), ..ActionOutcome::default() })
    }

    fn call(&mut self, user: &str, event: &str) -> ActionResult {
        let (user, now) = (self.who(user)?, self.now());
        let Some(person) = self.sighting(user, now) else { return impossible("there is no such user") };
        let id = self.ids.message("call").replacen("wamid.", "wacid.", 1);
        let mut item = Map::new();
        item.insert("id".into(), id.as_str().into());
        item.insert("to".into(), self.business.display_phone_number.as_str().into());
        payload::insert(&mut item, "from", person.visible_phone());
        payload::insert(&mut item, "from_user_id", person.bsuid.as_deref());
        item.insert("event".into(), event.into());
        item.insert("direction".into(), "USER_INITIATED".into());
        item.insert("timestamp".into(), unix_seconds(now).to_string().into());
        let value = payload::value(&self.business, json!({ "calls": [item] }));
        self.notify("calls".to_owned(), value);
        // A call opens the window as a message does. cloud-api 8.
        self.account.came(NumberId::default(), Some(user), now);
        Ok(ActionOutcome { user: Some(user), id: Some(id), fault: None })
    }
}

/// What a message of a user has besides its content.
#[derive(Debug, Clone, Default)]
pub(crate) struct Extras {
    pub(crate) reply_to: Option<String>,
    /// The business number to which it goes.
    pub(crate) number: NumberId,
    pub(crate) group: Option<String>,
    /// More keys of the message.
    pub(crate) with: Map<String, Value>,
    /// The object named by the type is not there.
    pub(crate) bare: bool,
}

impl Extras {
    /// Adds to a message what is not its content.
    pub(super) fn apply(&self, message: &mut Value, identity: Option<Value>) {
        let Value::Object(message) = message else { return };
        if self.bare
            && let Some(Value::String(kind)) = message.get("type").cloned()
        {
            message.remove(&kind);
        }
        message.extend(identity.map(|identity| ("identity".to_owned(), identity)));
        message.extend(self.with.clone());
    }
}
