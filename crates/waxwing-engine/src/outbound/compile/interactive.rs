//! Compiles questions, links, forms or requests for a location to interactive messages.

use waxwing_agent::{Choice, FormRef, FormRequest, FormStart, Link, Question};
use waxwing_markdown::split;
use waxwing_types::{
    Address, FlowButton, FlowRef, Interactive, LinkButton, ListMenu, ListRow, OutboundContent, ReplyButton, Text,
    limits,
};

use super::message::CompiledMessage;
use super::text::text_messages;

/// Maximum size of the data of the first screen of a form, in bytes of JSON.
const MAX_FORM_DATA: usize = 64 * 1024;

/// Label of the button of a form whose own label WhatsApp does not show.
const STANDARD_LABEL: &str = "Open";

/// Compiles a question to buttons if its choices fit, else to a list, else to text.
pub(super) fn question(text: String, question: &Question, to: &Address) -> Vec<CompiledMessage> {
    let choices: Vec<_> = question.choices.iter().map(on_one_line).collect();
    let buttons = || choices.iter().map(|choice| ReplyButton::new(&choice.id, &choice.label));
    let row = |choice: &Choice| {
        let mut row = ListRow::new(&choice.id, &choice.label);
        row.description.clone_from(&choice.description);
        row
    };
    let has_descriptions = choices.iter().any(|choice| choice.description.is_some());
    let frame = Frame::new(question.header.as_deref(), question.footer.as_deref());
    let in_frame = |interactive| frame.around(interactive);
    let forms: [Option<&dyn Fn(String) -> Interactive>; 2] = [
        if has_descriptions { None } else { Some(&|body| in_frame(Interactive::buttons(body, buttons()))) },
        Some(&|body| in_frame(Interactive::list(body, ListMenu::new(&question.menu).rows(choices.iter().map(row))))),
    ];
    let as_text = |text| {
        let mut plain = choices.iter().cloned().fold(Question::new(text), Question::with_choice);
        (plain.header, plain.footer) = (frame.header.map(str::to_owned), frame.footer.map(str::to_owned));
        plain.plain_text()
    };
    ask(frame.with_long_lines(text), &forms, as_text, to)
}

/// Compiles a link to a button if it fits, else to text.
pub(super) fn link(text: String, link: &Link, to: &Address) -> Vec<CompiledMessage> {
    let frame = Frame::new(link.header.as_deref(), link.footer.as_deref());
    let form = |body| frame.around(Interactive::link(body, LinkButton::new(&link.url).label(&link.label)));
    let as_text = |text| {
        let mut plain = Link::new(&link.url).with_label(&link.label).with_text(text);
        (plain.header, plain.footer) = (frame.header.map(str::to_owned), frame.footer.map(str::to_owned));
        plain.plain_text()
    };
    ask(frame.with_long_lines(text), &[Some(&form)], as_text, to)
}

/// Returns true if the data of the first screen of a form are larger than a message may have.
pub(super) fn has_large_data(form: &FormRequest) -> bool {
    match &form.start {
        FormStart::Screen { data, .. } => serde_json::to_string(data).is_ok_and(|json| json.len() > MAX_FORM_DATA),
        _ => false,
    }
}

/// Compiles a form to a button that opens it. A button whose label WhatsApp does not show has a standard label. Groups have no forms, so the text
/// remains.
pub(super) fn form(text: String, form: &FormRequest, token: &str, to: &Address) -> Vec<CompiledMessage> {
    let frame = Frame::new(form.header.as_deref(), form.footer.as_deref());
    let flow = match &form.form {
        FormRef::Id(id) => FlowRef::Id(id.clone()),
        FormRef::Name(name) => FlowRef::Name(name.clone()),
    };
    let button = |label: &str| {
        let button = FlowButton::new(flow.clone(), one_line(label)).token(token);
        let button = match &form.start {
            FormStart::Screen { screen, data } => button.screen(screen, data.clone()),
            FormStart::Endpoint => button.data_exchange(),
            _ => button,
        };
        if form.is_draft { button.draft() } else { button }
    };
    let labelled = |body| frame.around(Interactive::flow(body, button(&form.label)));
    let standard = |body| frame.around(Interactive::flow(body, button(STANDARD_LABEL)));
    let as_text = |text: String| {
        let lines = [frame.header, Some(&*text), frame.footer].into_iter().flatten();
        lines.filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("\n\n")
    };
    ask(frame.with_long_lines(text), &[Some(&labelled), Some(&standard)], as_text, to)
}

/// Compiles a request for a location to a message with a button, or to text.
pub(super) fn location_request(text: String, to: &Address) -> Vec<CompiledMessage> {
    ask(text, &[Some(&Interactive::location_request)], |text| text, to)
}

/// The lines above and below the body of an interactive message.
struct Frame<'a> {
    header: Option<&'a str>,
    footer: Option<&'a str>,
    /// A header that is too long for a header.
    long_header: Option<&'a str>,
    /// A footer that is too long for a footer.
    long_footer: Option<&'a str>,
}

impl<'a> Frame<'a> {
    fn new(header: Option<&'a str>, footer: Option<&'a str>) -> Self {
        let split = |line: Option<&'a str>| {
            let line = line.map(str::trim).filter(|line| !line.is_empty());
            let fits = line.is_none_or(|line| limits::utf16_len(line) <= limits::HEADER && !line.contains('\n'));
            if fits { (line, None) } else { (None, line) }
        };
        let ((header, long_header), (footer, long_footer)) = (split(header), split(footer));
        Self { header, footer, long_header, long_footer }
    }

    fn around(&self, interactive: Interactive) -> Interactive {
        let interactive = self.header.into_iter().fold(interactive, Interactive::header);
        self.footer.into_iter().fold(interactive, Interactive::footer)
    }

    /// Returns the text with the lines that are too long for a header or a footer.
    fn with_long_lines(&self, text: String) -> String {
        match (self.long_header, self.long_footer) {
            (None, None) => text,
            (header, footer) => [header, Some(&*text), footer].into_iter().flatten().collect::<Vec<_>>().join("\n\n"),
        }
    }
}

/// Returns the first of these forms that WhatsApp shows at this address, else text.
fn ask(
    text: String,
    forms: &[Option<&dyn Fn(String) -> Interactive>],
    as_text: impl FnOnce(String) -> String,
    to: &Address,
) -> Vec<CompiledMessage> {
    let forms = forms.iter().flatten().filter(|_| !to.is_group());
    let (ahead, body) = with_short_end(&text);
    let shown = forms.map(|form| OutboundContent::from(form(body.clone()))).find(|content| content.validate().is_ok());
    match shown {
        Some(content) => {
            let ahead = ahead.into_iter().map(|body| CompiledMessage::from(Text::new(body)));
            let shown = CompiledMessage::from(content).or_text(&as_text(body));
            let messages = ahead.chain([shown]).enumerate();
            messages.map(|(nth, message)| message.continuing(nth > 0)).collect()
        }
        None => text_messages(&as_text(text)).collect(),
    }
}

/// Splits a text so that its end fits into an interactive message, and the rest into the fewest text messages. If it costs no further message, the
/// end is the last paragraph.
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
        // No formatting spans the last cut, so the text before the cut stays in one message.
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

/// Removes line breaks, which labels cannot have.
fn on_one_line(choice: &Choice) -> Choice {
    let description = choice.description.as_deref().map(one_line).filter(|description| !description.is_empty());
    let labelled = Choice::new(&choice.id, one_line(&choice.label));
    description.into_iter().fold(labelled, Choice::with_description)
}

/// Returns a text with one space in place of each line break and each run of spaces.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
