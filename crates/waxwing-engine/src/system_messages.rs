//! What users read that no agent wrote, in their language.

use std::collections::{BTreeMap, HashMap};

use waxwing_types::PhoneNumberId;

/// What users read that no agent wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SystemMessages {
    /// When an agent fails for good.
    pub apology: String,
    /// When a user sends only what an agent cannot take. Empty: nothing is said.
    pub unsupported: String,
    /// When a user begins a new session with `/new`.
    pub new_session: String,
    /// When a user has called an answer off with `/stop`.
    pub stopped: String,
    /// When a user asks for a person with `/human`. Empty: `/human` is for the agent.
    pub handed_off: String,
    /// When a user goes back to the agent with `/bot`. Empty: nothing is said.
    pub resumed: String,
    /// In place of a medium that WhatsApp cannot carry, because it is too large or empty.
    pub unsupported_media: String,
    /// When a user asks for `/help`; the commands that have a description are listed below it. Empty: `/help` is for the agent.
    pub help: String,
    /// Words of the business's own that are answered with a fixed text.
    pub commands: Vec<CustomCommand>,
}

impl Default for SystemMessages {
    fn default() -> Self {
        Self {
            apology: "Sorry, something went wrong and I could not answer. Please try again later.".into(),
            unsupported: "Sorry, I cannot read this kind of message. Please send it as text.".into(),
            new_session: "All right, let us start afresh.".into(),
            stopped: "All right, I have stopped.".into(),
            handed_off: "All right, a person will answer you here. Write /bot to talk to me again.".into(),
            resumed: "Here I am again.".into(),
            unsupported_media: "I made a file for you, but it cannot be sent here.".into(),
            help: "You can write:\n/new – start afresh\n/stop – stop the answer\n/human – talk to a person".into(),
            commands: Vec::new(),
        }
    }
}

impl SystemMessages {
    /// The answer to `/help`; none if that is for the agent.
    pub(crate) fn help(&self) -> Option<String> {
        if self.help.is_empty() {
            return None;
        }
        let described = self.commands.iter().filter(|command| !command.description.is_empty());
        let lines = described.map(|command| format!("\n{} – {}", command.word, command.description));
        Some(self.help.clone() + &lines.collect::<String>())
    }
}

/// A word that is answered with a fixed text, without an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomCommand {
    /// The word, such as `/hours`: alone in a message and in any case. One that the engine itself knows keeps its meaning.
    pub word: String,
    /// What it is answered with.
    pub reply: String,
    /// What `/help` says of it. Empty: it is not listed.
    pub description: String,
}

/// Texts by language.
///
/// The language is that of the longest prefix of the user's phone number for which there is one, else that of the business number, else the standard. A user who
/// hides the number is known by a business-scoped id, which begins with a country and a full stop, such as `ES.`: that may stand for a prefix, too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageCatalog {
    /// Where no language is known, or there are no texts in it.
    pub standard: SystemMessages,
    /// By language.
    pub languages: BTreeMap<String, SystemMessages>,
    /// Languages by prefixes of what users are known by.
    pub users: BTreeMap<String, String>,
    /// Languages by business numbers.
    pub numbers: HashMap<PhoneNumberId, String>,
}

impl MessageCatalog {
    /// The texts for a user who is known by `label` and writes to `number`.
    pub fn for_user(&self, number: &PhoneNumberId, label: &str) -> &SystemMessages {
        if self.languages.is_empty() {
            return &self.standard;
        }
        let is_prefix = |prefix: &&String| label.starts_with(prefix.as_str());
        let of_user = self.users.keys().filter(is_prefix).max_by_key(|prefix| prefix.len());
        let of_user = of_user.and_then(|prefix| self.languages.get(&self.users[prefix]));
        let of_number = || self.numbers.get(number).and_then(|language| self.languages.get(language));
        of_user.or_else(of_number).unwrap_or(&self.standard)
    }
}

impl From<SystemMessages> for MessageCatalog {
    fn from(standard: SystemMessages) -> Self {
        Self { standard, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(apology: &str) -> SystemMessages {
        SystemMessages { apology: apology.into(), ..SystemMessages::default() }
    }

    #[track_caller]
    fn check(book: &MessageCatalog, number: &str, label: &str, expected: &str) {
        assert_eq!(book.for_user(&PhoneNumberId::new(number), label).apology, expected);
    }

    #[test]
    fn the_user_decides_the_language_and_then_the_number() {
        let mut book = MessageCatalog::from(texts("sorry"));
        book.users =
            [("34", "es"), ("351", "pt"), ("3", "xx"), ("ES.", "es")].map(|(a, b)| (a.into(), b.into())).into();
        book.numbers.insert(PhoneNumberId::new("1"), "pt".into());
        check(&book, "1", "34600000001", "sorry");
        book.languages = [("es", "perdón"), ("pt", "desculpe")].map(|(l, t)| (l.into(), texts(t))).into();
        check(&book, "2", "34600000001", "perdón");
        check(&book, "2", "351900000001", "desculpe");
        check(&book, "2", "ES.1234", "perdón");
        check(&book, "2", "44700000001", "sorry");
        check(&book, "1", "44700000001", "desculpe");
        check(&book, "2", "3", "sorry");
    }

    #[test]
    fn help_lists_what_is_described() {
        let command = |word: &str, description: &str| CustomCommand {
            word: word.into(),
            reply: String::new(),
            description: description.into(),
        };
        let commands = vec![command("/hours", "when we are open"), command("/secret", "")];
        let texts = SystemMessages { help: "Help:".into(), commands, ..SystemMessages::default() };
        assert_eq!(texts.help().as_deref(), Some("Help:\n/hours – when we are open"));
        assert_eq!(SystemMessages { help: String::new(), ..texts }.help(), None);
    }
}
