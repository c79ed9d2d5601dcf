//! Business numbers: `[numbers.NAME]`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::values::{AmountValue, SecretValue};

/// Business number. A file without numbers serves the number of `[whatsapp]`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NumberSection {
    /// Id of the business phone number at Meta. This is not the phone number.
    pub(crate) phone_number_id: String,
    /// Agent or team that answers on this number. The agent of `[whatsapp]`, or else the only agent of the file, if not set.
    pub(crate) agent: Option<String>,
    /// Access token of the Graph API. The token of `[whatsapp]` if not set.
    pub(crate) access_token: Option<SecretValue>,
    /// App secrets of the number's Meta app, separated by commas. They verify the signatures of webhooks. The secrets of `[whatsapp]` if
    /// not set.
    pub(crate) app_secret: Option<SecretValue>,
    /// Verify token for Meta's webhook challenge. The token of `[whatsapp]` if not set.
    pub(crate) verify_token: Option<SecretValue>,
    /// Path prefix of the webhook. The prefix of `[server]` if not set. Numbers of one Meta app share the webhook and can share the prefix.
    /// Numbers of several apps need different prefixes.
    pub(crate) prefix: Option<String>,
    /// Language of `[messages]` and `[commands]` for users whose text has no known language, and who have none in `[languages]`.
    pub(crate) language: Option<String>,
    /// Handling of messages outside the customer service window. The setting of `[engine]` if not set.
    pub(crate) outside_window: Option<Vec<String>>,
    /// Template that asks the user to write, as NAME/LANGUAGE. The setting of `[engine]` if not set.
    pub(crate) window_template: Option<String>,
    /// Budget of the number for Meta's charges, such as `{ per_month = 250 }`. Keys that are not set are taken from `[budget]`.
    pub(crate) budget: Option<NumberBudgetSection>,
    /// Access lists, by their names in `[access]`. The access list `default`, if it exists, if not set.
    pub(crate) access: Option<Vec<String>>,
    /// Limits, by their names in `[limits]`. The limits `default`, if they exist, if not set.
    pub(crate) limits: Option<Vec<String>>,
}

/// Budget of a business number for Meta's charges.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NumberBudgetSection {
    /// Charges on one day (UTC), in the currency of the rates.
    pub(crate) per_day: Option<AmountValue>,
    /// Charges in one month (UTC), in the currency of the rates.
    pub(crate) per_month: Option<AmountValue>,
    /// Whether a used budget stops answers that cost something.
    pub(crate) hard: Option<bool>,
}
