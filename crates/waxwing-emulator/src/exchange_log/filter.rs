//! Filter of exchanges.

use serde_json::Value;

use super::exchange::Exchange;
use super::json_match;
use crate::rules::Rule;
use crate::timeline::EmulatedUserId;

/// Description of expected exchanges. A new filter matches all of them, and each method excludes some.
///
/// ```
/// use serde_json::json;
/// use waxwing_emulator::ExchangeFilter;
///
/// let sent_hello = ExchangeFilter::new().path("/messages").body(json!({"text": {"body": "Hello!"}})).status(200);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[must_use]
pub struct ExchangeFilter {
    method: Option<String>,
    path: Option<String>,
    user: Option<EmulatedUserId>,
    message: Option<String>,
    status: Option<ExpectedStatus>,
    rule: Option<Rule>,
    body: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ExpectedStatus {
    Is(u16),
    NoResponse,
}

impl ExchangeFilter {
    /// Returns a filter that matches every exchange.
    pub fn new() -> Self {
        Self::default()
    }

    /// Requires a method, in any case.
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Requires a text in the path, such as `/messages`.
    pub fn path(mut self, part: impl Into<String>) -> Self {
        self.path = Some(part.into());
        self
    }

    /// Requires an emulated user; see [`User::id`](crate::User::id).
    pub fn user(mut self, user: EmulatedUserId) -> Self {
        self.user = Some(user);
        self
    }

    /// Requires that the exchange concerns a message, by its id.
    pub fn message(mut self, id: impl Into<String>) -> Self {
        self.message = Some(id.into());
        self
    }

    /// Requires an HTTP status of the response.
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(ExpectedStatus::Is(status));
        self
    }

    /// Requires that there was no response.
    pub fn no_response(mut self) -> Self {
        self.status = Some(ExpectedStatus::NoResponse);
        self
    }

    /// Requires the rule that refused the call.
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rule = Some(rule);
        self
    }

    /// Requires a JSON body of the request that has these parts. Objects match if each key matches, arrays if they have the same
    /// length and each element matches, other values if they are equal.
    pub fn body(mut self, part: Value) -> Self {
        self.body = Some(part);
        self
    }

    /// Returns whether an exchange matches.
    pub fn matches(&self, exchange: &Exchange) -> bool {
        self.method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(exchange.method()))
            && self.path.as_ref().is_none_or(|path| exchange.path().contains(path.as_str()))
            && self.user.is_none_or(|user| exchange.user() == Some(user))
            && self.message.as_ref().is_none_or(|message| exchange.messages().contains(message))
            && self.status.is_none_or(|expected| match expected {
                ExpectedStatus::Is(status) => exchange.status() == Some(status),
                ExpectedStatus::NoResponse => exchange.status().is_none(),
            })
            && self.rule.is_none_or(|rule| exchange.rule() == Some(rule))
            && self
                .body
                .as_ref()
                .is_none_or(|part| exchange.request_json().is_some_and(|body| json_match::contains(&body, part)))
    }
}
