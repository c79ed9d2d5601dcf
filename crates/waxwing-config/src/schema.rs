//! The JSON schema of the file: sections from their types, settings from their table.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use schemars::JsonSchema;
use serde_json::{Map, Value, json};
use waxwing::Setting;
use waxwing::config::SETTINGS;

use crate::sections::{Agent, Command, Guard, Model, Number};

/// The sections that describe something by its name.
#[derive(JsonSchema)]
#[schemars(title = "waxwing.toml", extend("additionalProperties" = false))]
#[expect(dead_code, reason = "its shape is what matters")]
struct Sections {
    /// Language models, by names of your own.
    models: Option<BTreeMap<String, Model>>,
    /// Agents, by names of your own.
    agents: Option<BTreeMap<String, Agent>>,
    /// Business numbers, by names of your own.
    numbers: Option<BTreeMap<String, Number>>,
    /// Rules that what users say has to pass, by names of your own. The one called `default` stands before each number that names none.
    guards: Option<BTreeMap<String, Guard>>,
    /// Words of your own that are answered with a fixed text: `[commands.hours]` is for `/hours`.
    commands: Option<BTreeMap<String, Command>>,
    /// The language of a user, by the first digits of the phone number, such as `"34" = "es"`. The longest that fits counts. Who hides the number is known by an
    /// id that begins with a country, so `"ES." = "es"` is for them.
    languages: Option<BTreeMap<String, String>>,
}

/// What the sections are for that hold settings.
const SETTINGS_SECTIONS: [(&str, &str); 5] = [
    ("whatsapp", "The business number, where there is one alone, and what several have in common."),
    ("server", "Where the server listens."),
    ("storage", "Where everything is kept, and for how long."),
    ("engine", "How messages are taken in, answered and sent."),
    ("texts", "What users read that no agent wrote."),
];

/// The JSON schema (draft 2020-12) of the file, for editors.
pub fn schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let mut schema = schemars::schema_for!(Sections).to_value();
        let described = schema["properties"].take();
        let settings =
            SETTINGS_SECTIONS.map(|(name, description)| (name.to_owned(), settings_section(name, description)));
        let described = described.as_object().into_iter().flatten().map(|(name, shape)| (name.clone(), shape.clone()));
        schema["properties"] = settings.into_iter().chain(described).collect();
        schema
    })
}

/// A section with the settings of the table.
fn settings_section(name: &str, description: &str) -> Value {
    let key = |setting: &Setting| Some((setting.key.strip_prefix(name)?.strip_prefix('.')?, value(setting)));
    let properties: Map<_, _> = SETTINGS.iter().filter_map(key).map(|(key, value)| (key.to_owned(), value)).collect();
    let section = |description: &str, others: Value| json!({ "type": "object", "description": description, "properties": properties, "additionalProperties": others });
    match name {
        "texts" => section(description, section("The same in another language, such as `[texts.es]`.", false.into())),
        _ => section(description, false.into()),
    }
}

fn value(setting: &Setting) -> Value {
    json!({ "type": ["string", "integer", "boolean"], "description": setting.help })
}
