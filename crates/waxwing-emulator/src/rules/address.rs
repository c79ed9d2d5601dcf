//! To whom a message may be addressed.
//!
//! <https://developers.facebook.com/docs/whatsapp/business-scoped-user-ids>

use serde_json::Value;

use super::{GraphError, Part, Rule};

/// A recipient, as named by a send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) to: To,
    /// The address as it was written, for the answer's `contacts[].input`.
    pub(crate) input: String,
}

/// The kinds of address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum To {
    /// Digits.
    Phone(String),
    Bsuid(String),
    Group(String),
}

/// Reads `to` and `recipient`. `to` wins where both are there.
pub(crate) fn check(body: &Part<'_>) -> Result<Address, GraphError> {
    let group = body.has("recipient_type") && body.word("recipient_type", &["individual", "group"])? == "group";
    let (parameter, value) = match (present(body, "to"), present(body, "recipient")) {
        (Some(to), _) => ("to", to),
        (None, Some(recipient)) => ("recipient", recipient),
        (None, None) => return Err(body.missing("to")),
    };
    let input = value.as_str().ok_or_else(|| body.invalid(parameter, "must be a string"))?.to_owned();
    let to = match parameter {
        "to" if group => To::Group(input.clone()),
        "to" if is_bsuid(&input) => {
            return Err(body.broken(Rule::BsuidInTo, "to", "a business-scoped user id goes into recipient"));
        }
        "to" => {
            let digits = phone_digits(&input);
            To::Phone(digits.ok_or_else(|| body.broken(Rule::Address, "to", "is no phone number"))?)
        }
        _ if is_bsuid(&input) && !group => To::Bsuid(input.clone()),
        _ => return Err(body.broken(Rule::Address, "recipient", "is no business-scoped user id")),
    };
    Ok(Address { to, input })
}

/// `null` and `""` count as absent, in what we take as in what Meta sends.
fn present<'a>(body: &Part<'a>, key: &str) -> Option<&'a Value> {
    body.get(key).filter(|value| !value.is_null() && value.as_str() != Some(""))
}

/// The digits of a phone number written with `+`, blanks, dashes, dots or brackets; none if it is something else.
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

/// Whether `id` has the form of a BSUID or a parent BSUID: country, dot, perhaps `ENT.`, 1 to 128 letters or digits.
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

    /// `Ok` is the address, `Err` Meta's code. cloud-api 1.6 (Meta: business-scoped user ids).
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "calls read better without a reference to a literal")]
    fn check(body: Value, expected: Result<To, u32>) {
        let rules = Rules::strict();
        let got =
            super::check(&Part::body(&body, &rules).unwrap()).map(|address| address.to).map_err(|error| error.code);
        assert_eq!(got, expected);
    }

    #[test]
    fn a_phone_goes_into_to() {
        let ana = || Ok(To::Phone("34600000000".into()));
        check(json!({"to": "34600000000"}), ana());
        check(json!({"to": "+34 600-000.000"}), ana());
        check(json!({"to": "34600000000", "recipient_type": "individual"}), ana());
        check(json!({"to": "abc"}), Err(131_009));
        check(json!({"to": "123"}), Err(131_009));
        check(json!({"to": 34_600_000_000_u64}), Err(131_009));
        check(json!({}), Err(131_008));
        check(json!({"to": ""}), Err(131_008));
        check(json!({"to": null}), Err(131_008));
    }

    #[test]
    fn a_bsuid_goes_into_recipient_and_is_refused_in_to() {
        check(json!({"recipient": "ES.123"}), Ok(To::Bsuid("ES.123".into())));
        check(json!({"recipient": "US.ENT.1a"}), Ok(To::Bsuid("US.ENT.1a".into())));
        check(json!({"to": "ES.123"}), Err(131_009));
        check(json!({"recipient": "34600000000"}), Err(131_009));
        check(json!({"recipient": "es.123"}), Err(131_009));
        check(json!({"recipient": format!("ES.{}", "1".repeat(129))}), Err(131_009));
    }

    #[test]
    fn to_wins_over_recipient() {
        check(json!({"to": "34600000000", "recipient": "ES.123"}), Ok(To::Phone("34600000000".into())));
        check(json!({"to": "", "recipient": "ES.123"}), Ok(To::Bsuid("ES.123".into())));
    }

    #[test]
    fn a_group_goes_into_to_and_says_so() {
        check(json!({"to": "group-1", "recipient_type": "group"}), Ok(To::Group("group-1".into())));
        check(json!({"recipient": "ES.123", "recipient_type": "group"}), Err(131_009));
        check(json!({"to": "34600000000", "recipient_type": "crowd"}), Err(131_009));
    }
}
