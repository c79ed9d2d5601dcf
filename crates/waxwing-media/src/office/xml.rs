//! XML as a series of tokens.

use std::borrow::Cow;

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::MediaError;
use crate::limits::Deadline;

/// Number of tokens between two looks at the clock.
const TOKENS_PER_LOOK: u32 = 1024;

/// Reads XML. An error in the XML counts as its end, since a part may be cut.
pub(super) struct Xml<'a> {
    reader: Reader<&'a [u8]>,
    deadline: Deadline,
    tokens: u32,
}

pub(super) enum Token<'a> {
    /// Start of an element. An empty element has an end, too.
    Start(BytesStart<'a>),
    /// Name of an element that ends, without its prefix.
    End(String),
    Text(Cow<'a, str>),
}

impl<'a> Xml<'a> {
    pub(super) fn new(text: &'a str, deadline: Deadline) -> Self {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        Self { reader, deadline, tokens: 0 }
    }

    pub(super) fn next(&mut self) -> Result<Option<Token<'a>>, MediaError> {
        loop {
            self.tokens += 1;
            if self.tokens.is_multiple_of(TOKENS_PER_LOOK) {
                self.deadline.check()?;
            }
            return Ok(Some(match self.reader.read_event() {
                Ok(Event::Start(tag)) => Token::Start(tag),
                Ok(Event::End(tag)) => Token::End(tag.local_name().as_ref().to_owned()),
                Ok(Event::Text(text)) => Token::Text(text.xml10_content()),
                Ok(Event::CData(text)) => Token::Text(text.xml10_content()),
                Ok(Event::GeneralRef(reference)) => Token::Text(resolve(&reference).into()),
                Ok(Event::Eof) | Err(_) => return Ok(None),
                Ok(_) => continue,
            }));
        }
    }
}

/// Returns the text of a reference such as `&amp;` or `&#8364;`. Office files define no entities of their own.
fn resolve(reference: &BytesRef<'_>) -> String {
    if let Ok(Some(c)) = reference.resolve_char_ref() {
        return c.to_string();
    }
    let text = match reference.as_ref() {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => "",
    };
    text.to_owned()
}

/// Returns the value of an attribute by its name without a prefix.
pub(super) fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = tag.attributes();
    let found = attributes.with_checks(false).flatten().find(|it| it.key.local_name().as_ref() == name)?;
    Some(found.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned())
}
