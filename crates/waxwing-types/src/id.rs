//! Newtypes for the ids that Meta hands out.
//!
//! Every id is an opaque string: nothing in this project parses one, and two ids of different kinds
//! cannot be confused. Ids that tell who a person is ([`WaId`], [`Bsuid`]) hide themselves in `Debug`.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $debug:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the id as Meta wrote it.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The id as Meta wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Gives the string back.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&$debug(&self.0)).finish()
            }
        }
    };
}

id! {
    /// A business phone number: `value.metadata.phone_number_id` of a webhook and the path of every send. It is not a
    /// phone number.
    PhoneNumberId, open
}
id! {
    /// A WhatsApp Business Account: `entry[].id` of a webhook.
    WabaId, open
}
id! {
    /// A message, `wamid.…`, inbound or outbound.
    MessageId, open
}
id! {
    /// An uploaded or received medium.
    MediaId, open
}
id! {
    /// A group chat.
    GroupId, open
}
id! {
    /// A user's WhatsApp id, usually the phone number in digits. `Debug` shows its length only.
    WaId, hidden
}
id! {
    /// A business-scoped user id such as `ES.1234`: one user in the eyes of one business portfolio, present whether or
    /// not the phone number is. `Debug` shows its length only.
    Bsuid, hidden
}

fn open(id: &str) -> &str {
    id
}

fn hidden(id: &str) -> String {
    format!("[{} characters]", id.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_people_hide_themselves_in_debug() {
        assert_eq!(format!("{:?}", WaId::new("34600000000")), r#"WaId("[11 characters]")"#);
        assert_eq!(format!("{:?}", Bsuid::new("ES.1234")), r#"Bsuid("[7 characters]")"#);
        assert_eq!(format!("{:?}", MessageId::new("wamid.A")), r#"MessageId("wamid.A")"#);
    }

    #[test]
    fn ids_are_plain_strings_in_json() {
        let id: PhoneNumberId = serde_json::from_str(r#""1000001""#).unwrap();
        assert_eq!(id, PhoneNumberId::new("1000001"));
        assert_eq!(serde_json::to_string(&id).unwrap(), r#""1000001""#);
    }
}
