//! What can be made to happen: by a test, by a step of a scenario, by the control API.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::conduct::BehaviorChange;
use crate::fault::Fault;
use crate::timeline::EmulatedUserId;

/// Something that happens in the emulated world, at once.
///
/// A user is named by a phone number (`+34600000000`, who is made up if there is nobody behind it), by a BSUID, or by the profile
/// name; a message by its id, or not at all where the latest one is meant.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Action {
    /// Somebody appears.
    Join(NewUser),
    /// A user writes a text.
    Says {
        /// Who.
        user: String,
        /// What.
        text: String,
        /// The group in which it is written.
        group: Option<String>,
        /// The message that it quotes.
        quotes: Option<String>,
        /// The id of the business number that it goes to, if not the first one.
        number: Option<String>,
    },
    /// A user sends a message of any type, known or not.
    Sends {
        /// Who.
        user: String,
        /// Meta's name of the type; of the future, if nobody knows it.
        #[serde(rename = "type")]
        kind: String,
        /// The object of that name; without one, the message has none.
        body: Option<Value>,
        /// More keys of the message, such as `context`, `referral`, `errors`.
        #[serde(default)]
        with: Map<String, Value>,
        /// The group in which it is sent.
        group: Option<String>,
    },
    /// A user sends what the Cloud API cannot show. cloud-api 3.3.
    Unsupported {
        /// Who.
        user: String,
        /// What it was, such as `poll`.
        kind: Option<String>,
    },
    /// A user of a coexistence number edits a text. cloud-api 3.3.
    Edits {
        /// Who.
        user: String,
        /// Which message.
        message: Option<String>,
        /// What it says now.
        text: String,
    },
    /// A user of a coexistence number deletes a message. cloud-api 3.3.
    Revokes {
        /// Who.
        user: String,
        /// Which message.
        message: Option<String>,
    },
    /// The webhook of a user's message comes once more, byte for byte.
    Redeliver {
        /// Who.
        user: String,
        /// Which message.
        message: Option<String>,
    },
    /// A user opens the chat and sees what is there.
    Reads {
        /// Who.
        user: String,
    },
    /// A user listens to a voice note of the business.
    Plays {
        /// Who.
        user: String,
        /// Which message.
        message: Option<String>,
    },
    /// A user becomes another in the business's eyes. cloud-api 1.5.
    Rotate(Rotation),
    /// A phone number gets a new owner, who joins: the same wa_id, another BSUID. cloud-api 1.2.
    Recycle {
        /// The number.
        phone: String,
        /// The new owner's name.
        name: Option<String>,
        /// The new owner's BSUID; made up if there is none.
        bsuid: Option<String>,
    },
    /// A user adopts a username, or drops it. cloud-api 1.3.
    Username {
        /// Who.
        user: String,
        /// The username; without one, it is dropped.
        username: Option<String>,
        /// Forgets on the business's side that it has ever seen the number.
        #[serde(default)]
        forget_phone: bool,
    },
    /// A group with these participants comes into being. cloud-api 4.6.
    CreateGroup {
        /// Its id; made up if there is none.
        id: Option<String>,
        /// Its name.
        subject: String,
        /// One to eight users.
        participants: Vec<String>,
    },
    /// Meta posts a webhook of any field: an account-level one, or one that nobody knows. cloud-api 3.2.
    Notify {
        /// The field, such as `message_template_status_update`.
        field: String,
        /// Its value; without one, a sample.
        value: Option<Value>,
    },
    /// Meta posts a value of the field `messages` with these parts, such as `errors` or `user_actions`. cloud-api 3.1.
    Value {
        /// The parts; `metadata` is added.
        parts: Map<String, Value>,
    },
    /// Meta posts a status of any name for a message of the business. cloud-api 3.4.
    Status {
        /// Whose chat.
        user: String,
        /// Which message.
        message: Option<String>,
        /// The name of the status.
        status: String,
        /// More keys of the status, in place of the usual where they are the same.
        #[serde(default)]
        with: Map<String, Value>,
    },
    /// The owner of a coexistence number writes to a user in the Business app: `smb_message_echoes`. cloud-api 3.2.
    MessageEcho {
        /// To whom.
        user: String,
        /// What.
        text: String,
    },
    /// A user stops marketing messages, or wants them again: `user_preferences`. cloud-api 3.2.
    Preference {
        /// Who.
        user: String,
        /// `stop` or `resume`.
        value: String,
    },
    /// A user calls: `calls`. cloud-api 3.2.
    Calls {
        /// Who.
        user: String,
        /// `connect` or `terminate`.
        event: String,
    },
    /// A fault comes into force.
    Inject(Fault),
    /// All faults are lifted.
    ClearFaults,
    /// The emulated Meta behaves otherwise from now on.
    Behavior(BehaviorChange),
}

/// Who appears with [`Action::Join`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct NewUser {
    /// The phone number; this or a BSUID there must be.
    pub phone: Option<String>,
    /// The BSUID; made from the number if there is none.
    pub bsuid: Option<String>,
    /// The BSUID over linked portfolios.
    pub parent_bsuid: Option<String>,
    /// The profile name.
    pub name: Option<String>,
    /// The public handle.
    pub username: Option<String>,
    /// Whether the business has never seen the number.
    pub hides_phone: bool,
}

/// How a user becomes another in the business's eyes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rotation {
    /// Who.
    pub user: String,
    /// How the business is told.
    pub signal: RotationSignal,
    /// The new BSUID. Without one it is made up; a changed security identity alone changes none.
    pub bsuid: Option<String>,
    /// The new phone number, if that is what changes.
    pub phone: Option<String>,
    /// The new parent BSUID.
    pub parent_bsuid: Option<String>,
    /// Whether the user's next message comes before the signal.
    #[serde(default)]
    pub after_next_message: bool,
}

impl Rotation {
    /// A user gets a new BSUID, and the business is told in this way.
    pub fn new(user: impl Into<String>, signal: RotationSignal) -> Self {
        Self { user: user.into(), signal, bsuid: None, phone: None, parent_bsuid: None, after_next_message: false }
    }
}

/// How the business is told that somebody is another now. cloud-api 1.5. Where that says unverified, there is one signal for each
/// reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RotationSignal {
    /// The system message `user_changed_number`: from the old number.
    UserChangedNumber,
    /// The same under the name that Meta's BSUID pages have for it, `customer_changed_number`.
    CustomerChangedNumber,
    /// The same in the form of very old API versions, with `new_wa_id` and `customer`.
    ChangedNumberLegacy,
    /// The system message `user_changed_user_id`, with the old BSUID in `from_user_id`.
    UserChangedUserId,
    /// The same with the old BSUID in `system.previous_user_id`.
    UserChangedUserIdPrevious,
    /// The same with the old BSUID in the text alone.
    UserChangedUserIdBare,
    /// The field `user_id_update`, which names both.
    UserIdUpdate,
    /// The system message `customer_identity_changed`.
    CustomerIdentityChanged,
    /// `identity` in the user's next message.
    MessageIdentity,
    /// Nobody tells.
    Silent,
}

/// What came of an action.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ActionOutcome {
    /// The id of the message or group that came into being.
    pub id: Option<String>,
    /// Who was concerned.
    pub user: Option<EmulatedUserId>,
    /// The fault that was injected.
    pub fault: Option<crate::FaultId>,
}

/// Why an action is not possible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ActionError(pub(crate) String);
