//! What users read that no agent wrote, in each language.

use waxwing::engine::{CustomCommand, MessageCatalog, SystemMessages};
use waxwing::system_messages;
use waxwing::types::PhoneNumberId;

use crate::file::File;
use crate::sections::{Command, Translation};

/// The texts of a file around the standard ones, which are known.
pub(crate) fn book(file: &File, standard: &SystemMessages) -> MessageCatalog {
    let commands =
        |language: Option<&str>| file.commands.iter().map(|(name, it)| command(name, it, language)).collect();
    let mut book = MessageCatalog::default();
    book.standard = standard.clone();
    book.standard.commands = commands(None);
    for language in file.languages_known() {
        let source = |setting: &waxwing::Setting| file.texts.get(language)?.get(setting.key).cloned();
        let mut own = system_messages(&source, standard.clone());
        own.commands = commands(Some(language));
        book.languages.insert(language.to_owned(), own);
    }
    book.users = file.languages.iter().map(|(prefix, language)| (normal(prefix), language.clone())).collect();
    let languages = file.numbers.iter().filter_map(|(_, number)| {
        Some((PhoneNumberId::new(number.phone_number_id.as_str()), number.language.clone()?))
    });
    book.numbers = languages.collect();
    book
}

/// Numbers begin with a plus sign for people, not for WhatsApp.
fn normal(prefix: &str) -> String {
    prefix.trim().trim_start_matches('+').to_owned()
}

fn command(name: &str, it: &Command, language: Option<&str>) -> CustomCommand {
    let own: Option<&Translation> = language.and_then(|language| it.languages.get(language));
    let reply = own.and_then(|own| own.reply.as_ref()).unwrap_or(&it.reply);
    let description = own.and_then(|own| own.description.as_ref()).or(it.description.as_ref());
    CustomCommand {
        word: format!("/{name}"),
        reply: reply.clone(),
        description: description.cloned().unwrap_or_default(),
    }
}
