//! What the business has at Meta: its numbers, what these have to do with each user, and its templates.

use std::collections::HashMap;
use std::time::SystemTime;

use serde_json::{Map, Value, json};

use super::Business;
use super::templates::Templates;
use crate::rules::pace::{Pair, RateLimits, Traffic};
use crate::rules::{GraphError, Rules, window};
use crate::timeline::EmulatedUserId;

/// The business account.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) rules: Rules,
    pub(crate) rate_limits: RateLimits,
    pub(crate) templates: Templates,
    /// Whether the app is subscribed to the account, without which it gets no webhooks.
    pub(crate) is_subscribed: bool,
    /// The webhook fields that the app has subscribed to; all of them unless it said which.
    pub(crate) fields: Option<Vec<String>>,
    numbers: Vec<Number>,
}

/// One of the account's numbers, by its place among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct NumberId(usize);

/// A business number.
#[derive(Debug)]
pub(crate) struct Number {
    pub(crate) business: Business,
    /// The answer to a look-up, each field.
    pub(crate) fields: Map<String, Value>,
    pub(crate) profile: Map<String, Value>,
    /// Who is blocked, in the order of blocking.
    pub(crate) blocked: Vec<EmulatedUserId>,
    traffic: Traffic,
    lines: HashMap<EmulatedUserId, Line>,
}

/// What passes between a number and a user.
#[derive(Debug, Default)]
struct Line {
    /// When the user last wrote, which opens the customer service window.
    last_wrote: Option<SystemTime>,
    pair: Pair,
}

impl Account {
    pub(crate) fn new(business: Business) -> Self {
        Self {
            rules: Rules::strict(),
            rate_limits: RateLimits::default(),
            templates: Templates::default(),
            is_subscribed: true,
            fields: None,
            numbers: vec![Number::new(business, "Waxwing")],
        }
    }

    /// Sets what comes from the settings. All numbers but the first are given by id and digits.
    pub(crate) fn configure(&mut self, rules: Rules, rate_limits: RateLimits, name: &str, others: &[(String, String)]) {
        self.rules = rules;
        self.rate_limits = rate_limits;
        let first = self.number(NumberId::default()).business.clone();
        let others = others.iter().map(|(phone_number_id, display_phone_number)| Business {
            phone_number_id: phone_number_id.clone(),
            display_phone_number: display_phone_number.clone(),
            ..first.clone()
        });
        self.numbers = std::iter::once(first.clone()).chain(others).map(|number| Number::new(number, name)).collect();
    }

    pub(crate) fn numbers(&self) -> &[Number] {
        &self.numbers
    }

    pub(crate) fn number(&self, id: NumberId) -> &Number {
        &self.numbers[id.0]
    }

    pub(crate) fn number_mut(&mut self, id: NumberId) -> &mut Number {
        &mut self.numbers[id.0]
    }

    /// Whether the app gets webhooks of this field.
    pub(crate) fn hears(&self, field: &str) -> bool {
        self.is_subscribed && self.fields.as_ref().is_none_or(|fields| fields.iter().any(|name| name == field))
    }

    /// The number of a `phone_number_id`.
    pub(crate) fn find(&self, phone_number_id: &str) -> Option<NumberId> {
        self.numbers.iter().position(|number| number.business.phone_number_id == phone_number_id).map(NumberId)
    }

    /// The same, for the path of a call.
    pub(crate) fn find_or_refuse(&self, phone_number_id: &str) -> Result<NumberId, GraphError> {
        self.find(phone_number_id).ok_or_else(GraphError::unknown_object)
    }

    /// A message has come, from a user or from a group.
    pub(crate) fn came(&mut self, number: NumberId, user: Option<EmulatedUserId>, now: SystemTime) {
        let number = self.number_mut(number);
        number.traffic.passed(now);
        if let Some(user) = user {
            number.lines.entry(user).or_default().last_wrote = Some(now);
        }
    }

    /// A message has gone, to a user or to a group.
    pub(crate) fn went(&mut self, number: NumberId, user: Option<EmulatedUserId>, now: SystemTime) {
        let limits = self.rate_limits;
        let number = self.number_mut(number);
        number.traffic.passed(now);
        if let Some(user) = user {
            number.lines.entry(user).or_default().pair.sent(&limits, now);
        }
    }

    /// May the number send anything now?
    pub(crate) fn check_throughput(&self, number: NumberId, now: SystemTime) -> Result<(), GraphError> {
        self.number(number).traffic.check(&self.rate_limits, now)
    }

    /// May a message of this type go to the user, going by when the user wrote?
    pub(crate) fn check_window(
        &self,
        number: NumberId,
        user: Option<EmulatedUserId>,
        kind: &str,
        now: SystemTime,
    ) -> Result<(), GraphError> {
        window::check(kind, user.and_then(|user| self.last_wrote(number, user)), now)
    }

    /// May a message go to the user, going by what went before?
    pub(crate) fn check_pair(&self, number: NumberId, user: EmulatedUserId, now: SystemTime) -> Result<(), GraphError> {
        self.number(number).lines.get(&user).map_or(Ok(()), |line| line.pair.check(&self.rate_limits, now))
    }

    pub(crate) fn last_wrote(&self, number: NumberId, user: EmulatedUserId) -> Option<SystemTime> {
        self.number(number).lines.get(&user)?.last_wrote
    }

    pub(crate) fn is_blocked(&self, number: NumberId, user: EmulatedUserId) -> bool {
        self.number(number).blocked.contains(&user)
    }
}

impl Number {
    fn new(business: Business, name: &str) -> Self {
        let fields = json!({
            "id": business.phone_number_id,
            "verified_name": name,
            "display_phone_number": formatted(&business.display_phone_number),
            "quality_rating": "GREEN",
            "code_verification_status": "VERIFIED",
            "name_status": "APPROVED",
            "platform_type": "CLOUD_API",
            "status": "CONNECTED",
            "throughput": { "level": "STANDARD" },
            "whatsapp_business_manager_messaging_limit": "TIER_UNLIMITED",
            "webhook_configuration": {},
        });
        let fields = fields.as_object().cloned().unwrap_or_default();
        Self {
            business,
            fields,
            profile: Map::new(),
            blocked: Vec::new(),
            traffic: Traffic::default(),
            lines: HashMap::new(),
        }
    }
}

/// As Meta shows a number, which is not how it writes it in webhooks.
fn formatted(digits: &str) -> String {
    match digits.strip_prefix('1') {
        Some(rest) if rest.len() == 10 && rest.is_ascii() => {
            format!("+1 {}-{}-{}", &rest[..3], &rest[3..6], &rest[6..])
        }
        _ => format!("+{digits}"),
    }
}
