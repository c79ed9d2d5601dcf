//! Requests about campaigns.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use waxwing::engine::{Campaign, CampaignRecipient};
use waxwing::store::Timestamp;
use waxwing::types::{Bsuid, OutboundContent, PhoneNumberId};

use crate::error::AdminError;
use crate::message_request::{content, user_of_phone};

/// A campaign to create, as the body of `POST /v1/campaigns`. `Debug` output contains no content.
///
/// ```
/// use waxwing_admin::CampaignRequest;
///
/// let request: CampaignRequest = serde_json::from_str(
///     r#"{"number": "1000001", "name": "spring", "quiet_hours": "21:00-09:00", "time_zone": "Europe/Madrid",
///         "content": {"type": "template", "template": {"name": "sale", "language": {"code": "en"}}}}"#,
/// )?;
/// assert_eq!(request.name, "spring");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CampaignRequest {
    /// Id of the business number that sends.
    pub number: String,
    /// Name for operators.
    pub name: String,
    /// Content of any type in Meta's form: `type`, and the object with the name of the type.
    #[serde(deserialize_with = "content")]
    pub content: Option<OutboundContent>,
    /// Hours of the day in which nothing is sent, such as `21:00-09:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<String>,
    /// IANA name of the time zone of the quiet hours. UTC if not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Largest number of messages per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_second: Option<u32>,
}

/// A recipient to add to a campaign. `Debug` output contains neither the address nor the values.
///
/// ```
/// use waxwing_admin::RecipientRequest;
///
/// let ana: RecipientRequest = serde_json::from_str(r#"{"phone": "+34600000000", "values": {"1": "Ana"}}"#)?;
/// assert!(!format!("{ana:?}").contains("600"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RecipientRequest {
    /// Phone number with country code. Either this or `bsuid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Business-scoped user id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bsuid: Option<String>,
    /// Values of the template by the names of their placeholders.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
    /// IANA name of the time zone of the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// Recipients to add, as the body of `POST /v1/campaigns/{id}/recipients`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecipientsRequest {
    pub(crate) recipients: Vec<RecipientRequest>,
}

/// Start of a campaign, as the body of `POST /v1/campaigns/{id}/start`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartRequest {
    /// Time in RFC 3339. Now if not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<String>,
}

/// Parameters of a list of campaigns or scheduled messages.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CampaignsQuery {
    /// Id before which the wanted campaigns are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<i64>,
    pub(crate) limit: Option<usize>,
}

/// Parameters of a list of recipients.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RecipientsQuery {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<String>,
    /// Place before the wanted recipients.
    pub(crate) after: Option<u32>,
    pub(crate) limit: Option<usize>,
}

impl CampaignRequest {
    /// Creates a request for a campaign without quiet hours.
    pub fn new(number: impl Into<String>, name: impl Into<String>, content: impl Into<OutboundContent>) -> Self {
        let (number, name, content) = (number.into(), name.into(), Some(content.into()));
        Self { number, name, content, quiet_hours: None, time_zone: None, per_second: None }
    }

    /// Returns the campaign.
    pub(crate) fn campaign(self) -> Result<Campaign, AdminError> {
        let content = self.content.ok_or_else(|| AdminError::Request("`content` is missing".to_owned()))?;
        let mut campaign = Campaign::new(PhoneNumberId::new(self.number), self.name, content);
        if let Some(hours) = self.quiet_hours {
            let hours = hours.parse().map_err(|error| AdminError::Request(format!("`quiet_hours`: {error}")))?;
            campaign = campaign.quiet_hours(hours);
        }
        campaign.time_zone = self.time_zone;
        campaign.per_second = self.per_second;
        Ok(campaign)
    }
}

impl RecipientRequest {
    /// Checks the form of the recipient.
    ///
    /// # Errors
    ///
    /// A text that says what is wrong, without the address and the values.
    pub fn check(&self) -> Result<(), String> {
        let recipient = self.clone().recipient().map_err(|error| error.to_string())?;
        recipient.check().map_err(|error| error.to_string())
    }

    /// Returns the recipient of the engine.
    pub(crate) fn recipient(self) -> Result<CampaignRecipient, AdminError> {
        let user = match (self.phone, self.bsuid) {
            (Some(phone), None) => user_of_phone(&phone, "`phone`")?,
            (None, Some(bsuid)) if !bsuid.trim().is_empty() => Bsuid::new(bsuid.trim()).into(),
            _ => return Err(AdminError::Request("write either `phone` or `bsuid`".to_owned())),
        };
        let mut recipient = CampaignRecipient::new(user);
        recipient.values = self.values;
        recipient.time_zone = self.time_zone;
        Ok(recipient)
    }
}

impl RecipientsRequest {
    /// Returns the recipients of the engine. An error names the position of the wrong one.
    pub(crate) fn recipients(self) -> Result<Vec<CampaignRecipient>, AdminError> {
        let named = |(position, recipient): (usize, RecipientRequest)| {
            recipient.recipient().map_err(|error| AdminError::Request(format!("recipients[{position}]: {error}")))
        };
        self.recipients.into_iter().enumerate().map(named).collect()
    }
}

/// Reads a time in RFC 3339.
pub(crate) fn parse_time(text: &str, name: &str) -> Result<Timestamp, AdminError> {
    let time: jiff::Timestamp = text.parse().map_err(|_| {
        AdminError::Request(format!("{name} is not a time in RFC 3339, such as 2026-11-01T09:00:00+01:00"))
    })?;
    Ok(Timestamp::from_millis(time.as_millisecond()))
}

impl StartRequest {
    /// Returns the time until the start.
    pub(crate) fn after(&self, now: Timestamp) -> Result<Duration, AdminError> {
        let Some(at) = &self.at else { return Ok(Duration::ZERO) };
        let at = parse_time(at, "`at`")?;
        if at.since(now) > waxwing::engine::MAX_SCHEDULE_AHEAD {
            return Err(AdminError::Request("a campaign can start at most a year ahead".to_owned()));
        }
        Ok(at.since(now))
    }
}

impl fmt::Debug for CampaignRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CampaignRequest")
            .field("number", &self.number)
            .field("name", &self.name)
            .field("kind", &self.content.as_ref().map(OutboundContent::kind))
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RecipientRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecipientRequest").field("values", &self.values.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_wrong_recipient_is_named() {
        let refusal = |recipients: serde_json::Value| {
            let request: RecipientsRequest = serde_json::from_value(json!({ "recipients": recipients })).unwrap();
            request.recipients().unwrap_err().to_string()
        };
        let ana = json!({ "phone": "+34 600 000 000" });
        for (wrong, expected) in [
            (json!({}), "recipients[1]: write either `phone` or `bsuid`"),
            (json!({ "phone": "Ana" }), "recipients[1]: `phone` is not a phone number"),
            (json!({ "phone": "34600000000", "bsuid": "ES.1" }), "recipients[1]: write either"),
        ] {
            let error = refusal(json!([ana, wrong]));
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn a_time_has_a_zone() {
        let millis = |text| parse_time(text, "`at`").map(Timestamp::as_millis);
        assert_eq!(millis("2026-11-01T09:00:00+01:00").unwrap(), 1_793_520_000_000);
        assert!(millis("2026-11-01 09:00").unwrap_err().to_string().contains("`at` is not a time in RFC 3339"));
    }
}
