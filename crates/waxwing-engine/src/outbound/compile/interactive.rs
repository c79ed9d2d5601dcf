//! What can be tapped: questions, links, requests for a location.

use waxwing_agent::{Choice, Link, Question};
use waxwing_markdown::split;
use waxwing_types::{Address, Interactive, LinkButton, ListMenu, ListRow, OutboundContent, ReplyButton, Text, limits};

use super::messages;

/// A question as buttons if its answers fit on them, else as a list, else in words.
pub(super) fn question(words: String, question: &Question, to: &Address) -> Vec<OutboundContent> {
    let choices: Vec<_> = question.choices.iter().map(on_one_line).collect();
    let buttons = || choices.iter().map(|choice| ReplyButton::new(&choice.id, &choice.label));
    let row = |choice: &Choice| {
        let mut row = ListRow::new(&choice.id, &choice.label);
        row.description.clone_from(&choice.description);
        row
    };
    let has_descriptions = choices.iter().any(|choice| choice.description.is_some());
    let forms: [Option<&dyn Fn(String) -> Interactive>; 2] = [
        if has_descriptions { None } else { Some(&|body| Interactive::buttons(body, buttons())) },
        Some(&|body| Interactive::list(body, ListMenu::new(&question.menu).rows(choices.iter().map(row)))),
    ];
    let in_words = |text| Question { text, choices: choices.clone(), menu: String::new() }.plain_text();
    ask(words, &forms, in_words, to)
}

/// A link as a button if it fits on one, else in words.
pub(super) fn link(words: String, link: &Link, to: &Address) -> Vec<OutboundContent> {
    let form = |body| Interactive::link(body, LinkButton::new(&link.url).label(&link.label));
    ask(words, &[Some(&form)], |text| Link { text, ..link.clone() }.plain_text(), to)
}

/// A request for a location with a button to send it, or in words.
pub(super) fn location_request(words: String, to: &Address) -> Vec<OutboundContent> {
    ask(words, &[Some(&Interactive::location_request)], |text| text, to)
}

/// The first of these forms that WhatsApp shows at this address, or words alone.
fn ask(
    words: String,
    forms: &[Option<&dyn Fn(String) -> Interactive>],
    in_words: impl FnOnce(String) -> String,
    to: &Address,
) -> Vec<OutboundContent> {
    let forms = forms.iter().flatten().filter(|_| !to.is_group());
    let (ahead, body) = with_short_end(&words);
    let shown = forms.map(|form| OutboundContent::from(form(body.clone()))).find(|content| content.validate().is_ok());
    match shown {
        Some(content) => ahead.into_iter().map(|body| Text::new(body).into()).chain([content]).collect(),
        None => messages(&in_words(words)).collect(),
    }
}

/// Cuts a text so that its end fits into an interactive message, and what goes ahead of it into the fewest texts; where that costs nothing more, so
/// that the end is its last paragraph.
fn with_short_end(text: &str) -> (Vec<String>, String) {
    let fewest = cut_anywhere(text);
    match cut_before_last_paragraph(text) {
        Some(parts) if parts.0.len() <= fewest.0.len() => parts,
        _ => fewest,
    }
}

fn cut_anywhere(text: &str) -> (Vec<String>, String) {
    let mut ahead = split(text, limits::TEXT_BODY);
    let Some(last) = ahead.pop() else { return (ahead, String::new()) };
    let mut pieces = split(&last, limits::INTERACTIVE_BODY);
    let end = pieces.pop().unwrap_or_default();
    match last.strip_suffix(&end) {
        // No mark spans the last cut, so what stands before it can stay together.
        Some(before) => ahead.extend(Some(before.trim_end().to_owned()).filter(|before| !before.is_empty())),
        None => ahead.extend(pieces),
    }
    (ahead, end)
}

fn cut_before_last_paragraph(text: &str) -> Option<(Vec<String>, String)> {
    let (before, end) = text.trim_end().rsplit_once("\n\n")?;
    let in_code = before.matches("```").count() % 2 == 1;
    let fits = !in_code && limits::utf16_len(end) <= limits::INTERACTIVE_BODY;
    fits.then(|| (split(before, limits::TEXT_BODY), end.to_owned()))
}

/// Labels have no line breaks.
fn on_one_line(choice: &Choice) -> Choice {
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let description = choice.description.as_deref().map(line).filter(|description| !description.is_empty());
    Choice { id: choice.id.clone(), label: line(&choice.label), description }
}
