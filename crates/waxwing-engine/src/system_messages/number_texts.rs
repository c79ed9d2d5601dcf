//! Texts that can differ from one business number to another.

use std::collections::BTreeMap;

use waxwing_types::PhoneNumberId;

use super::MessageCatalog;

/// Text about a closed business, if none is set.
const AWAY: &str = "We are closed at the moment. We have your message, and will read it when we are open again.";

/// Text about a rejected call, if none is set.
const CALL_REJECTED: &str = "We cannot take calls here. Please write to us instead.";

/// Texts that the engine sends, which can differ from one business number to another. An empty text is not sent.
///
/// ```
/// use waxwing_engine::NumberTexts;
///
/// let mut texts = NumberTexts::default();
/// texts.away = Some("The workshop is closed.".into());
/// texts.languages.insert("es".into(), NumberTexts { away: Some("El taller está cerrado.".into()), ..NumberTexts::default() });
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NumberTexts {
    /// Sent to a user who writes outside the opening hours, once in each closed period.
    pub away: Option<String>,
    /// Sent once to each user before the first answer of the agent, such as a notice that an AI answers, and how to reach a person. Default: none.
    pub first_contact: Option<String>,
    /// Sent to a user whose call was rejected: see [`CallPolicy::Reject`](crate::CallPolicy::Reject).
    pub call_rejected: Option<String>,
    /// The texts in other languages. A text that a language does not set is that without a language.
    pub languages: BTreeMap<String, Self>,
}

impl NumberTexts {
    fn in_language<'a>(
        &'a self,
        language: Option<&str>,
        text: impl Fn(&'a Self) -> Option<&'a String>,
    ) -> Option<&'a String> {
        language.and_then(|language| self.languages.get(language)).and_then(&text).or_else(|| text(self))
    }
}

impl MessageCatalog {
    /// Returns the text about a closed business.
    pub(crate) fn away(&self, number: &PhoneNumberId, language: Option<&str>) -> &str {
        self.text_of(number, language, |texts| texts.away.as_ref()).unwrap_or(AWAY)
    }

    /// Returns the text before the first answer; an empty one if there is none.
    pub(crate) fn first_contact(&self, number: &PhoneNumberId, language: Option<&str>) -> &str {
        self.text_of(number, language, |texts| texts.first_contact.as_ref()).unwrap_or_default()
    }

    /// Returns the text about a rejected call.
    pub(crate) fn call_rejected(&self, number: &PhoneNumberId, language: Option<&str>) -> &str {
        self.text_of(number, language, |texts| texts.call_rejected.as_ref()).unwrap_or(CALL_REJECTED)
    }

    /// Returns a text of a business number in a language, else that of all numbers.
    fn text_of<'a>(
        &'a self,
        number: &PhoneNumberId,
        language: Option<&str>,
        text: impl Fn(&'a NumberTexts) -> Option<&'a String>,
    ) -> Option<&'a str> {
        let own = self.number_texts.get(number).and_then(|texts| texts.in_language(language, &text));
        own.or_else(|| self.texts.in_language(language, &text)).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(away: &str, spanish: Option<&str>) -> NumberTexts {
        let text = |away: &str| NumberTexts { away: Some(away.into()), ..NumberTexts::default() };
        NumberTexts { languages: spanish.map(|away| ("es".into(), text(away))).into_iter().collect(), ..text(away) }
    }

    #[test]
    fn the_most_specific_text_counts() {
        let mut catalog = MessageCatalog::default();
        let (vigo, porto) = (PhoneNumberId::new("1"), PhoneNumberId::new("2"));
        assert_eq!(catalog.away(&vigo, Some("es")), AWAY);
        catalog.texts = texts("closed", Some("cerrado"));
        assert_eq!(catalog.away(&vigo, Some("es")), "cerrado");
        assert_eq!(catalog.away(&vigo, Some("pt")), "closed");
        catalog.number_texts.insert(vigo.clone(), texts("the shop is closed", None));
        assert_eq!(catalog.away(&vigo, Some("es")), "the shop is closed");
        catalog.number_texts.insert(vigo.clone(), texts("the shop is closed", Some("la tienda está cerrada")));
        assert_eq!(catalog.away(&vigo, Some("es")), "la tienda está cerrada");
        assert_eq!(catalog.away(&vigo, None), "the shop is closed");
        assert_eq!(catalog.away(&porto, None), "closed");
        assert_eq!((catalog.first_contact(&vigo, None), catalog.call_rejected(&vigo, None)), ("", CALL_REJECTED));
    }
}
