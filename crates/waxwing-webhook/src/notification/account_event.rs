//! Event of an account, of one of its numbers, or of one of their services.

use std::fmt;

use bytes::Bytes;
use waxwing_types::{PhoneNumberId, WabaId};

/// Change of a WhatsApp Business Account, of a business number, or of one of their services. `Debug` hides the raw content.
///
/// Words of Meta are kept as texts of at most 64 characters, so a word that is new is a value, too. Fields that are not here are in `raw`.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview>
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountEvent {
    /// WhatsApp Business Account, if the webhook states it.
    pub waba_id: Option<WabaId>,
    /// Business number, if the webhook states its id.
    pub phone_number_id: Option<PhoneNumberId>,
    /// Meta's name of the webhook field, such as `account_update`.
    pub field: String,
    /// Time of the webhook in seconds since the Unix epoch, if it states one. Tells two equal changes apart.
    pub time: Option<i64>,
    /// The change.
    pub change: AccountChange,
    /// Raw JSON of the change: the `value` of the webhook, or the item of its list. A slice of the body.
    pub raw: Bytes,
}

/// The change of an [`AccountEvent`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountChange {
    /// The account was banned, restricted, warned, shared, verified or deleted (`account_update`).
    Account {
        /// Meta's name of the event, such as `DISABLED_UPDATE` (ban), `ACCOUNT_RESTRICTION`, `ACCOUNT_VIOLATION` or `PARTNER_ADDED`.
        event: String,
        /// State of a ban: `SCHEDULE_FOR_DISABLE`, `DISABLE` or `REINSTATE`.
        ban_state: Option<String>,
        /// Policy that the account violated, such as `SCAM`.
        violation: Option<String>,
        /// Restrictions, such as `RESTRICTED_BIZ_INITIATED_MESSAGING`.
        restrictions: Vec<String>,
    },
    /// A limit or a profile needs attention (`account_alerts`).
    Alert {
        /// Meta's name of the alert, such as `OBA_APPROVED`.
        kind: String,
        /// `CRITICAL`, `WARNING` or `INFORMATIONAL`.
        severity: Option<String>,
        /// `ACTIVE` or `NONE`.
        status: Option<String>,
    },
    /// Meta has reviewed the account (`account_review_update`).
    Review {
        /// `APPROVED`, `REJECTED`, `PENDING` or `DEFERRED`.
        decision: String,
    },
    /// Limits of the account or its portfolio changed (`business_capability_update`).
    Capability,
    /// The messaging limit or the throughput of a number changed (`phone_number_quality_update`).
    NumberQuality {
        /// Meta's name of the event, such as `FLAGGED`, `UNFLAGGED`, `UPGRADE`, `DOWNGRADE` or `THROUGHPUT_UPGRADE`.
        event: String,
        /// The limit after the change, such as `TIER_1K`.
        limit: Option<String>,
    },
    /// Meta has decided on the display name of a number (`phone_number_name_update`).
    NumberName {
        /// `APPROVED`, `REJECTED` or `DEFERRED`.
        decision: String,
    },
    /// The PIN of a number was changed, or its two-step verification was turned off (`security`).
    Security {
        /// Meta's name of the event, such as `PIN_CHANGED`, `PIN_RESET_REQUEST` or `PIN_RESET_SUCCESS`.
        event: String,
    },
    /// A flow changed its status, or its endpoint fails (`flows`).
    Flow {
        /// Meta's name of the event, such as `FLOW_STATUS_CHANGE` or `ENDPOINT_ERROR_RATE`.
        event: String,
        /// Id of the flow.
        flow: Option<String>,
    },
    /// A group was created, deleted or changed, or its participants changed (`group_lifecycle_update` and three further fields).
    Group {
        /// Meta's name of the event, such as `group_create` or `group_participants_add`.
        event: String,
        /// Id of the group. None if its creation failed.
        group: Option<String>,
    },
    /// A call by the business changed its status (`statuses` of the field `calls`).
    Call {
        /// `RINGING`, `ACCEPTED` or `REJECTED`.
        status: String,
        /// Id of the call.
        call: String,
    },
    /// A payment changed its status (a status of the type `payment` in the field `messages`).
    Payment {
        /// `pending`, `captured` or `failed`.
        status: String,
        /// The reference id of the order.
        reference: Option<String>,
    },
    /// A payment configuration changed (`payment_configuration_update`).
    PaymentConfiguration {
        /// Meta's name of the state, such as `Active`.
        status: Option<String>,
    },
}

impl fmt::Debug for AccountEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountEvent")
            .field("waba_id", &self.waba_id)
            .field("phone_number_id", &self.phone_number_id)
            .field("field", &self.field)
            .field("change", &self.change)
            .field("bytes", &self.raw.len())
            .finish_non_exhaustive()
    }
}
