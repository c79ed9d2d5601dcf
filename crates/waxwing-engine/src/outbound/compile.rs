//! Compiles a reply to the fewest WhatsApp messages that carry it. Meta bills each message.

mod interactive;
mod media;
mod message;
mod shared_content;
mod template;
mod text;

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;
use waxwing_agent::{Media, Reply, ReplyPart, Template};
use waxwing_store::Draft;
use waxwing_types::{Address, MessageId, OutboundContent, TemplateMessage, limits};

use super::sendable;
use crate::form_tokens::FormTokens;
use crate::media_memory::{self, MediaMemory, MediaPermit};
use crate::settings::{ReplyOverflow, ReplySettings};
use media::Form;
use message::CompiledMessage;

/// Largest total size of the media of one reply, in bytes, if there is memory for it. Media are in memory until the store has them; media beyond
/// the limit are left out.
const MAX_MEDIA_BYTES: u64 = limits::DOCUMENT_BYTES;

/// The rules for replies of one turn.
#[derive(Debug)]
pub(crate) struct ReplyRules {
    /// Time from which messages that need the service window fail, if they do after its end.
    pub(crate) fails_from: Option<Instant>,
    pub(crate) limits: ReplySettings,
    /// Memory for media that are files.
    pub(crate) media_memory: MediaMemory,
    /// Text in place of a medium that WhatsApp cannot carry.
    pub(crate) unsupported_media: String,
    /// Caption of the file with texts that need too many messages.
    pub(crate) in_file: String,
    /// End of texts that are cut.
    pub(crate) cut: String,
    /// Tokens of the forms of the conversation.
    pub(crate) form_tokens: FormTokens,
    /// Counts the parts that were left out.
    pub(crate) left_out: Arc<AtomicU64>,
}

/// Compiles a reply for one address.
///
/// - Reactions come first, since they show which message the reply is about. Groups have no reactions, so they are left out there. A
///   reaction or template that WhatsApp would refuse, such as a reaction to a message without an id, is left out as well.
/// - A text that is longer than a text message is split.
/// - One text and one medium become a medium with a caption, if the caption fits. Otherwise the text comes first.
/// - The only medium of a reply becomes the header of the question or the link after it, unless it has a caption.
/// - The first message that is no reaction shows the quote of the reply.
/// - Texts come before media, locations, contacts and templates.
/// - A medium of a type that WhatsApp does not show is converted, or else becomes a document.
/// - Interactive messages come last, where the user finds them. An interactive message without a text takes the text before it.
/// - A part that WhatsApp or a group cannot show becomes text.
/// - Texts that need more messages than a reply may have become a file, or are cut. Other parts beyond the limit are left out.
///
/// Parts that are left out are logged and counted, except reactions in groups. A medium whose file cannot be read becomes its caption, so that text
/// is never lost with its medium. For the same reason, each message other than a text has its text as the fallback of a refusal.
pub(crate) async fn compile(reply: Reply, to: &Address, rules: &ReplyRules) -> Vec<Draft> {
    let (quote, shows_link_preview) = (reply.quote().map(MessageId::new), reply.shows_link_preview());
    let mut parts = Parts {
        to,
        rules,
        quote: quote.filter(|quote| !quote.as_str().is_empty()),
        shows_link_preview,
        text_bytes_left: rules.limits.max_text_bytes,
        media_bytes_left: MAX_MEDIA_BYTES.min(rules.media_memory.max_bytes()),
        reactions: Vec::new(),
        texts: Vec::new(),
        attachments: Vec::new(),
        interactive: Vec::new(),
        left_out: 0,
    };
    for part in reply.into_parts() {
        parts.add(sendable::part(part, &rules.media_memory).await);
    }
    parts.texts.retain(|text| !text.trim().is_empty());
    parts.into_drafts().await
}

/// Returns the message of a template, with its medium in a form that WhatsApp shows. Returns none if no header takes the medium.
pub(crate) async fn template_message(template: Template, rules: &ReplyRules) -> Option<TemplateMessage> {
    template::message(&sendable::template(template, &rules.media_memory).await)
}

/// The parts of a reply, sorted by their place in the conversation.
struct Parts<'a> {
    to: &'a Address,
    rules: &'a ReplyRules,
    /// The message that the first message quotes.
    quote: Option<MessageId>,
    shows_link_preview: bool,
    /// Number of bytes of text that the reply may still have.
    text_bytes_left: usize,
    media_bytes_left: u64,
    reactions: Vec<CompiledMessage>,
    texts: Vec<String>,
    attachments: Vec<Attachment>,
    interactive: Vec<CompiledMessage>,
    /// Number of parts that were left out.
    left_out: usize,
}

/// A part with a message of its own, after the texts.
enum Attachment {
    Medium(Form, Media),
    /// A message, with the medium of its header.
    Message(Box<CompiledMessage>, Option<Media>),
}

impl Parts<'_> {
    fn add(&mut self, part: ReplyPart) {
        match part {
            ReplyPart::Text(text) => {
                let text = self.limited(&text).into_owned();
                self.texts.push(text);
            }
            ReplyPart::Markdown(markdown) => {
                let text = waxwing_markdown::to_whatsapp(&self.limited(&markdown));
                self.texts.push(text);
            }
            ReplyPart::Media(medium) => self.add_medium(medium),
            ReplyPart::Question(question) => {
                let body = self.body(&question.text);
                self.interactive.extend(interactive::question(body, &question, self.to));
            }
            ReplyPart::Link(link) => {
                let body = self.body(&link.text);
                self.interactive.extend(interactive::link(body, &link, self.to));
            }
            ReplyPart::Form(form) if interactive::has_large_data(&form) => self.leave_out("form"),
            ReplyPart::Form(form) => {
                let body = self.body(&form.text);
                let token = self.rules.form_tokens.issue(form.answer_name());
                self.interactive.extend(interactive::form(body, &form, &token, self.to));
            }
            ReplyPart::LocationRequest(text) => {
                let body = self.body(&text);
                self.interactive.extend(interactive::location_request(body, self.to));
            }
            ReplyPart::Location(location) => {
                self.add_content(shared_content::location(&location), &location);
            }
            ReplyPart::Contact(contact) => self.add_content(shared_content::contact(&contact), &contact),
            ReplyPart::Template(template) => self.add_template(&template),
            ReplyPart::Reaction { message, emoji } => {
                match shared_content::reaction(message, emoji) {
                    Some(content) if is_allowed(&content, self.to) => self.reactions.push(content.into()),
                    // Groups have no reactions.
                    Some(_) => {}
                    None => self.leave_out("reaction"),
                }
            }
            _ => self.leave_out("unknown"),
        }
    }

    /// Adds a template. Its values are checked when it is sent, so that the agent learns from a template that does not fit. Only Meta knows the
    /// text of a template, so a refused template has no replacement.
    fn add_template(&mut self, template: &Template) {
        let bytes = template.media().map_or(0, Media::len);
        match template::message(template).filter(|_| bytes <= self.media_bytes_left) {
            Some(content) => {
                self.media_bytes_left -= bytes;
                let medium = template.media().cloned();
                self.attachments.push(Attachment::Message(Box::new(content.into()), medium));
            }
            None => self.leave_out("template"),
        }
    }

    /// Leaves out a part that WhatsApp would refuse.
    fn leave_out(&mut self, part: &'static str) {
        tracing::warn!(part, "part of a reply left out; whatsapp would refuse it");
        self.left_out += 1;
    }

    fn add_medium(&mut self, medium: Media) {
        match Form::of(&medium).filter(|_| medium.len() <= self.media_bytes_left) {
            Some(form) => {
                self.media_bytes_left -= medium.len();
                self.attachments.push(Attachment::Medium(form, medium));
            }
            None => self.texts.push(medium.alt_text().unwrap_or(&self.rules.unsupported_media).to_owned()),
        }
    }

    /// Removes and returns the medium that becomes the header of an interactive message, with the position of that message.
    fn take_header(&mut self) -> Option<(usize, Form, Media)> {
        let [Attachment::Medium(form, _)] = &self.attachments[..] else { return None };
        form.header("")?;
        let at = self.interactive.iter().position(CompiledMessage::takes_header)?;
        match self.attachments.pop() {
            Some(Attachment::Medium(form, medium)) => Some((at, form, medium)),
            _ => None,
        }
    }

    /// Adds content, or its text if the address cannot receive the content.
    fn add_content(&mut self, content: Option<OutboundContent>, text: &impl ToString) {
        match content.filter(|content| is_allowed(content, self.to)) {
            Some(content) => {
                let message = CompiledMessage::from(content).or_text(&text.to_string());
                self.attachments.push(Attachment::Message(Box::new(message), None));
            }
            None => self.texts.push(text.to_string()),
        }
    }

    /// Returns the body of an interactive message: its own Markdown, or else the text before it.
    fn body(&mut self, markdown: &str) -> String {
        if markdown.trim().is_empty() {
            self.texts.pop().unwrap_or_default()
        } else {
            waxwing_markdown::to_whatsapp(&self.limited(markdown))
        }
    }

    /// Returns a text as far as the limit of bytes allows, with a note where the text is cut.
    fn limited<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        let end = text.floor_char_boundary(self.text_bytes_left.min(text.len()));
        let is_first_cut = end < text.len() && self.text_bytes_left > 0;
        self.text_bytes_left -= end;
        if is_first_cut {
            self.text_bytes_left = 0;
            return format!("{}\n\n{}", &text[..end], self.rules.cut).into();
        }
        text[..end].into()
    }

    /// Leaves out parts that exceed the number of messages. Returns the number of messages that are left for texts.
    fn limit_messages(&mut self) -> usize {
        let max = self.rules.limits.max_messages.max(1);
        let count = |parts: &Self| parts.reactions.len() + parts.attachments.len() + parts.interactive.len();
        let (before, for_texts) = (count(self), usize::from(!self.texts.is_empty()));
        self.interactive.truncate(max.saturating_sub(for_texts).max(1));
        let mut left = max.saturating_sub(for_texts + self.interactive.len());
        self.reactions.truncate(left);
        left -= self.reactions.len();
        self.attachments.truncate(left);
        let after = count(self);
        if after < before {
            tracing::warn!(left_out = before - after, "reply has too many messages; parts left out");
            self.left_out += before - after;
        }
        max.saturating_sub(after)
    }

    /// Returns the messages for the texts.
    fn text_messages(&self, room: usize) -> Vec<CompiledMessage> {
        let messages = text::messages(&self.texts, room);
        match (messages, self.rules.limits.on_overflow) {
            (Some(messages), _) => messages,
            (None, ReplyOverflow::File) if room > 0 => {
                let caption = text::prefix(&self.rules.in_file, limits::CAPTION);
                let upload = text::file(&self.texts);
                let caption = Some(caption.to_owned()).filter(|caption| !caption.is_empty());
                let beginning = text::cut_messages(&self.texts, 1, &self.rules.cut);
                let beginning = beginning.first().and_then(|message| message.content.text()).unwrap_or_default();
                let content = Form::Document.content(&upload.filename, caption);
                vec![CompiledMessage::from(content).or_text(beginning).with_upload(upload)]
            }
            (None, _) => text::cut_messages(&self.texts, room, &self.rules.cut),
        }
    }

    /// Removes and returns the text that becomes the caption of the only medium.
    fn take_caption(&mut self) -> Option<String> {
        match (&self.texts[..], &self.attachments[..]) {
            ([text], [Attachment::Medium(form, _)])
                if form.takes_caption() && limits::utf16_len(text) <= limits::CAPTION =>
            {
                self.texts.pop()
            }
            _ => None,
        }
    }

    async fn into_drafts(mut self) -> Vec<Draft> {
        let caption = self.take_caption();
        let header = if caption.is_none() { self.take_header() } else { None };
        let room = self.limit_messages();
        self.rules.left_out.fetch_add(self.left_out as u64, Ordering::Relaxed);
        let mut messages = std::mem::take(&mut self.reactions);
        messages.extend(self.text_messages(room));
        let needed = |attachment: &Attachment| match attachment {
            Attachment::Medium(_, medium) | Attachment::Message(_, Some(medium)) => media_memory::needed(medium),
            Attachment::Message(_, None) => 0,
        };
        let in_header = header.as_ref().map_or(0, |(_, _, medium)| media_memory::needed(medium));
        let needed = in_header + self.attachments.iter().map(needed).sum::<u64>();
        let memory = self.rules.media_memory.take(needed).await;
        for attachment in std::mem::take(&mut self.attachments) {
            messages.extend(self.attached(attachment, caption.as_deref(), &memory).await);
        }
        let mut interactive = std::mem::take(&mut self.interactive);
        if let Some((at, form, medium)) = header
            && let Some(message) = interactive.get_mut(at)
            && let Some(upload) = media::read(&medium, &memory).await
            && let Some(header) = form.header(&upload.filename)
        {
            message.set_header(header, upload);
        }
        messages.extend(interactive);
        self.drafts(messages)
    }

    /// Returns the message with an attachment.
    async fn attached(
        &self,
        attachment: Attachment,
        caption: Option<&str>,
        memory: &MediaPermit,
    ) -> Option<CompiledMessage> {
        let (form, medium) = match attachment {
            Attachment::Message(message, None) => return Some(*message),
            // A template cannot be sent without its header.
            Attachment::Message(message, Some(medium)) => {
                return Some(message.with_upload(media::read(&medium, memory).await?));
            }
            Attachment::Medium(form, medium) => (form, medium),
        };
        let alt_text = medium.alt_text();
        if let Some(upload) = media::read(&medium, memory).await {
            return Some(media::message(form, upload, caption, alt_text));
        }
        text::text_messages(caption.or(alt_text).unwrap_or(&self.rules.unsupported_media)).next()
    }

    /// Addresses the messages. The first one that can quote has the quote of the reply.
    fn drafts(&mut self, messages: Vec<CompiledMessage>) -> Vec<Draft> {
        let mut drafts = Vec::new();
        for message in messages {
            let message = if self.shows_link_preview { message.with_link_preview() } else { message };
            let quote = if message.can_quote() { self.quote.take() } else { None };
            drafts.push(message.into_draft(self.to, quote));
        }
        drafts
    }
}

fn is_allowed(content: &OutboundContent, to: &Address) -> bool {
    !to.is_group() || content.is_allowed_in_groups()
}

#[cfg(test)]
mod tests;
