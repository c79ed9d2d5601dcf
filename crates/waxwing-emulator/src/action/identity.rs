//! Identities in actions.

use serde::Deserialize;

/// Identity of the user that [`Action::Join`](crate::Action::Join) creates. Either `phone` or `bsuid` is required.
///
/// `Debug` shows the phone number and the name. The data is emulated.
///
/// ```
/// use waxwing_emulator::{Action, NewUser};
///
/// let mut ana = NewUser::default();
/// ana.phone = Some("+34600000000".to_owned());
/// ana.name = Some("Ana".to_owned());
/// let action = Action::Join(ana);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct NewUser {
    /// Phone number.
    pub phone: Option<String>,
    /// BSUID. Default: derived from the phone number.
    pub bsuid: Option<String>,
    /// Parent BSUID, which identifies the user across linked business portfolios.
    pub parent_bsuid: Option<String>,
    /// Profile name. Default: a common first name.
    pub name: Option<String>,
    /// Username.
    pub username: Option<String>,
    /// Whether the business has never seen the phone number.
    pub hides_phone: bool,
}

/// Change of a user's identity.
///
/// ```
/// use waxwing_emulator::{Action, Rotation, RotationSignal};
///
/// let mut rotation = Rotation::new("+34600000000", RotationSignal::UserChangedNumber);
/// rotation.phone = Some("+34600000001".to_owned());
/// let action = Action::Rotate(rotation);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rotation {
    /// User, by phone number, BSUID or profile name.
    pub user: String,
    /// Signal that the business receives.
    pub signal: RotationSignal,
    /// New BSUID. Default: a new one; the security signals keep the old one.
    pub bsuid: Option<String>,
    /// New phone number. Default: the old one.
    pub phone: Option<String>,
    /// New parent BSUID. Default: the old one.
    pub parent_bsuid: Option<String>,
    /// Whether the user's next message arrives before the signal.
    #[serde(default)]
    pub after_next_message: bool,
}

impl Rotation {
    /// Returns a rotation that gives the user a new BSUID.
    pub fn new(user: impl Into<String>, signal: RotationSignal) -> Self {
        Self { user: user.into(), signal, bsuid: None, phone: None, parent_bsuid: None, after_next_message: false }
    }
}

/// Signal by which the business learns of a changed identity.
///
/// Meta's documentation is ambiguous in places. The ambiguous signals have one variant for each reading.
///
/// <https://developers.facebook.com/docs/whatsapp/business-scoped-user-ids>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RotationSignal {
    /// System message `user_changed_number` from the old number.
    UserChangedNumber,
    /// System message `customer_changed_number`, the name on Meta's BSUID pages.
    CustomerChangedNumber,
    /// System message of old API versions, with `new_wa_id` and `customer`.
    ChangedNumberLegacy,
    /// System message `user_changed_user_id` with the old BSUID in `from_user_id`.
    UserChangedUserId,
    /// System message `user_changed_user_id` with the old BSUID in `system.previous_user_id`.
    UserChangedUserIdPrevious,
    /// System message `user_changed_user_id` with the old BSUID only in the text.
    UserChangedUserIdBare,
    /// Webhook field `user_id_update`, which contains both BSUIDs.
    UserIdUpdate,
    /// System message `customer_identity_changed`.
    CustomerIdentityChanged,
    /// Object `identity` in the user's next message.
    MessageIdentity,
    /// No signal.
    Silent,
}
