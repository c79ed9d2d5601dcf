//! Writes entries of the conversation log.

use serde::{Deserialize, Deserializer, Serialize};
use waxwing_agent::{FormStart, HumanHandoff, Reply, ReplyPart, SentPart, Template, ToolRound};
use waxwing_store::{NewLogEntry, Origin, TOOL_ROUND, TRANSCRIPT};
use waxwing_types::{OutboundContent, TemplateComponent, TemplateMessage, TemplateParameter};

use super::json;

/// Kind of the entries with the parts of a message that the business sent.
pub(super) const REPLY: &str = "reply";

/// Kind of the entries at which a person takes over.
pub(super) const HANDED_OFF: &str = "handed_off";

/// Kind of the entries at which the agent answers again.
pub(super) const RESUMED: &str = "resumed";

/// Kind of the entries after messages that no run answered.
pub(super) const UNANSWERED: &str = "unanswered";

/// Maximum size of the text of a part in bytes. The rest of a longer text is left out, so that one entry does not displace the others.
const MAX_TEXT_BYTES: usize = 64 * 1024;

/// Maximum size of the result of a tool in bytes. The rest of a longer result is left out.
const MAX_RESULT_BYTES: usize = 4 * 1024;

/// Content of [`REPLY`].
#[derive(Serialize, Deserialize)]
pub(super) struct StoredReply {
    #[serde(deserialize_with = "known_parts")]
    pub(super) parts: Vec<SentPart>,
}

/// Reads parts. A part that a later version wrote is left out.
fn known_parts<'de, D: Deserializer<'de>>(parts: D) -> Result<Vec<SentPart>, D::Error> {
    let parts = Vec::<serde_json::Value>::deserialize(parts)?;
    Ok(parts.into_iter().filter_map(|part| serde_json::from_value(part).ok()).collect())
}

/// Content of [`TRANSCRIPT`].
#[derive(Serialize, Deserialize)]
pub(super) struct StoredTranscript {
    /// Id of the message.
    pub(super) message: String,
    pub(super) text: String,
}

/// Maximum size of the reason or the summary of a handoff in bytes. The rest of a longer text is left out.
const MAX_CAUSE_BYTES: usize = 4 * 1024;

/// Cause of a handoff: the content of [`HANDED_OFF`].
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct HandoffCause {
    /// The one that wanted it: `agent`, `user`, `operator` or `other_app`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) by: Option<String>,
    /// Reason that the agent gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// Summary that the agent wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) summary: Option<String>,
}

impl HandoffCause {
    /// Creates the cause of a handoff that the agent wants.
    pub(crate) fn agent(handoff: &HumanHandoff) -> Self {
        let cut = |text: &Option<String>| {
            let mut text = text.clone()?;
            cut(&mut text, MAX_CAUSE_BYTES);
            Some(text)
        };
        Self { by: Some("agent".to_owned()), reason: cut(&handoff.reason), summary: cut(&handoff.summary) }
    }

    /// Returns whether another app took the conversation, and nobody asked for a person.
    pub(crate) fn is_other_app(&self) -> bool {
        self.by.as_deref() == Some("other_app")
    }
}

impl From<&str> for HandoffCause {
    fn from(by: &str) -> Self {
        Self { by: Some(by.to_owned()), ..Self::default() }
    }
}

/// Returns the entry of a reply or of an interim message. Returns none if it is empty.
pub(crate) fn agent_reply(agent: &str, reply: &Reply) -> Option<NewLogEntry> {
    let parts: Vec<_> = reply.parts().iter().map(SentPart::from).map(cut_text).collect();
    if parts.is_empty() {
        return None;
    }
    Some(entry(Origin::Agent, Some(agent), REPLY, &StoredReply { parts }))
}

/// Returns the entry of a text that the channel itself sends.
pub(crate) fn system_text(text: &str) -> NewLogEntry {
    entry(Origin::System, None, REPLY, &StoredReply { parts: vec![SentPart::Text(text.to_owned())] })
}

/// Returns the entry of a message that no turn asked for. Content that has neither a text nor a form of its own is named by its type.
pub(crate) fn proactive(content: &OutboundContent) -> NewLogEntry {
    let part = match content {
        OutboundContent::Template(template) => SentPart::from(&ReplyPart::from(sent_template(template))),
        content => SentPart::Text(content.text().map_or_else(|| format!("[{}]", content.kind()), str::to_owned)),
    };
    entry(Origin::System, None, REPLY, &StoredReply { parts: vec![cut_text(part)] })
}

/// Returns the entry of a message that an agent scheduled.
pub(crate) fn agent_message(agent: &str, content: &OutboundContent) -> NewLogEntry {
    NewLogEntry { origin: Origin::Agent, author: Some(agent.to_owned()), ..proactive(content) }
}

/// Returns a template with the texts of its body.
fn sent_template(template: &TemplateMessage) -> Template {
    let body = template.components.iter().filter_map(|component| match component {
        TemplateComponent::Body { parameters } => Some(parameters),
        _ => None,
    });
    let texts = body.flatten().filter_map(|parameter| match parameter {
        TemplateParameter::Text { text, .. } => Some(text.as_str()),
        TemplateParameter::Currency { currency, .. } => Some(currency.fallback_value.as_str()),
        TemplateParameter::DateTime { date_time, .. } => Some(date_time.fallback_value.as_str()),
        _ => None,
    });
    texts.fold(Template::new(&template.name, &template.language.code), Template::with_value)
}

/// Returns the entry of calls of tools, with results of a limited size.
pub(crate) fn tool_round(agent: &str, mut round: ToolRound) -> NewLogEntry {
    round.calls.iter_mut().for_each(|call| cut(&mut call.result, MAX_RESULT_BYTES));
    entry(Origin::Agent, Some(agent), TOOL_ROUND, &round)
}

/// Returns the entry of the transcript of a message.
pub(crate) fn transcript(message: &str, text: &str) -> NewLogEntry {
    entry(Origin::System, None, TRANSCRIPT, &StoredTranscript { message: message.to_owned(), text: text.to_owned() })
}

/// Returns the entry at which a person takes over.
pub(crate) fn handed_off(cause: &HandoffCause) -> NewLogEntry {
    entry(Origin::System, None, HANDED_OFF, cause)
}

/// Returns the entry at which the agent answers again.
pub(crate) fn resumed() -> NewLogEntry {
    entry(Origin::System, None, RESUMED, &serde_json::json!({}))
}

/// Returns the entry after messages that no run answered.
pub(crate) fn unanswered() -> NewLogEntry {
    entry(Origin::System, None, UNANSWERED, &serde_json::json!({}))
}

fn entry(origin: Origin, author: Option<&str>, kind: &str, content: &impl Serialize) -> NewLogEntry {
    NewLogEntry { origin, author: author.map(str::to_owned), kind: kind.to_owned(), content: json(content) }
}

fn cut_text(mut part: SentPart) -> SentPart {
    if let SentPart::Text(text) | SentPart::Markdown(text) | SentPart::LocationRequest(text) = &mut part {
        cut(text, MAX_TEXT_BYTES);
    }
    if let SentPart::Form(form) = &mut part {
        cut(&mut form.text, MAX_TEXT_BYTES);
        // The data of a screen say nothing about the conversation, and may be large.
        if let FormStart::Screen { data, .. } = &mut form.start {
            data.clear();
        }
    }
    part
}

/// Cuts a text that is longer than `max` bytes at a character, and marks the cut.
fn cut(text: &mut String, max: usize) {
    if text.len() > max {
        text.truncate(text.floor_char_boundary(max));
        text.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use waxwing_agent::{FormRequest, ToolExchange};

    #[test]
    fn a_long_text_is_cut() {
        let entry = agent_reply("agent", &Reply::text("ñ".repeat(MAX_TEXT_BYTES))).unwrap();
        let stored: StoredReply = serde_json::from_slice(&entry.content).unwrap();
        assert_eq!(stored.parts, [SentPart::Text(format!("{}…", "ñ".repeat(MAX_TEXT_BYTES / 2)))]);
    }

    #[test]
    fn a_form_is_kept_without_its_data() {
        let data = serde_json::Map::from_iter([("guests".to_owned(), json!(2))]);
        let form = FormRequest::flow_id("7").with_text("When?");
        let entry = agent_reply("agent", &form.clone().with_screen("DATE", data).into()).unwrap();
        let stored: StoredReply = serde_json::from_slice(&entry.content).unwrap();
        assert_eq!(stored.parts, [SentPart::Form(form.with_screen("DATE", serde_json::Map::new()))]);
    }

    #[test]
    fn a_long_result_is_cut_at_a_character() {
        let long = "ñ".repeat(MAX_RESULT_BYTES / 2) + "n";
        let calls = [ToolExchange::new("a", json!({}), long), ToolExchange::new("b", json!({}), "short")];
        let stored: ToolRound = serde_json::from_slice(&tool_round("agent", ToolRound::new(calls)).content).unwrap();
        let results: Vec<_> = stored.calls.into_iter().map(|call| call.result).collect();
        assert_eq!(results, ["ñ".repeat(MAX_RESULT_BYTES / 2) + "…", "short".to_owned()]);
    }

    #[test]
    fn a_part_of_a_later_version_is_left_out() {
        let stored = json!({"parts": [{"poll": {"text": "?"}}, {"text": "Hi."}]});
        let read: StoredReply = serde_json::from_value(stored).unwrap();
        assert_eq!(read.parts, [SentPart::Text("Hi.".into())]);
    }

    #[test]
    fn an_empty_reply_has_no_entry() {
        assert_eq!(agent_reply("agent", &Reply::none()), None);
    }
}
