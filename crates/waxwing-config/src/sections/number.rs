//! `[numbers.NAME]`

use schemars::JsonSchema;
use serde::Deserialize;

use crate::values::Secret;

/// A business number, and who answers on it. A file without numbers serves the one of `[whatsapp]`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Number {
    /// Id of the business phone number at Meta: the id, not the number.
    pub(crate) phone_number_id: String,
    /// The agent or team that answers. As in `[whatsapp]` if not set; and where that names none either, the only one that there is.
    pub(crate) agent: Option<String>,
    /// Access token of the Graph API. As in `[whatsapp]` if not set.
    pub(crate) access_token: Option<Secret>,
    /// Secret of the Meta app that the number belongs to, which checks signatures; several with commas. As in `[whatsapp]` if not set.
    pub(crate) app_secret: Option<Secret>,
    /// Word that Meta's challenge must bear. As in `[whatsapp]` if not set.
    pub(crate) verify_token: Option<Secret>,
    /// Path under which the number's webhook is mounted, as in `[server]` if not set. Numbers of one Meta app share its webhook, and so may share the path; those
    /// of several apps need one each.
    pub(crate) prefix: Option<String>,
    /// The language of `[messages]` and `[commands]` for users of whom `[languages]` knows none.
    pub(crate) language: Option<String>,
    /// Access lists, by their names in `[access]`. The access list `default`, if it exists, if not set.
    pub(crate) access: Option<Vec<String>>,
    /// Limits, by their names in `[limits]`. The limits `default`, if they exist, if not set.
    pub(crate) limits: Option<Vec<String>>,
}
