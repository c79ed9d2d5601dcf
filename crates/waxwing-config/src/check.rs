//! Whether the parts of a file fit together.

mod turns;

use std::collections::{HashMap, HashSet};

use waxwing::Prefix;

use crate::build::is_built_in;
use crate::document::{below, item};
use crate::file::File;
use crate::problem::{Report, there_are, undescribed};
use crate::sections::{
    AccessSection, Agent, LanguageAgent, LimitsSection, McpServer, Mode, Model, ProviderName, Router, Rule, Team,
};

/// The words that the server itself knows.
const COMMANDS: [&str; 5] = ["new", "stop", "help", "human", "bot"];

/// Checks each part, and what they say of each other.
pub(crate) fn check(file: &File, report: &mut Report<'_>) {
    let mut check = Check { file, report };
    for (name, model) in file.models.iter() {
        check.model(&below("models", name), model);
    }
    for (name, agent) in file.agents.iter() {
        check.agent(&below("agents", name), agent);
    }
    for (name, server) in file.mcp.iter() {
        check.mcp_server(&below("mcp", name), server);
    }
    for (name, team) in file.teams.iter() {
        check.team(name, team);
    }
    for (path, it) in file.language_agents() {
        check.language_agent(&path, it);
    }
    for (name, access) in file.access.iter() {
        check.access(&below("access", name), access);
    }
    for (name, limits) in file.limits.iter() {
        check.limits(&below("limits", name), limits);
    }
    for name in file.commands.names().filter(|name| COMMANDS.contains(name)) {
        check.report.key_error(&below("commands", name), format!("`/{name}` is a word of the server itself"));
    }
    check.languages();
    check.numbers();
    turns::check(file, check.report);
    check.unused();
}

struct Check<'f, 'r, 'p> {
    file: &'f File,
    report: &'r mut Report<'p>,
}

impl Check<'_, '_, '_> {
    fn model(&mut self, path: &str, model: &Model) {
        let compatible = model.provider == ProviderName::OpenaiCompatible;
        if compatible && model.base_url.is_none() {
            self.report.key_error(path, "`base_url` is missing: where is the server?");
        }
        if !compatible && model.api_key.is_none() {
            self.report.key_error(path, "`api_key` is missing");
        }
    }

    fn agent(&mut self, path: &str, agent: &Agent) {
        self.guardrails(agent.access(), agent.limits(), path);
        match agent {
            Agent::Router(it) => self.router(path, it),
            Agent::Language(_) | Agent::Http(_) | Agent::Echo(_) | Agent::Demo(_) => {}
        }
    }

    fn language_agent(&mut self, path: &str, agent: &LanguageAgent) {
        let file = self.file;
        self.known("model", &agent.model, &below(path, "model"), file.models.names());
        for (nth, fallback) in agent.fallbacks.iter().enumerate() {
            self.known("model", fallback, &item(&below(path, "fallbacks"), nth), file.models.names());
        }
        if let Some(name) = &agent.transcriber {
            self.known("model", name, &below(path, "transcriber"), file.models.names());
        }
        if agent.instructions.is_some() && agent.instructions_file.is_some() {
            self.report.key_error(&below(path, "instructions_file"), "is one too many beside `instructions`");
        }
        if agent.history.is_some_and(|history| history.turns.is_some() == history.tokens.is_some()) {
            self.report.error(&below(path, "history"), "write one of `{ turns = 20 }` and `{ tokens = 4000 }`");
        }
    }

    fn team(&mut self, name: &str, team: &Team) {
        let path = below("teams", name);
        self.guardrails(&team.leader.access, &team.leader.limits, &path);
        if self.file.agents.contains(name) {
            self.report.key_error(&path, "has the name of an agent; the two could not be told apart");
        }
        let members = &team.members;
        for (nth, member) in members.members.iter().enumerate() {
            let place = item(&below(&path, "members"), nth);
            self.answers(member, &place);
            let is_described = self.file.description_of(member).is_some();
            if members.mode != Mode::Broadcast && self.file.can_answer(member) && !is_described {
                self.report.error(&place, format!("`{member}` has no `description`, which the leader goes by"));
            }
        }
        let path = below(&path, "default");
        match &members.default {
            Some(default) if members.mode != Mode::Route => {
                self.report.key_error(&path, format!("is for `mode = \"route\"`; nobody would ask `{default}`"));
            }
            Some(default) => self.known("member", default, &path, members.members.iter().map(String::as_str)),
            None => {}
        }
    }

    fn router(&mut self, path: &str, router: &Router) {
        self.answers(&router.default, &below(path, "default"));
        for (nth, rule) in router.rules.iter().enumerate() {
            let path = item(&below(path, "rules"), nth);
            self.answers(&rule.to, &below(&path, "to"));
            let Rule { to: _, word, starts_with, tapped, media, number, group } = rule;
            let texts = [word, starts_with, tapped, number];
            if texts.iter().all(|text| text.is_none()) && media.is_none() && group.is_none() {
                self.report.error(&path, "says nothing of when; write such as `word = \"invoice\"`");
            }
        }
    }

    fn limits(&mut self, path: &str, limits: &LimitsSection) {
        if limits.length.as_ref().is_some_and(|length| length.truncate && length.notice.is_some()) {
            self.report.key_error(&below(&below(path, "length"), "notice"), "is never read where `truncate = true`");
        }
    }

    fn access(&mut self, path: &str, access: &AccessSection) {
        if access.refusal.is_some() && access.allow.is_none() && access.deny.is_none() {
            self.report.key_error(&below(path, "refusal"), "is never read without `allow` or `deny`");
        }
    }

    fn mcp_server(&mut self, path: &str, server: &McpServer) {
        match (&server.command, &server.url) {
            (None, None) => self.report.key_error(path, "`command` or `url` is missing: which server is it?"),
            (Some(_), Some(_)) => self.report.key_error(&below(path, "url"), "is one too many beside `command`"),
            (Some(command), None) if command.is_empty() => self.report.error(&below(path, "command"), "is empty"),
            _ => {}
        }
        if server.command.is_none() && !server.env.is_empty() {
            self.report.key_error(&below(path, "env"), "is for servers with a `command`");
        }
        if server.command.is_none() && server.directory.is_some() {
            self.report.key_error(&below(path, "directory"), "is for servers with a `command`");
        }
        if server.url.is_none() && !server.headers.is_empty() {
            self.report.key_error(&below(path, "headers"), "is for servers with a `url`");
        }
    }

    /// Checks that the access lists and limits exist that the agent or number at `path` names.
    fn guardrails(&mut self, access: &[String], limits: &[String], path: &str) {
        let file = self.file;
        for (nth, name) in access.iter().enumerate() {
            self.known("access list", name, &item(&below(path, "access"), nth), file.access.names());
        }
        for (nth, name) in limits.iter().enumerate() {
            self.known("limit set", name, &item(&below(path, "limits"), nth), file.limits.names());
        }
    }

    fn languages(&mut self) {
        for (prefix, language) in &self.file.languages {
            self.language(language, &below("languages", prefix));
        }
    }

    fn language(&mut self, language: &str, path: &str) {
        let known = self.file.languages_known();
        if !known.contains(language) {
            let there =
                if known.is_empty() { format!("describe some in `[messages.{language}]`") } else { there_are(known) };
            self.report.error(path, format!("there are no texts in `{language}`; {there}"));
        }
    }

    fn numbers(&mut self) {
        let file = self.file;
        if let Some(name) = file.settings.get("whatsapp.agent").filter(|name| !is_built_in(name)) {
            self.answers(name, "whatsapp.agent");
        }
        if file.numbers.len() > 0 && file.settings.contains_key("whatsapp.phone_number_id") {
            let message = "is not used beside `[numbers]`; describe the number there";
            self.report.key_error("whatsapp.phone_number_id", message);
        }
        let mut ids = HashMap::new();
        for (name, number) in file.numbers.iter() {
            let path = below("numbers", name);
            if let Some(agent) = &number.agent {
                self.answers(agent, &below(&path, "agent"));
            }
            let (access, limits) = (number.access.as_deref(), number.limits.as_deref());
            self.guardrails(access.unwrap_or_default(), limits.unwrap_or_default(), &path);
            if let Some(language) = &number.language {
                self.language(language, &below(&path, "language"));
            }
            if let Some(Err(error)) = number.prefix.as_deref().map(Prefix::new) {
                self.report.error(&below(&path, "prefix"), error.to_string());
            }
            let id = number.phone_number_id.as_str();
            if id.trim().is_empty() {
                self.report.error(&below(&path, "phone_number_id"), "is empty");
            } else if let Some(other) = ids.insert(id, name) {
                self.report.error(&below(&path, "phone_number_id"), format!("is that of number `{other}`, too"));
            }
        }
    }

    /// Whether somebody of this name can answer.
    fn answers(&mut self, name: &str, path: &str) {
        let file = self.file;
        self.known("agent", name, path, file.answerers());
    }

    /// Whether something of this name is described.
    fn known<'n>(&mut self, what: &str, name: &str, path: &str, described: impl Iterator<Item = &'n str>) {
        let described: Vec<_> = described.collect();
        if !described.contains(&name) {
            self.report.error(path, undescribed(what, name, described));
        }
    }

    /// What is described that nobody uses.
    fn unused(&mut self) {
        let file = self.file;
        let mut used: HashSet<_> = file.numbers.iter().filter_map(|(_, number)| number.agent.as_deref()).collect();
        used.extend(file.settings.get("whatsapp.agent").map(String::as_str));
        used.extend(file.sole_agent());
        used.extend(file.given_turns().map(|(_, name)| name));
        for name in file.answerers().filter(|name| !used.contains(name)) {
            let message = "nobody is answered by this agent, unless `--agent` names it";
            self.report.warning(&file.path_of(name), message);
        }
        let models: Vec<_> = file.language_agents().collect();
        let used: HashSet<_> = models.iter().flat_map(|(_, it)| it.models()).collect();
        for name in file.models.names().filter(|name| !used.contains(name)) {
            self.report.warning(&below("models", name), "no agent uses this model");
        }
        let of_numbers = file.numbers.iter().filter_map(|(_, number)| number.access.as_deref());
        let of_agents = file.agents.iter().map(|(_, agent)| agent.access());
        let of_teams = file.teams.iter().map(|(_, team)| &*team.leader.access);
        let used = names_used(of_numbers.chain(of_agents).chain(of_teams));
        for name in file.access.names().filter(|name| !used.contains(name)) {
            let message = "no number or agent uses this access list; name it in `access` of a number or an agent";
            self.report.warning(&below("access", name), message);
        }
        let of_numbers = file.numbers.iter().filter_map(|(_, number)| number.limits.as_deref());
        let of_agents = file.agents.iter().map(|(_, agent)| agent.limits());
        let of_teams = file.teams.iter().map(|(_, team)| &*team.leader.limits);
        let used = names_used(of_numbers.chain(of_agents).chain(of_teams));
        for name in file.limits.names().filter(|name| !used.contains(name)) {
            let message = "no number or agent uses this limit set; name it in `limits` of a number or an agent";
            self.report.warning(&below("limits", name), message);
        }
    }
}

/// The names in lists of access lists or limits, and the default one.
fn names_used<'n>(lists: impl Iterator<Item = &'n [String]>) -> HashSet<&'n str> {
    lists.flatten().map(String::as_str).chain([DEFAULT_NAME]).collect()
}

/// Name of the access list and of the limits that apply to each number that names none.
pub(crate) const DEFAULT_NAME: &str = "default";
