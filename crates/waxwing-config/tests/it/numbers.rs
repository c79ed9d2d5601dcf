//! Settings of business numbers.

use waxwing::Setting;
use waxwing::engine::{CallPolicy, HandoffStaff, NumberPolicies, OpeningHours, OutsideHours, OutsideWindow};
use waxwing::types::{PhoneNumberId, TemplateMessage, WaId};
use waxwing_config::{Config, ConfigPurpose, ServedNumber};

/// Reads the numbers of a file with an access token and the echo agent `parrot`, or the error.
fn numbers(toml: &str) -> Result<Vec<ServedNumber>, String> {
    let toml = format!("whatsapp.access_token = 't'\nagents.parrot = {{ kind = 'echo' }}\n{toml}");
    let none = |_: &str| None;
    let config = Config::parse(&toml, "w.toml", ".".into(), &none, ConfigPurpose::Serve).unwrap();
    config.numbers(&|_: &Setting| None, None).map_err(|error| error.to_string())
}

#[test]
fn a_number_takes_the_hours_that_it_does_not_set() {
    let toml = "[hours]
        open = ['mon-fri 09:00-17:00', 'sat 10:00-14:00']
        time_zone = 'Europe/Madrid'
        when_closed = 'wait'
        [engine]
        calls = 'reject'
        [numbers.vigo]
        phone_number_id = '1'
        [numbers.porto]
        phone_number_id = '2'
        calls = 'ignore'
        first_contact_version = '3'
        hours = { open = ['daily 08:00-12:00'], time_zone = 'Europe/Lisbon', holidays = ['12-25'] }";
    let found = numbers(toml).unwrap();
    let policies: Vec<_> = found.iter().map(|number| &number.settings.engine.policies).collect();
    let hours = |zone: &str| OpeningHours::in_zone(zone).unwrap().outside(OutsideHours::Wait);
    let vigo = hours("Europe/Madrid").open("mon-fri 09:00-17:00").unwrap().open("sat 10:00-14:00").unwrap();
    assert_eq!(policies[0], &NumberPolicies::default().hours(vigo).calls(CallPolicy::Reject));
    let porto = hours("Europe/Lisbon").open("daily 08:00-12:00").unwrap().holiday("12-25").unwrap();
    let porto = NumberPolicies::default().hours(porto).calls(CallPolicy::Ignore).first_contact_version("3");
    assert_eq!(policies[1], &porto);
}

#[test]
fn texts_of_numbers_have_languages() {
    let toml = "[messages]
        away = 'closed'
        [messages.es]
        away = 'cerrado'
        [numbers.vigo]
        phone_number_id = '1'
        [numbers.vigo.messages]
        first_contact = 'An AI answers.'
        pt = { first_contact = 'Responde uma IA.' }";
    let found = numbers(toml).unwrap();
    let catalog = &found[0].settings.engine.system_messages;
    assert_eq!(catalog.languages.keys().collect::<Vec<_>>(), ["es", "pt"]);
    assert_eq!(catalog.texts.away.as_deref(), Some("closed"));
    assert_eq!(catalog.texts.languages["es"].away.as_deref(), Some("cerrado"));
    let own = &catalog.number_texts[&PhoneNumberId::new("1")];
    assert_eq!((own.first_contact.as_deref(), own.away.as_deref()), (Some("An AI answers."), None));
    assert_eq!(own.languages["pt"].first_contact.as_deref(), Some("Responde uma IA."));
}

#[test]
fn an_agent_has_its_own_policy_outside_the_window() {
    let number = "numbers.vigo = { phone_number_id = '1', agent = 'parrot' }\n";
    let agents = |own: &str| format!("{number}agents.billing = {{ kind = 'echo', {own} }}\n");
    let found = numbers(&agents("outside_window = ['direct_send', 'fail']")).unwrap();
    let policies = &found[0].settings.engine.outside_window_of_agents;
    assert_eq!(policies.len(), 1);
    assert_eq!(policies["billing"], OutsideWindow::fail().direct_send());
    let error = numbers(&agents("window_template = 'news'")).unwrap_err();
    assert!(error.contains("agent `billing`") && error.contains("news_for_you/en"), "{error}");
}

#[test]
fn a_number_has_its_own_employee() {
    let toml = "[engine]
        handoff_staff = '+34600000001'
        handoff_template = 'person/en'
        [numbers.vigo]
        phone_number_id = '1'
        [numbers.porto]
        phone_number_id = '2'
        handoff_staff = '+351600000002'
        handoff_template = 'pessoa/pt_PT'";
    let staff = |phone: &str, name: &str, language: &str| {
        HandoffStaff::new(WaId::new(phone)).template(TemplateMessage::new(name, language))
    };
    let found = numbers(toml).unwrap();
    let found = found.into_iter().map(|number| number.settings.engine.policies.handoff_staff.unwrap());
    let expected = [staff("34600000001", "person", "en"), staff("351600000002", "pessoa", "pt_PT")];
    assert_eq!(found.collect::<Vec<_>>(), expected);
}

#[test]
fn a_number_has_its_own_policy_outside_the_window() {
    let toml = "engine.outside_window = ['park']
        [numbers.vigo]
        phone_number_id = '1'
        outside_window = ['direct_send', 'fail']
        [numbers.porto]
        phone_number_id = '2'
        window_template = 'news_for_you/en'
        [numbers.faro]
        phone_number_id = '3'";
    let found = numbers(toml).unwrap();
    let policies: Vec<_> = found.iter().map(|number| &number.settings.engine.outside_window).collect();
    assert_eq!(policies[0], &OutsideWindow::fail().direct_send());
    assert_eq!(policies[1], &OutsideWindow::default().template(TemplateMessage::new("news_for_you", "en")));
    assert_eq!(policies[2], &OutsideWindow::default());
    let error = numbers("numbers.vigo = { phone_number_id = '1', outside_window = ['never'] }").unwrap_err();
    assert!(error.contains("vigo") && error.contains("never"), "{error}");
}
