//! System messages in all languages.

use waxwing::engine::{CustomCommand, MessageCatalog, NumberTexts};
use waxwing::types::PhoneNumberId;
use waxwing::{number_texts, system_messages};

use crate::file::ConfigFile;
use crate::sections::{CommandSection, CommandTranslation, NumberMessagesSection, NumberTranslationSection};

/// Returns the system messages and custom commands of a file in all languages. `common` has the messages of the default language.
pub(crate) fn catalog(file: &ConfigFile, common: &MessageCatalog) -> MessageCatalog {
    let standard = &common.standard;
    let commands =
        |language: Option<&str>| file.commands.iter().map(|(name, section)| command(name, section, language)).collect();
    let mut catalog = MessageCatalog::default();
    catalog.standard = standard.clone();
    catalog.standard.commands = commands(None);
    catalog.texts = common.texts.clone();
    for language in file.known_languages() {
        let source = |setting: &waxwing::Setting| file.messages.get(language)?.get(setting.key).cloned();
        let mut own = system_messages(&source, standard.clone());
        own.commands = commands(Some(language));
        catalog.texts.languages.insert(language.to_owned(), number_texts(&source));
        catalog.languages.insert(language.to_owned(), own);
    }
    catalog.users = file.languages.iter().map(|(prefix, language)| (normalized(prefix), language.clone())).collect();
    let languages = file.numbers.iter().filter_map(|(_, number)| {
        Some((PhoneNumberId::new(number.phone_number_id.as_str()), number.language.clone()?))
    });
    catalog.numbers = languages.collect();
    let texts = file.numbers.iter().filter_map(|(_, number)| {
        Some((PhoneNumberId::new(number.phone_number_id.as_str()), own_texts(number.messages.as_ref()?)))
    });
    catalog.number_texts = texts.collect();
    catalog
}

/// Returns the texts of a number in all languages.
fn own_texts(section: &NumberMessagesSection) -> NumberTexts {
    let translated = |texts: &NumberTranslationSection| NumberTexts {
        away: texts.away.clone(),
        first_contact: texts.first_contact.clone(),
        call_rejected: texts.call_rejected.clone(),
        ..NumberTexts::default()
    };
    let languages = section.languages.iter().map(|(language, texts)| (language.clone(), translated(texts))).collect();
    NumberTexts {
        away: section.away.clone(),
        first_contact: section.first_contact.clone(),
        call_rejected: section.call_rejected.clone(),
        languages,
    }
}

/// Removes the plus sign, which user ids do not have.
fn normalized(prefix: &str) -> String {
    prefix.trim().trim_start_matches('+').to_owned()
}

fn command(name: &str, section: &CommandSection, language: Option<&str>) -> CustomCommand {
    let own: Option<&CommandTranslation> = language.and_then(|language| section.languages.get(language));
    let reply = own.and_then(|own| own.reply.as_ref()).unwrap_or(&section.reply);
    let description = own.and_then(|own| own.description.as_ref()).or(section.description.as_ref());
    CustomCommand {
        word: format!("/{name}"),
        reply: reply.clone(),
        description: description.cloned().unwrap_or_default(),
    }
}
