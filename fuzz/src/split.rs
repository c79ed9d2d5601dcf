//! Fuzz target of the splitting of long texts.

use waxwing_markdown::SplitOptions;

/// Splits a text. The first byte is the limit, and says with its lowest bit whether the text has formatting.
///
/// # Panics
///
/// If a part is blank or too long, or a character of a plain text is lost.
pub fn run(input: &[u8]) {
    let Some((&limit, text)) = input.split_first() else { return };
    let (text, has_formatting) = (String::from_utf8_lossy(text), limit & 1 == 1);
    let limit = usize::from(limit >> 1);
    let options = SplitOptions::new(limit);
    let parts = waxwing_markdown::split(&text, if has_formatting { options } else { options.plain_text() });
    for part in &parts {
        assert!(!part.trim().is_empty(), "a part is blank");
        let units = part.encode_utf16().count();
        assert!(units <= limit.max(2), "a part has {units} units; the limit is {limit}");
    }
    if !has_formatting {
        assert_eq!(visible(&parts.concat()), visible(&text), "a character is lost");
    }
}

fn visible(text: &str) -> String {
    text.chars().filter(|char| !char.is_whitespace()).collect()
}
