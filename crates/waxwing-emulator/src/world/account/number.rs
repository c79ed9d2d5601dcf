//! Business number.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::qr_codes::QrCodes;
use crate::business::BusinessIdentity;
use crate::price::{Conversation, Price};
use crate::rules::GraphError;
use crate::rules::number_settings::default_settings;
use crate::rules::rate_limits::{PairLimiter, RateLimits, ThroughputLimiter};
use crate::timeline::EmulatedUserId;
use crate::unix_time;

/// Index of a business number in its account. The default is the first number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(crate) struct NumberIndex(pub(super) usize);

/// Business number.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BusinessNumber {
    pub(crate) identity: BusinessIdentity,
    /// Fields of `GET /{phone_number_id}`.
    pub(crate) fields: Map<String, Value>,
    /// Business profile.
    pub(crate) profile: Map<String, Value>,
    /// Blocked users, in the order in which they were blocked.
    pub(crate) blocked: Vec<EmulatedUserId>,
    pub(crate) settings: NumberSettings,
    pub(crate) qr_codes: QrCodes,
    pub(crate) username: Option<String>,
    throughput: ThroughputLimiter,
    pairs: HashMap<EmulatedUserId, Pair>,
}

/// Settings of a business number.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NumberSettings {
    /// Answer of `GET /{phone_number_id}/settings`.
    pub(crate) phone: Map<String, Value>,
    pub(crate) commerce: Map<String, Value>,
    /// Public key in PEM form.
    pub(crate) public_key: Option<String>,
}

impl Default for NumberSettings {
    fn default() -> Self {
        let commerce = [("is_cart_enabled".to_owned(), true.into()), ("is_catalog_visible".to_owned(), false.into())];
        Self { phone: default_settings(), commerce: Map::from_iter(commerce), public_key: None }
    }
}

/// Recent traffic between a business number and a user.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    /// Time of the user's last message, which opens the customer service window.
    #[serde(with = "unix_time")]
    last_message: Option<SystemTime>,
    limiter: PairLimiter,
    /// Conversations by price category.
    conversations: HashMap<String, Conversation>,
    /// Time until which messages are free because the user came from an ad.
    #[serde(with = "unix_time")]
    free_until: Option<SystemTime>,
    /// Whether another responder owns the conversation.
    is_standby: bool,
    /// Whether the user has stopped marketing messages.
    has_stopped_marketing: bool,
}

/// Time for which messages are free after the user came from an ad.
const FREE_ENTRY: Duration = Duration::from_hours(72);
/// Price category of free messages after an ad.
const FREE_CATEGORY: &str = "referral_conversion";

impl BusinessNumber {
    pub(super) fn new(identity: BusinessIdentity, name: &str) -> Self {
        let fields = json!({
            "id": identity.phone_number_id,
            "country_code": null,
            "country_dial_code": null,
            "eligibility_for_api_business_global_search": null,
            "health_status": { "can_send_message": "AVAILABLE" },
            "is_on_biz_app": false,
            "is_preverified_number": false,
            "new_certificate": null,
            "new_name_status": "NONE",
            "search_visibility": null,
            "verified_name": name,
            "display_phone_number": formatted(&identity.display_phone_number),
            "account_mode": "LIVE",
            "certificate": "emulated",
            "is_official_business_account": false,
            "is_pin_enabled": true,
            "last_onboarded_time": "2026-01-01T00:00:00+0000",
            "quality_rating": "GREEN",
            "quality_score": { "score": "GREEN" },
            "code_verification_status": "VERIFIED",
            "name_status": "APPROVED",
            "platform_type": "CLOUD_API",
            "status": "CONNECTED",
            "throughput": { "level": "STANDARD" },
            "whatsapp_business_manager_messaging_limit": "TIER_UNLIMITED",
            "webhook_configuration": {},
            "conversational_automation": {
                "id": identity.phone_number_id, "enable_welcome_message": false, "prompts": [], "commands": [],
            },
        });
        Self {
            identity,
            fields: fields.as_object().cloned().unwrap_or_default(),
            profile: Map::from_iter([("vertical".to_owned(), "UNDEFINED".into())]),
            blocked: Vec::new(),
            settings: NumberSettings::default(),
            qr_codes: QrCodes::default(),
            username: None,
            throughput: ThroughputLimiter::default(),
            pairs: HashMap::new(),
        }
    }

    /// Returns the time of a user's last message to this number.
    pub(crate) fn last_message_of(&self, user: EmulatedUserId) -> Option<SystemTime> {
        self.pairs.get(&user)?.last_message
    }

    /// Starts the time in which messages to a user are free.
    pub(crate) fn record_ad(&mut self, user: EmulatedUserId, now: SystemTime) {
        self.pairs.entry(user).or_default().free_until = Some(now + FREE_ENTRY);
    }

    /// Records whether another responder owns the conversation with a user.
    pub(crate) fn set_standby(&mut self, user: EmulatedUserId, is_standby: bool) {
        self.pairs.entry(user).or_default().is_standby = is_standby;
    }

    /// Returns whether another responder owns the conversation with a user.
    pub(crate) fn is_standby(&self, user: EmulatedUserId) -> bool {
        self.pairs.get(&user).is_some_and(|pair| pair.is_standby)
    }

    /// Records whether a user wants no marketing messages of this number.
    pub(crate) fn set_marketing_stopped(&mut self, user: EmulatedUserId, is_stopped: bool) {
        self.pairs.entry(user).or_default().has_stopped_marketing = is_stopped;
    }

    /// Returns whether a user wants no marketing messages of this number.
    pub(crate) fn is_marketing_stopped(&self, user: EmulatedUserId) -> bool {
        self.pairs.get(&user).is_some_and(|pair| pair.has_stopped_marketing)
    }

    /// Returns the price of a message of a category. The message belongs to the open conversation, or starts one.
    pub(crate) fn price(&mut self, user: EmulatedUserId, category: &str, now: SystemTime) -> Price {
        let number = &self.identity.phone_number_id;
        let pair = self.pairs.entry(user).or_default();
        let is_free_entry = pair.free_until.is_some_and(|until| now < until);
        let category = if is_free_entry { FREE_CATEGORY } else { category };
        let conversation = pair.conversations.get(category).filter(|open| now < open.ends).cloned();
        let conversation =
            conversation.unwrap_or_else(|| Conversation::start(&format!("{number} {user} {category}"), now));
        pair.conversations.insert(category.to_owned(), conversation.clone());
        Price { category: category.to_owned(), is_free_entry, conversation: Some(conversation) }
    }

    pub(crate) fn is_blocked(&self, user: EmulatedUserId) -> bool {
        self.blocked.contains(&user)
    }

    pub(super) fn record_received(&mut self, user: Option<EmulatedUserId>, now: SystemTime) {
        self.throughput.record(now);
        if let Some(user) = user {
            self.pairs.entry(user).or_default().last_message = Some(now);
        }
    }

    pub(super) fn record_sent(&mut self, user: Option<EmulatedUserId>, limits: &RateLimits, now: SystemTime) {
        self.throughput.record(now);
        if let Some(user) = user {
            let pair = self.pairs.entry(user).or_default();
            pair.limiter.record(limits, now);
            // A message of the business takes the conversation over.
            pair.is_standby = false;
        }
    }

    pub(super) fn check_throughput(&self, limits: &RateLimits, now: SystemTime) -> Result<(), GraphError> {
        self.throughput.check(limits, now)
    }

    pub(super) fn check_pair(
        &self,
        user: EmulatedUserId,
        limits: &RateLimits,
        now: SystemTime,
    ) -> Result<(), GraphError> {
        self.pairs.get(&user).map_or(Ok(()), |pair| pair.limiter.check(limits, now))
    }
}

/// Formats a phone number as the API returns it. Webhooks contain only the digits.
fn formatted(digits: &str) -> String {
    match digits.strip_prefix('1') {
        Some(rest) if rest.len() == 10 && rest.is_ascii() => {
            format!("+1 {}-{}-{}", &rest[..3], &rest[3..6], &rest[6..])
        }
        _ => format!("+{digits}"),
    }
}
