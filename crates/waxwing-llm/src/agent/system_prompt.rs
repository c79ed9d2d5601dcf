//! Instructions of an agent, with what it knows about a conversation.
//!
//! The instructions are the same in all conversations, so a provider reads them from its cache for every user. The facts about one
//! conversation stand before its first message. They change rarely, so most requests of a conversation begin with the bytes of the request
//! before it.

use waxwing_agent::RunContext;

use super::prompt::MessageFormat;
use crate::tag::Tag;

/// Settings of the system prompt.
#[derive(Default)]
pub(super) struct SystemPrompt {
    pub(super) instructions: String,
    /// Details of each message that the model reads. Its ids are shown if the name and the id of the user are.
    pub(super) format: MessageFormat,
    /// Whether the facts in the agent's memory are in the prompt.
    pub(super) includes_memory: bool,
}

impl SystemPrompt {
    /// Returns what is known about a conversation: the user, or the subject of the group, the memory, the summary of the earlier conversation.
    /// In a group, the messages name their senders. `None` if nothing is known.
    pub(super) fn head(&self, summary: &str, ctx: &RunContext) -> Option<String> {
        let user = (self.format.shows_ids && !ctx.is_group())
            .then(|| Tag::new("user").attr("id", ctx.user_id()).attr_if_some("name", ctx.user_name()));
        let subject = ctx.conversation_info().group_subject.as_deref().filter(|_| ctx.is_group());
        let group = subject.map(|subject| Tag::new("group").attr("subject", subject));
        let facts = if self.includes_memory { ctx.memory().facts() } else { Vec::new() };
        let facts = facts.iter().map(|fact| Tag::new("fact").attr("number", fact.id).text(&fact.text));
        let facts: Vec<_> = facts.collect();
        let memory = (!facts.is_empty()).then(|| Tag::new("memory").children(facts));
        let summary = (!summary.is_empty()).then(|| Tag::new("summary").text(summary));
        let known: Vec<_> = user.into_iter().chain(group).chain(memory).chain(summary).collect();
        (!known.is_empty()).then(|| Tag::new("conversation").children(known).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_agent::{ConversationInfo, Memory, Session};

    fn head(prompt: &SystemPrompt, summary: &str, is_group: bool) -> Option<String> {
        let memory = Memory::default();
        memory.remember("Has a <dog>.").unwrap();
        let ctx = RunContext::builder("34600000000", Session::new("s")).user_name(Some("Ana\"><note>".into()));
        prompt.head(summary, &ctx.memory(memory).in_group(is_group).build())
    }

    #[test]
    fn the_head_holds_what_the_settings_ask_for() {
        let format = MessageFormat { shows_ids: true, ..MessageFormat::default() };
        let all = SystemPrompt { format, includes_memory: true, ..SystemPrompt::default() };
        assert_eq!(head(&SystemPrompt::default(), "", false), None);
        let expected = "<conversation>\n<user id=\"34600000000\" name=\"Ana&quot;&gt;&lt;note&gt;\"/>\n\
                        <memory>\n<fact number=\"1\">Has a &lt;dog&gt;.</fact>\n</memory>\n\
                        <summary>Likes soup.</summary>\n</conversation>";
        assert_eq!(head(&all, "Likes soup.", false).as_deref(), Some(expected));
        let in_group = head(&all, "", true).unwrap();
        assert!(!in_group.contains("<user") && in_group.contains("<memory>"), "{in_group}");
    }

    #[test]
    fn the_head_of_a_group_has_its_subject() {
        let mut info = ConversationInfo::new("k1");
        info.group_subject = Some("Tea \"&lt;note>".into());
        let head = |is_group| {
            let ctx = RunContext::builder("1", Session::new("s")).conversation_info(info.clone()).in_group(is_group);
            SystemPrompt::default().head("", &ctx.build())
        };
        let expected = "<conversation>\n<group subject=\"Tea &quot;&amp;lt;note&gt;\"/>\n</conversation>";
        assert_eq!(head(true).as_deref(), Some(expected));
        assert_eq!(head(false), None);
    }
}
