//! Buttons of several kinds in one message.

use serde::{Deserialize, Serialize};

use super::reply_buttons::{self, ButtonPaths};
use super::{LinkButton, ReplyButton};
use crate::limits;
use crate::validation::ValidationError;

const PATHS: ButtonPaths = ButtonPaths {
    buttons: "interactive.action.buttons",
    id: "interactive.action.buttons.reply.id",
    title: "interactive.action.buttons.reply.title",
};

/// Links and reply buttons in one message, which can only be sent without a template: see [`DirectSend`](crate::DirectSend). Links stand before
/// reply buttons. `Debug` hides all texts.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/direct-send/supported-message-types>
///
/// ```
/// use waxwing_types::{DirectSend, Interactive, LinkButton, MixedButtons, OutboundMessage, ReplyButton, WaId};
///
/// let buttons = MixedButtons::default()
///     .link(LinkButton::new("https://example.com/orders/17").label("Track order"))
///     .reply(ReplyButton::new("late", "Deliver later"));
/// let message = Interactive::mixed_buttons("Your order 17 is on its way.", buttons);
/// OutboundMessage::new(WaId::new("34600000000"), message).direct_send(DirectSend::utility()).validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MixedButtons {
    /// Links, at most [`limits::DIRECT_SEND_LINKS`].
    pub links: Vec<LinkButton>,
    /// Reply buttons. Ids and titles must differ. Together with the links, at most [`limits::DIRECT_SEND_BUTTONS`].
    pub replies: Vec<ReplyButton>,
}

impl MixedButtons {
    /// Adds a link.
    pub fn link(mut self, link: LinkButton) -> Self {
        self.links.push(link);
        self
    }

    /// Adds a reply button.
    pub fn reply(mut self, button: ReplyButton) -> Self {
        self.replies.push(button);
        self
    }

    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        let (count, limit) = (self.links.len() + self.replies.len(), limits::DIRECT_SEND_BUTTONS);
        let field = PATHS.buttons;
        if count == 0 {
            return Err(ValidationError::Empty { field });
        }
        if count > limit {
            return Err(ValidationError::TooMany { field, count, limit });
        }
        let (count, limit) = (self.links.len(), limits::DIRECT_SEND_LINKS);
        if count > limit {
            return Err(ValidationError::TooMany { field: "interactive.action.buttons.cta_url", count, limit });
        }
        let (label, url) =
            ("interactive.action.buttons.cta_url.display_text", "interactive.action.buttons.cta_url.url");
        self.links.iter().try_for_each(|link| link.validate_at(label, url))?;
        reply_buttons::validate_each(&self.replies, &PATHS)
    }
}

/// Returns the error for links next to reply buttons in a message that is not sent without a template.
pub(in crate::message) fn needs_direct_send() -> ValidationError {
    ValidationError::Malformed {
        field: PATHS.buttons,
        expected: "links or reply buttons, because both need Direct Send",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DirectSend, Interactive, OutboundContent, OutboundMessage, WaId};

    fn buttons(links: usize, replies: usize) -> MixedButtons {
        let link = |n: usize| LinkButton::new(format!("https://example.com/{n}")).label(format!("Link {n}"));
        let reply = |n: usize| ReplyButton::new(n.to_string(), format!("Reply {n}"));
        MixedButtons { links: (0..links).map(link).collect(), replies: (0..replies).map(reply).collect() }
    }

    #[test]
    fn buttons_have_limits() {
        for (links, replies) in [(0, 10), (2, 8), (2, 0), (1, 1)] {
            assert_eq!(buttons(links, replies).validate(), Ok(()), "{links} {replies}");
        }
        let too_many = |field, count, limit| Err(ValidationError::TooMany { field, count, limit });
        assert_eq!(buttons(2, 9).validate(), too_many(PATHS.buttons, 11, 10));
        assert_eq!(buttons(3, 0).validate(), too_many("interactive.action.buttons.cta_url", 3, 2));
        assert_eq!(buttons(0, 0).validate(), Err(ValidationError::Empty { field: PATHS.buttons }));
        let repeated = buttons(1, 1).reply(ReplyButton::new("0", "Other"));
        assert_eq!(repeated.validate(), Err(ValidationError::Repeated { field: PATHS.id }));
        let blank = MixedButtons::default().link(LinkButton::new("https://example.com"));
        let field = "interactive.action.buttons.cta_url.display_text";
        assert_eq!(blank.validate(), Err(ValidationError::Empty { field }));
    }

    #[test]
    fn a_mix_needs_direct_send() {
        let message = OutboundMessage::new(WaId::new("1"), Interactive::mixed_buttons("a", buttons(1, 2)));
        assert_eq!(message.validate(), Err(needs_direct_send()));
        assert_eq!(message.clone().direct_send(DirectSend::utility()).validate(), Ok(()));
        assert!(message.direct_send(DirectSend::authentication()).validate().is_err());
    }

    #[test]
    fn links_stand_before_replies_in_json() {
        let content = OutboundContent::from(Interactive::mixed_buttons("a", buttons(1, 1)));
        let json = serde_json::json!([
            { "type": "cta_url", "cta_url": { "display_text": "Link 0", "url": "https://example.com/0" } },
            { "type": "reply", "reply": { "id": "0", "title": "Reply 0" } },
        ]);
        let written = serde_json::to_value(&content).unwrap();
        assert_eq!(
            (&written["interactive"]["type"], &written["interactive"]["action"]["buttons"]),
            (&"button".into(), &json)
        );
        assert_eq!(serde_json::from_value::<OutboundContent>(written).unwrap(), content);
    }
}
