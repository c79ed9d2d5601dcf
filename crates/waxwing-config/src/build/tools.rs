//! What a model can do beside talking.

use std::sync::Arc;

use waxwing_agent::HumanHandoff;
use waxwing_llm::conversation::ApprovedTemplate;
use waxwing_llm::{RequireApproval, Tool, conversation};

use crate::config::Config;
use crate::document::{below, item};
use crate::problem::{Report, undescribed};
use crate::sections::{LanguageAgent, Template};

/// All tools of the chat.
const CONVERSATION: &str = "conversation";

/// The server of tools that is meant.
pub(super) fn server_of(name: &str) -> Option<&str> {
    name.strip_prefix("mcp:")
}

/// The tools of an agent, those of servers left out; those that are not there are in the report.
pub(super) fn tools(it: &LanguageAgent, path: &str, config: &Config, report: &mut Report<'_>) -> Vec<Arc<dyn Tool>> {
    let mut there = conversation::all();
    let handoff =
        it.handoff_duration.map_or_else(HumanHandoff::until_resumed, |time| HumanHandoff::for_duration(time.0));
    there.push(Arc::new(conversation::hand_off_to_human(handoff)));
    let mut tools: Vec<Arc<dyn Tool>> = Vec::new();
    for (nth, name) in it.tools.iter().enumerate() {
        if let Some(server) = server_of(name) {
            if !config.file.mcp.contains(server) {
                let names = config.file.mcp.names().collect();
                report.error(&item(&below(path, "tools"), nth), undescribed("server", server, names));
            }
        } else if name == CONVERSATION {
            tools.extend(conversation::all());
        } else if let Some(tool) = there.iter().find(|tool| tool.spec().name == *name) {
            tools.push(tool.clone());
        } else {
            let names = there.iter().map(|tool| tool.spec().name.as_str()).chain([CONVERSATION]).collect();
            report.error(&item(&below(path, "tools"), nth), undescribed("tool", name, names));
        }
    }
    if !it.templates.is_empty() {
        let templates: Vec<_> = it.templates.iter().map(|(name, it)| template(name, it)).collect();
        tools.push(Arc::new(conversation::send_template(templates)));
    }
    for (name, question) in &it.require_approval {
        if let Some(tool) = tools.iter_mut().find(|tool| tool.spec().name == *name) {
            *tool = Arc::new(RequireApproval::new(tool.clone(), question));
        } else {
            let names = tools.iter().map(|tool| tool.spec().name.as_str()).collect();
            report.key_error(&below(&below(path, "require_approval"), name), undescribed("tool", name, names));
        }
    }
    tools
}

fn template(name: &str, it: &Template) -> ApprovedTemplate {
    let template = ApprovedTemplate::new(name, &it.language).description(&it.description);
    it.values.iter().fold(template, ApprovedTemplate::value)
}
