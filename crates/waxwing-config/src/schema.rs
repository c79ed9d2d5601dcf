//! JSON schema of the file.
//!
//! The shapes of sections come from their types, and the settings come from the table of `waxwing`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use schemars::JsonSchema;
use serde_json::{Map, Value, json};
use waxwing::SETTINGS;
use waxwing::Setting;

use crate::sections::{
    AccessSection, AgentSection, CommandSection, FormSection, LimitsSection, McpServerSection, ModelSection,
    NumberSection, TeamSection, TemplateSection, WebhookSection,
};

/// Sections with named entries.
#[derive(JsonSchema)]
#[schemars(title = "waxwing.toml", extend("additionalProperties" = false))]
#[expect(dead_code, reason = "only the schema of the type is used")]
struct Sections {
    /// Language models, by name.
    models: Option<BTreeMap<String, ModelSection>>,
    /// Agents, by name.
    agents: Option<BTreeMap<String, AgentSection>>,
    /// Teams of agents, by name. A team can be used like an agent.
    teams: Option<BTreeMap<String, TeamSection>>,
    /// Business numbers, by name.
    numbers: Option<BTreeMap<String, NumberSection>>,
    /// Message templates that Meta has approved, by name. Agents name them in `templates`.
    templates: Option<BTreeMap<String, TemplateSection>>,
    /// Servers of the Model Context Protocol, by name.
    mcp: Option<BTreeMap<String, McpServerSection>>,
    /// Forms that models send, by name: WhatsApp Flows.
    forms: Option<BTreeMap<String, FormSection>>,
    /// Webhooks of other systems that get events, by name.
    webhooks: Option<BTreeMap<String, WebhookSection>>,
    /// Access lists, by name. The access list `default` applies to each number that names none.
    access: Option<BTreeMap<String, AccessSection>>,
    /// Cost limits of the server, and limits for each user, by name. The limits `default` apply to each number that names none.
    limits: Option<BTreeMap<String, LimitsSection>>,
    /// Custom commands with fixed answers, by name. `[commands.hours]` answers `/hours`.
    commands: Option<BTreeMap<String, CommandSection>>,
    /// Languages of users, by the first digits of the phone number, such as `"34" = "es"`. The longest match counts. The id of a user with
    /// a hidden phone number begins with a country code, so `"ES." = "es"` applies to these users.
    languages: Option<BTreeMap<String, String>>,
}

/// Descriptions of the sections with settings.
const SETTINGS_SECTIONS: [(&str, &str); 9] = [
    ("whatsapp", "Settings of the business number, or of all business numbers."),
    ("server", "Address and mode of the server."),
    ("traces", "Traces for an OpenTelemetry collector."),
    ("storage", "Database and retention."),
    ("engine", "Receiving, answering and sending messages."),
    ("media", "Files that users send."),
    ("hours", "Opening hours of the business numbers."),
    ("budget", "Budgets of the business numbers for Meta's charges."),
    ("messages", "System messages: fixed texts for users."),
];

/// Returns the JSON schema (draft 2020-12) of `waxwing.toml`. Editors use it for completion and validation.
pub fn schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let mut schema = schemars::schema_for!(Sections).to_value();
        if let Some(team) = schema.pointer_mut("/$defs/TeamSection").and_then(Value::as_object_mut) {
            team.insert("additionalProperties".into(), false.into());
            // The leader is always an agent with a language model.
            team.get_mut("properties").and_then(Value::as_object_mut).map(|keys| keys.shift_remove("kind"));
        }
        let mut described = schema["properties"].take();
        // `[limits]` has settings for the whole server, and limits with names.
        described["limits"]["properties"] = settings_section("limits", "")["properties"].take();
        let settings =
            SETTINGS_SECTIONS.map(|(name, description)| (name.to_owned(), settings_section(name, description)));
        let described = described.as_object().into_iter().flatten().map(|(name, shape)| (name.clone(), shape.clone()));
        schema["properties"] = settings.into_iter().chain(described).collect();
        unwrap_lines(&mut schema);
        schema
    })
}

/// Joins the lines of each description.
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

/// Returns the schema of a section with settings.
fn settings_section(name: &str, description: &str) -> Value {
    let key = |setting: &Setting| Some((setting.key.strip_prefix(name)?.strip_prefix('.')?, value(setting)));
    let properties: Map<_, _> = SETTINGS.iter().filter_map(key).map(|(key, value)| (key.to_owned(), value)).collect();
    let section = |description: &str, others: Value| json!({ "type": "object", "description": description, "properties": properties, "additionalProperties": others });
    match name {
        "messages" => {
            section(description, section("System messages in another language, such as `[messages.es]`.", false.into()))
        }
        _ => section(description, false.into()),
    }
}

fn value(setting: &Setting) -> Value {
    if setting.list {
        return json!({ "type": ["array", "string"], "items": { "type": "string" }, "description": setting.help() });
    }
    if matches!(setting.section(), "limits" | "budget" | "traces") {
        let is_switch = setting.default_value().as_deref() == Some("false");
        let types = if is_switch { ["string", "boolean"] } else { ["string", "number"] };
        return json!({ "type": types, "description": setting.help() });
    }
    json!({ "type": ["string", "integer", "boolean"], "description": setting.help() })
}
