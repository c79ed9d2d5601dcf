//! Agents, teams.

use super::reference::References;
use crate::key_path::{child, item};
use crate::sections::{AgentSection, LlmAgentSection, RouterSection, RuleSection, TeamMode, TeamSection};

pub(super) fn check(references: &mut References<'_, '_, '_>) {
    let file = references.file;
    for (name, section) in file.agents.iter() {
        let path = child("agents", name);
        references.guardrails(section.access(), section.limits(), &path);
        if let AgentSection::Router(section) = section {
            router(references, &path, section);
        }
    }
    for (name, section) in file.teams.iter() {
        team(references, name, section);
    }
    for (path, section) in file.llm_agents() {
        llm_agent(references, &path, section);
    }
}

fn llm_agent(references: &mut References<'_, '_, '_>, path: &str, agent: &LlmAgentSection) {
    references.model(&agent.model, &child(path, "model"));
    for (nth, fallback) in agent.fallbacks.iter().enumerate() {
        references.model(fallback, &item(&child(path, "fallbacks"), nth));
    }
    let file = references.file;
    references.all_known("form", &agent.forms, &child(path, "forms"), file.forms.names());
    references.all_known("template", &agent.templates, &child(path, "templates"), file.templates.names());
    if let Some(name) = &agent.transcriber {
        references.model(name, &child(path, "transcriber"));
    }
    if agent.approval_reactions
        && references.file.settings.get("engine.reactions").is_none_or(|reactions| reactions != "run")
    {
        let message = "has no effect without `reactions = \"run\"` in `[engine]`";
        references.report.warning(&child(path, "approval_reactions"), message);
    }
    if agent.instructions.is_some() && agent.instructions_file.is_some() {
        let message = "cannot be set together with `instructions`; remove one of them";
        references.report.key_error(&child(path, "instructions_file"), message);
    }
    if agent.history.is_some_and(|history| history.turns.is_some() == history.tokens.is_some()) {
        let message = "must have either `turns` or `tokens`, such as `{ turns = 20 }`";
        references.report.error(&child(path, "history"), message);
    }
}

fn team(references: &mut References<'_, '_, '_>, name: &str, team: &TeamSection) {
    let file = references.file;
    let path = child("teams", name);
    references.guardrails(&team.leader.access, &team.leader.limits, &path);
    if file.agents.contains(name) {
        references.report.key_error(&path, "an agent has the same name; rename one of them");
    }
    let members = &team.members;
    for (nth, member) in members.members.iter().enumerate() {
        let path = item(&child(&path, "members"), nth);
        references.agent(member, &path);
        let has_description = file.agent_description(member).is_some();
        if members.mode != TeamMode::Broadcast && file.has_agent(member) && !has_description {
            let message = format!("`{member}` has no `description`, which the leader needs to choose it; add one");
            references.report.error(&path, message);
        }
    }
    let path = child(&path, "default");
    match &members.default {
        Some(_) if members.mode != TeamMode::Route => {
            references.report.key_error(&path, "applies to `mode = \"route\"` only; remove it");
        }
        Some(default) => references.known("member", default, &path, members.members.iter().map(String::as_str)),
        None => {}
    }
}

fn router(references: &mut References<'_, '_, '_>, path: &str, router: &RouterSection) {
    references.agent(&router.default, &child(path, "default"));
    for (nth, rule) in router.rules.iter().enumerate() {
        let path = item(&child(path, "rules"), nth);
        references.agent(&rule.to, &child(&path, "to"));
        let RuleSection { to: _, word, starts_with, tapped, media, number, group } = rule;
        let texts = [word, starts_with, tapped, number];
        if texts.iter().all(|text| text.is_none()) && media.is_none() && group.is_none() {
            references.report.error(&path, "has no condition; add one such as `word = \"invoice\"`");
        }
    }
}
