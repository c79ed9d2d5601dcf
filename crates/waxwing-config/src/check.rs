//! Whether the parts of a file fit together.

use std::collections::{HashMap, HashSet};

use waxwing::Prefix;

use crate::build::is_built_in;
use crate::document::{below, item};
use crate::file::{Entries, File};
use crate::problem::{Report, undescribed};
use crate::sections::{Agent, LanguageAgent, Model, ProviderName};

/// Checks each part, and what they say of each other.
pub(crate) fn check(file: &File, report: &mut Report<'_>) {
    for (name, it) in file.models.iter() {
        model(&below("models", name), it, report);
    }
    for (name, agent) in file.agents.iter() {
        if let Agent::Language(it) = agent {
            language_agent(&below("agents", name), it, file, report);
        }
    }
    numbers(file, report);
    unused(file, report);
}

fn model(path: &str, model: &Model, report: &mut Report<'_>) {
    let compatible = model.provider == ProviderName::OpenaiCompatible;
    if compatible && model.base_url.is_none() {
        report.key_error(path, "`base_url` is missing: where is the server?");
    }
    if !compatible && model.api_key.is_none() {
        report.key_error(path, "`api_key` is missing");
    }
}

fn language_agent(path: &str, agent: &LanguageAgent, file: &File, report: &mut Report<'_>) {
    known("model", &agent.model, &below(path, "model"), &file.models, report);
    for (nth, fallback) in agent.fallbacks.iter().enumerate() {
        known("model", fallback, &item(&below(path, "fallbacks"), nth), &file.models, report);
    }
    if agent.instructions.is_some() && agent.instructions_file.is_some() {
        report.key_error(&below(path, "instructions_file"), "is one too many beside `instructions`");
    }
    if agent.history.is_some_and(|history| history.turns.is_some() == history.tokens.is_some()) {
        report.error(&below(path, "history"), "write one of `{ turns = 20 }` and `{ tokens = 4000 }`");
    }
}

fn numbers(file: &File, report: &mut Report<'_>) {
    if let Some(name) = file.settings.get("whatsapp.agent").filter(|name| !is_built_in(name)) {
        answers(name, "whatsapp.agent", file, report);
    }
    if file.numbers.names().next().is_some() && file.settings.contains_key("whatsapp.phone_number_id") {
        report.key_error("whatsapp.phone_number_id", "is not used beside `[numbers]`; describe the number there");
    }
    let mut ids = HashMap::new();
    for (name, number) in file.numbers.iter() {
        let path = below("numbers", name);
        if let Some(agent) = &number.agent {
            answers(agent, &below(&path, "agent"), file, report);
        }
        if let Some(Err(error)) = number.prefix.as_deref().map(Prefix::new) {
            report.error(&below(&path, "prefix"), error.to_string());
        }
        if number.phone_number_id.trim().is_empty() {
            report.error(&below(&path, "phone_number_id"), "is empty");
        } else if let Some(other) = ids.insert(number.phone_number_id.as_str(), name) {
            report.error(&below(&path, "phone_number_id"), format!("is that of number `{other}`, too"));
        }
    }
}

/// Whether an agent of this name can answer.
fn answers(name: &str, path: &str, file: &File, report: &mut Report<'_>) {
    known("agent", name, path, &file.agents, report);
}

/// Whether something of this name is described.
fn known<T>(what: &str, name: &str, path: &str, described: &Entries<T>, report: &mut Report<'_>) {
    if !described.contains(name) {
        report.error(path, undescribed(what, name, described.names().collect()));
    }
}

/// What is described that nobody uses.
fn unused(file: &File, report: &mut Report<'_>) {
    let mut used: HashSet<_> = file.numbers.iter().filter_map(|(_, number)| number.agent.as_deref()).collect();
    used.extend(file.settings.get("whatsapp.agent").map(String::as_str));
    used.extend(file.sole_agent());
    for name in file.agents.names().filter(|name| !used.contains(name)) {
        report.warning(&below("agents", name), "nobody is answered by this agent, unless `--agent` names it");
    }
    let models = file.agents.iter().flat_map(|(_, agent)| agent.models());
    let used: HashSet<_> = models.collect();
    for name in file.models.names().filter(|name| !used.contains(name)) {
        report.warning(&below("models", name), "no agent uses this model");
    }
}
