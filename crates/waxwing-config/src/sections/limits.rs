//! Limits of each user: `[limits.NAME]`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::values::DurationValue;

/// Limits for each user. The limits `default` apply to each number that names none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsSection {
    /// Rate limit: messages of one user that are answered within a time, such as `{ messages = 20, per = "10m" }`.
    pub(crate) rate: Option<RateSection>,
    /// Cost limit: cost of the answers to one user within 24 hours, by the prices in `[models]`, such as `{ per_day = 0.5 }`.
    pub(crate) cost: Option<CostSection>,
    /// Length limit: characters of one turn, such as `{ characters = 2000 }`.
    pub(crate) length: Option<LengthSection>,
}

/// Rate limit of one user.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RateSection {
    /// Number of messages that are answered.
    #[schemars(range(min = 1))]
    pub(crate) messages: u32,
    /// Length of the time window, which begins with the user's first message.
    pub(crate) per: DurationValue,
    /// Text for a user who exceeds the limit. It is sent once per time window.
    pub(crate) notice: Option<String>,
}

/// Cost limit of one user.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CostSection {
    /// Cost within 24 hours, in the currency of the prices.
    #[schemars(range(min = 0))]
    pub(crate) per_day: f64,
    /// Text for a user who has reached the limit. It is sent once per 24 hours.
    pub(crate) notice: Option<String>,
}

/// Length limit of one turn.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LengthSection {
    /// Number of characters.
    #[schemars(range(min = 1))]
    pub(crate) characters: u32,
    /// Cuts longer turns to the limit instead of refusing them.
    #[serde(default)]
    pub(crate) truncate: bool,
    /// Text for a user whose turn is refused.
    pub(crate) notice: Option<String>,
}
