//! Recognition of the language of a text.

use isolang::Language;
use whatlang::{Detector, Lang};

/// Fewest letters of a text whose language is recognized. Names and greetings are shorter, and mean the same in several languages.
const MIN_LETTERS: usize = 8;

/// Lowest confidence of a recognition, from 0 to 1.
const MIN_CONFIDENCE: f64 = 0.45;

/// Returns whether the language of a text can be recognized.
pub(super) fn is_long_enough(text: &str) -> bool {
    text.chars().filter(|c| c.is_alphabetic()).nth(MIN_LETTERS - 1).is_some()
}

/// Returns the language of a text that is long enough, among these languages. A text in another language can be taken for one of them.
pub(super) fn recognize(text: &str, languages: Vec<Lang>) -> Option<Lang> {
    let found = Detector::with_allowlist(languages).detect(text)?;
    (found.confidence() >= MIN_CONFIDENCE).then(|| found.lang())
}

/// Returns the language of a code of ISO 639, such as `es`, `spa`, `pt-BR` or `pt_BR`.
pub(super) fn of_code(code: &str) -> Option<Lang> {
    let code = code.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    let language = Language::from_639_1(&code).or_else(|| Language::from_639_3(&code))?;
    Lang::from_code(
        match language {
            // Names of several related languages, of which the most common one is recognized.
            Language::Zho => Language::Cmn,
            Language::Fas => Language::Pes,
            Language::Nor => Language::Nob,
            language => language,
        }
        .to_639_3(),
    )
}

/// Returns the language of a long text.
pub(super) fn of_text(text: &str) -> Option<Lang> {
    whatlang::detect_lang(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_one_or_two_parts() {
        for (code, expected) in [
            ("es", Some(Lang::Spa)),
            ("spa", Some(Lang::Spa)),
            ("pt-BR", Some(Lang::Por)),
            ("pt_PT", Some(Lang::Por)),
            ("DE", Some(Lang::Deu)),
            ("zh", Some(Lang::Cmn)),
            ("spanish", None),
            ("", None),
        ] {
            assert_eq!(of_code(code), expected, "{code}");
        }
    }

    #[test]
    fn short_texts_and_other_alphabets_have_no_language() {
        let check = |text: &str, expected: Option<Lang>| {
            let found = is_long_enough(text).then(|| recognize(text, vec![Lang::Eng, Lang::Spa])).flatten();
            assert_eq!(found, expected, "{text}");
        };
        check("¿dónde está mi pedido?", Some(Lang::Spa));
        check("where is my order 12345?", Some(Lang::Eng));
        for text in ["", "José", "ok", "/human", "👍👍👍👍👍👍👍👍", "Где мой заказ, подскажите"]
        {
            check(text, None);
        }
    }
}
