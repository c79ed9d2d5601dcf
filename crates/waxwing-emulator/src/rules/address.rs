//! Recipient of a message.
//!
//! <https://developers.facebook.com/docs/whatsapp/business-scoped-user-ids>

use serde_json::Value;

use super::{GraphError, RequestObject, Rule};

/// Recipient as a request states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecipientAddress {
    pub(crate) recipient: Recipient,
    /// Address as written in the request, for `contacts[].input` of the response.
    pub(crate) input: String,
}

/// Recipient of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Recipient {
    /// Phone number in digits.
    Phone(String),
    Bsuid(String),
    Group(String),
}

impl Recipient {
    /// Returns the id of the group.
    pub(crate) fn group(&self) -> Option<&str> {
        match self {
            Self::Group(group) => Some(group),
            Self::Phone(_) | Self::Bsuid(_) => None,
        }
    }
}

/// Reads the recipient. `to` takes precedence over `recipient`.
pub(crate) fn check(body: &RequestObject<'_>) -> Result<RecipientAddress, GraphError> {
    let group = body.has("recipient_type") && body.one_of("recipient_type", &["individual", "group"])? == "group";
    let (parameter, value) = match (present(body, "to"), present(body, "recipient")) {
        (Some(to), _) => ("to", to),
        (None, Some(recipient)) => ("recipient", recipient),
        (None, None) => return Err(body.missing("to")),
    };
    let input = value.as_str().ok_or_else(|| body.invalid(parameter, "must be a string"))?.to_owned();
    let to = match parameter {
        "to" if group => Recipient::Group(input.clone()),
        "to" if is_bsuid(&input) => {
            return Err(body.violates(Rule::BsuidInTo, "to", "a business-scoped user id belongs in recipient"));
        }
        "to" => {
            let digits = phone_digits(&input);
            Recipient::Phone(digits.ok_or_else(|| body.violates(Rule::Address, "to", "is not a phone number"))?)
        }
        _ if is_bsuid(&input) && !group => Recipient::Bsuid(input.clone()),
        _ => return Err(body.violates(Rule::Address, "recipient", "is not a business-scoped user id")),
    };
    Ok(RecipientAddress { recipient: to, input })
}

/// Returns the recipient of a request whose form may be wrong, for the record of its refusal.
pub(crate) fn find(body: &Value) -> Option<Recipient> {
    let text = |key: &str| body[key].as_str().filter(|text| !text.is_empty());
    let address = text("to").or_else(|| text("recipient"))?;
    if body["recipient_type"] == "group" {
        Some(Recipient::Group(address.to_owned()))
    } else if is_bsuid(address) {
        Some(Recipient::Bsuid(address.to_owned()))
    } else {
        phone_digits(address).map(Recipient::Phone)
    }
}

/// Returns the value of `key`. Like Meta, the emulator treats `""` as absent.
fn present<'a>(body: &RequestObject<'a>, key: &str) -> Option<&'a Value> {
    body.get(key).filter(|value| value.as_str() != Some(""))
}

/// Returns the digits of a phone number. `+`, spaces, dashes, dots and brackets are ignored; other characters are an error.
pub(crate) fn phone_digits(phone: &str) -> Option<String> {
    let mut digits = String::new();
    for (index, char) in phone.trim().chars().enumerate() {
        match char {
            '0'..='9' => digits.push(char),
            '+' if index == 0 => {}
            ' ' | '-' | '.' | '(' | ')' => {}
            _ => return None,
        }
    }
    (7..=15).contains(&digits.len()).then_some(digits)
}

/// Returns whether `id` is a BSUID or a parent BSUID: country code, dot, optional `ENT.`, 1 to 128 letters or digits.
pub(crate) fn is_bsuid(id: &str) -> bool {
    let Some((country, rest)) = id.split_once('.') else { return false };
    let rest = rest.strip_prefix("ENT.").unwrap_or(rest);
    country.len() == 2
        && country.bytes().all(|byte| byte.is_ascii_uppercase())
        && (1..=128).contains(&rest.len())
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::rules::Rules;
    use crate::rules::request_object::ANY;

    /// Checks the recipient or the error code. Meta: business-scoped user ids.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "calls read better without a reference to a literal")]
    fn check(body: Value, expected: Result<Recipient, u32>) {
        let rules = Rules::strict();
        let got = RequestObject::read(body, ANY, &rules, super::check)
            .map(|(address, _)| address.recipient)
            .map_err(|error| error.code);
        assert_eq!(got, expected);
    }

    #[test]
    fn a_phone_number_belongs_in_to() {
        let ana = || Ok(Recipient::Phone("34600000000".into()));
        check(json!({"to": "34600000000"}), ana());
        check(json!({"to": "+34 600-000.000"}), ana());
        check(json!({"to": "34600000000", "recipient_type": "individual"}), ana());
        check(json!({"to": "abc"}), Err(131_009));
        check(json!({"to": "123"}), Err(131_009));
        check(json!({"to": 34_600_000_000_u64}), Err(100));
        check(json!({}), Err(100));
        check(json!({"to": ""}), Err(100));
        check(json!({"to": null}), Err(100));
    }

    #[test]
    fn a_bsuid_belongs_in_recipient() {
        check(json!({"recipient": "ES.123"}), Ok(Recipient::Bsuid("ES.123".into())));
        check(json!({"recipient": "US.ENT.1a"}), Ok(Recipient::Bsuid("US.ENT.1a".into())));
        check(json!({"to": "ES.123"}), Err(131_009));
        check(json!({"recipient": "34600000000"}), Err(131_009));
        check(json!({"recipient": "es.123"}), Err(131_009));
        check(json!({"recipient": format!("ES.{}", "1".repeat(129))}), Err(131_009));
    }

    #[test]
    fn to_takes_precedence_over_recipient() {
        check(json!({"to": "34600000000", "recipient": "ES.123"}), Ok(Recipient::Phone("34600000000".into())));
        check(json!({"to": null, "recipient": "ES.123"}), Ok(Recipient::Bsuid("ES.123".into())));
        check(json!({"to": "", "recipient": "ES.123"}), Ok(Recipient::Bsuid("ES.123".into())));
    }

    #[test]
    fn a_group_belongs_in_to_with_recipient_type_group() {
        check(json!({"to": "group-1", "recipient_type": "group"}), Ok(Recipient::Group("group-1".into())));
        check(json!({"recipient": "ES.123", "recipient_type": "group"}), Err(131_009));
        check(json!({"to": "34600000000", "recipient_type": "crowd"}), Err(100));
    }
}
