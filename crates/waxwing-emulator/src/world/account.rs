//! Business account at Meta.

mod number;
mod qr_codes;

use serde::{Deserialize, Serialize};
use std::time::SystemTime;

use super::catalogs::Catalogs;
use super::flow_store::FlowStore;
use super::template_store::TemplateStore;
use crate::business::BusinessIdentity;
use crate::rules::rate_limits::RateLimits;
use crate::rules::{GraphError, Rules, window};
use crate::timeline::EmulatedUserId;

pub(crate) use number::{BusinessNumber, NumberIndex};

/// Business account with its numbers, templates, flows and catalogs.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    pub(crate) rules: Rules,
    pub(crate) templates: TemplateStore,
    pub(crate) flows: FlowStore,
    pub(crate) catalogs: Catalogs,
    pub(crate) rate_limits: RateLimits,
    numbers: Vec<BusinessNumber>,
}

impl Account {
    /// Returns an account. `further_numbers` are pairs of `phone_number_id` and digits.
    pub(crate) fn new(
        first: &BusinessIdentity,
        further_numbers: &[(String, String)],
        name: &str,
        rules: Rules,
        rate_limits: RateLimits,
    ) -> Self {
        let further = further_numbers.iter().map(|(phone_number_id, display_phone_number)| BusinessIdentity {
            phone_number_id: phone_number_id.clone(),
            display_phone_number: display_phone_number.clone(),
            ..first.clone()
        });
        let identities = std::iter::once(first.clone()).chain(further);
        Self {
            rules,
            templates: TemplateStore::default(),
            flows: FlowStore::default(),
            catalogs: Catalogs::default(),
            rate_limits,
            numbers: identities.map(|identity| BusinessNumber::new(identity, name)).collect(),
        }
    }

    pub(crate) fn numbers(&self) -> &[BusinessNumber] {
        &self.numbers
    }

    /// Returns whether the account has a number with this index.
    pub(super) fn has(&self, index: NumberIndex) -> bool {
        index.0 < self.numbers.len()
    }

    pub(crate) fn number(&self, index: NumberIndex) -> &BusinessNumber {
        &self.numbers[index.0]
    }

    pub(crate) fn number_mut(&mut self, index: NumberIndex) -> &mut BusinessNumber {
        &mut self.numbers[index.0]
    }

    /// Returns the identity of the first number.
    pub(crate) fn first_number(&self) -> &BusinessIdentity {
        &self.number(NumberIndex::default()).identity
    }

    /// Returns the number with a `phone_number_id`.
    pub(crate) fn find(&self, phone_number_id: &str) -> Option<NumberIndex> {
        self.numbers.iter().position(|number| number.identity.phone_number_id == phone_number_id).map(NumberIndex)
    }

    /// Returns the number with a username.
    pub(crate) fn find_by_username(&self, username: &str) -> Option<NumberIndex> {
        self.numbers.iter().position(|number| number.username.as_deref() == Some(username)).map(NumberIndex)
    }

    /// Sets the origin of all numbers, after the account was read from its written form.
    pub(super) fn set_origin(&mut self, origin: &str) {
        for number in &mut self.numbers {
            origin.clone_into(&mut number.identity.origin);
        }
    }

    /// Returns the number in the path of a call.
    pub(crate) fn find_for_call(&self, phone_number_id: &str) -> Result<NumberIndex, GraphError> {
        self.find(phone_number_id).ok_or_else(GraphError::unknown_object)
    }

    /// Records a message to the number. `user` is `None` for a group message.
    pub(crate) fn record_received(&mut self, number: NumberIndex, user: Option<EmulatedUserId>, now: SystemTime) {
        self.number_mut(number).record_received(user, now);
    }

    /// Records a message of the number. `user` is `None` for a group message.
    pub(crate) fn record_sent(&mut self, number: NumberIndex, user: Option<EmulatedUserId>, now: SystemTime) {
        let limits = self.rate_limits;
        self.number_mut(number).record_sent(user, &limits, now);
    }

    /// Checks the throughput of the number.
    pub(crate) fn check_throughput(&self, number: NumberIndex, now: SystemTime) -> Result<(), GraphError> {
        self.number(number).check_throughput(&self.rate_limits, now)
    }

    /// Checks the customer service window for a message of this type.
    pub(crate) fn check_window(
        &self,
        number: NumberIndex,
        user: Option<EmulatedUserId>,
        kind: &str,
        now: SystemTime,
    ) -> Result<(), GraphError> {
        window::check(kind, user.and_then(|user| self.number(number).last_message_of(user)), now)
    }

    /// Checks the pair rate limit.
    pub(crate) fn check_pair(
        &self,
        number: NumberIndex,
        user: EmulatedUserId,
        now: SystemTime,
    ) -> Result<(), GraphError> {
        self.number(number).check_pair(user, &self.rate_limits, now)
    }
}
