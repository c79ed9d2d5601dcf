//! People who become others in the business's eyes.
//!
//! <https://developers.facebook.com/docs/whatsapp/business-scoped-user-ids>

use std::time::SystemTime;

use serde_json::{Map, Value, json};

use super::mail::{Lane, Update};
use super::{Sighting, World};
use crate::action::{ActionError, ActionOutcome, Rotation, RotationSignal};
use crate::clock::unix_seconds;
use crate::fault::{Fault, UpdateFilter, WebhookFault};
use crate::ids;
use crate::persona::Persona;
use crate::rules::address::{is_bsuid, phone_digits};
use crate::timeline::{EmulatedUserId, WebhookSubject};
use crate::webhook::payload;

/// A person before and after.
struct Change<'a> {
    user: EmulatedUserId,
    old: &'a Sighting,
    new: &'a Sighting,
    at: SystemTime,
}

impl World {
    /// A user changes, and the business is told in one of the ways. cloud-api 1.5.
    pub(super) fn rotate(&mut self, rotation: &Rotation) -> Result<ActionOutcome, ActionError> {
        let (user, now) = (self.who(&rotation.user)?, self.now());
        if rotation.bsuid.iter().chain(&rotation.parent_bsuid).any(|id| !is_bsuid(id)) {
            return Err(ActionError("a BSUID looks like ES.1234".to_owned()));
        }
        let phone = match rotation.phone.as_deref().map(phone_digits) {
            Some(None) => return Err(ActionError("a phone number has 7 to 15 digits".to_owned())),
            Some(phone) => phone,
            None => None,
        };
        let old = self.sighting(user, now).ok_or_else(|| ActionError("there is no such user".to_owned()))?;
        let keeps_id =
            matches!(rotation.signal, RotationSignal::CustomerIdentityChanged | RotationSignal::MessageIdentity);
        let bsuid = match &rotation.bsuid {
            Some(bsuid) => Some(bsuid.clone()),
            None if keeps_id => None,
            None => Some(self.fresh_bsuid(phone.as_deref().or(old.phone.as_deref()).unwrap_or_default())),
        };
        self.readdress(user, phone, bsuid, rotation.parent_bsuid.clone());
        let new = self.sighting(user, now).ok_or_else(|| ActionError("there is no such user".to_owned()))?;
        if rotation.after_next_message {
            // The next of the user's lane goes first, which is the next message.
            let fault = Fault::webhook(UpdateFilter::All, WebhookFault::Reorder).only(SIGNAL).times(1);
            self.faults.inject(fault).ok_or_else(|| ActionError("there are too many faults".to_owned()))?;
        }
        self.tell_change(rotation.signal, &Change { user, old: &old, new: &new, at: now });
        Ok(ActionOutcome { user: Some(user), ..ActionOutcome::default() })
    }

    /// A number gets a new owner, who has another BSUID; the old owner is left without a number.
    pub(super) fn recycle(
        &mut self,
        phone: &str,
        name: Option<String>,
        bsuid: Option<String>,
    ) -> Result<ActionOutcome, ActionError> {
        let digits = phone_digits(phone).ok_or_else(|| ActionError("a phone number has 7 to 15 digits".to_owned()))?;
        if bsuid.as_deref().is_some_and(|id| !is_bsuid(id)) {
            return Err(ActionError("a BSUID looks like ES.1234".to_owned()));
        }
        if let Some(owner) = self.addresses.remove(&digits)
            && let Some(person) = self.person_mut(owner)
        {
            person.phone = None;
        }
        let bsuid = bsuid.unwrap_or_else(|| self.fresh_bsuid(&digits));
        let mut persona = Persona::phone(&digits).with_bsuid(&bsuid);
        persona.name = name;
        let user = self.join(&persona).ok_or_else(|| ActionError("there are too many users".to_owned()))?;
        Ok(ActionOutcome { user: Some(user), ..ActionOutcome::default() })
    }

    /// A BSUID that nobody has had.
    fn fresh_bsuid(&mut self, phone: &str) -> String {
        self.rotations += 1;
        ids::bsuid(&self.business.waba_id, &format!("{phone} {}", self.rotations))
    }

    /// Gives a person new addresses. The old ones reach nobody.
    fn readdress(
        &mut self,
        user: EmulatedUserId,
        phone: Option<String>,
        bsuid: Option<String>,
        parent: Option<String>,
    ) {
        let Some(person) = self.person_mut(user) else { return };
        let mut gone = Vec::new();
        let mut added = Vec::new();
        if let Some(phone) = phone {
            added.push(phone.clone());
            gone.extend(person.phone.replace(phone));
        }
        if let Some(bsuid) = bsuid {
            added.push(bsuid.clone());
            gone.extend(person.bsuid.replace(bsuid));
        }
        if parent.is_some() {
            person.parent_bsuid = parent;
        }
        for address in gone {
            self.addresses.remove(&address);
        }
        for address in added {
            self.addresses.insert(address, user);
        }
    }

    fn tell_change(&mut self, signal: RotationSignal, change: &Change<'_>) {
        let Change { user, old, new, at } = *change;
        let name = |sighting: &Sighting| sighting.bsuid.clone().unwrap_or_default();
        let from_phone = old.visible_phone().map(str::to_owned);
        let changed_number = |kind: &str| {
            let mut system = new_ids(new);
            system.insert("type".into(), kind.into());
            let to = new.visible_phone().map_or_else(|| name(new), str::to_owned);
            let from = from_phone.clone().unwrap_or_else(|| name(old));
            system.insert("body".into(), format!("User {} changed from {from} to {to}", new.name).into());
            system
        };
        let changed_id = || {
            let mut system = new_ids(new);
            system.remove("wa_id");
            system.insert("type".into(), "user_changed_user_id".into());
            let body = format!("User {} changed from {} to {}", new.name, name(old), name(new));
            system.insert("body".into(), body.into());
            system
        };
        let mut from = Map::new();
        let system = match signal {
            RotationSignal::UserChangedNumber | RotationSignal::CustomerChangedNumber => {
                payload::insert(&mut from, "from", from_phone.as_deref());
                let kind = if signal == RotationSignal::UserChangedNumber {
                    "user_changed_number"
                } else {
                    "customer_changed_number"
                };
                changed_number(kind)
            }
            RotationSignal::ChangedNumberLegacy => {
                payload::insert(&mut from, "from", from_phone.as_deref());
                let mut system = changed_number("user_changed_number");
                system.remove("wa_id");
                system.remove("user_id");
                payload::insert(&mut system, "new_wa_id", new.visible_phone());
                payload::insert(&mut system, "customer", from_phone.as_deref());
                system
            }
            RotationSignal::UserChangedUserId => {
                payload::insert(&mut from, "from_user_id", old.bsuid.as_deref());
                changed_id()
            }
            RotationSignal::UserChangedUserIdPrevious => {
                let mut system = changed_id();
                payload::insert(&mut system, "previous_user_id", old.bsuid.as_deref());
                system
            }
            RotationSignal::UserChangedUserIdBare => changed_id(),
            RotationSignal::CustomerIdentityChanged => {
                payload::insert(&mut from, "from", new.visible_phone());
                payload::insert(&mut from, "from_user_id", new.bsuid.as_deref());
                let mut system = Map::new();
                system.insert("type".into(), "customer_identity_changed".into());
                system.insert("body".into(), format!("The security code of {} changed", new.name).into());
                system.insert("identity".into(), identity(new, at)["hash"].clone());
                payload::insert(&mut system, "customer", new.visible_phone());
                system
            }
            RotationSignal::UserIdUpdate => return self.tell_update(change),
            RotationSignal::MessageIdentity => {
                let identity = identity(new, at);
                if let Some(person) = self.person_mut(user) {
                    person.identity = Some(identity);
                }
                return;
            }
            RotationSignal::Silent => return,
        };
        let id = self.ids.message("system");
        let mut item = from;
        item.insert("id".into(), id.into());
        item.insert("timestamp".into(), unix_seconds(at).to_string().into());
        item.insert("type".into(), "system".into());
        item.insert("system".into(), system.into());
        let value = payload::value(&self.business, json!({ "messages": [item] }));
        self.publish_signal(user, payload::MESSAGES, value);
    }

    /// The field `user_id_update`, whose contacts may hold nothing but the profile.
    fn tell_update(&mut self, change: &Change<'_>) {
        let Change { user, old, new, at } = *change;
        let mut item = Map::new();
        payload::insert(&mut item, "wa_id", new.visible_phone());
        item.insert("detail".into(), "The user id has changed".into());
        item.insert("user_id".into(), json!({ "previous": old.bsuid, "current": new.bsuid }));
        if new.parent_bsuid.is_some() {
            item.insert("parent_user_id".into(), json!({ "previous": old.parent_bsuid, "current": new.parent_bsuid }));
        }
        item.insert("timestamp".into(), unix_seconds(at).to_string().into());
        let contacts = json!([{ "profile": { "name": new.name } }]);
        let value = payload::value(&self.business, json!({ "user_id_update": [item], "contacts": contacts }));
        self.publish_signal(user, "user_id_update", value);
    }

    /// Posts a signal in the order of the user's messages.
    fn publish_signal(&mut self, user: EmulatedUserId, field: &str, value: Value) {
        self.notified += 1;
        let about = vec![WebhookSubject::Field { field: SIGNAL.to_owned(), number: self.notified }];
        self.publish(Update { about, lane: Lane::User(user), field: field.to_owned(), value, future: false });
    }
}

/// What the timeline calls a webhook that tells of a changed identity.
const SIGNAL: &str = "identity";

fn new_ids(new: &Sighting) -> Map<String, Value> {
    let mut system = Map::new();
    payload::insert(&mut system, "wa_id", new.visible_phone());
    payload::insert(&mut system, "user_id", new.bsuid.as_deref());
    payload::insert(&mut system, "parent_user_id", new.parent_bsuid.as_deref());
    system
}

/// The state of a person's security code.
fn identity(person: &Sighting, at: SystemTime) -> Value {
    let seconds = unix_seconds(at);
    let hash =
        ids::digest(&[b"identity", person.bsuid.as_deref().unwrap_or_default().as_bytes(), &seconds.to_be_bytes()]);
    json!({ "acknowledged": true, "created_timestamp": seconds.to_string(), "hash": hex::encode(&hash[..16]) })
}
