//! Plan of a campaign: its content with its schedule.

use bytes::Bytes;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use waxwing_types::{OutboundContent, PhoneNumberId};

use super::error::CampaignError;
use super::quiet_hours::QuietHours;

/// Longest name of a campaign, in characters.
const MAX_NAME: usize = 100;

/// Name of the time zone of campaigns that state none.
const UTC: &str = "UTC";

/// A campaign to create. `Debug` output of the content hides its values.
///
/// ```
/// use waxwing_client::types::{PhoneNumberId, TemplateMessage};
/// use waxwing_engine::Campaign;
///
/// let template = TemplateMessage::new("spring_sale", "en");
/// let campaign = Campaign::new(PhoneNumberId::new("1000001"), "spring", template)
///     .quiet_hours("21:00-09:00".parse()?)
///     .time_zone("Europe/Madrid")
///     .per_second(10);
/// assert_eq!(campaign.name, "spring");
/// # Ok::<(), waxwing_engine::InvalidQuietHours>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Campaign {
    /// Business number that sends.
    pub number: PhoneNumberId,
    /// Name for operators, at most 100 characters.
    pub name: String,
    /// Content. Recipients add the values of a template.
    pub content: OutboundContent,
    /// Hours of the day in which nothing is sent. Default: none.
    pub quiet_hours: Option<QuietHours>,
    /// IANA name of the time zone of the quiet hours, unless a recipient has another one. Default: UTC.
    pub time_zone: Option<String>,
    /// Largest number of messages per second. Default: 70 % of the rate of the number.
    pub per_second: Option<u32>,
}

/// The plan as the store keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) content: OutboundContent,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) quiet_hours: Option<QuietHours>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) time_zone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) per_second: Option<u32>,
}

impl Campaign {
    /// Creates a campaign without quiet hours.
    pub fn new(number: PhoneNumberId, name: impl Into<String>, content: impl Into<OutboundContent>) -> Self {
        let (name, content) = (name.into(), content.into());
        Self { number, name, content, quiet_hours: None, time_zone: None, per_second: None }
    }

    /// Sets the hours of the day in which nothing is sent.
    pub fn quiet_hours(mut self, hours: QuietHours) -> Self {
        self.quiet_hours = Some(hours);
        self
    }

    /// Sets the IANA name of the time zone of the quiet hours.
    pub fn time_zone(mut self, name: impl Into<String>) -> Self {
        self.time_zone = Some(name.into());
        self
    }

    /// Sets the largest number of messages per second.
    pub fn per_second(mut self, messages: u32) -> Self {
        self.per_second = Some(messages);
        self
    }

    /// Checks the campaign, and returns its plan.
    pub(super) fn plan(&self) -> Result<Plan, CampaignError> {
        let invalid = |reason: String| Err(CampaignError::Invalid(reason));
        if self.name.trim().is_empty() || self.name.chars().count() > MAX_NAME {
            return invalid(format!("a campaign needs a name of 1 to {MAX_NAME} characters"));
        }
        if self.per_second == Some(0) {
            return invalid("the rate must be at least 1 message per second".to_owned());
        }
        if let Some(zone) = &self.time_zone {
            zone_of(zone)?;
        }
        // The values of the recipients complete a template.
        if !matches!(self.content, OutboundContent::Template(_)) {
            let wrong = |error| CampaignError::Invalid(format!("the content is wrong: {error}"));
            self.content.validate().map_err(wrong)?;
        }
        let Self { content, quiet_hours, time_zone, per_second, .. } = self.clone();
        Ok(Plan { content, quiet_hours, time_zone, per_second })
    }
}

impl Plan {
    pub(super) fn to_bytes(&self) -> Bytes {
        serde_json::to_vec(self).expect("a plan has string keys").into()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// Returns the time zone of a recipient.
    pub(super) fn zone(&self, of_recipient: Option<&str>) -> TimeZone {
        let name = of_recipient.or(self.time_zone.as_deref()).unwrap_or(UTC);
        TimeZone::get(name).unwrap_or(TimeZone::UTC)
    }
}

/// Returns the time zone with this IANA name.
pub(super) fn zone_of(name: &str) -> Result<TimeZone, CampaignError> {
    TimeZone::get(name).map_err(|_| {
        CampaignError::Invalid(format!("{name:?} is not the IANA name of a time zone, such as Europe/Madrid"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_types::{TemplateMessage, Text};

    #[test]
    fn a_plan_is_stored_as_it_was_written() {
        let campaign = Campaign::new(PhoneNumberId::new("1"), "spring", TemplateMessage::new("sale", "en"))
            .quiet_hours("21:00-09:00".parse().unwrap())
            .time_zone("Europe/Madrid")
            .per_second(5);
        let plan = campaign.plan().unwrap();
        assert_eq!(Plan::from_bytes(&plan.to_bytes()), Some(plan));
        assert_eq!(Plan::from_bytes(b"{}"), None);
    }

    #[test]
    fn a_wrong_campaign_is_explained() {
        let new = |name: &str, text: &str| Campaign::new(PhoneNumberId::new("1"), name, Text::new(text));
        for (campaign, expected) in [
            (new("", "hi"), "a campaign needs a name"),
            (new(&"n".repeat(101), "hi"), "a campaign needs a name"),
            (new("spring", ""), "the content is wrong"),
            (new("spring", "hi").per_second(0), "at least 1 message"),
            (new("spring", "hi").time_zone("Madrid"), "not the IANA name"),
        ] {
            let error = campaign.plan().unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
