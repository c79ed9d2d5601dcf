//! Limits that Meta sets for messages: lengths, counts, sizes.
//!
//! Meta states lengths in "characters" without a unit. This crate counts UTF-16 code units ([`utf16_len`]). A text within a limit
//! in UTF-16 units is also within that limit in Unicode code points.

/// Longest body of a text message: 4,096 UTF-16 units.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/text-messages>
pub const TEXT_BODY: usize = 4096;

/// Longest caption of an image, a video or a document: 1,024 UTF-16 units.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/image-messages>
pub const CAPTION: usize = 1024;

/// Longest `biz_opaque_callback_data`: 512 UTF-16 units.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages>
pub const CALLBACK_DATA: usize = 512;

/// Most contact cards in one message. Meta's pages disagree (some state 257); this is the smallest number they state.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/contacts-messages>
pub const CONTACTS: usize = 5;

/// Longest body of an interactive message: 1,024 UTF-16 units. Older pages of Meta state 4,096 for lists.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages#interactive-object>
pub const INTERACTIVE_BODY: usize = 1024;

/// Longest header and longest footer of an interactive message: 60 UTF-16 units each.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages#interactive-object>
pub const HEADER: usize = 60;

/// Most reply buttons in one message.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-reply-buttons-messages>
pub const BUTTONS: usize = 3;

/// Longest title of a reply button: 20 UTF-16 units.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-reply-buttons-messages>
pub const BUTTON_TITLE: usize = 20;

/// Longest id of a reply button: 256 UTF-16 units.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-reply-buttons-messages>
pub const BUTTON_ID: usize = 256;

/// Most rows of a list, counted over all of its sections.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-list-messages>
pub const ROWS: usize = 10;

/// Longest title of a list row: 24 UTF-16 units.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-list-messages>
pub const ROW_TITLE: usize = 24;

/// Longest description of a list row: 72 UTF-16 units.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-list-messages>
pub const ROW_DESCRIPTION: usize = 72;

/// Longest id of a list row: 200 UTF-16 units.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-list-messages>
pub const ROW_ID: usize = 200;

/// Longest title of a list section: 24 UTF-16 units.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-list-messages>
pub const SECTION_TITLE: usize = 24;

/// Longest label of the button that opens a list: 20 UTF-16 units.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-list-messages>
pub const LIST_BUTTON: usize = 20;

/// Longest label of a button that opens a link: 20 UTF-16 units.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-cta-url-messages>
pub const LINK_BUTTON: usize = 20;

/// Most sections of a list.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-list-messages>
pub const SECTIONS: usize = 10;

/// Most products of a message, counted over all of its sections.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/sell-products-and-services>
pub const PRODUCTS: usize = 30;

/// Longest label of a button that opens a form: 30 UTF-16 units. A label of Meta's own example has 23, so the 20 of other pages are wrong.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/guides/sendingaflow>
pub const FLOW_LABEL: usize = 30;

/// Most cards of a carousel. Two is the smallest number.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-media-carousel-messages>
pub const CARDS: usize = 10;

/// Longest text of a card of a carousel: 160 UTF-16 units.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-media-carousel-messages>
pub const CARD_BODY: usize = 160;

/// Most line breaks in the text of a card of a carousel.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-media-carousel-messages>
pub const CARD_LINE_BREAKS: usize = 2;

/// Longest life of a call button in minutes: 30 days.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/calling/call-button-messages-deep-links>
pub const CALL_MINUTES: u32 = 43_200;

/// Longest id of an order: 35 UTF-16 units.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/payments-api/payments-in/orderdetailspg>
pub const ORDER_REFERENCE: usize = 35;

/// Longest name of an item of an order: 60 UTF-16 units.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/payments-api/payments-in/orderdetailspg>
pub const ORDER_ITEM: usize = 60;

/// Longest text about the status of an order: 120 UTF-16 units.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/payments-api/payments-in/orderdetailspg>
pub const ORDER_DESCRIPTION: usize = 120;

/// Longest payload of a call button: 512 UTF-16 units.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/calling/call-button-messages-deep-links>
pub const CALL_PAYLOAD: usize = 512;

/// Most days for which a message is pinned.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/groups>
pub const PIN_DAYS: u8 = 30;

/// Longest text that can be sent without a template outside the customer service window: 1,024 UTF-16 units.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/direct-send>
pub const DIRECT_SEND_BODY: usize = 1024;

/// Most buttons of a message that is sent without a template, links included.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/direct-send/supported-message-types>
pub const DIRECT_SEND_BUTTONS: usize = 10;

/// Most links among the buttons of a message that is sent without a template.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/direct-send/supported-message-types>
pub const DIRECT_SEND_LINKS: usize = 2;

/// Largest image that can be sent: 5 MiB.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>
pub const IMAGE_BYTES: u64 = 5 * 1024 * 1024;

/// Largest video that can be sent: 16 MiB.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>
pub const VIDEO_BYTES: u64 = 16 * 1024 * 1024;

/// Largest audio file that can be sent: 16 MiB.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>
pub const AUDIO_BYTES: u64 = 16 * 1024 * 1024;

/// Largest document that can be sent: 100 MiB.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>
pub const DOCUMENT_BYTES: u64 = 100 * 1024 * 1024;

/// Largest sticker that can be sent: 100 KiB.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>
pub const STICKER_BYTES: u64 = 100 * 1024;

/// Largest animated sticker that can be sent: 500 KiB.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media>
pub const ANIMATED_STICKER_BYTES: u64 = 500 * 1024;

/// Returns the length of `text` in UTF-16 code units, the unit of all text limits in this module.
///
/// ```
/// assert_eq!(waxwing_types::limits::utf16_len("hola 😀"), 7);
/// ```
pub fn utf16_len(text: &str) -> usize {
    text.encode_utf16().count()
}
