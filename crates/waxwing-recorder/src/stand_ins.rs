//! Replacement of personal data by stand-ins.

use std::collections::HashMap;

use serde_json::Value;

/// Stand-in of an e-mail address.
const EMAIL: &str = "person@example.com";

/// Shortest name that is replaced within texts. A shorter one would also hit parts of other words.
const MIN_NAME: usize = 3;

/// The people of a recording, each with a stand-in, and the texts to replace.
#[derive(Default)]
pub(crate) struct StandIns {
    people: Vec<RecordedUser>,
    /// Index into `people`, by phone number and by BSUID.
    by_id: HashMap<String, usize>,
    groups: HashMap<String, String>,
}

/// RecordedUser behind a stand-in.
#[derive(Default)]
struct RecordedUser {
    phone: Option<String>,
    bsuid: Option<String>,
    parent_bsuid: Option<String>,
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
    /// Records an identity. Returns the number of the person, counted from 0; `None` if the identity has no id.
    pub(crate) fn see(&mut self, seen: SeenIdentity<'_>) -> Option<usize> {
        let ids = || [seen.bsuid, seen.phone].into_iter().flatten().filter(|id| !id.is_empty());
        ids().next()?;
        let known = ids().find_map(|id| self.by_id.get(id).copied());
        let index = known.unwrap_or_else(|| {
            self.people.push(RecordedUser::default());
            self.people.len() - 1
        });
        for id in ids() {
            self.by_id.insert(id.to_owned(), index);
        }
        let person = &mut self.people[index];
        let update = |field: &mut Option<String>, value: Option<&str>| {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                *field = Some(value.to_owned());
            }
        };
        update(&mut person.phone, seen.phone);
        update(&mut person.bsuid, seen.bsuid);
        update(&mut person.parent_bsuid, seen.parent_bsuid);
        update(&mut person.username, seen.username);
        if let Some(name) = seen.name.filter(|name| !person.names.iter().any(|known| known == name)) {
            person.names.push(name.to_owned());
        }
        Some(index)
    }

    /// Records a group.
    pub(crate) fn see_group(&mut self, id: &str) {
        let next = format!("group-{}@g.us", self.groups.len() + 1);
        self.groups.entry(id.to_owned()).or_insert(next);
    }

    /// Returns the number of the person with this phone number or BSUID.
    pub(crate) fn person(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
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
        self.people[person].phone.is_none()
    }

    /// Returns the action that creates the emulated user of a person.
    pub(crate) fn join(&self, person: usize) -> Value {
        let mut user = serde_json::json!({ "phone": format!("+{}", phone(person)), "name": full_name(person) });
        let known = &self.people[person];
        if known.bsuid.is_some() {
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

    /// Returns the replacements for all texts, longest first.
    pub(crate) fn replacements(&self) -> Replacements {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (index, person) in self.people.iter().enumerate() {
            let ids = [(&person.phone, phone(index)), (&person.bsuid, bsuid(index))];
            let more = [(&person.parent_bsuid, parent_bsuid(index)), (&person.username, username(index))];
            for (original, stand_in) in ids.into_iter().chain(more) {
                pairs.extend(original.clone().map(|original| (original, stand_in)));
            }
            for name in &person.names {
                pairs.push((name.clone(), full_name(index)));
                if let Some((first, _)) = name.split_once(char::is_whitespace) {
                    pairs.push((first.to_owned(), first_name(index)));
                }
            }
        }
        // Former ids of people, which later ones replaced.
        for (id, index) in &self.by_id {
            let stand_in = if id.bytes().all(|byte| byte.is_ascii_digit()) { phone(*index) } else { bsuid(*index) };
            pairs.push((id.clone(), stand_in));
        }
        pairs.extend(self.groups.iter().map(|(id, stand_in)| (id.clone(), stand_in.clone())));
        pairs.retain(|(original, _)| original.chars().count() >= MIN_NAME);
        pairs.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
        pairs.dedup_by(|a, b| a.0 == b.0);
        Replacements(pairs)
    }
}

/// Texts to replace, longest first.
pub(crate) struct Replacements(Vec<(String, String)>);

impl Replacements {
    /// Replaces personal data in all strings of a value.
    pub(crate) fn apply(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.replaced(text),
            Value::Array(values) => values.iter_mut().for_each(|value| self.apply(value)),
            Value::Object(object) => object.values_mut().for_each(|value| self.apply(value)),
            _ => {}
        }
    }

    /// Replaces personal data in a text. A stand-in is not replaced again.
    pub(crate) fn replaced(&self, text: &str) -> String {
        let mut replaced = String::with_capacity(text.len());
        let mut rest = text;
        let mut is_inside_word = false;
        while let Some(next) = rest.chars().next() {
            let found = self.0.iter().find(|(original, _)| {
                !is_inside_word
                    && rest.starts_with(original.as_str())
                    && !rest[original.len()..].starts_with(char::is_alphanumeric)
            });
            if let Some((original, stand_in)) = found {
                replaced.push_str(stand_in);
                rest = &rest[original.len()..];
                is_inside_word = true;
            } else {
                replaced.push(next);
                rest = &rest[next.len_utf8()..];
                is_inside_word = next.is_alphanumeric();
            }
        }
        without_emails(&replaced)
    }
}

/// Replaces e-mail addresses.
fn without_emails(text: &str) -> String {
    let is_email_char = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '@' | '%');
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        if at < text.len() && is_email_char(c) {
            continue;
        }
        let word = text[start..at].trim_end_matches('.');
        parts.push(if is_email(word) {
            EMAIL.to_owned() + &text[start + word.len()..at]
        } else {
            text[start..at].into()
        });
        if at < text.len() {
            parts.push(c.to_string());
            start = at + c.len_utf8();
        }
    }
    parts.concat()
}

fn is_email(word: &str) -> bool {
    word.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !host.contains('@'))
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
        for (text, expected) in [
            ("Hi Ana López!", "Hi Person1 Sample!"),
            ("Hi Ana, is +34600123456 right?", "Hi Person1, is +15550100001 right?"),
            ("https://wa.me/34600123456", "https://wa.me/15550100001"),
            ("Anabel and banana", "Anabel and banana"),
            ("Write to ana.lopez+x@example.org.", "Write to person@example.com."),
            ("@ or a@b", "@ or a@b"),
            ("order 346001234567", "order 346001234567"),
        ] {
            assert_eq!(replacements.replaced(text), expected);
        }
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
