//! The table: one row for each rule.

use std::fmt;
use std::str::FromStr;

/// What a rule demands, besides what its words say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    /// Certain, and without a number.
    Always,
    /// Certain: no more than this.
    Limit(usize),
    /// Sources disagree, or one of them is old: no more than one or the other.
    Disputed { strict: usize, lenient: usize },
    /// Not confirmed: applied when read strictly, not at all when read leniently.
    Unverified,
}

/// A row of the table.
#[derive(Debug)]
struct Row {
    name: &'static str,
    bound: Bound,
    code: u32,
    http: u16,
    source: &'static str,
    description: &'static str,
}

/// There is no rule of that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no rule of this name")]
pub struct UnknownRule;

impl Rule {
    /// Its name in scenario files and on command lines, such as `text-body`.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// What it says, in one sentence without a full stop.
    pub fn description(self) -> &'static str {
        self.row().description
    }

    /// Meta's error code for a breach.
    pub fn code(self) -> u32 {
        self.row().code
    }

    /// The HTTP status of the answer to a breach.
    pub fn http(self) -> u16 {
        self.row().http
    }

    /// Where it comes from: the section of the project's collection of facts about Meta's API, and the page of Meta's documentation.
    pub fn source(self) -> &'static str {
        self.row().source
    }

    /// The number that it gives, read strictly.
    pub fn limit(self) -> Option<usize> {
        match self.bound() {
            Bound::Limit(limit) | Bound::Disputed { strict: limit, .. } => Some(limit),
            Bound::Always | Bound::Unverified => None,
        }
    }

    /// Whether [`Rules`](super::Rules) can read it in two ways.
    pub fn has_lenient_reading(self) -> bool {
        matches!(self.bound(), Bound::Disputed { .. } | Bound::Unverified)
    }

    pub(crate) fn bound(self) -> Bound {
        self.row().bound
    }

    fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Rule {
    type Err = UnknownRule;

    fn from_str(name: &str) -> Result<Self, UnknownRule> {
        Self::ALL.iter().copied().find(|rule| rule.name() == name).ok_or(UnknownRule)
    }
}

/// Each row: variant, name, bound, code, HTTP status, source, what it says.
macro_rules! table {
    ($($rule:ident $name:literal $bound:expr, $code:literal $http:literal, $source:literal, $description:literal;)*) => {
        /// One of Meta's rules.
        ///
        /// Error codes are described at
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

        static ROWS: &[Row] = &[$(Row {
            name: $name, bound: $bound, code: $code, http: $http, source: $source, description: $description,
        }),*];
    };
}

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

use Bound::{Always, Disputed, Limit, Unverified};

table! {
    // Who calls what.
    Token "token" Always, 190 401,
        "cloud-api 7.2 (Meta: access tokens)", "a call bears the access token in its header";
    UnknownObject "unknown-object" Always, 100 400,
        "cloud-api 7.2 (Meta: error codes)", "the object of the path exists and is the caller's";
    UnknownField "unknown-field" Always, 100 400,
        "cloud-api 9.2 (Meta: phone numbers)", "the fields that are asked for exist";
    Cursor "cursor" Always, 100 400,
        "cloud-api 9.2 (Meta: Graph API, paged results)", "a cursor is one that the list gave";
    UnknownPath "unknown-path" Always, 2500 404,
        "cloud-api 9.1 (Meta: Graph API)", "the path is one of the API's";

    // The form of any request.
    Body "body" Always, 1 400,
        "cloud-api 7.2 (Meta: error codes)", "the body is what the endpoint reads";
    Required "required" Always, 131_008 400,
        "cloud-api 7.2 (Meta: error codes)", "required parameters are there and not empty";
    Form "form" Always, 131_009 400,
        "cloud-api 7.2 (Meta: error codes)", "parameters have the type and the words that Meta names";
    LengthUnit "length-unit" Unverified, 131_009 400,
        "cloud-api 6 (unverified)", "lengths are counted in UTF-16 units, not in code points";

    // The envelope of a message.
    MessageType "message-type" Always, 131_051 400,
        "cloud-api 4.2 (Meta: messages)", "the type of a message is one that can be sent";
    CallbackData "callback-data" Limit(512), 131_009 400,
        "cloud-api 4.1 (Meta: messages)", "callback data has at most so many characters";
    Address "address" Always, 131_009 400,
        "cloud-api 1.6 (Meta: business-scoped user ids)",
        "`to` is a phone number, and `recipient` a business-scoped user id";
    BsuidInTo "bsuid-in-to" Always, 131_009 400,
        "cloud-api 1.6 (Meta: business-scoped user ids)",
        "a business-scoped user id goes into `recipient`, not into `to`";
    SelfSend "self-send" Always, 131_021 400,
        "cloud-api 7.2 (Meta: error codes)", "sender and recipient differ";
    Undeliverable "undeliverable" Always, 131_026 400,
        "cloud-api 7.2 (Meta: error codes)", "there is somebody under the address";
    Blocked "blocked" Unverified, 131_026 400,
        "cloud-api 9.2 (Meta: block users; the code is unverified)", "a user on the block list is not written to";
    QuotedMessage "quoted-message" Unverified, 131_009 400,
        "cloud-api 4.1 (Meta: contextual replies; unverified)", "a quoted message is one of the chat";

    // The types of messages.
    TextBody "text-body" Limit(4096), 131_009 400,
        "cloud-api 4.2 (Meta: text messages)", "a text has at most so many characters";
    Caption "caption" Limit(1024), 131_009 400,
        "cloud-api 4.2 (Meta: image messages)", "a caption has at most so many characters";
    NoCaption "no-caption" Always, 131_009 400,
        "cloud-api 4.2 (Meta: audio messages)", "audio and stickers have no caption";
    FilenameOfDocument "filename-of-document" Always, 131_009 400,
        "cloud-api 4.2 (Meta: document messages)", "only a document has a file name";
    MediaSource "media-source" Always, 131_009 400,
        "cloud-api 4.2 (Meta: media messages)", "a medium has an id or a link, and not both";
    Link "link" Always, 131_009 400,
        "cloud-api 4.2 (Meta: media messages)", "a link is an http or https URL";
    Coordinates "coordinates" Always, 131_009 400,
        "cloud-api 4.2 (Meta: location messages)", "latitude and longitude are on the globe";
    Contacts "contacts" Disputed { strict: 5, lenient: 257 }, 131_009 400,
        "cloud-api 4.2 (Meta: contacts messages; sources conflict)", "a message has at most so many contacts";
    ContactName "contact-name" Always, 131_008 400,
        "cloud-api 4.2 (Meta: contacts messages)", "besides `formatted_name`, a contact's name has at least one part";
    ReactionTarget "reaction-target" Always, 131_009 400,
        "cloud-api 4.2 (Meta: reaction messages)", "a reaction is to a message of the chat";
    ReactionEmoji "reaction-emoji" Unverified, 131_009 400,
        "cloud-api 4.2 (Meta: reaction messages; unverified)", "a reaction is an emoji, not words";

    // Interactive messages.
    HeaderText "header-text" Limit(60), 131_009 400,
        "cloud-api 4.3 (Meta: interactive messages)", "the text of a header has at most so many characters";
    HeaderType "header-type" Always, 131_009 400,
        "cloud-api 4.3 (Meta: interactive messages)", "the header is of a type that the message can have";
    HeaderMediaById "header-media-by-id" Unverified, 131_009 400,
        "cloud-api 4.3 (sources conflict)", "the medium of a header is a link, not an id";
    InteractiveBody "interactive-body" Limit(1024), 131_009 400,
        "cloud-api 4.3 (Meta: interactive messages)", "the body has at most so many characters";
    ListBody "list-body" Disputed { strict: 1024, lenient: 4096 }, 131_009 400,
        "cloud-api 4.3 (Meta: list messages; sources conflict)", "the body of a list has at most so many characters";
    Footer "footer" Limit(60), 131_009 400,
        "cloud-api 4.3 (Meta: interactive messages)", "a footer has at most so many characters";
    Buttons "buttons" Limit(3), 131_009 400,
        "cloud-api 4.3 (Meta: reply buttons)", "a message has at most so many reply buttons";
    ButtonId "button-id" Limit(256), 131_009 400,
        "cloud-api 4.3 (Meta: reply buttons)", "the id of a button has at most so many characters";
    ButtonTitle "button-title" Limit(20), 131_009 400,
        "cloud-api 4.3 (Meta: reply buttons)", "the title of a button has at most so many characters";
    UniqueButtons "unique-buttons" Always, 131_009 400,
        "cloud-api 4.3 (Meta: reply buttons)", "ids and titles of buttons are unique";
    ListButton "list-button" Limit(20), 131_009 400,
        "cloud-api 4.3 (Meta: list messages)", "the button of a list has at most so many characters";
    Sections "sections" Limit(10), 131_009 400,
        "cloud-api 4.3 (Meta: list messages)", "a list has at most so many sections";
    SectionTitle "section-title" Limit(24), 131_009 400,
        "cloud-api 4.3 (Meta: list messages)", "the title of a section has at most so many characters";
    SectionTitles "section-titles" Always, 131_008 400,
        "cloud-api 4.3 (Meta: list messages)", "of several sections, each has a title";
    Rows "rows" Limit(10), 131_009 400,
        "cloud-api 4.3 (Meta: list messages)", "all sections together have at most so many rows";
    RowId "row-id" Limit(200), 131_009 400,
        "cloud-api 4.3 (Meta: list messages)", "the id of a row has at most so many characters";
    RowTitle "row-title" Limit(24), 131_009 400,
        "cloud-api 4.3 (Meta: list messages)", "the title of a row has at most so many characters";
    RowDescription "row-description" Limit(72), 131_009 400,
        "cloud-api 4.3 (Meta: list messages)", "the description of a row has at most so many characters";
    UniqueRows "unique-rows" Unverified, 131_009 400,
        "cloud-api 4.3 (Meta: list messages; unverified)", "ids of rows are unique";
    CtaText "cta-text" Limit(20), 131_009 400,
        "cloud-api 4.3 (Meta: call-to-action URL buttons)", "the text of a URL button has at most so many characters";
    FlowVersion "flow-version" Always, 131_009 400,
        "cloud-api 4.3 (Meta: flows)", "`flow_message_version` is 3";
    FlowName "flow-name" Always, 131_009 400,
        "cloud-api 4.3 (Meta: flows)", "a flow has an id or a name, and not both";
    FlowCta "flow-cta" Disputed { strict: 20, lenient: 30 }, 131_009 400,
        "cloud-api 4.3 (Meta: flows; sources conflict)", "the button of a flow has at most so many characters";
    FlowCtaEmoji "flow-cta-emoji" Always, 131_009 400,
        "cloud-api 4.3 (Meta: flows)", "the button of a flow has no emoji";
    Cards "cards" Limit(10), 131_009 400,
        "cloud-api 4.3 (Meta: media carousel messages)", "a carousel has at most so many cards";
    FewestCards "fewest-cards" Always, 131_009 400,
        "cloud-api 4.3 (Meta: media carousel messages)", "a carousel has at least two cards";
    CardIndex "card-index" Always, 131_009 400,
        "cloud-api 4.3 (Meta: media carousel messages)", "cards are numbered from 0 in their order";
    CardBody "card-body" Limit(160), 131_009 400,
        "cloud-api 4.3 (Meta: media carousel messages)", "the body of a card has at most so many characters";
    CardLines "card-lines" Limit(2), 131_009 400,
        "cloud-api 4.3 (Meta: media carousel messages)", "the body of a card has at most so many line breaks";
    CardsAlike "cards-alike" Always, 131_009 400,
        "cloud-api 4.3 (Meta: media carousel messages)", "all cards have the same kind and number of buttons";
    CarouselFrame "carousel-frame" Always, 131_009 400,
        "cloud-api 4.3 (Meta: media carousel messages)", "a carousel has no header and no footer of its own";
    Products "products" Limit(30), 131_009 400,
        "cloud-api 4.3 (Meta: product messages)", "a list has at most so many products";
    CallLife "call-life" Limit(43_200), 131_009 400,
        "cloud-api 4.3 (Meta: call buttons)", "a call button lives at most so many minutes";
    AddressMessage "address-message" Unverified, 131_009 400,
        "cloud-api 4.3 (unverified; India only)", "address messages cannot be sent";

    // Read receipts.
    ReceiptOf "receipt-of" Always, 131_009 400,
        "cloud-api 4.4 (Meta: mark messages as read)", "a read receipt is for a message of a user to this number";
    ReceiptAge "receipt-age" Limit(30), 131_009 400,
        "cloud-api 4.4 (Meta: mark messages as read)", "a message that is marked as read is at most so many days old";
    ReceiptInGroup "receipt-in-group" Always, 131_009 400,
        "cloud-api 4.6 (Meta: groups)", "messages of a group cannot be marked as read";

    // Groups.
    UnknownGroup "unknown-group" Always, 131_041 400,
        "cloud-api 7.2 (Meta: groups error codes)", "the group exists";
    GroupContent "group-content" Always, 131_051 400,
        "cloud-api 4.6 (Meta: groups)", "a group gets texts, media, templates and pins only";
    PinInGroup "pin-in-group" Always, 131_009 400,
        "cloud-api 4.2 (Meta: groups)", "messages are pinned in groups only";
    PinDays "pin-days" Limit(30), 131_009 400,
        "cloud-api 4.2 (Meta: groups)", "a message is pinned for 1 to so many days";

    // When one may write.
    Window "window" Always, 131_047 400,
        "cloud-api 8 (Meta: customer service windows)",
        "more than 24 hours after a user's last message, only templates are sent";
    PairLimit "pair-limit" Always, 131_056 400,
        "cloud-api 8 (Meta: about the platform)", "a user gets one message in 6 seconds; a burst is paid back";
    Throughput "throughput" Always, 130_429 400,
        "cloud-api 8 (Meta: throughput)", "a number takes and sends so many messages a second together";

    // Media.
    MediaType "media-type" Always, 131_053 400,
        "cloud-api 5.3 (Meta: supported media types)", "the type of a file fits what it is sent as";
    DocumentType "document-type" Unverified, 131_053 400,
        "cloud-api 5.3 (Meta: supported media types; unverified)", "a document is of one of the types that Meta lists";
    EmptyFile "empty-file" Always, 131_053 400,
        "cloud-api 5.3 (Meta: supported media types)", "a file is not empty";
    ImageSize "image-size" Limit(5 * MIB), 131_053 400,
        "cloud-api 5.3 (Meta: supported media types)", "a picture has at most so many bytes";
    VideoSize "video-size" Limit(16 * MIB), 131_053 400,
        "cloud-api 5.3 (Meta: supported media types)", "a video has at most so many bytes";
    AudioSize "audio-size" Limit(16 * MIB), 131_053 400,
        "cloud-api 5.3 (Meta: supported media types)", "a sound has at most so many bytes";
    DocumentSize "document-size" Limit(100 * MIB), 131_053 400,
        "cloud-api 5.3 (Meta: supported media types)", "a document has at most so many bytes";
    StickerSize "sticker-size" Limit(100 * KIB), 131_053 400,
        "cloud-api 5.3 (Meta: supported media types)", "a sticker that does not move has at most so many bytes";
    AnimatedStickerSize "animated-sticker-size" Limit(500 * KIB), 131_053 400,
        "cloud-api 5.3 (Meta: supported media types)", "a sticker that moves has at most so many bytes";
    MediaId "media-id" Always, 100 400,
        "cloud-api 5.2 (Meta: media)",
        "a medium exists: an upload for 30 days, a user's for 7, and for its number only";

    // Sending templates.
    TemplateUnknown "template-unknown" Always, 132_001 404,
        "cloud-api 7.2 (Meta: error codes)", "the template exists in the language and is approved";
    TemplateCount "template-count" Always, 132_000 400,
        "cloud-api 4.5 (Meta: error codes)", "a template gets as many parameters as it has places";
    TemplateFormat "template-format" Always, 132_012 400,
        "cloud-api 4.5 (Meta: error codes)", "a parameter is of the type of its place";
    TemplateNames "template-names" Always, 132_018 400,
        "cloud-api 4.5 (Meta: error codes)", "named parameters bear the names of the template";
    TemplateLength "template-length" Limit(1024), 132_005 400,
        "cloud-api 7.2 (Meta: error codes)", "the text with its parameters has at most so many characters";
    TemplatePaused "template-paused" Always, 132_015 400,
        "cloud-api 7.2 (Meta: error codes)", "the template is not paused";
    TemplateDisabled "template-disabled" Always, 132_016 400,
        "cloud-api 7.2 (Meta: error codes)", "the template is not disabled";
    AuthenticationToBsuid "authentication-to-bsuid" Always, 131_062 400,
        "cloud-api 1.6 (Meta: business-scoped user ids)", "an authentication template goes to a phone number";

    // Keeping templates.
    TemplateName "template-name" Always, 100 400,
        "cloud-api 9.2 (Meta: message templates)",
        "the name of a template has lower-case letters, digits and underscores only";
    TemplateExists "template-exists" Always, 100 400,
        "cloud-api 9.2 (Meta: message templates)", "a name is given once for each language";
    TemplateShape "template-shape" Always, 100 400,
        "cloud-api 9.2 (Meta: message templates)", "a template has a category, a language and components in good form";
    TemplateState "template-state" Unverified, 100 400,
        "cloud-api 9.2 (Meta: message templates; unverified)",
        "only approved, rejected and paused templates are edited";

    // The block list.
    BlockWindow "block-window" Always, 131_047 400,
        "cloud-api 9.2 (Meta: block users)", "a user is blocked within 24 hours of the last message";
    BlockFailed "block-failed" Always, 139_100 400,
        "cloud-api 7.2 (Meta: block users)", "all users of a request can be blocked";
    BlockBatch "block-batch" Limit(1_000), 131_009 400,
        "cloud-api 8 (Meta: block users)", "a request names at most so many users";
    BlockList "block-list" Limit(64_000), 139_101 400,
        "cloud-api 8 (Meta: block users)", "at most so many users are blocked";

    // The webhook.
    CallbackUrl "callback-url" Always, 2200 400,
        "cloud-api 2.1 (Meta: create webhook endpoint; the code is ours)",
        "a webhook answers the verification with the challenge";

    // The profile.
    ProfileAbout "profile-about" Limit(139), 131_009 400,
        "cloud-api 9.2 (Meta: business profiles)", "`about` has 1 to so many characters";
    ProfileAddress "profile-address" Limit(256), 131_009 400,
        "cloud-api 9.2 (Meta: business profiles)", "`address` has at most so many characters";
    ProfileDescription "profile-description" Disputed { strict: 256, lenient: 512 }, 131_009 400,
        "cloud-api 9.2 (Meta: business profiles; sources conflict)", "`description` has at most so many characters";
    ProfileEmail "profile-email" Limit(128), 131_009 400,
        "cloud-api 9.2 (Meta: business profiles)", "`email` has at most so many characters";
    ProfileWebsites "profile-websites" Limit(2), 131_009 400,
        "cloud-api 9.2 (Meta: business profiles)", "a profile has at most so many websites";
    ProfileWebsite "profile-website" Limit(256), 131_009 400,
        "cloud-api 9.2 (Meta: business profiles)", "a website has at most so many characters";
    ProfileVertical "profile-vertical" Always, 131_009 400,
        "cloud-api 9.2 (Meta: business profiles)", "`vertical` is one of Meta's words";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_good_form() {
        for rule in Rule::ALL {
            assert_eq!(rule.name().parse(), Ok(*rule), "names are unique");
            assert!(rule.name().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{rule}");
            assert!((400..500).contains(&rule.http()) && !rule.description().ends_with('.'), "{rule}");
            let section =
                rule.source().strip_prefix("cloud-api ").and_then(|rest| rest.split(' ').next()).unwrap_or("");
            assert!(section.starts_with(|char: char| char.is_ascii_digit()), "{rule}");
            let doubtful = ["unverified", "conflict"].iter().any(|word| rule.source().contains(word));
            assert_eq!(
                doubtful && rule.has_lenient_reading(),
                rule.has_lenient_reading(),
                "{rule} says why it is open"
            );
            if let Bound::Disputed { strict, lenient } = rule.bound() {
                assert!(strict < lenient, "{rule}: the smaller one is strict");
            }
        }
        assert_eq!("no-such-rule".parse::<Rule>(), Err(UnknownRule));
    }
}
