//! `[guards.NAME]`

use schemars::JsonSchema;
use serde::Deserialize;

use crate::values::Time;

/// Rules that what users say has to pass. The guard called `default` stands before each number that names none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Guard {
    /// Only these users are heard: phone numbers with the code of the country, or business-scoped ids.
    pub(crate) allow: Option<Vec<String>>,
    /// These users are not heard.
    pub(crate) deny: Option<Vec<String>>,
    /// What those read who are not heard. Nothing if not set.
    pub(crate) refusal: Option<String>,
    /// How many messages of one user are answered within some time, such as `{ messages = 20, per = "10m" }`.
    pub(crate) rate: Option<Rate>,
    /// What the answers to one user may cost a day, by the prices in `[models]`, such as `{ per_day = 0.5 }`.
    pub(crate) cost: Option<Cost>,
    /// How much a user may say at once, such as `{ characters = 2000 }`.
    pub(crate) length: Option<Length>,
}

/// How many messages of one user are answered within some time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rate {
    /// So many messages.
    #[schemars(range(min = 1))]
    pub(crate) messages: u32,
    /// Within this time, which begins with the first of them.
    pub(crate) per: Time,
    /// What a user reads, once, who has written more.
    pub(crate) notice: Option<String>,
}

/// What the answers to one user may cost.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cost {
    /// So much in 24 hours.
    #[schemars(range(min = 0))]
    pub(crate) per_day: f64,
    /// What a user reads, once a day, who has used it up.
    pub(crate) notice: Option<String>,
}

/// How much a user may say at once.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Length {
    /// So many characters.
    #[schemars(range(min = 1))]
    pub(crate) characters: u32,
    /// Takes the first so many characters of what is longer, rather than refusing it.
    #[serde(default)]
    pub(crate) cut: bool,
    /// What a user reads whose words are refused.
    pub(crate) notice: Option<String>,
}
