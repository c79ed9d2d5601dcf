//! Reasons for which Meta would refuse a template message.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::TemplateParameter;

/// Reasons for which Meta would refuse a template message. `Display` and `Debug` contain no value of the message.
///
/// ```
/// use waxwing_types::{TemplateMismatch, TemplateProblem};
///
/// let problem = TemplateProblem::Unusable { status: "PAUSED".into() };
/// let mismatch = TemplateMismatch::new("order_ready", "en", [problem]);
/// assert_eq!(mismatch.to_string(), "template order_ready (en) cannot be sent: its status is PAUSED");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TemplateMismatch {
    /// Name of the template.
    pub name: String,
    /// Meta's code of the language.
    pub language: String,
    /// The reasons, at least one.
    pub problems: Vec<TemplateProblem>,
}

/// Reason for which Meta would refuse a template message.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
#[non_exhaustive]
pub enum TemplateProblem {
    /// The account has no template of this name.
    NotFound,
    /// The template has no version in this language.
    LanguageMissing {
        /// Codes of the languages that the template has.
        languages: Vec<String>,
    },
    /// Meta does not deliver the template at the moment.
    Unusable {
        /// Meta's name of the status, such as `PAUSED`.
        status: String,
    },
    /// The number of values without names differs from that of the placeholders.
    ValueCount {
        /// Place of the values.
        place: TemplatePlace,
        /// Number of placeholders.
        expected: usize,
        /// Number of values.
        given: usize,
        /// Placeholders without a value.
        missing: Vec<String>,
    },
    /// The placeholders have numbers, but the values have names.
    UnexpectedNames {
        /// Place of the values.
        place: TemplatePlace,
    },
    /// The placeholders have names, but the values have none.
    NamesNeeded {
        /// Place of the values.
        place: TemplatePlace,
        /// Names of the placeholders.
        placeholders: Vec<String>,
    },
    /// A placeholder with a name has no value.
    MissingValue {
        /// Place of the value.
        place: TemplatePlace,
        /// Name of the placeholder.
        placeholder: String,
    },
    /// A value names a placeholder that does not exist.
    UnknownValue {
        /// Place of the value.
        place: TemplatePlace,
        /// Name in the message.
        placeholder: String,
        /// Names of the placeholders.
        known: Vec<String>,
    },
    /// Two values have the same name.
    RepeatedValue {
        /// Place of the values.
        place: TemplatePlace,
        /// Name of the placeholder.
        placeholder: String,
    },
    /// A value is empty or blank.
    BlankValue {
        /// Place of the value.
        place: TemplatePlace,
        /// Name or number of the placeholder.
        placeholder: String,
    },
    /// A value has a line break, a tab or more than four spaces in a row.
    NotOneLine {
        /// Place of the value.
        place: TemplatePlace,
        /// Name or number of the placeholder.
        placeholder: String,
    },
    /// The text with its values is longer than Meta allows.
    TooLong {
        /// Place of the text.
        place: TemplatePlace,
        /// Length in UTF-16 units.
        length: usize,
        /// Largest allowed length in UTF-16 units.
        limit: usize,
    },
    /// A header or a button has no value, or one of another kind.
    WrongValue {
        /// Place of the value.
        place: TemplatePlace,
        /// Kind of the value that the template needs.
        expected: TemplateValueKind,
        /// Kind of the value in the message, if it has one.
        given: Option<TemplateValueKind>,
    },
    /// The template takes no value at this place.
    UnexpectedValue {
        /// Place of the value.
        place: TemplatePlace,
    },
    /// The template has no button at this position.
    UnknownButton {
        /// Place of the value.
        place: TemplatePlace,
        /// Number of buttons.
        buttons: usize,
    },
    /// The button at this position is of another kind.
    WrongButton {
        /// Place of the value.
        place: TemplatePlace,
        /// Meta's name of the kind in the template, such as `url`.
        expected: String,
        /// Meta's name of the kind in the message.
        given: String,
    },
    /// The message does not have the form of a template message, whatever the template is.
    Malformed {
        /// The field that is wrong, without text of the message.
        reason: String,
    },
    /// The number of cards differs.
    CardCount {
        /// Number of cards of the template.
        expected: usize,
        /// Number of cards of the message.
        given: usize,
    },
}

/// Place of a value in a template. `Display` shows it as part of a sentence, such as `header` or `card 0 button 1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TemplatePlace {
    /// Position of the card, counted from 0. None outside of cards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<u8>,
    /// Part of the template or of the card.
    pub part: TemplatePart,
}

/// Part of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TemplatePart {
    /// Header.
    Header,
    /// Body.
    Body,
    /// Button at a position, counted from 0.
    Button(u8),
    /// Limited-time offer.
    Offer,
}

/// Kind of a value of a template. `Display` shows it with its article, such as `an image`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TemplateValueKind {
    /// Text, amount of money or time.
    Text,
    /// Image.
    Image,
    /// Video.
    Video,
    /// Document.
    Document,
    /// Location.
    Location,
    /// Product.
    Product,
    /// Payload of a quick reply button.
    Payload,
    /// Code that the user can copy.
    CouponCode,
    /// End of a limited-time offer.
    OfferEnd,
    /// Values of a button that opens a form, the catalog, products or an order.
    Action,
}

impl TemplateMismatch {
    /// Creates a mismatch of a template with these reasons.
    pub fn new(
        name: impl Into<String>,
        language: impl Into<String>,
        problems: impl IntoIterator<Item = TemplateProblem>,
    ) -> Self {
        Self { name: name.into(), language: language.into(), problems: problems.into_iter().collect() }
    }

    /// Returns an error if there are problems.
    pub(super) fn of(name: &str, language: &str, problems: Vec<TemplateProblem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self::new(name, language, problems)) }
    }
}

impl TemplatePlace {
    /// Creates a place outside of cards.
    pub fn of(part: TemplatePart) -> Self {
        Self { card: None, part }
    }
}

impl TemplateValueKind {
    pub(super) fn of(parameter: &TemplateParameter) -> Self {
        match parameter {
            TemplateParameter::Text { .. }
            | TemplateParameter::Currency { .. }
            | TemplateParameter::DateTime { .. } => Self::Text,
            TemplateParameter::Image { .. } => Self::Image,
            TemplateParameter::Video { .. } => Self::Video,
            TemplateParameter::Document { .. } => Self::Document,
            TemplateParameter::Location { .. } => Self::Location,
            TemplateParameter::Product { .. } => Self::Product,
            TemplateParameter::Payload { .. } => Self::Payload,
            TemplateParameter::CouponCode { .. } => Self::CouponCode,
            TemplateParameter::LimitedTimeOffer { .. } => Self::OfferEnd,
            TemplateParameter::Action { .. } => Self::Action,
        }
    }
}

impl std::error::Error for TemplateMismatch {}

impl fmt::Display for TemplateMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problems: Vec<_> = self.problems.iter().map(ToString::to_string).collect();
        write!(f, "template {} ({}) {}", self.name, self.language, problems.join("; it "))
    }
}

impl fmt::Display for TemplateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("does not exist in this account"),
            Self::LanguageMissing { languages } => {
                write!(f, "does not exist in this language; its languages are {}", languages.join(", "))
            }
            Self::Unusable { status } => write!(f, "cannot be sent: its status is {status}"),
            Self::ValueCount { place, expected, given, missing } => fmt_count(f, *place, (*expected, *given), missing),
            Self::UnexpectedNames { place } => {
                write!(f, "has numbered placeholders in its {place}: give the values in order, without names")
            }
            Self::NamesNeeded { place, placeholders: names } => {
                write!(
                    f,
                    "has placeholders with names in its {place}: give each of {} by its name",
                    placeholders(names)
                )
            }
            Self::MissingValue { place, placeholder } => write!(f, "needs the {place} value {{{{{placeholder}}}}}"),
            Self::UnknownValue { place, placeholder, known } => {
                write!(f, "has no {place} value {{{{{placeholder}}}}}; it has {}", placeholders(known))
            }
            Self::RepeatedValue { place, placeholder } => {
                write!(f, "takes the {place} value {{{{{placeholder}}}}} once, it was given twice")
            }
            Self::BlankValue { place, placeholder } => {
                write!(f, "needs a text for the {place} value {{{{{placeholder}}}}}")
            }
            Self::NotOneLine { place, placeholder } => write!(
                f,
                "needs one line for the {place} value {{{{{placeholder}}}}}, \
                 without line breaks, tabs and more than four spaces in a row"
            ),
            Self::TooLong { place, length, limit } => write!(
                f,
                "allows {limit} characters in its {place}, which has {length} with its values: give shorter values"
            ),
            Self::WrongValue { place, expected, given: None } => write!(f, "needs {expected} for its {place}"),
            Self::WrongValue { place, expected, given: Some(given) } => {
                write!(f, "needs {expected} for its {place}, {given} was given")
            }
            Self::UnexpectedValue { place } => write!(f, "takes no value for its {place}"),
            Self::UnknownButton { place, buttons: 0 } => write!(f, "has no {place}; it has no buttons"),
            Self::UnknownButton { place, buttons } => {
                write!(f, "has no {place}; its last button is {}", buttons - 1)
            }
            Self::WrongButton { place, expected, given } => write!(f, "has a {place} of kind {expected}, not {given}"),
            Self::Malformed { reason } => write!(f, "is malformed: {reason}"),
            Self::CardCount { expected, given } => write!(f, "needs {expected} cards, {given} given"),
        }
    }
}

/// Writes how many values are missing or left over.
fn fmt_count(
    f: &mut fmt::Formatter<'_>,
    place: TemplatePlace,
    (expected, given): (usize, usize),
    missing: &[String],
) -> fmt::Result {
    let were = if given == 1 { "was" } else { "were" };
    let values = if expected == 1 { "value" } else { "values" };
    let expected = if expected == 0 { "no".to_owned() } else { expected.to_string() };
    write!(f, "needs {expected} {place} {values}, {given} {were} given")?;
    match missing {
        [] => Ok(()),
        [one] => write!(f, ": {{{{{one}}}}} is missing"),
        several => write!(f, ": {} are missing", placeholders(several)),
    }
}

impl fmt::Display for TemplatePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(card) = self.card {
            write!(f, "card {card} ")?;
        }
        match self.part {
            TemplatePart::Header => f.write_str("header"),
            TemplatePart::Body => f.write_str("body"),
            TemplatePart::Button(index) => write!(f, "button {index}"),
            TemplatePart::Offer => f.write_str("limited-time offer"),
        }
    }
}

impl fmt::Display for TemplateValueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "a text",
            Self::Image => "an image",
            Self::Video => "a video",
            Self::Document => "a document",
            Self::Location => "a location",
            Self::Product => "a product",
            Self::Payload => "a payload",
            Self::CouponCode => "a code to copy",
            Self::OfferEnd => "the end of the offer",
            Self::Action => "an action",
        })
    }
}

fn placeholders(names: &[String]) -> String {
    names.iter().map(|name| format!("{{{{{name}}}}}")).collect::<Vec<_>>().join(", ")
}
