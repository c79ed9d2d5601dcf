//! Identifiers that Meta assigns.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::redacted::Redacted;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $debug:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Creates the id from the string that Meta assigned. The string is not checked.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// Returns the id as Meta wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Returns the id as an owned string.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut tuple = f.debug_tuple(stringify!($name));
                $debug(&self.0, &mut tuple);
                tuple.finish()
            }
        }
    };
}

id! {
    /// Id of a business phone number. Not a phone number itself.
    ///
    /// Webhooks carry it as `value.metadata.phone_number_id`, and sends have it in their path. `Debug` shows it.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/phone-numbers>
    ///
    /// ```
    /// let number = waxwing_types::PhoneNumberId::new("106540352242922");
    /// assert_eq!(number.as_str(), "106540352242922");
    /// ```
    PhoneNumberId, shown
}
id! {
    /// Id of a WhatsApp Business Account. Webhooks carry it as `entry[].id`. `Debug` shows it.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/overview/business-accounts>
    WabaId, shown
}
id! {
    /// Id of an inbound or outbound message: `wamid.` and an opaque string. `Debug` shows it.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>
    MessageId, shown
}
id! {
    /// Id of an uploaded or received media file. `Debug` shows it.
    ///
    /// An uploaded file expires after 30 days, a received one after 7 days.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>
    MediaId, shown
}
id! {
    /// Id of a group chat. `Debug` shows it.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/groups>
    GroupId, shown
}
id! {
    /// Id of a flow. `Debug` shows it.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/flows/reference/flowsapi>
    FlowId, shown
}
id! {
    /// Id of a call: `wacid.` and an opaque string. `Debug` shows it.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/calling>
    CallId, shown
}
id! {
    /// WhatsApp id of a user, usually the phone number in digits. `Debug` shows the length only.
    ///
    /// Send to the id exactly as a webhook delivered it: it can differ from the phone number that the user typed.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components>
    ///
    /// ```
    /// let user = waxwing_types::WaId::new("34600000000");
    /// assert_eq!(format!("{user:?}"), "WaId([11 characters])");
    /// ```
    WaId, redacted
}
id! {
    /// Business-scoped user id (BSUID) such as `ES.1234`. `Debug` shows the length only.
    ///
    /// A user has one BSUID per business portfolio, whether the phone number is visible or not. The BSUID changes when the user
    /// changes the phone number.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/business-scoped-user-ids>
    Bsuid, redacted
}

impl WaId {
    /// Reads a phone number with its country code, of 7 to 15 digits (E.164). Spaces, `+`, `-`, `.` and parentheses are left out. Returns none for another
    /// text.
    ///
    /// ```
    /// use waxwing_types::WaId;
    ///
    /// assert_eq!(WaId::of_phone("+34 600-000-000"), Some(WaId::new("34600000000")));
    /// assert_eq!(WaId::of_phone("Ana"), None);
    /// ```
    pub fn of_phone(phone: &str) -> Option<Self> {
        let is_phone = phone.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c));
        let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
        (is_phone && (7..=15).contains(&digits.len())).then(|| Self::new(digits))
    }
}

fn shown(id: &str, tuple: &mut fmt::DebugTuple<'_, '_>) {
    tuple.field(&id);
}

fn redacted(id: &str, tuple: &mut fmt::DebugTuple<'_, '_>) {
    tuple.field(&Redacted(id));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_only_the_length_of_user_ids() {
        assert_eq!(format!("{:?}", WaId::new("34600000000")), "WaId([11 characters])");
        assert_eq!(format!("{:?}", Bsuid::new("ES.1234")), "Bsuid([7 characters])");
        assert_eq!(format!("{:?}", MessageId::new("wamid.A")), r#"MessageId("wamid.A")"#);
    }

    #[test]
    fn ids_are_plain_strings_in_json() {
        let id: PhoneNumberId = serde_json::from_str(r#""1000001""#).unwrap();
        assert_eq!(id, PhoneNumberId::new("1000001"));
        assert_eq!(serde_json::to_string(&id).unwrap(), r#""1000001""#);
    }
}
