//! Warnings about unused entries.

use std::collections::HashSet;

use crate::file::ConfigFile;
use crate::key_path::child;
use crate::report::ProblemReport;
use crate::reserved_name::DEFAULT;

pub(super) fn check(file: &ConfigFile, report: &mut ProblemReport<'_>) {
    agents(file, report);
    models(file, report);
    templates(file, report);
    access(file, report);
    limits(file, report);
    forms(file, report);
}

fn agents(file: &ConfigFile, report: &mut ProblemReport<'_>) {
    let mut used: HashSet<_> = file.numbers.iter().filter_map(|(_, number)| number.agent.as_deref()).collect();
    used.extend(file.settings.get("whatsapp.agent").map(String::as_str));
    used.extend(file.sole_agent());
    used.extend(file.handoffs().map(|(_, to)| to));
    for name in file.agent_names().filter(|name| !used.contains(name)) {
        let message = "no number uses this agent; name it in `agent` of a number, or start with `--agent`";
        report.warning(&file.agent_path(name), message);
    }
}

fn models(file: &ConfigFile, report: &mut ProblemReport<'_>) {
    let agents: Vec<_> = file.llm_agents().collect();
    let used: HashSet<_> = agents.iter().flat_map(|(_, agent)| agent.models()).collect();
    for name in file.models.names().filter(|name| !used.contains(name)) {
        report.warning(&child("models", name), "no agent uses this model; name it in an agent, or remove it");
    }
}

fn templates(file: &ConfigFile, report: &mut ProblemReport<'_>) {
    let agents: Vec<_> = file.llm_agents().collect();
    let used: HashSet<_> = agents.iter().flat_map(|(_, agent)| &agent.templates).map(String::as_str).collect();
    for name in file.templates.names().filter(|name| !used.contains(name)) {
        let message = "no agent uses this template; name it in `templates` of an agent, or remove it";
        report.warning(&child("templates", name), message);
    }
}

fn forms(file: &ConfigFile, report: &mut ProblemReport<'_>) {
    let agents: Vec<_> = file.llm_agents().collect();
    let used: HashSet<_> = agents.iter().flat_map(|(_, agent)| agent.forms.iter().map(String::as_str)).collect();
    for name in file.forms.names().filter(|name| !used.contains(name)) {
        report.warning(&child("forms", name), "no agent uses this form; name it in `forms` of an agent, or remove it");
    }
}

fn access(file: &ConfigFile, report: &mut ProblemReport<'_>) {
    let of_numbers = file.numbers.iter().filter_map(|(_, number)| number.access.as_deref());
    let of_agents = file.agents.iter().map(|(_, agent)| agent.access());
    let of_teams = file.teams.iter().map(|(_, team)| &*team.leader.access);
    let used = names(of_numbers.chain(of_agents).chain(of_teams));
    for name in file.access.names().filter(|name| !used.contains(name)) {
        let message = "no number or agent uses this access list; name it in `access` of a number or an agent";
        report.warning(&child("access", name), message);
    }
}

fn limits(file: &ConfigFile, report: &mut ProblemReport<'_>) {
    let of_numbers = file.numbers.iter().filter_map(|(_, number)| number.limits.as_deref());
    let of_agents = file.agents.iter().map(|(_, agent)| agent.limits());
    let of_teams = file.teams.iter().map(|(_, team)| &*team.leader.limits);
    let used = names(of_numbers.chain(of_agents).chain(of_teams));
    for name in file.limits.names().filter(|name| !used.contains(name)) {
        let message = "no number or agent uses this limit set; name it in `limits` of a number or an agent";
        report.warning(&child("limits", name), message);
    }
}

/// Returns the names of all lists, and the name of the default entry.
fn names<'n>(lists: impl Iterator<Item = &'n [String]>) -> HashSet<&'n str> {
    lists.flatten().map(String::as_str).chain([DEFAULT]).collect()
}
