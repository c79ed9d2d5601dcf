//! Business numbers: `[numbers.NAME]`.

use std::collections::BTreeMap;

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
    /// Opening hours of the number, such as `{ open = ["mon-fri 09:00-17:00"], time_zone = "Europe/Madrid" }`. Keys that are not set are taken from
    /// `[hours]`.
    pub(crate) hours: Option<NumberHoursSection>,
    /// Texts of the number, which replace those of `[messages]`.
    pub(crate) messages: Option<NumberMessagesSection>,
    /// Version of the message `first_contact`. The setting of `[engine]` if not set.
    pub(crate) first_contact_version: Option<String>,
    /// Calls of users: `ignore` or `reject`. The setting of `[engine]` if not set.
    pub(crate) calls: Option<String>,
    /// Conversations that are handed off to a person: `keep` or `pass`. The setting of `[engine]` if not set.
    pub(crate) handoff_thread: Option<String>,
    /// Phone number of the employee who gets a message when a user waits for a person. The setting of `[engine]` if not set.
    pub(crate) handoff_staff: Option<String>,
    /// Template of this message, as NAME/LANGUAGE. The setting of `[engine]` if not set.
    pub(crate) handoff_template: Option<String>,
    /// Budget of the number for Meta's charges, such as `{ per_month = 250 }`. Keys that are not set are taken from `[budget]`.
    pub(crate) budget: Option<NumberBudgetSection>,
    /// Access lists, by their names in `[access]`. The access list `default`, if it exists, if not set.
    pub(crate) access: Option<Vec<String>>,
    /// Limits, by their names in `[limits]`. The limits `default`, if they exist, if not set.
    pub(crate) limits: Option<Vec<String>>,
}

/// Opening hours of a business number.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NumberHoursSection {
    /// Days with their times, such as `["mon-fri 09:00-13:00 15:00-19:00", "sat 10:00-14:00"]`. An empty list is never open.
    pub(crate) open: Option<Vec<String>>,
    /// Time zone of the hours, such as `Europe/Madrid`.
    pub(crate) time_zone: Option<String>,
    /// Dates such as `2026-12-25`, or `12-25` for every year, with times if only a part of the day is closed.
    pub(crate) holidays: Option<Vec<String>>,
    /// Handling of messages outside the hours: `away` (no answer), `wait` (until the business opens) or `answer`.
    pub(crate) when_closed: Option<String>,
}

/// Texts of a business number.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct NumberMessagesSection {
    /// Message to a user who writes outside the opening hours. Empty: none.
    pub(crate) away: Option<String>,
    /// Message before the first answer to a user. Empty: none.
    pub(crate) first_contact: Option<String>,
    /// Message to a user whose call is rejected. Empty: none.
    pub(crate) call_rejected: Option<String>,
    /// The texts in another language, such as `[numbers.NAME.messages.es]`.
    #[serde(flatten)]
    pub(crate) languages: BTreeMap<String, NumberTranslationSection>,
}

/// Texts of a business number in another language.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NumberTranslationSection {
    /// Message to a user who writes outside the opening hours. Empty: none.
    pub(crate) away: Option<String>,
    /// Message before the first answer to a user. Empty: none.
    pub(crate) first_contact: Option<String>,
    /// Message to a user whose call is rejected. Empty: none.
    pub(crate) call_rejected: Option<String>,
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
