//! Quotation of untrusted text in notes for the model.

/// Maximum length of a quotation, in characters.
const MAX_QUOTE: usize = 200;

/// Returns the text in quotation marks, on one line and with at most 200 characters.
pub(super) fn quoted(text: &str) -> String {
    quoted_within(text, MAX_QUOTE)
}

/// Returns the text in quotation marks, on one line and with at most `limit` characters.
pub(super) fn quoted_within(text: &str, limit: usize) -> String {
    let mut chars = text.chars();
    let head: String = chars.by_ref().take(limit).collect();
    let ellipsis = if chars.next().is_some() { "…" } else { "" };
    format!("{:?}", head + ellipsis)
}
