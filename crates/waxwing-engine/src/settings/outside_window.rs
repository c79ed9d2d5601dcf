//! Handling of messages while the customer service window is closed.

use waxwing_types::TemplateMessage;

/// Handling of messages that Meta would refuse, because the user has not written within 24 hours. The first of these applies: Direct Send, a
/// template, then [`otherwise`](Self::otherwise). Messages that are templates are sent in any case.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-messages#customer-service-windows>
///
/// ```
/// use waxwing_engine::{OutsideWindow, WindowClosed};
/// use waxwing_client::types::TemplateMessage;
///
/// let policy = OutsideWindow::default().template(TemplateMessage::new("news_for_you", "en"));
/// assert_eq!(policy.otherwise, WindowClosed::Park);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct OutsideWindow {
    /// Sends texts, buttons, links and call buttons as utility messages without a template (Direct Send), as long as Meta allows this for the
    /// account. Default: no.
    pub direct_send: bool,
    /// Template that asks the user to write. The message is parked, and the template is sent in its place, once for all parked messages of the
    /// conversation. Default: none.
    pub template: Option<TemplateMessage>,
    /// Handling of other messages. Default: they are parked.
    pub otherwise: WindowClosed,
}

/// Handling of a message that no other rule of [`OutsideWindow`] sends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WindowClosed {
    /// The message is parked until the user writes, at most 20 messages in a conversation for at most 7 days. The agent then gets it as
    /// undelivered, and can send it.
    #[default]
    Park,
    /// The message fails. The agent does not run for a turn whose reply would fail.
    Fail,
}

impl OutsideWindow {
    /// Creates the policy by which messages fail.
    pub fn fail() -> Self {
        Self { otherwise: WindowClosed::Fail, ..Self::default() }
    }

    /// Sends messages without a template where Meta allows it.
    pub fn direct_send(mut self) -> Self {
        self.direct_send = true;
        self
    }

    /// Sets the template that asks the user to write.
    pub fn template(mut self, template: TemplateMessage) -> Self {
        self.template = Some(template);
        self
    }

    /// Returns whether every message fails.
    pub(crate) fn fails_everything(&self) -> bool {
        !self.direct_send && self.template.is_none() && self.otherwise == WindowClosed::Fail
    }
}
