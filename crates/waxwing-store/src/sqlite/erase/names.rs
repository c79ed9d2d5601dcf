//! Search for the ids of a user in stored payloads.

use waxwing_types::{Bsuid, WaId};

use crate::{UserKey, UserRecord};

/// Text in place of an id. JSON stays valid, also where the id is a number, as in the arguments of a tool.
const HIDDEN: &[u8] = b"0";

/// Ids under which webhooks name a user.
pub(super) struct Names(Vec<String>);

impl Names {
    /// Collects the ids of users, with their former ids.
    pub(super) fn new(users: &[(i64, UserRecord)], former: Vec<String>) -> Self {
        let ids = users.iter().flat_map(|(_, user)| {
            let phone = user.identity.wa_id.as_ref().map(WaId::as_str);
            let bsuids = [&user.identity.bsuid, &user.identity.parent_bsuid];
            phone.into_iter().chain(bsuids.into_iter().filter_map(|bsuid| bsuid.as_ref().map(Bsuid::as_str)))
        });
        Self(ids.filter(|id| !id.is_empty()).map(str::to_owned).chain(former).collect())
    }

    /// Returns the id of a key.
    pub(super) fn of_key(key: &UserKey) -> Self {
        Self(vec![match key {
            UserKey::Phone(id) => id.as_str().to_owned(),
            UserKey::Bsuid(id) => id.as_str().to_owned(),
        }])
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Returns whether one of the ids occurs in a text, other than as a part of a longer id.
    pub(super) fn occur_in(&self, text: &[u8]) -> bool {
        self.0.iter().any(|id| places(id.as_bytes(), text).next().is_some())
    }

    /// Returns a text with [`HIDDEN`] in place of each id, or nothing if no id occurs.
    pub(super) fn hidden_in(&self, text: &[u8]) -> Option<Vec<u8>> {
        let mut hidden: Option<Vec<u8>> = None;
        for id in self.0.iter().map(String::as_bytes) {
            let text = hidden.as_deref().unwrap_or(text);
            let mut rest = 0;
            let mut changed = Vec::new();
            // Places can overlap.
            for at in places(id, text) {
                if at < rest {
                    continue;
                }
                changed.extend_from_slice(&text[rest..at]);
                changed.extend_from_slice(HIDDEN);
                rest = at + id.len();
            }
            if rest > 0 {
                changed.extend_from_slice(&text[rest..]);
                hidden = Some(changed);
            }
        }
        hidden
    }
}

/// Returns the places of an id in a text, other than those inside a longer id.
fn places<'a>(id: &'a [u8], text: &'a [u8]) -> impl Iterator<Item = usize> + use<'a> {
    let is_delimited = move |at: usize| {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        let after = text.get(at + id.len());
        ![before, after].into_iter().flatten().any(u8::is_ascii_alphanumeric)
    };
    text.windows(id.len()).enumerate().filter(move |(at, part)| *part == id && is_delimited(*at)).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn an_id_does_not_match_inside_a_longer_id() {
        let names = Names(vec!["34600000001".into(), "ES.1".into()]);
        for (text, expected) in [
            (r#"{"wa_id":"34600000001"}"#, true),
            ("34600000001", true),
            ("+34600000001", true),
            ("346000000011", false),
            ("134600000001 and 34600000001", true),
            (r#"{"user_id":"ES.1"}"#, true),
            (r#"{"user_id":"ES.12"}"#, false),
            ("", false),
        ] {
            assert_eq!(names.occur_in(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn each_id_is_hidden() {
        let names = Names(vec!["34600000001".into(), "ES.1".into()]);
        let hidden = |text: &str| names.hidden_in(text.as_bytes()).map(|text| String::from_utf8(text).unwrap());
        let quote = r#"{"from":"34600000001","from_user_id":"ES.1","text":"@34600000001 346000000011"}"#;
        let expected = r#"{"from":"0","from_user_id":"0","text":"@0 346000000011"}"#;
        assert_eq!(hidden(quote).as_deref(), Some(expected));
        assert_eq!(hidden("ES.12"), None);
        assert_eq!(hidden(r#"{"phone":34600000001}"#).as_deref(), Some(r#"{"phone":0}"#));
        let overlapping = Names(vec!["1.1".into()]);
        assert_eq!(overlapping.hidden_in(b"1.1.1"), Some(b"0.1".to_vec()));
    }
}
