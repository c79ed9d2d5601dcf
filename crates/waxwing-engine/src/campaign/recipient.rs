//! Recipients of a campaign with the values of their messages.

use std::collections::BTreeMap;
use std::fmt;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use waxwing_store::NewRecipient;
use waxwing_types::{
    Bsuid, OutboundContent, TemplateButtonKind, TemplateComponent, TemplateMessage, TemplateParameter, UserProfile,
    WaId,
};

/// Largest number of values of a recipient.
const MAX_VALUES: usize = 50;

/// Longest value in bytes. Meta's longest template text has 1,024 characters.
const MAX_VALUE: usize = 4096;

/// Start of the name of a header's value.
const HEADER: &str = "header";

/// Start of the name of a button's value.
const BUTTON: &str = "button.";

/// A recipient of a campaign. `Debug` output contains neither the address nor the values.
///
/// The name of a value is the placeholder in the body of the template: `1` for `{{1}}`, `name` for `{{name}}`. `header` is the text of the
/// header, and `button.0` the end of the URL of the first button.
///
/// ```
/// use waxwing_client::types::{UserProfile, WaId};
/// use waxwing_engine::CampaignRecipient;
///
/// let ana = CampaignRecipient::new(WaId::new("34600000000")).value("1", "Ana").time_zone("Europe/Madrid");
/// assert!(!format!("{ana:?}").contains("600"));
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct CampaignRecipient {
    /// The user, by phone number or BSUID.
    pub user: UserProfile,
    /// Values of the template by their names.
    pub values: BTreeMap<String, String>,
    /// IANA name of the time zone of the user.
    pub time_zone: Option<String>,
}

/// Why a recipient cannot be added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRecipient {
    /// The recipient has neither a phone number nor a BSUID.
    #[error("a recipient needs a phone number or a BSUID")]
    NoAddress,
    /// The time zone is unknown.
    #[error("the time zone is not an IANA name, such as Europe/Madrid")]
    TimeZone,
    /// There are too many values, or a value is too long.
    #[error("a recipient has at most {MAX_VALUES} values of at most {MAX_VALUE} bytes")]
    TooLarge,
    /// The name of a value has another form.
    #[error("the value {0:?} names no button; write button.0 for the first one")]
    Button(String),
}

/// The values of a recipient as the store keeps them.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RecipientData {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) values: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) time_zone: Option<String>,
}

impl CampaignRecipient {
    /// Creates a recipient without values.
    pub fn new(user: impl Into<UserProfile>) -> Self {
        Self { user: user.into(), values: BTreeMap::new(), time_zone: None }
    }

    /// Sets a value of the template.
    pub fn value(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.values.insert(name.into(), value.into());
        self
    }

    /// Sets the IANA name of the time zone of the user.
    pub fn time_zone(mut self, name: impl Into<String>) -> Self {
        self.time_zone = Some(name.into());
        self
    }

    /// Checks the form of the recipient. Whether the values fit the template is checked when the recipient is added, and when the message is queued.
    ///
    /// # Errors
    ///
    /// An [`InvalidRecipient`] without the values.
    pub fn check(&self) -> Result<(), InvalidRecipient> {
        let has = |id: Option<&str>| id.is_some_and(|id| !id.is_empty());
        let (phone, bsuid) = (self.user.wa_id.as_ref(), self.user.bsuid.as_ref());
        if !has(phone.map(WaId::as_str)) && !has(bsuid.map(Bsuid::as_str)) {
            return Err(InvalidRecipient::NoAddress);
        }
        if self.time_zone.as_ref().is_some_and(|name| TimeZone::get(name).is_err()) {
            return Err(InvalidRecipient::TimeZone);
        }
        let is_long = |(name, value): (&String, &String)| name.len() > MAX_VALUE || value.len() > MAX_VALUE;
        if self.values.len() > MAX_VALUES || self.values.iter().any(is_long) {
            return Err(InvalidRecipient::TooLarge);
        }
        let wrong = self.values.keys().find(|name| name.starts_with(BUTTON) && button_index(name).is_none());
        wrong.map_or(Ok(()), |name| Err(InvalidRecipient::Button(name.clone())))
    }

    pub(super) fn stored(self) -> NewRecipient {
        let data = RecipientData { values: self.values, time_zone: self.time_zone };
        let data = serde_json::to_vec(&data).expect("values have string keys").into();
        NewRecipient { user: self.user, data }
    }
}

impl RecipientData {
    /// Reads stored values. Those that cannot be read are left out, so that the check of the template explains what is missing.
    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    /// Returns the content for the recipient: a template with its values, or other content as it is.
    pub(super) fn content(&self, content: &OutboundContent) -> OutboundContent {
        match content {
            OutboundContent::Template(template) if !self.values.is_empty() => self.template(template.clone()).into(),
            content => content.clone(),
        }
    }

    fn template(&self, mut template: TemplateMessage) -> TemplateMessage {
        if let Some(header) = self.values.get(HEADER) {
            template.components.retain(|component| !matches!(component, TemplateComponent::Header { .. }));
            template = template.header(TemplateParameter::text(header));
        }
        let is_of_body = |name: &&String| *name != HEADER && !name.starts_with(BUTTON);
        let names: Vec<_> = self.values.keys().filter(is_of_body).collect();
        if !names.is_empty() {
            template.components.retain(|component| !matches!(component, TemplateComponent::Body { .. }));
            template = template.body(self.body(names));
        }
        for (name, value) in &self.values {
            if let Some(index) = button_index(name) {
                let is_same = |component: &TemplateComponent| matches!(component, TemplateComponent::Button { index: known, .. } if *known == index);
                template.components.retain(|component| !is_same(component));
                template = template.button(index, TemplateButtonKind::Url, TemplateParameter::text(value));
            }
        }
        template
    }

    /// Returns the values of the body: by their numbers if all names are numbers, else with their names.
    fn body(&self, mut names: Vec<&String>) -> Vec<TemplateParameter> {
        let number = |name: &&String| name.parse::<u32>().ok();
        if names.iter().all(|name| number(name).is_some()) {
            names.sort_by_key(|name| number(name));
            return names.into_iter().map(|name| TemplateParameter::text(&self.values[name])).collect();
        }
        names.into_iter().map(|name| TemplateParameter::named(name, &self.values[name])).collect()
    }
}

fn button_index(name: &str) -> Option<u8> {
    name.strip_prefix(BUTTON)?.parse().ok()
}

impl fmt::Debug for CampaignRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CampaignRecipient")
            .field("values", &self.values.len())
            .field("time_zone", &self.time_zone)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_types::Text;

    fn data(values: &[(&str, &str)]) -> RecipientData {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        RecipientData { values, time_zone: None }
    }

    #[test]
    fn values_take_their_places_in_the_template() {
        let template = TemplateMessage::new("sale", "en").body([TemplateParameter::text("a default")]);
        let content = |values: &[(&str, &str)]| data(values).content(&template.clone().into());
        assert_eq!(content(&[]), template.clone().into());
        let plain = || TemplateMessage::new("sale", "en");
        let ten: Vec<_> = (1..=10).map(|n| (n.to_string(), format!("v{n}"))).collect();
        let ten: Vec<_> = ten.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let in_order = (1..=10).map(|n| TemplateParameter::text(format!("v{n}")));
        assert_eq!(content(&ten), plain().body(in_order).into());
        let named = plain()
            .header(TemplateParameter::text("Hi"))
            .body([TemplateParameter::named("name", "Ana")])
            .button(1, TemplateButtonKind::Url, TemplateParameter::text("x"));
        assert_eq!(content(&[("button.1", "x"), ("header", "Hi"), ("name", "Ana")]), named.into());
        let text: OutboundContent = Text::new("hi").into();
        assert_eq!(data(&[("1", "x")]).content(&text), text);
    }

    #[test]
    fn a_wrong_recipient_is_explained() {
        let ana = || CampaignRecipient::new(WaId::new("34600000000"));
        assert_eq!(ana().value("1", "Ana").time_zone("Europe/Madrid").check(), Ok(()));
        assert_eq!(CampaignRecipient::new(UserProfile::new()).check(), Err(InvalidRecipient::NoAddress));
        assert_eq!(ana().time_zone("Madrid").check(), Err(InvalidRecipient::TimeZone));
        assert_eq!(ana().value("1", "x".repeat(MAX_VALUE + 1)).check(), Err(InvalidRecipient::TooLarge));
        assert_eq!(ana().value("button.a", "x").check(), Err(InvalidRecipient::Button("button.a".into())));
    }
}
