//! Cards that the user can swipe through.

use serde::{Deserialize, Serialize};

use super::reply_buttons::{self, ButtonPaths};
use super::wire_parts::{Named, WireText};
use super::{LinkButton, ReplyButton};
use crate::limits;
use crate::message::media::{self, MediaSource};
use crate::redacted::debug_shows;
use crate::validation::{self, ValidationError};

/// Paths of the reply buttons of a card.
const BUTTONS: ButtonPaths = ButtonPaths {
    buttons: "interactive.action.cards.action.buttons",
    id: "interactive.action.cards.action.buttons.quick_reply.id",
    title: "interactive.action.cards.action.buttons.quick_reply.title",
};

/// Card of a carousel: a picture or a video with a text and buttons. `Debug` hides the text and the link.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-media-carousel-messages>
///
/// ```
/// use waxwing_types::{CarouselCard, Interactive, LinkButton, OutboundContent};
///
/// let card = |pizza: &str| {
///     let page = LinkButton::new(format!("https://example.com/{pizza}")).label("See");
///     CarouselCard::image(format!("https://example.com/{pizza}.jpg"), page).body(pizza)
/// };
/// let carousel = Interactive::carousel("Our pizzas", [card("margherita"), card("marinara")]);
/// OutboundContent::from(carousel).validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CarouselCard {
    /// Picture or video. Meta requires a link.
    pub medium: CardMedium,
    /// Text, at most [`limits::CARD_BODY`] UTF-16 units with at most [`limits::CARD_LINE_BREAKS`] line breaks.
    pub body: Option<String>,
    /// Button, or reply buttons. All cards of a carousel have the same kind and number.
    pub action: CardAction,
}

/// Picture or video of a card. `Debug` hides links.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum CardMedium {
    /// Picture, JPEG or PNG.
    Image {
        /// Source of the file.
        image: MediaSource,
    },
    /// Video, MP4 or 3GPP.
    Video {
        /// Source of the file.
        video: MediaSource,
    },
}

/// Buttons of a card. `Debug` hides all texts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CardAction {
    /// Button that opens a web page.
    Link(LinkButton),
    /// Reply buttons, at most [`limits::BUTTONS`].
    Replies(Vec<ReplyButton>),
}

impl CarouselCard {
    /// Creates a card with the picture at a link.
    pub fn image(link: impl Into<String>, action: impl Into<CardAction>) -> Self {
        Self::new(CardMedium::Image { image: MediaSource::Link(link.into()) }, action)
    }

    /// Creates a card with the video at a link.
    pub fn video(link: impl Into<String>, action: impl Into<CardAction>) -> Self {
        Self::new(CardMedium::Video { video: MediaSource::Link(link.into()) }, action)
    }

    fn new(medium: CardMedium, action: impl Into<CardAction>) -> Self {
        Self { medium, body: None, action: action.into() }
    }

    /// Sets the text, at most [`limits::CARD_BODY`] UTF-16 units.
    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self
    }

    fn validate(&self) -> Result<(), ValidationError> {
        const BODY: &str = "interactive.action.cards.body.text";
        let (CardMedium::Image { image: source } | CardMedium::Video { video: source }) = &self.medium;
        if matches!(source, MediaSource::Id(_)) {
            let (field, expected) =
                ("interactive.action.cards.header", "a medium with a link, because cards take no ids");
            return Err(ValidationError::Malformed { field, expected });
        }
        media::validate(source)?;
        if let Some(body) = &self.body {
            validation::required(BODY, body, limits::CARD_BODY)?;
            let count = body.matches('\n').count();
            if count > limits::CARD_LINE_BREAKS {
                return Err(ValidationError::Malformed { field: BODY, expected: "a text with at most 2 line breaks" });
            }
        }
        match &self.action {
            CardAction::Link(link) => link.validate_at(
                "interactive.action.cards.action.parameters.display_text",
                "interactive.action.cards.action.parameters.url",
            ),
            CardAction::Replies(buttons) => reply_buttons::validate_at(buttons, &BUTTONS),
        }
    }
}

impl CardAction {
    /// Returns the number of reply buttons.
    fn replies(&self) -> usize {
        match self {
            Self::Link(_) => 0,
            Self::Replies(buttons) => buttons.len(),
        }
    }
}

impl From<LinkButton> for CardAction {
    fn from(link: LinkButton) -> Self {
        Self::Link(link)
    }
}

impl From<Vec<ReplyButton>> for CardAction {
    fn from(buttons: Vec<ReplyButton>) -> Self {
        Self::Replies(buttons)
    }
}

/// Checks the number of cards, that their buttons are alike, and each card.
pub(super) fn validate(cards: &[CarouselCard]) -> Result<(), ValidationError> {
    const CARDS: &str = "interactive.action.cards";
    validation::item_count(CARDS, cards, limits::CARDS)?;
    if cards.len() == 1 {
        return Err(ValidationError::Malformed { field: CARDS, expected: "a list of at least 2 cards" });
    }
    if cards.iter().any(|card| card.action.replies() != cards[0].action.replies()) {
        return Err(ValidationError::Malformed { field: CARDS, expected: "a list of cards with the same buttons" });
    }
    cards.iter().try_for_each(CarouselCard::validate)
}

debug_shows! { CarouselCard { medium, action } }

/// JSON form of the action of a carousel.
#[derive(Serialize, Deserialize)]
pub(super) struct WireCarousel {
    cards: Vec<WireCard>,
}

#[derive(Serialize, Deserialize)]
struct WireCard {
    card_index: usize,
    /// Meta writes the type of cards with a link only.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    kind: Option<WireLinkName>,
    header: CardMedium,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<WireText>,
    action: WireCardAction,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WireLinkName {
    CtaUrl,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum WireCardAction {
    Link(Named<WireLinkName, LinkButton>),
    Replies { buttons: Vec<WireCardButton> },
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", content = "quick_reply", rename_all = "snake_case")]
enum WireCardButton {
    QuickReply(ReplyButton),
}

impl From<Vec<CarouselCard>> for WireCarousel {
    fn from(cards: Vec<CarouselCard>) -> Self {
        let card = |(card_index, CarouselCard { medium, body, action })| WireCard {
            card_index,
            kind: matches!(action, CardAction::Link(_)).then_some(WireLinkName::CtaUrl),
            header: medium,
            body: body.map(|text| WireText { text }),
            action: match action {
                CardAction::Link(parameters) => WireCardAction::Link(Named { name: WireLinkName::CtaUrl, parameters }),
                CardAction::Replies(buttons) => {
                    WireCardAction::Replies { buttons: buttons.into_iter().map(WireCardButton::QuickReply).collect() }
                }
            },
        };
        Self { cards: cards.into_iter().enumerate().map(card).collect() }
    }
}

impl From<WireCarousel> for Vec<CarouselCard> {
    fn from(wire: WireCarousel) -> Self {
        let card = |WireCard { header, body, action, .. }| CarouselCard {
            medium: header,
            body: body.map(|body: WireText| body.text),
            action: match action {
                WireCardAction::Link(Named { parameters, .. }) => CardAction::Link(parameters),
                WireCardAction::Replies { buttons } => {
                    CardAction::Replies(buttons.into_iter().map(|WireCardButton::QuickReply(button)| button).collect())
                }
            },
        };
        wire.cards.into_iter().map(card).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Interactive;
    use super::*;
    use crate::message::checks::{check_content, check_debug, check_invalid};
    use serde_json::json;

    const CARDS: &str = "interactive.action.cards";

    fn card() -> CarouselCard {
        CarouselCard::image("https://example.com/1.jpg", LinkButton::new("https://example.com").label("See"))
    }

    fn carousel(cards: impl IntoIterator<Item = CarouselCard>) -> Interactive {
        Interactive::carousel("Pizzas", cards)
    }

    #[test]
    fn cards_have_the_json_form_of_meta() {
        let reply = || vec![ReplyButton::new("a", "Order")];
        let video = CarouselCard::video("https://example.com/2.mp4", reply()).body("Marinara");
        let image = CarouselCard::image("https://example.com/1.jpg", reply());
        let action = json!({ "buttons": [{ "type": "quick_reply", "quick_reply": { "id": "a", "title": "Order" } }] });
        check_content(
            carousel([image, video]),
            &json!({
                "type": "carousel",
                "body": { "text": "Pizzas" },
                "action": { "cards": [
                    {
                        "card_index": 0,
                        "header": { "type": "image", "image": { "link": "https://example.com/1.jpg" } },
                        "action": action,
                    },
                    {
                        "card_index": 1,
                        "header": { "type": "video", "video": { "link": "https://example.com/2.mp4" } },
                        "body": { "text": "Marinara" },
                        "action": action,
                    },
                ] },
            }),
        );
        let json = serde_json::to_value(carousel([card(), card()])).unwrap();
        let first = &json["action"]["cards"][1];
        let parameters = json!({ "display_text": "See", "url": "https://example.com" });
        assert_eq!(first["action"], json!({ "name": "cta_url", "parameters": parameters }));
        assert_eq!(first["type"], "cta_url");
        assert_eq!(serde_json::from_value::<Interactive>(json).unwrap(), carousel([card(), card()]));
    }

    #[test]
    fn cards_have_limits() {
        let malformed = |expected| ValidationError::Malformed { field: CARDS, expected };
        check_invalid(carousel([]), &ValidationError::Empty { field: CARDS });
        check_invalid(carousel([card()]), &malformed("a list of at least 2 cards"));
        check_invalid(
            carousel(vec![card(); 11]),
            &ValidationError::TooMany { field: CARDS, count: 11, limit: limits::CARDS },
        );
        let replies = CarouselCard::image("https://example.com/1.jpg", vec![ReplyButton::new("a", "Order")]);
        check_invalid(carousel([card(), replies]), &malformed("a list of cards with the same buttons"));
        let field = "interactive.action.cards.body.text";
        let long = ValidationError::TooLong { field, length: 161, limit: limits::CARD_BODY };
        check_invalid(carousel([card(), card().body("x".repeat(161))]), &long);
        let expected = "a text with at most 2 line breaks";
        check_invalid(carousel([card(), card().body("1\n2\n3\n4")]), &ValidationError::Malformed { field, expected });
        let uploaded = CarouselCard { medium: CardMedium::Image { image: crate::MediaId::new("77").into() }, ..card() };
        let (field, expected) = ("interactive.action.cards.header", "a medium with a link, because cards take no ids");
        check_invalid(carousel([card(), uploaded]), &ValidationError::Malformed { field, expected });
        let linked =
            CarouselCard::image("ftp://example.com/1.jpg", LinkButton::new("https://example.com").label("See"));
        let (field, expected) = ("link", "an http or https URL");
        check_invalid(carousel([card(), linked]), &ValidationError::Malformed { field, expected });
        let blank = CarouselCard::image("https://example.com/1.jpg", LinkButton::new("https://example.com"));
        let field = "interactive.action.cards.action.parameters.display_text";
        check_invalid(carousel([blank.clone(), blank]), &ValidationError::Empty { field });
        let framed = carousel([card(), card()]).footer("!");
        let expected = "no footer, because a carousel has none";
        check_invalid(framed, &ValidationError::Malformed { field: "interactive.footer", expected });
    }

    #[test]
    fn debug_hides_texts_and_links() {
        let link = || LinkButton::new("https://example.com/secret").label("secret");
        let card = || CarouselCard::image("https://example.com/secret", link()).body("secret");
        check_debug(carousel([card(), card()]), &["secret"]);
    }
}
