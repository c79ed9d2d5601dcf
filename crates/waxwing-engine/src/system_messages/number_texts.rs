//! Texts of one business number.

use std::collections::BTreeMap;

use waxwing_types::PhoneNumberId;

use super::{MessageCatalog, SystemMessages};

/// Texts that replace those of [`SystemMessages`] for one business number. A text that is not set stays as it is, and an empty text is not sent.
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
    /// Replaces [`SystemMessages::away`].
    pub away: Option<String>,
    /// Replaces [`SystemMessages::first_contact`].
    pub first_contact: Option<String>,
    /// Replaces [`SystemMessages::call_rejected`].
    pub call_rejected: Option<String>,
    /// The texts in other languages. A text that a language does not set is that of the number, or else that of the language in
    /// [`MessageCatalog::languages`].
    pub languages: BTreeMap<String, Self>,
}

impl MessageCatalog {
    /// Returns a text of a business number in a language.
    pub(crate) fn text_of<'a>(
        &'a self,
        number: &PhoneNumberId,
        language: Option<&str>,
        own: impl Fn(&'a NumberTexts) -> Option<&'a String>,
        common: impl Fn(&'a SystemMessages) -> &'a String,
    ) -> &'a str {
        let texts = self.number_texts.get(number);
        let in_language = texts.zip(language).and_then(|(texts, language)| texts.languages.get(language));
        let text = in_language.and_then(&own).or_else(|| texts.and_then(&own));
        text.unwrap_or_else(|| common(self.in_language(language)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_text_counts() {
        let text = |away: &str| SystemMessages { away: away.into(), ..SystemMessages::default() };
        let mut catalog = MessageCatalog::from(text("closed"));
        catalog.languages.insert("es".into(), text("cerrado"));
        let (vigo, porto) = (PhoneNumberId::new("1"), PhoneNumberId::new("2"));
        let away = |catalog: &MessageCatalog, number: &PhoneNumberId, language: Option<&str>| {
            catalog.text_of(number, language, |own| own.away.as_ref(), |common| &common.away).to_owned()
        };
        assert_eq!(away(&catalog, &vigo, Some("es")), "cerrado");
        let mut own = NumberTexts { away: Some("the shop is closed".into()), ..NumberTexts::default() };
        catalog.number_texts.insert(vigo.clone(), own.clone());
        assert_eq!(away(&catalog, &vigo, Some("es")), "the shop is closed");
        let spanish = NumberTexts { away: Some("la tienda está cerrada".into()), ..NumberTexts::default() };
        own.languages.insert("es".into(), spanish);
        catalog.number_texts.insert(vigo.clone(), own);
        assert_eq!(away(&catalog, &vigo, Some("es")), "la tienda está cerrada");
        assert_eq!(away(&catalog, &vigo, None), "the shop is closed");
        assert_eq!(away(&catalog, &porto, None), "closed");
    }
}
