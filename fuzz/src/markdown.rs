//! Fuzz target of the Markdown renderer.

/// Renders Markdown.
///
/// # Panics
///
/// If the output is out of proportion to the input.
pub fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let rendered = waxwing_markdown::to_whatsapp(&text);
    assert!(rendered.len() <= 20 * text.len() + 100, "{} bytes became {}", text.len(), rendered.len());
}
