//! Words of many languages that approve or deny a tool call.
//!
//! The language of a user is not known, so the words of all languages count. A word that means yes in one language and no in another is not
//! among them. Words that often mean something else, such as the Spanish and Indonesian "ya", are left out.

use crate::CannedMessages;

/// Words and phrases that are a whole message: language, yes, no.
const WORDS: &[(&str, &[&str], &[&str])] = &[
    (
        "en",
        &["yes", "yes please", "yep", "yeah", "ok", "okay", "sure", "of course", "go ahead", "confirm", "i confirm"],
        &["no", "no thanks", "no thank you", "nope", "don't", "do not", "cancel"],
    ),
    (
        "es",
        &["sí", "si", "claro", "vale", "de acuerdo", "adelante", "confirmo"],
        &["no gracias", "cancelar", "cancela"],
    ),
    ("pt", &["sim", "com certeza", "de acordo"], &["não", "nao", "não obrigado", "não obrigada"]),
    ("ca", &["d'acord"], &["no gràcies"]),
    ("fr", &["oui", "d'accord", "bien sûr", "je confirme"], &["non", "non merci", "annuler"]),
    ("de", &["ja", "ja bitte", "jawohl", "klar", "einverstanden"], &["nein", "nein danke", "abbrechen"]),
    ("it", &["sì", "certo", "va bene", "d'accordo", "confermo"], &["no grazie", "annulla"]),
    ("nl", &["jazeker", "akkoord"], &["nee", "nee bedankt"]),
    ("sv", &["ja tack"], &["nej", "nej tack"]),
    ("nb", &["ja takk"], &["nei", "nei takk"]),
    ("fi", &["kyllä", "joo"], &["ei", "ei kiitos"]),
    ("pl", &["tak", "zgoda"], &["nie"]),
    ("cs", &["ano"], &["ne"]),
    ("sk", &["áno"], &[]),
    ("hu", &["igen"], &["nem"]),
    ("ro", &["da"], &["nu"]),
    ("ru", &["да", "хорошо", "подтверждаю"], &["нет", "не надо"]),
    ("uk", &["так"], &["ні"]),
    ("bg", &[], &["не"]),
    ("el", &["ναι"], &["όχι", "οχι"]),
    ("tr", &["evet", "tamam", "olur"], &["hayır", "hayir"]),
    ("ar", &["نعم", "أجل", "موافق"], &["لا"]),
    ("he", &["כן"], &["לא"]),
    ("fa", &["بله"], &["نه"]),
    ("hi", &["हाँ", "हां", "जी हाँ"], &["नहीं", "nahi", "nahin"]),
    ("bn", &["হ্যাঁ"], &["না"]),
    ("id", &["iya", "setuju"], &["tidak"]),
    ("vi", &["có", "vâng", "đồng ý"], &["không"]),
    ("th", &["ใช่", "ตกลง"], &["ไม่", "ไม่ใช่"]),
    ("ja", &["はい"], &["いいえ"]),
    ("ko", &["네", "예"], &["아니요", "아니오"]),
    ("zh", &["是", "是的", "好", "好的", "可以", "同意"], &["不", "不是", "不要", "不行"]),
    ("sw", &["ndiyo"], &["hapana"]),
];

/// Emoji that approve as a reaction.
const APPROVING: [&str; 2] = ["👍", "✅"];

/// Emoji that deny as a reaction.
const DENYING: [&str; 2] = ["👎", "❌"];

/// Returns whether a reaction approves or denies. `None` if it does neither. Skin tones do not matter.
pub(super) fn reaction(emoji: &str) -> Option<bool> {
    let is_variant = |c: &char| matches!(c, '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}');
    let emoji: String = emoji.chars().filter(|c| !is_variant(c)).collect();
    let is_one_of = |emojis: [&str; 2]| emojis.contains(&emoji.as_str());
    if is_one_of(APPROVING) {
        return Some(true);
    }
    is_one_of(DENYING).then_some(false)
}

/// Returns whether a text approves or denies. `None` if the whole text is neither a yes nor a no.
pub(super) fn decision(text: &str, messages: &CannedMessages) -> Option<bool> {
    let text = normalized(text);
    let is_own = |words: &[String]| words.iter().any(|word| normalized(word) == text);
    match (is_own(&messages.approve_words), is_own(&messages.deny_words)) {
        (true, false) => return Some(true),
        (false, true) => return Some(false),
        (true, true) => return None,
        (false, false) => {}
    }
    WORDS.iter().find_map(|(_, yes, no)| {
        let is_yes = yes.contains(&text.as_str());
        (is_yes || no.contains(&text.as_str())).then_some(is_yes)
    })
}

/// Returns a text in lower case, on one line, without punctuation around it. A question mark stays: "yes?" does not approve.
fn normalized(text: &str) -> String {
    let text = text.to_lowercase().replace('’', "'").replace(',', " ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.trim_matches(|c: char| c.is_whitespace() || ".!¡…。！".contains(c)).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<bool>) {
        assert_eq!(decision(text, &CannedMessages::default()), expected, "{text}");
    }

    #[test]
    fn a_whole_message_approves_or_denies() {
        for text in
            ["yes", "Yes!", " YES. ", "Yes, please", "ok", "Sí", "si", "¡Claro!", "D’accord", "да", "はい。", "是的"]
        {
            check(text, Some(true));
        }
        for text in ["no", "No, thanks!", "Nein.", "não", "нет", "아니요", "Don’t"] {
            check(text, Some(false));
        }
        for text in ["", "yes?", "yes but make it 5", "no idea", "know", "y", "n", "1", "not yes", "👍"] {
            check(text, None);
        }
    }

    #[test]
    fn a_few_emoji_approve_or_deny() {
        for (emoji, expected) in [
            ("👍", Some(true)),
            ("👍🏽", Some(true)),
            ("✅", Some(true)),
            ("👎", Some(false)),
            ("👎🏿", Some(false)),
            ("❌", Some(false)),
            ("❤️", None),
            ("🙏", None),
            ("👍👎", None),
            ("", None),
        ] {
            assert_eq!(reaction(emoji), expected, "{emoji}");
        }
    }

    #[test]
    fn no_word_means_yes_and_no() {
        let yes: Vec<_> = WORDS.iter().flat_map(|(_, yes, _)| *yes).copied().collect();
        let no: Vec<_> = WORDS.iter().flat_map(|(_, _, no)| *no).copied().collect();
        for word in &yes {
            assert!(!no.contains(word), "{word}");
        }
        for word in yes.iter().chain(&no) {
            assert_eq!(normalized(word), **word, "a word that is not normalized matches no message");
        }
    }

    #[test]
    fn an_agent_can_have_words_of_its_own() {
        let (approve_words, deny_words) = (vec!["Jep".into(), "no".into()], vec!["Lieber nicht".into()]);
        let mut messages = CannedMessages { approve_words, deny_words, ..CannedMessages::default() };
        for (text, expected) in [("jep!", true), ("lieber nicht", false), ("yes", true), ("no", true)] {
            assert_eq!(decision(text, &messages), Some(expected), "{text}: the words of the agent take precedence");
        }
        messages.deny_words.push("no".into());
        assert_eq!(decision("no", &messages), None);
    }
}
