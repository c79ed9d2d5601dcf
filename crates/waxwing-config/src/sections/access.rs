//! Access lists: `[access.NAME]`.

use schemars::JsonSchema;
use serde::Deserialize;

/// Access list: the users whose messages an agent answers. The access list `default` applies to each number that names none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccessSection {
    /// Users whose messages are answered: phone numbers with country code, or business-scoped user ids. Messages of other users are not
    /// answered.
    pub(crate) allow: Option<Vec<String>>,
    /// Users whose messages are not answered: phone numbers with country code, or business-scoped user ids.
    pub(crate) deny: Option<Vec<String>>,
    /// Text for users whose messages are not answered. They get no text if not set.
    pub(crate) refusal: Option<String>,
}
