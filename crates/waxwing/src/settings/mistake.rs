//! Values of settings that have an accepted form but are never meant.

use waxwing_types::WaId;

use super::table::Setting;

/// Advice for a phone number in the place of an id.
const PHONE_NUMBER: &str = "is a phone number; set the id of the number, which has digits only and stands next to the number in the \
                            WhatsApp Manager, such as 106540352242922";

/// Advice for a value that was copied from an example.
const PLACEHOLDER: &str = "is still an example value; set your own";

/// Parts of values that stand for the reader's own ones.
const PARTS: [&str; 4] = ["your-", "your_", "change-me", "changeme"];

/// Whole values that stand for the reader's own ones.
const VALUES: [&str; 6] = ["change_me", "example", "placeholder", "replace-me", "replace_me", "replaceme"];

impl Setting {
    /// Returns the problem and its fix if a value was copied from an example, or if it is a phone number and not the id of one. Errors name the
    /// setting before this text.
    ///
    /// ```
    /// let id = waxwing::SETTINGS.iter().find(|setting| setting.variable == "WHATSAPP_PHONE_NUMBER_ID").unwrap();
    /// assert_eq!(id.mistake("106540352242922"), None);
    /// assert!(id.mistake("+34 600 000 000").is_some_and(|problem| problem.starts_with("is a phone number")));
    /// ```
    pub fn mistake(&self, value: &str) -> Option<&'static str> {
        let is_id = self.variable == "WHATSAPP_PHONE_NUMBER_ID";
        if is_id && is_phone_number(value) {
            return Some(PHONE_NUMBER);
        }
        let is_own = self.secret || self.required;
        (is_own && is_placeholder(value)).then_some(PLACEHOLDER)
    }
}

/// Returns true for a phone number with a plus sign or separators. Digits alone can be an id.
fn is_phone_number(value: &str) -> bool {
    let has_digits_only = value.trim().bytes().all(|byte| byte.is_ascii_digit());
    !has_digits_only && WaId::of_phone(value.trim()).is_some()
}

/// Returns true for a value that an example shows in the place of the reader's own one, such as `your-token`, `change-me`, `<token>` or
/// `EAAG...`.
///
/// ```
/// assert!(waxwing::is_placeholder("your-token") && waxwing::is_placeholder("EAAG..."));
/// assert!(!waxwing::is_placeholder("0123456789abcdef"));
/// ```
pub fn is_placeholder(value: &str) -> bool {
    let value = value.trim().to_ascii_lowercase();
    let is_crossed_out = value.len() >= 3 && value.bytes().all(|byte| byte == b'x');
    let is_cut = value.ends_with("...") || value.ends_with('…');
    let is_bracketed = value.starts_with('<') && value.ends_with('>');
    is_crossed_out
        || is_cut
        || is_bracketed
        || VALUES.contains(&value.as_str())
        || PARTS.iter().any(|part| value.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_examples_are_recognized() {
        for value in [
            "your-token",
            "YOUR_API_KEY",
            "sk-your-key",
            "change-me",
            "<token>",
            "EAAG...",
            "EAAG…",
            "xxxx",
            " example ",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
        for value in ["", "x", "t0ken", "emulated-token", "EAAGb0x", "sk-xxyy", "secret"] {
            assert!(!is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn phone_numbers_have_a_plus_sign_or_separators() {
        for value in ["+34600000000", " +34 600-000-000", "(34) 600 000 000"] {
            assert!(is_phone_number(value), "{value}");
        }
        for value in ["106540352242922", "34600000000", "1", "", "guide"] {
            assert!(!is_phone_number(value), "{value}");
        }
    }
}
