//! Rows of the table of Meta's rules.

#[macro_use]
mod endpoints;

use super::{Bound, Row};

/// Each row: variant, name, bound, error code, HTTP status, source, description.
macro_rules! table {
    ($($rule:ident $name:literal $bound:expr, $code:literal $http:literal, $source:literal, $description:literal;)*) => {
        /// Rule of Meta's for calls of the Graph API.
        ///
        /// Meta describes the error codes at
        /// <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Rule {
            $(#[doc = $description] #[doc = "."] $rule,)*
        }

        impl Rule {
            /// All rules.
            pub const ALL: &[Self] = &[$(Self::$rule),*];
        }

        pub(super) static ROWS: &[Row] = &[$(Row {
            name: $name, bound: $bound, code: $code, http: $http, source: $source, description: $description,
        }),*];
    };
}

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

use Bound::{Always, Disputed, Limit, Optional, Unverified};

with_endpoint_rows! { table! {
    // Access.
    Token "token" Always, 190 401,
        "cloud-api 7.2 (Meta: access tokens)", "a call has the access token in its Authorization header";
    UnknownObject "unknown-object" Always, 100 400,
        "cloud-api 7.2 (Meta: error codes)", "the object in the path exists and belongs to the caller";
    UnknownField "unknown-field" Always, 100 400,
        "cloud-api 9.2 (Meta: phone numbers)", "the requested fields exist";
    Cursor "cursor" Always, 100 400,
        "cloud-api 9.2 (Meta: Graph API, paged results)", "a cursor comes from an earlier page of the list";
    UnknownPath "unknown-path" Always, 2500 404,
        "cloud-api 9.1 (Meta: Graph API)", "the path exists in the API";

    // Form of all requests.
    Body "body" Always, 1 400,
        "cloud-api 7.2 (Meta: error codes)", "the body can be parsed";
    Required "required" Always, 100 400,
        "cloud-api 12.5 (Meta: messages)", "required parameters are present and not empty";
    UnknownKey "unknown-key" Always, 100 400,
        "cloud-api 12.5 (Meta: messages)", "objects have only the keys that Meta documents";
    Form "form" Always, 100 400,
        "cloud-api 12.5 (Meta: messages)", "parameters have the type and the values that Meta documents";
    LengthUnit "length-unit" Unverified, 131_009 400,
        "cloud-api 6 (unverified)", "lengths are counted in UTF-16 code units, not in code points";

    // Envelope of a message.
    MessageType "message-type" Always, 131_051 400,
        "cloud-api 4.2 (Meta: messages)", "the message type can be sent";
    CallbackData "callback-data" Limit(512), 131_009 400,
        "cloud-api 4.1 (Meta: messages)", "callback data has at most this many characters";
    Address "address" Always, 131_009 400,
        "cloud-api 1.6 (Meta: business-scoped user ids)",
        "`to` is a phone number, and `recipient` a business-scoped user id";
    BsuidInTo "bsuid-in-to" Always, 131_009 400,
        "cloud-api 1.6 (Meta: business-scoped user ids)",
        "a business-scoped user id goes into `recipient`, not into `to`";
    SelfSend "self-send" Always, 131_021 400,
        "cloud-api 7.2 (Meta: error codes)", "sender and recipient differ";
    Undeliverable "undeliverable" Always, 131_026 400,
        "cloud-api 7.2 (Meta: error codes)", "the recipient has a WhatsApp account";
    Blocked "blocked" Unverified, 131_026 400,
        "cloud-api 9.2 (Meta: block users; the code is unverified)", "the recipient is not on the block list";
    QuotedMessage "quoted-message" Unverified, 131_009 400,
        "cloud-api 4.1 (Meta: contextual replies; unverified)", "a quoted message is in the same chat";

    // Message types.
    TextBody "text-body" Limit(4096), 131_009 400,
        "cloud-api 4.2 (Meta: text messages)", "a text has at most this many characters";
    Caption "caption" Limit(1024), 131_009 400,
        "cloud-api 4.2 (Meta: image messages)", "a caption has at most this many characters";
    MediaSource "media-source" Always, 131_009 400,
        "cloud-api 4.2 (Meta: media messages)", "a media object has either an id or a link";
    Link "link" Always, 131_009 400,
        "cloud-api 4.2 (Meta: media messages)", "a link is an http or https URL";
    Coordinates "coordinates" Always, 131_009 400,
        "cloud-api 4.2 (Meta: location messages)", "latitude is within 90 degrees and longitude within 180 degrees";
    Contacts "contacts" Disputed { strict: 5, lenient: 257 }, 131_009 400,
        "cloud-api 4.2 (Meta: contacts messages; sources conflict)", "a message has at most this many contacts";
    ContactName "contact-name" Always, 131_009 400,
        "cloud-api 4.2 (Meta: contacts messages)", "besides `formatted_name`, a contact's name has at least one part";
    ReactionTarget "reaction-target" Always, 131_009 400,
        "cloud-api 4.2 (Meta: reaction messages)", "a reaction refers to a message in the same chat";
    ReactionEmoji "reaction-emoji" Unverified, 131_009 400,
        "cloud-api 4.2 (Meta: reaction messages; unverified)", "a reaction is one emoji";

    // Interactive messages.
    HeaderText "header-text" Limit(60), 131_009 400,
        "cloud-api 4.3 (Meta: interactive messages)", "the text of a header has at most this many characters";
    HeaderType "header-type" Always, 131_009 400,
        "cloud-api 4.3 (Meta: interactive messages)", "the message allows this type of header";
    InteractiveBody "interactive-body" Limit(1024), 131_009 400,
        "cloud-api 4.3 (Meta: interactive messages)", "the body has at most this many characters";
    ListBody "list-body" Disputed { strict: 1024, lenient: 4096 }, 131_009 400,
        "cloud-api 4.3 (Meta: list messages; sources conflict)", "the body of a list has at most this many characters";
    Footer "footer" Limit(60), 131_009 400,
        "cloud-api 4.3 (Meta: interactive messages)", "a footer has at most this many characters";
    Buttons "buttons" Limit(3), 131_009 400,
        "cloud-api 4.3 (Meta: reply buttons)", "a message has at most this many reply buttons";
    ButtonId "button-id" Limit(256), 131_009 400,
        "cloud-api 4.3 (Meta: reply buttons)", "the id of a button has at most this many characters";
    ButtonTitle "button-title" Limit(20), 131_009 400,
        "cloud-api 4.3 (Meta: reply buttons)", "the title of a button has at most this many characters";
    UniqueButtons "unique-buttons" Always, 131_009 400,
        "cloud-api 4.3 (Meta: reply buttons)", "ids and titles of buttons are unique";
    ListButton "list-button" Limit(20), 131_009 400,
        "cloud-api 4.3 (Meta: list messages)", "the button of a list has at most this many characters";
    Sections "sections" Limit(10), 131_009 400,
        "cloud-api 4.3 (Meta: list messages)", "a list has at most this many sections";
    SectionTitle "section-title" Limit(24), 131_009 400,
        "cloud-api 4.3 (Meta: list messages)", "the title of a section has at most this many characters";
    SectionTitles "section-titles" Always, 131_009 400,
        "cloud-api 4.3 (Meta: list messages)", "each section has a title if there are several";
    Rows "rows" Limit(10), 131_009 400,
        "cloud-api 4.3 (Meta: list messages)", "all sections together have at most this many rows";
    RowId "row-id" Limit(200), 131_009 400,
        "cloud-api 4.3 (Meta: list messages)", "the id of a row has at most this many characters";
    RowTitle "row-title" Limit(24), 131_009 400,
        "cloud-api 4.3 (Meta: list messages)", "the title of a row has at most this many characters";
    RowDescription "row-description" Limit(72), 131_009 400,
        "cloud-api 4.3 (Meta: list messages)", "the description of a row has at most this many characters";
    UniqueRows "unique-rows" Unverified, 131_009 400,
        "cloud-api 4.3 (Meta: list messages; unverified)", "ids of rows are unique";
    CtaText "cta-text" Limit(20), 131_009 400,
        "cloud-api 4.3 (Meta: call-to-action URL buttons)", "the text of a URL button has at most this many characters";
    FlowVersion "flow-version" Always, 131_009 400,
        "cloud-api 4.3 (Meta: flows)", "`flow_message_version` is 3";
    FlowName "flow-name" Always, 131_009 400,
        "cloud-api 4.3 (Meta: flows)", "a flow has either an id or a name";
    FlowCta "flow-cta" Limit(30), 131_009 400,
        "cloud-api 12.5 (Meta: messages)", "the button of a flow has at most this many characters";
    FlowCtaEmoji "flow-cta-emoji" Always, 131_009 400,
        "cloud-api 4.3 (Meta: flows)", "the button of a flow has no emoji";
    FlowUnknown "flow-unknown" Always, 131_009 400,
        "cloud-api 4.3 (Meta: flows)", "the flow exists, and it is published unless the message is in draft mode";
    Cards "cards" Limit(10), 131_009 400,
        "cloud-api 4.3 (Meta: media carousel messages)", "a carousel has at most this many cards";
    FewestCards "fewest-cards" Always, 131_009 400,
        "cloud-api 4.3 (Meta: media carousel messages)", "a carousel has at least two cards";
    CardIndex "card-index" Always, 131_009 400,
        "cloud-api 4.3 (Meta: media carousel messages)", "card_index counts the cards from 0";
    CardBody "card-body" Limit(160), 131_009 400,
        "cloud-api 4.3 (Meta: media carousel messages)", "the body of a card has at most this many characters";
    CardLines "card-lines" Limit(2), 131_009 400,
        "cloud-api 4.3 (Meta: media carousel messages)", "the body of a card has at most this many line breaks";
    CardsAlike "cards-alike" Always, 131_009 400,
        "cloud-api 4.3 (Meta: media carousel messages)", "all cards have the same kind and number of buttons";
    CarouselFrame "carousel-frame" Always, 131_009 400,
        "cloud-api 4.3 (Meta: media carousel messages)", "a carousel has neither a header nor a footer";
    Products "products" Limit(30), 131_009 400,
        "cloud-api 4.3 (Meta: product messages)", "a list has at most this many products";
    CatalogUnknown "catalog-unknown" Always, 131_009 400,
        "cloud-api 4.3 (Meta: product messages)", "the catalog exists, and the account has one for a catalog message";
    ProductUnknown "product-unknown" Always, 131_009 400,
        "cloud-api 4.3 (Meta: product messages)", "the products exist in the catalog";
    CallLife "call-life" Limit(43_200), 131_009 400,
        "cloud-api 4.3 (Meta: call buttons)", "a call button expires after at most this many minutes";
    AddressMessage "address-message" Unverified, 131_009 400,
        "cloud-api 4.3 (unverified; India only)", "address messages cannot be sent";

    // Messages without a template.
    DirectSendContent "direct-send-content" Always, 100 400,
        "cloud-api 12.1 (Meta: direct send)", "the content can be sent without a template";
    DirectSendTtl "direct-send-ttl" Always, 100 400,
        "cloud-api 12.1 (Meta: direct send)",
        "a time to live has a category, and lies between 30 seconds and 12 hours, or 15 minutes for authentication";
    DirectSendBody "direct-send-body" Limit(1024), 131_009 400,
        "cloud-api 12.1 (Meta: direct send; the code is unverified)",
        "a text without a template has at most this many characters";
    DirectSendButtons "direct-send-buttons" Limit(10), 131_009 400,
        "cloud-api 12.1 (Meta: direct send; the code is unverified)",
        "a message without a template has at most this many buttons";
    DirectSendLinks "direct-send-links" Limit(2), 131_009 400,
        "cloud-api 12.1 (Meta: direct send message types; the code is unverified)",
        "a message without a template has at most this many URL buttons among its buttons, before all reply buttons";

    // Owner of a conversation.
    ThreadTake "thread-take" Always, 100 400,
        "cloud-api 3.2 (Meta: messaging handovers)", "only the escalation partner takes a conversation";
    ThreadMetadata "thread-metadata" Limit(2_000), 131_009 400,
        "cloud-api 3.2 (Meta: messaging handovers; the code is unverified)",
        "the metadata of a change of the owner have at most this many characters";

    // Read receipts.
    ReceiptOf "receipt-of" Always, 131_009 400,
        "cloud-api 4.4 (Meta: mark messages as read)", "a read receipt refers to a message of a user to this number";
    ReceiptAge "receipt-age" Limit(30), 131_009 400,
        "cloud-api 4.4 (Meta: mark messages as read)", "a message that is marked as read is at most this many days old";
    ReceiptInGroup "receipt-in-group" Always, 131_009 400,
        "cloud-api 4.6 (Meta: groups)", "messages of a group cannot be marked as read";

    // Groups.
    UnknownGroup "unknown-group" Always, 131_041 400,
        "cloud-api 7.2 (Meta: groups error codes)", "the group exists";
    GroupContent "group-content" Always, 131_051 400,
        "cloud-api 4.6 (Meta: groups)", "a group can receive only text, media, template and pin messages";
    PinInGroup "pin-in-group" Always, 131_009 400,
        "cloud-api 4.2 (Meta: groups)", "only messages in groups can be pinned";
    PinDays "pin-days" Limit(30), 131_009 400,
        "cloud-api 4.2 (Meta: groups)", "a message is pinned for at least 1 and at most this many days";

    // Service window, rate limits.
    Window "window" Always, 131_047 400,
        "cloud-api 8 (Meta: customer service windows)",
        "outside the customer service window only templates can be sent";
    PairLimit "pair-limit" Always, 131_056 400,
        "cloud-api 8 (Meta: about the platform)", "a number sends one message per 6 seconds to the same user; a burst uses up the following intervals";
    Throughput "throughput" Always, 130_429 400,
        "cloud-api 8 (Meta: throughput)", "a number stays below its messages per second, sent and received together";

    // Media.
    UploadType "upload-type" Always, 100 400,
        "cloud-api 5.1 (Meta: media)",
        "the Content-Type of an uploaded file is a supported MIME type, whatever the parameter `type` says";
    MediaBytes "media-bytes" Optional, 131_053 400,
        "cloud-api 5.3 (Meta: supported media types; unverified)", "the first bytes of a file fit its MIME type";
    MediaType "media-type" Always, 131_053 400,
        "cloud-api 5.3 (Meta: supported media types)", "the MIME type of a file fits the kind of media";
    DocumentType "document-type" Unverified, 100 400,
        "cloud-api 5.3 (Meta: supported media types; unverified)", "a document has a MIME type that Meta lists";
    EmptyFile "empty-file" Always, 131_053 400,
        "cloud-api 5.3 (Meta: supported media types)", "a file is not empty";
    ImageSize "image-size" Limit(5 * MIB), 131_053 400,
        "cloud-api 5.3 (Meta: supported media types)", "an image has at most this many bytes";
    VideoSize "video-size" Limit(16 * MIB), 131_053 400,
        "cloud-api 5.3 (Meta: supported media types)", "a video has at most this many bytes";
    AudioSize "audio-size" Limit(16 * MIB), 131_053 400,
        "cloud-api 5.3 (Meta: supported media types)", "an audio file has at most this many bytes";
    DocumentSize "document-size" Limit(100 * MIB), 131_053 400,
        "cloud-api 5.3 (Meta: supported media types)", "a document has at most this many bytes";
    StickerSize "sticker-size" Limit(100 * KIB), 131_053 400,
        "cloud-api 5.3 (Meta: supported media types)", "a static sticker has at most this many bytes";
    AnimatedStickerSize "animated-sticker-size" Limit(500 * KIB), 131_053 400,
        "cloud-api 5.3 (Meta: supported media types)", "an animated sticker has at most this many bytes";
    MediaId "media-id" Always, 100 400,
        "cloud-api 5.2 (Meta: media)",
        "a media id belongs to the number and has not expired: uploads after 30 days, files of users after 7";

    InboundMediaOwner "inbound-media-owner" Always, 100 400,
        "cloud-api 5.1 (Meta: media)", "only the media that a number has uploaded are requested with `phone_number_id`";

    // Sending templates.
    TemplateUnknown "template-unknown" Always, 132_001 404,
        "cloud-api 7.2 (Meta: error codes)", "the template exists in the language and is approved";
    TemplateCount "template-count" Always, 132_000 400,
        "cloud-api 4.5 (Meta: error codes)", "a template message has as many parameters as the template has placeholders";
    TemplateFormat "template-format" Always, 132_012 400,
        "cloud-api 4.5 (Meta: error codes)", "a parameter has the type that the template requires";
    TemplateNames "template-names" Always, 132_018 400,
        "cloud-api 4.5 (Meta: error codes)", "named parameters use the names of the template";
    TemplateText "template-text" Always, 132_018 400,
        "cloud-api 12.5 (Meta: message templates)",
        "a text parameter has no line breaks, no tabs and at most four spaces in a row";
    TemplateLength "template-length" Limit(1024), 132_005 400,
        "cloud-api 7.2 (Meta: error codes)", "the text including its parameters has at most this many characters";
    TemplatePaused "template-paused" Always, 132_015 400,
        "cloud-api 7.2 (Meta: error codes)", "the template is not paused";
    TemplateDisabled "template-disabled" Always, 132_016 400,
        "cloud-api 7.2 (Meta: error codes)", "the template is not disabled";
    MarketingTemplate "marketing-template" Unverified, 131_009 400,
        "cloud-api 12.5 (Meta: marketing messages; unverified)",
        "messages through `marketing_messages` use marketing templates";
    MarketingStopped "marketing-stopped" Always, 131_050 400,
        "cloud-api 7.2 (Meta: error codes)", "a marketing template goes to a user who has not stopped marketing messages";
    AuthenticationToBsuid "authentication-to-bsuid" Always, 131_062 400,
        "cloud-api 1.6 (Meta: business-scoped user ids)", "an authentication template goes to a phone number";

    // Managing templates.
    TemplateName "template-name" Always, 100 400,
        "cloud-api 9.2 (Meta: message templates)",
        "the name of a template consists of lower-case letters, digits and underscores";
    TemplateExists "template-exists" Always, 100 400,
        "cloud-api 9.2 (Meta: message templates)", "a template name is unique for each language";
    TemplateShape "template-shape" Always, 100 400,
        "cloud-api 9.2 (Meta: message templates)", "a template has a category, a language and valid components";
    TemplateExample "template-example" Always, 100 400,
        "cloud-api 9.2 (Meta: message templates)", "a component with variables has an example for each";
    TemplateState "template-state" Unverified, 100 400,
        "cloud-api 9.2 (Meta: message templates; unverified)",
        "only approved, rejected and paused templates can be edited";

    GeneratedEdit "generated-edit" Always, 2_388_318 400,
        "cloud-api 12.1 (Meta: direct send)", "a template that Meta has generated cannot be edited";
    GeneratedDelete "generated-delete" Always, 2_388_330 400,
        "cloud-api 12.1 (Meta: direct send)", "a template that Meta has generated cannot be deleted";

    // Registration.
    Registered "registered" Always, 133_010 400,
        "cloud-api 7.2 (Meta: error codes)", "a number that sends is registered";
    SixDigits "six-digits" Always, 131_009 400,
        "cloud-api 9.2 (Meta: phone numbers)", "a PIN and a verification code have six digits";

    // Block list.
    BlockWindow "block-window" Always, 131_047 400,
        "cloud-api 9.2 (Meta: block users)", "a user can be blocked within 24 hours of the last message";
    BlockFailed "block-failed" Always, 139_100 400,
        "cloud-api 7.2 (Meta: block users)", "all users of a request can be blocked";
    BlockBatch "block-batch" Limit(1_000), 131_009 400,
        "cloud-api 8 (Meta: block users)", "a request contains at most this many users";
    BlockList "block-list" Limit(64_000), 139_101 400,
        "cloud-api 8 (Meta: block users)", "a block list contains at most this many users";

    // Webhook.
    CallbackUrl "callback-url" Always, 2200 400,
        "cloud-api 2.1 (Meta: create webhook endpoint; the error code is an assumption)",
        "a webhook responds to the verification request with the challenge";

    // Settings of a number.
    Prompts "prompts" Disputed { strict: 3, lenient: 4 }, 131_009 400,
        "cloud-api 9.3 (Meta: conversational components; sources conflict)", "a number has at most this many prompts";
    PromptText "prompt-text" Limit(80), 131_009 400,
        "cloud-api 9.3 (Meta: conversational components)", "a prompt has at most this many characters";
    Commands "commands" Limit(30), 131_009 400,
        "cloud-api 9.3 (Meta: conversational components)", "a number has at most this many commands";
    CommandName "command-name" Disputed { strict: 30, lenient: 32 }, 131_009 400,
        "cloud-api 9.3 (Meta: conversational components; sources conflict)",
        "the name of a command has at most this many characters";
    CommandDescription "command-description" Limit(256), 131_009 400,
        "cloud-api 9.3 (Meta: conversational components)",
        "the description of a command has at most this many characters";
    PublicKey "public-key" Always, 100 400,
        "cloud-api 9.3 (Meta: business encryption; the code is unverified)", "a public key is in PEM form";
    QrMessage "qr-message" Limit(140), 131_009 400,
        "cloud-api 9.3 (Meta: QR codes; the code is unverified)",
        "the message of a QR code has at most this many characters";
    QrCodes "qr-codes" Limit(2_000), 131_009 400,
        "cloud-api 9.3 (Meta: QR codes; the code is unverified)", "a number has at most this many QR codes";
    Username "username" Always, 147_001 400,
        "cloud-api 9.3 (Meta: business usernames; the code is unverified)",
        "a username has 3 to 35 lower-case letters, digits, dots and underscores";
    UsernameTaken "username-taken" Always, 147_002 400,
        "cloud-api 9.3 (Meta: business usernames; the code is unverified)",
        "no other number has the username, unless the request takes it over";

    // Business profile.
    ProfileAbout "profile-about" Limit(139), 131_009 400,
        "cloud-api 9.2 (Meta: business profiles)", "`about` has at least 1 and at most this many characters";
    ProfileAddress "profile-address" Limit(256), 131_009 400,
        "cloud-api 9.2 (Meta: business profiles)", "`address` has at most this many characters";
    ProfileDescription "profile-description" Disputed { strict: 256, lenient: 512 }, 131_009 400,
        "cloud-api 9.2 (Meta: business profiles; sources conflict)", "`description` has at most this many characters";
    ProfileEmail "profile-email" Limit(128), 131_009 400,
        "cloud-api 9.2 (Meta: business profiles)", "`email` has at most this many characters";
    ProfileWebsites "profile-websites" Limit(2), 131_009 400,
        "cloud-api 9.2 (Meta: business profiles)", "a profile has at most this many websites";
    ProfileWebsite "profile-website" Limit(256), 131_009 400,
        "cloud-api 9.2 (Meta: business profiles)", "a website has at most this many characters";
    ProfileVertical "profile-vertical" Always, 131_009 400,
        "cloud-api 9.2 (Meta: business profiles)", "`vertical` is one of Meta's industries";
} }
