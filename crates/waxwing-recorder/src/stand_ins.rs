//! Replacement of personal data by stand-ins.

mod identities;
mod replacements;

use std::collections::HashMap;

use serde_json::Value;

pub(crate) use replacements::Replacements;

/// Maximum number of people, and of groups.
const MAX_PEOPLE: usize = 20_000;

/// Maximum number of names of one person.
const MAX_NAMES: usize = 10;

/// Id of the first business number of the emulator.
const EMULATED_NUMBER_ID: &str = "1000001";

/// First business number of the emulator.
const EMULATED_PHONE: &str = "15550001111";

/// Shortest name that is replaced within texts. A shorter one would also hit parts of other words.
const MIN_NAME: usize = 3;

/// The people of a recording, each with a stand-in, and the texts to replace.
#[derive(Default, Clone)]
pub(crate) struct StandIns {
    business: Option<BusinessNumber>,
    people: Vec<RecordedUser>,
    /// Index into `people`, by phone number and by BSUID.
    by_id: HashMap<String, usize>,
    groups: HashMap<String, String>,
}

/// The business number of a recording.
#[derive(Clone, PartialEq)]
struct BusinessNumber {
    id: String,
    phone: String,
}

/// User behind a stand-in.
#[derive(Default, Clone)]
struct RecordedUser {
    /// True if a webhook stated the phone number.
    has_phone: bool,
    has_bsuid: bool,
    parent_bsuid: Option<String>,
    /// Spellings of the phone number with spaces or other characters.
    spellings: Vec<String>,
    names: Vec<String>,
    username: Option<String>,
}

/// Identity of a person, as a webhook states it.
#[derive(Default, Clone, Copy)]
pub(crate) struct SeenIdentity<'a> {
    pub(crate) phone: Option<&'a str>,
    pub(crate) bsuid: Option<&'a str>,
    pub(crate) parent_bsuid: Option<&'a str>,
    pub(crate) name: Option<&'a str>,
    pub(crate) username: Option<&'a str>,
}

impl StandIns {
    /// Records a business number. Returns false if the recording has another one.
    pub(crate) fn see_business(&mut self, id: &str, phone: &str) -> bool {
        let seen = BusinessNumber { id: id.to_owned(), phone: digits(phone).unwrap_or_default() };
        *self.business.get_or_insert_with(|| seen.clone()) == seen
    }

    /// Returns true if the recording has no business number, or this one.
    pub(crate) fn is_business(&self, id: &str) -> bool {
        self.business.as_ref().is_none_or(|business| business.id == id)
    }

    /// Records an identity. Returns the number of the person, counted from 0. `None` if the identity has no id, or if there are too many
    /// people.
    pub(crate) fn see(&mut self, seen: SeenIdentity<'_>) -> Option<usize> {
        let phone = seen.phone.and_then(digits);
        let bsuid = seen.bsuid.filter(|bsuid| !bsuid.is_empty()).map(str::to_owned);
        let ids: Vec<_> = [&bsuid, &phone].into_iter().flatten().cloned().collect();
        if ids.is_empty() || self.business.as_ref().is_some_and(|business| phone.as_ref() == Some(&business.phone)) {
            return None;
        }
        let index = match ids.iter().find_map(|id| self.by_id.get(id).copied()) {
            Some(known) => known,
            None if self.people.len() >= MAX_PEOPLE => return None,
            None => {
                self.people.push(RecordedUser::default());
                self.people.len() - 1
            }
        };
        for id in ids {
            self.by_id.insert(id, index);
        }
        let person = &mut self.people[index];
        person.has_phone |= phone.is_some();
        person.has_bsuid |= bsuid.is_some();
        let update = |field: &mut Option<String>, value: Option<&str>| {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                *field = Some(value.to_owned());
            }
        };
        update(&mut person.parent_bsuid, seen.parent_bsuid);
        update(&mut person.username, seen.username);
        if let Some(spelling) = seen.phone.map(|phone| phone.trim_start_matches('+')).filter(|spelling| {
            phone.is_some()
                && phone.as_deref() != Some(*spelling)
                && !person.spellings.iter().any(|known| known == spelling)
        }) && person.spellings.len() < MAX_NAMES
        {
            person.spellings.push(spelling.to_owned());
        }
        if let Some(name) = seen.name.filter(|name| !person.names.iter().any(|known| known == name))
            && person.names.len() < MAX_NAMES
        {
            person.names.push(name.to_owned());
        }
        Some(index)
    }

    /// Records a group.
    pub(crate) fn see_group(&mut self, id: &str) {
        if self.groups.len() < MAX_PEOPLE {
            let next = format!("group-{}@g.us", self.groups.len() + 1);
            self.groups.entry(id.to_owned()).or_insert(next);
        }
    }

    /// Returns the number of the person with this phone number or BSUID.
    pub(crate) fn person(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).or_else(|| self.by_id.get(&digits(id)?)).copied()
    }

    /// Returns the stand-in of a group.
    pub(crate) fn group(&self, id: &str) -> Option<&str> {
        self.groups.get(id).map(String::as_str)
    }

    /// Returns the address of a person's stand-in: a phone number, or a BSUID if the business does not know the phone number.
    pub(crate) fn address(&self, person: usize) -> String {
        if self.hides_phone(person) { bsuid(person) } else { format!("+{}", phone(person)) }
    }

    /// Returns true if no webhook stated the phone number of a person.
    fn hides_phone(&self, person: usize) -> bool {
        !self.people[person].has_phone
    }

    /// Returns the action that creates the emulated user of a person.
    pub(crate) fn join(&self, person: usize) -> Value {
        let mut user = serde_json::json!({ "phone": format!("+{}", phone(person)), "name": full_name(person) });
        let known = &self.people[person];
        if known.has_bsuid {
            user["bsuid"] = bsuid(person).into();
        }
        if known.parent_bsuid.is_some() {
            user["parent_bsuid"] = parent_bsuid(person).into();
        }
        if known.username.is_some() {
            user["username"] = username(person).into();
        }
        if self.hides_phone(person) {
            user["hides_phone"] = true.into();
        }
        serde_json::json!({ "join": user })
    }

    /// Returns the replacements for all texts.
    pub(crate) fn replacements(&self) -> Replacements {
        let mut pairs = HashMap::new();
        let mut add = |original: &str, stand_in: String| {
            if original.chars().count() >= MIN_NAME {
                pairs.entry(original.to_owned()).or_insert(stand_in);
            }
        };
        if let Some(BusinessNumber { id, phone }) = &self.business {
            add(id, EMULATED_NUMBER_ID.to_owned());
            add(phone, EMULATED_PHONE.to_owned());
        }
        for (id, index) in &self.by_id {
            let is_phone = id.bytes().all(|byte| byte.is_ascii_digit());
            add(id, if is_phone { phone(*index) } else { bsuid(*index) });
        }
        for (index, person) in self.people.iter().enumerate() {
            for (original, stand_in) in
                [(&person.parent_bsuid, parent_bsuid(index)), (&person.username, username(index))]
            {
                add(original.as_deref().unwrap_or_default(), stand_in);
            }
            for spelling in &person.spellings {
                add(spelling, phone(index));
            }
            for name in &person.names {
                add(name, full_name(index));
                if let Some((first, _)) = name.split_once(char::is_whitespace) {
                    add(first, first_name(index));
                }
            }
        }
        for (id, stand_in) in &self.groups {
            add(id, stand_in.clone());
        }
        Replacements::new(pairs)
    }
}

/// Returns the digits of a phone number, which may contain a plus sign, spaces, hyphens and brackets. `None` if the text is no phone number.
pub(crate) fn digits(phone: &str) -> Option<String> {
    let is_phone = phone.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '(' | ')'));
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    (is_phone && (5..=15).contains(&digits.len())).then_some(digits)
}

/// Returns a phone number that belongs to nobody: 555-01xx numbers are reserved for fiction.
fn phone(person: usize) -> String {
    format!("1555010{:04}", person + 1)
}

fn bsuid(person: usize) -> String {
    format!("US.{:016}", person + 1)
}

fn parent_bsuid(person: usize) -> String {
    format!("US.ENT.{:012}", person + 1)
}

fn username(person: usize) -> String {
    format!("person{}", person + 1)
}

fn first_name(person: usize) -> String {
    format!("Person{}", person + 1)
}

fn full_name(person: usize) -> String {
    format!("{} Sample", first_name(person))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ana() -> StandIns {
        let mut stand_ins = StandIns::default();
        let bsuid = Some("ES.13491208655302741918");
        let ana =
            SeenIdentity { phone: Some("34600123456"), bsuid, name: Some("Ana López"), ..SeenIdentity::default() };
        assert_eq!(stand_ins.see(ana), Some(0));
        stand_ins
    }

    #[test]
    fn people_are_recognized_and_replaced_everywhere() {
        let mut stand_ins = ana();
        let by_bsuid = SeenIdentity { bsuid: Some("ES.13491208655302741918"), ..SeenIdentity::default() };
        assert_eq!(stand_ins.see(by_bsuid), Some(0));
        let replacements = stand_ins.replacements();
        assert_eq!(replacements.replaced("Hi Ana López!"), "Hi Person1 Sample!");
        assert_eq!(replacements.replaced("Hi Ana, is +34600123456 right?"), "Hi Person1, is +15550100001 right?");
    }

    #[test]
    fn a_hidden_phone_number_stays_hidden() {
        let mut stand_ins = ana();
        let ben = SeenIdentity { bsuid: Some("ES.2"), name: Some("Ben"), ..SeenIdentity::default() };
        let ben = stand_ins.see(ben).unwrap();
        assert_eq!(
            (stand_ins.address(0), stand_ins.address(ben)),
            ("+15550100001".into(), "US.0000000000000002".into())
        );
        assert_eq!(stand_ins.join(ben)["join"]["hides_phone"], true);
        assert!(stand_ins.join(0)["join"]["hides_phone"].is_null());
    }

    #[test]
    fn an_identity_without_ids_is_nobody() {
        assert_eq!(StandIns::default().see(SeenIdentity { name: Some("Ana"), ..SeenIdentity::default() }), None);
    }
}
