//! Identities within any JSON of a webhook.

use serde_json::{Map, Value};

use super::{SeenIdentity, StandIns, digits};

/// Keys whose value is a phone number of a person.
const PHONES: [&str; 11] = [
    "wa_id",
    "new_wa_id",
    "from",
    "to",
    "recipient",
    "recipient_id",
    "customer",
    "phone",
    "phone_number",
    "user_phone_number",
    "input",
];

/// Keys whose value is a BSUID of a person.
const BSUIDS: [&str; 6] =
    ["user_id", "from_user_id", "to_user_id", "recipient_user_id", "previous_user_id", "new_user_id"];

/// Keys whose value is a name of a person.
const NAMES: [&str; 5] = ["name", "formatted_name", "first_name", "last_name", "profile_name"];

impl StandIns {
    /// Records all identities in a value, at any depth.
    pub(crate) fn see_all(&mut self, value: &Value) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.see_all(value)),
            Value::Object(object) => {
                self.see_object(object);
                object.values().for_each(|value| self.see_all(value));
            }
            _ => {}
        }
    }

    fn see_object(&mut self, object: &Map<String, Value>) {
        let text = |key: &str| object.get(key).and_then(Value::as_str);
        let name = object.get("profile").and_then(|profile| profile["name"].as_str());
        let username = object.get("profile").and_then(|profile| profile["username"].as_str());
        self.see(SeenIdentity {
            phone: text("wa_id").or_else(|| text("from")),
            bsuid: text("user_id").or_else(|| text("from_user_id")),
            parent_bsuid: text("parent_user_id").or_else(|| text("from_parent_user_id")),
            name,
            username: username.or_else(|| text("username")),
        });
        for phone in PHONES.into_iter().filter_map(text).filter(|phone| digits(phone).is_some()) {
            self.see(SeenIdentity { phone: Some(phone), ..SeenIdentity::default() });
        }
        for bsuid in BSUIDS.into_iter().filter_map(text) {
            self.see(SeenIdentity { bsuid: Some(bsuid), ..SeenIdentity::default() });
        }
        // A contact card names a person who does not write.
        if let Some(phones) = object.get("phones").and_then(Value::as_array) {
            let phone = phones.iter().find_map(|phone| phone["wa_id"].as_str().or_else(|| phone["phone"].as_str()));
            let card = object.get("name").and_then(Value::as_object);
            for name in NAMES.into_iter().filter_map(|key| card?.get(key)?.as_str()) {
                self.see(SeenIdentity { phone, name: Some(name), ..SeenIdentity::default() });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(value: &Value, private: &[&str]) {
        let mut stand_ins = StandIns::default();
        stand_ins.see_business("106540352242922", "15551234567");
        stand_ins.see_all(value);
        let mut hidden = value.clone();
        stand_ins.replacements().apply(&mut hidden);
        let hidden = hidden.to_string();
        assert!(!private.is_empty() && private.iter().all(|private| value.to_string().contains(private)));
        for private in private {
            assert!(!hidden.contains(private), "{private} in {hidden}");
        }
    }

    #[test]
    fn people_are_found_in_every_field() {
        let contact =
            json!({"wa_id": "34611222333", "user_id": "ES.1234", "profile": {"name": "Eva", "username": "eva.x"}});
        check(&json!({"contacts": [contact]}), &["34611222333", "ES.1234", "Eva", "eva.x"]);
        let changed = json!({"system": {"body": "User A changed from 34600000009 to 34600000010", "wa_id": "34600000010",
            "type": "user_changed_number"}, "from": "34600000009"});
        check(&changed, &["34600000010", "34600000009"]);
        let card = json!({"contacts": [{"name": {"formatted_name": "Eva Núñez", "first_name": "Eva"},
            "phones": [{"phone": "+34 611 222 333", "wa_id": "34611222333"}]}]});
        check(&card, &["Eva Núñez", "34611222333", "34 611 222 333"]);
        check(&json!({"calls": [{"from": "34611222333", "to": "15551234567"}]}), &["34611222333", "15551234567"]);
        check(
            &json!({"wa_id": "34611222333", "user_preferences": [{"user_id": "ES.77", "value": "stop"}]}),
            &["ES.77"],
        );
        check(&json!({"context": {"from": "15551234567", "id": "wamid.HBgLMzQ"}}), &["15551234567", "wamid.HBgLMzQ"]);
        check(&json!({"message_echoes": [{"to": "34611222333"}]}), &["34611222333"]);
        check(
            &json!({"history": [{"threads": [{"id": "x", "messages": [{"from": "34611222333"}]}]}]}),
            &["34611222333"],
        );
    }
}
