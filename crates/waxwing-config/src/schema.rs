//! The JSON schema of the file: sections from their types, settings from their table.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use schemars::JsonSchema;
use serde_json::{Map, Value, json};
use waxwing::SETTINGS;
use waxwing::Setting;

use crate::sections::{AccessSection, Agent, Command, LimitsSection, McpServer, Model, Number, Team};

/// The sections that describe something by its name.
#[derive(JsonSchema)]
#[schemars(title = "waxwing.toml", extend("additionalProperties" = false))]
#[expect(dead_code, reason = "its shape is what matters")]
struct Sections {
    /// Language models, by names of your own.
    models: Option<BTreeMap<String, Model>>,
    /// Agents, by names of your own.
    agents: Option<BTreeMap<String, Agent>>,
    /// Agents that answer as one, by names of your own. Where an agent can be named, a team can, too.
    teams: Option<BTreeMap<String, Team>>,
    /// Business numbers, by names of your own.
    numbers: Option<BTreeMap<String, Number>>,
    /// Servers of tools that speak the Model Context Protocol, by names of your own.
    mcp: Option<BTreeMap<String, McpServer>>,
    /// Access lists, by names of your own. The access list `default` applies to each number that names none.
    access: Option<BTreeMap<String, AccessSection>>,
    /// Limits for each user, by names of your own. The limits `default` apply to each number that names none.
    limits: Option<BTreeMap<String, LimitsSection>>,
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
    ("messages", "What users read that no agent wrote."),
];

/// The JSON schema (draft 2020-12) of the file, for editors.
pub fn schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let mut schema = schemars::schema_for!(Sections).to_value();
        if let Some(team) = schema.pointer_mut("/$defs/Team").and_then(Value::as_object_mut) {
            team.insert("additionalProperties".into(), false.into());
            // The leader is not one kind of agent among others.
            team.get_mut("properties").and_then(Value::as_object_mut).map(|keys| keys.shift_remove("kind"));
        }
        let described = schema["properties"].take();
        let settings =
            SETTINGS_SECTIONS.map(|(name, description)| (name.to_owned(), settings_section(name, description)));
        let described = described.as_object().into_iter().flatten().map(|(name, shape)| (name.clone(), shape.clone()));
        schema["properties"] = settings.into_iter().chain(described).collect();
        unwrap_lines(&mut schema);
        schema
    })
}

/// Makes one line of each description: where lines end in the sources matters to nobody else.
fn unwrap_lines(schema: &mut Value) {
    match schema {
        Value::Object(object) => object.iter_mut().for_each(|(key, value)| match value {
            Value::String(text) if key == "description" => *text = text.replace('\n', " "),
            value => unwrap_lines(value),
        }),
        Value::Array(values) => values.iter_mut().for_each(unwrap_lines),
        _ => {}
    }
}

/// A section with the settings of the table.
fn settings_section(name: &str, description: &str) -> Value {
    let key = |setting: &Setting| Some((setting.key.strip_prefix(name)?.strip_prefix('.')?, value(setting)));
    let properties: Map<_, _> = SETTINGS.iter().filter_map(key).map(|(key, value)| (key.to_owned(), value)).collect();
    let section = |description: &str, others: Value| json!({ "type": "object", "description": description, "properties": properties, "additionalProperties": others });
    match name {
        "messages" => {
            section(description, section("The same in another language, such as `[messages.es]`.", false.into()))
        }
        _ => section(description, false.into()),
    }
}

fn value(setting: &Setting) -> Value {
    json!({ "type": ["string", "integer", "boolean"], "description": setting.help() })
}
