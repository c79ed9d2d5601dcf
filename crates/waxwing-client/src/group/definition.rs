//! Definition of a group, new or changed.

use std::fmt;

use bytes::Bytes;
use serde_json::{Map, Value, json};

/// Group to create. `Debug` hides the texts.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/groups/reference>
///
/// ```
/// use waxwing_client::NewGroup;
///
/// let group = NewGroup::new("Tea on Sundays").description("For everyone who drinks tea").needs_approval();
/// assert!(group.needs_approval);
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewGroup {
    /// Subject, which participants see as the name: at most 128 characters.
    pub subject: String,
    /// Description, at most 2,048 characters.
    pub description: Option<String>,
    /// Whether the business approves each user who wants to join. Otherwise, users with the invite link join at once.
    pub needs_approval: bool,
}

/// Change of a group. Fields that are not set stay as they are. `Debug` hides the texts.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/groups/reference>
///
/// ```
/// use waxwing_client::GroupUpdate;
///
/// let update = GroupUpdate::default().subject("Coffee on Sundays").description("");
/// assert_eq!(update.subject.as_deref(), Some("Coffee on Sundays"));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupUpdate {
    /// Subject, at most 128 characters.
    pub subject: Option<String>,
    /// Description, at most 2,048 characters.
    pub description: Option<String>,
    /// Picture: a square JPEG file of at least 192 × 192 pixels and at most 5 MiB.
    pub picture: Option<Bytes>,
}

impl NewGroup {
    /// Creates a group that users with the invite link join at once.
    pub fn new(subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), description: None, needs_approval: false }
    }

    /// Sets the description.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Makes the business approve each user who wants to join.
    pub fn needs_approval(mut self) -> Self {
        self.needs_approval = true;
        self
    }

    /// Returns the body of a request.
    pub(crate) fn body(&self) -> Value {
        let mode = if self.needs_approval { "approval_required" } else { "auto_approve" };
        let mut body = json!({ "messaging_product": "whatsapp", "subject": self.subject, "join_approval_mode": mode });
        if let Some(description) = &self.description {
            body["description"] = description.as_str().into();
        }
        body
    }
}

impl GroupUpdate {
    /// Changes the subject.
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Changes the description.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Changes the picture.
    pub fn picture(mut self, jpeg: impl Into<Bytes>) -> Self {
        self.picture = Some(jpeg.into());
        self
    }

    /// Returns the body of a request without the picture.
    pub(super) fn body(&self) -> Value {
        self.texts().into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect::<Map<_, _>>().into()
    }

    /// Returns the parameters of a request without the picture.
    pub(super) fn texts(&self) -> Vec<(&'static str, &str)> {
        let texts = [
            ("messaging_product", Some("whatsapp")),
            ("subject", self.subject.as_deref()),
            ("description", self.description.as_deref()),
        ];
        texts.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
    }
}

impl fmt::Debug for NewGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewGroup").field("needs_approval", &self.needs_approval).finish_non_exhaustive()
    }
}

impl fmt::Debug for GroupUpdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupUpdate")
            .field("subject", &self.subject.is_some())
            .field("description", &self.description.is_some())
            .field("picture", &self.picture.is_some())
            .finish()
    }
}
