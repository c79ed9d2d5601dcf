//! Tools of an agent.

mod stickers;
mod templates;

use std::sync::Arc;

use waxwing_agent::{FormRef, FormRequest, HumanHandoff};
use waxwing_llm::conversation::OfferedForm;
use waxwing_llm::{RequireApproval, Tool, conversation};

use crate::description::Description;
use crate::key_path::{child, item};
use crate::report::ProblemReport;
use crate::sections::{FormSection, LlmAgentSection};
use crate::suggestion::unknown;

pub(super) use templates::{Headers, headers};

/// Name for all tools of the conversation.
const CONVERSATION: &str = "conversation";

/// Prefix of the tools of an MCP server.
const MCP_PREFIX: &str = "mcp:";

/// Returns the name of the MCP server of `mcp:NAME`.
pub(super) fn mcp_server_of(name: &str) -> Option<&str> {
    name.strip_prefix(MCP_PREFIX)
}

/// Returns the tools of an agent, without the tools of MCP servers. Reports unknown tools.
pub(super) fn tools(
    section: &LlmAgentSection,
    path: &str,
    description: &Description,
    headers: &Headers,
    report: &mut ProblemReport<'_>,
) -> Vec<Arc<dyn Tool>> {
    let mut known = conversation::all();
    let handoff = section
        .handoff_duration
        .map_or_else(HumanHandoff::until_resumed, |duration| HumanHandoff::for_duration(duration.0));
    known.push(Arc::new(conversation::hand_off_to_human(handoff)));
    known.push(Arc::new(conversation::remind_user(section.include_time.as_deref().unwrap_or("UTC"))));
    let mut tools: Vec<Arc<dyn Tool>> = Vec::new();
    for (nth, name) in section.tools.iter().enumerate() {
        if let Some(server) = mcp_server_of(name) {
            if !description.file.mcp.contains(server) {
                let names: Vec<_> = description.file.mcp.names().collect();
                report.error(&item(&child(path, "tools"), nth), unknown("MCP server", server, names));
            }
        } else if name == CONVERSATION {
            tools.extend(conversation::all());
        } else if let Some(tool) = known.iter().find(|tool| tool.spec().name == *name) {
            tools.push(tool.clone());
        } else {
            let names: Vec<_> = known.iter().map(|tool| tool.spec().name.as_str()).chain([CONVERSATION]).collect();
            report.error(&item(&child(path, "tools"), nth), unknown("tool", name, names));
        }
    }
    tools.extend(templates::tool(section, description, headers));
    let forms = section.forms.iter().filter_map(|name| form(name, description.file.forms.get(name)?));
    let forms: Vec<_> = forms.collect();
    if !forms.is_empty() {
        tools.push(Arc::new(conversation::send_form(forms)));
    }
    tools.extend(stickers::tool(section, path, description, report));
    for (name, question) in &section.require_approval {
        if let Some(tool) = tools.iter_mut().find(|tool| tool.spec().name == *name) {
            let approved = RequireApproval::new(tool.clone(), question);
            if let Some(problem) = approved.problem() {
                report.error(&child(&child(path, "require_approval"), name), problem);
            } else {
                *tool = Arc::new(approved);
            }
        } else {
            let names: Vec<_> = tools.iter().map(|tool| tool.spec().name.as_str()).collect();
            report.key_error(&child(&child(path, "require_approval"), name), unknown("tool", name, names));
        }
    }
    tools
}

/// Returns a form. None if it names no flow, which is reported elsewhere.
fn form(name: &str, section: &FormSection) -> Option<OfferedForm> {
    let id = section.flow_id.clone().map(FormRef::Id);
    let mut request = FormRequest::new(id.or_else(|| section.flow_name.clone().map(FormRef::Name))?);
    request = section.button.iter().fold(request, FormRequest::with_label);
    if let Some(screen) = &section.screen {
        request = request.with_screen(screen, serde_json::Map::new());
    } else if section.endpoint {
        request = request.with_endpoint_start();
    }
    request.is_draft = section.draft;
    Some(OfferedForm::new(name, request).description(section.description()))
}
