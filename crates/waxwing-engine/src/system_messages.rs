//! The texts that the engine itself sends, by language.

mod language;
mod number_texts;

use std::collections::{BTreeMap, HashMap};

use waxwing_types::PhoneNumberId;
use whatlang::Lang;

pub use number_texts::NumberTexts;

/// Texts that the engine itself sends, in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SystemMessages {
    /// Sent when an agent failed permanently.
    pub apology: String,
    /// Sent once when an agent cannot work for a while, before it tries again. Empty: no message is sent.
    pub outage: String,
    /// Sent when a user sends only messages of types that agents cannot take. Empty: no message is sent.
    pub unsupported: String,
    /// Sent when a user starts a new session with `/new`.
    pub new_session: String,
    /// Sent when a user stops a run with `/stop`.
    pub stopped: String,
    /// Sent when a user asks for a human with `/human`. Empty: the agent gets `/human` as a message.
    pub handed_off: String,
    /// Sent when a user returns to the agent with `/bot`. Empty: no message is sent.
    pub resumed: String,
    /// Sent to a user who stops marketing messages by a word such as `STOP`. Empty: no message is sent.
    pub marketing_stopped: String,
    /// Sent to a user who wants marketing messages again. Empty: no message is sent.
    pub marketing_resumed: String,
    /// Sent once a day when the cost limit of the day stops the agents. Empty: no message is sent.
    pub cost_limit: String,
    /// Sent in place of a medium that WhatsApp cannot carry, because it is empty or too large.
    pub unsupported_media: String,
    /// Caption of the file with the texts of a reply that is too long for messages. Empty: the file has no caption.
    pub reply_in_file: String,
    /// End of the last message of a reply that is too long, if the rest is left out.
    pub reply_cut: String,
    /// Sent when a user asks for `/help`, with a list of the custom commands that have a description. Empty: the agent gets `/help` as a
    /// message.
    pub help: String,
    /// Commands that the engine answers with a fixed text.
    pub commands: Vec<CustomCommand>,
}

impl Default for SystemMessages {
    fn default() -> Self {
        Self {
            apology: "Sorry, something went wrong and I could not answer. Please try again later.".into(),
            outage: "I am having trouble at the moment. I will answer as soon as I can.".into(),
            unsupported: "Sorry, I cannot read this kind of message. Please send it as text.".into(),
            new_session: "All right, let us start afresh.".into(),
            stopped: "All right, I have stopped.".into(),
            handed_off: "All right, a person will answer you here. Write /bot to talk to me again.".into(),
            resumed: "Here I am again.".into(),
            marketing_stopped: "You will get no more offers from us. Write START if you want them again.".into(),
            marketing_resumed: "Thank you. You will get our offers again.".into(),
            cost_limit: "Sorry, I cannot answer any more today. Please write again tomorrow.".into(),
            unsupported_media: "I made a file for you, but it cannot be sent here.".into(),
            reply_in_file: "My answer is too long for a chat. You find it in this file.".into(),
            reply_cut: "(My answer was too long. The rest is missing.)".into(),
            help: "You can write:\n/new – start afresh\n/stop – stop the answer\n/human – talk to a person".into(),
            commands: Vec::new(),
        }
    }
}

impl SystemMessages {
    /// Returns the answer to `/help`. Returns none if the agent gets `/help` as a message.
    pub(crate) fn help(&self) -> Option<String> {
        if self.help.is_empty() {
            return None;
        }
        let described = self.commands.iter().filter(|command| !command.description.is_empty());
        let lines = described.map(|command| format!("\n{} – {}", command.word, command.description));
        Some(self.help.clone() + &lines.collect::<String>())
    }
}

/// A command that the engine answers with a fixed text, without the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomCommand {
    /// The command, such as `/hours`. It has to stand alone in a message, in upper or lower case. A built-in command takes precedence.
    pub word: String,
    /// The text of the answer.
    pub reply: String,
    /// The line in the answer to `/help`. Empty: the command is not listed.
    pub description: String,
}

/// System messages by language.
///
/// The language of a user is that of the messages which the user just wrote, if their text is long enough to be recognized. Otherwise, it follows
/// from the longest matching prefix of the phone number of the user, or else from the business number. A user who hides the phone number has a
/// business-scoped user id, which begins with a country and a full stop, such as `ES.`; such a prefix works as well.
///
/// ```
/// use waxwing_engine::{MessageCatalog, SystemMessages};
/// use waxwing_types::PhoneNumberId;
///
/// let mut spanish = SystemMessages::default();
/// spanish.apology = "Lo siento, algo ha fallado.".into();
/// let mut catalog = MessageCatalog::default();
/// catalog.languages.insert("es".into(), spanish);
///
/// let number = PhoneNumberId::new("1000001");
/// let messages = catalog.for_user(&number, "34600000000", "¿Tienes mesa para dos?");
/// assert_eq!(messages.apology, "Lo siento, algo ha fallado.");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageCatalog {
    /// The system messages for users without a known language.
    pub standard: SystemMessages,
    /// System messages by language. The language of a user's text is recognized only for languages whose name begins with a code of ISO 639, such
    /// as `es` or `pt-BR`.
    pub languages: BTreeMap<String, SystemMessages>,
    /// Languages by prefix of the phone number or of the business-scoped user id.
    pub users: BTreeMap<String, String>,
    /// Languages by business number.
    pub numbers: HashMap<PhoneNumberId, String>,
    /// Texts of all business numbers.
    pub texts: NumberTexts,
    /// Texts of business numbers that have their own.
    pub number_texts: HashMap<PhoneNumberId, NumberTexts>,
}

impl MessageCatalog {
    /// Returns the system messages for the user with this phone number or business-scoped user id, who writes `text` to `number`.
    pub fn for_user(&self, number: &PhoneNumberId, label: &str, text: &str) -> &SystemMessages {
        self.in_language(self.language_of(number, label, text))
    }

    /// Returns the language for the user with this phone number or business-scoped user id, who writes `text` to `number`. Returns none for the
    /// standard messages.
    pub(crate) fn language_of(&self, number: &PhoneNumberId, label: &str, text: &str) -> Option<&str> {
        if self.languages.is_empty() {
            return None;
        }
        let is_prefix = |prefix: &&String| label.starts_with(prefix.as_str());
        let of_user = self.users.keys().filter(is_prefix).max_by_key(|prefix| prefix.len());
        let known = |language: &&String| self.languages.contains_key(*language);
        let of_user = of_user.map(|prefix| &self.users[prefix]).filter(known);
        let usual = of_user.or_else(|| self.numbers.get(number).filter(known)).map(String::as_str);
        let Some(written) = self.recognized(text) else { return usual };
        let is_written = |language: &&str| language::of_code(language) == Some(written);
        usual.filter(is_written).or_else(|| self.languages.keys().map(String::as_str).find(is_written))
    }

    /// Returns the system messages in a language.
    pub(crate) fn in_language(&self, language: Option<&str>) -> &SystemMessages {
        language.and_then(|language| self.languages.get(language)).unwrap_or(&self.standard)
    }

    /// Returns the language of a text, among the languages of the system messages.
    fn recognized(&self, text: &str) -> Option<Lang> {
        if !language::is_long_enough(text) {
            return None;
        }
        let SystemMessages { apology, outage, unsupported, handed_off, .. } = &self.standard;
        let standard = language::of_text(&[apology.as_str(), outage, unsupported, handed_off].join("\n"));
        let own = self.languages.keys().filter_map(|language| language::of_code(language));
        language::recognize(text, own.chain(standard).collect())
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

    fn messages(apology: &str) -> SystemMessages {
        SystemMessages { apology: apology.into(), ..SystemMessages::default() }
    }

    #[track_caller]
    fn check(catalog: &MessageCatalog, number: &str, label: &str, expected: &str) {
        check_text(catalog, number, label, "", expected);
    }

    #[track_caller]
    fn check_text(catalog: &MessageCatalog, number: &str, label: &str, text: &str, expected: &str) {
        assert_eq!(catalog.for_user(&PhoneNumberId::new(number), label, text).apology, expected);
    }

    fn catalog() -> MessageCatalog {
        let mut catalog = MessageCatalog::from(messages("sorry"));
        catalog.users =
            [("34", "es"), ("351", "pt"), ("3", "xx"), ("ES.", "es")].map(|(a, b)| (a.into(), b.into())).into();
        catalog.numbers.insert(PhoneNumberId::new("1"), "pt".into());
        catalog
    }

    #[test]
    fn the_user_decides_the_language_and_then_the_number() {
        let mut catalog = catalog();
        check(&catalog, "1", "34600000001", "sorry");
        catalog.languages = [("es", "perdón"), ("pt", "desculpe")].map(|(l, t)| (l.into(), messages(t))).into();
        check(&catalog, "2", "34600000001", "perdón");
        check(&catalog, "2", "351900000001", "desculpe");
        check(&catalog, "2", "ES.1234", "perdón");
        check(&catalog, "2", "44700000001", "sorry");
        check(&catalog, "1", "44700000001", "desculpe");
        check(&catalog, "2", "3", "sorry");
    }

    #[test]
    fn the_text_of_the_user_comes_first() {
        let mut catalog = catalog();
        let languages = [("es", "perdón"), ("pt-BR", "desculpe"), ("pt-PT", "peço desculpa")];
        catalog.languages = languages.map(|(language, text)| (language.into(), messages(text))).into();
        catalog.users.insert("351".into(), "pt-PT".into());
        let (spanish, english) = ("¿dónde está mi pedido?", "where is my order? I need help");
        check_text(&catalog, "2", "44700000001", spanish, "perdón");
        check_text(&catalog, "1", "44700000001", spanish, "perdón");
        check_text(&catalog, "2", "34600000001", english, "sorry");
        let portuguese = "queria saber onde está a minha encomenda, não chegou";
        check_text(&catalog, "2", "34600000001", portuguese, "desculpe");
        check_text(&catalog, "2", "351900000001", portuguese, "peço desculpa");
        for unclear in ["ok", "/stop", "👍", "Где мой заказ, подскажите"] {
            check_text(&catalog, "2", "34600000001", unclear, "perdón");
        }
    }

    #[test]
    fn help_lists_the_commands_with_a_description() {
        let command = |word: &str, description: &str| CustomCommand {
            word: word.into(),
            reply: String::new(),
            description: description.into(),
        };
        let commands = vec![command("/hours", "when we are open"), command("/secret", "")];
        let messages = SystemMessages { help: "Help:".into(), commands, ..SystemMessages::default() };
        assert_eq!(messages.help().as_deref(), Some("Help:\n/hours – when we are open"));
        assert_eq!(SystemMessages { help: String::new(), ..messages }.help(), None);
    }
}
