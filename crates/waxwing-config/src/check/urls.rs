//! URLs of services.

use crate::file::ConfigFile;
use crate::key_path::child;
use crate::lines_to_write::{assignment, with_lines};
use crate::report::ProblemReport;
use crate::sections::AgentSection;
use crate::values::{has_example_host, is_http_url};

pub(super) fn check(file: &ConfigFile, report: &mut ProblemReport<'_>) {
    for (name, model) in file.models.iter() {
        let path = child(&child("models", name), "base_url");
        url(model.base_url.as_deref(), &path, "https://api.openai.com/v1", report);
    }
    for (name, agent) in file.agents.iter() {
        if let AgentSection::Http(agent) = agent {
            url(Some(&agent.url), &child(&child("agents", name), "url"), "http://127.0.0.1:9000/turn", report);
        }
    }
    for (name, server) in file.mcp.iter() {
        url(server.url.as_deref(), &child(&child("mcp", name), "url"), "https://mcp.shop.net/mcp", report);
    }
    for (name, webhook) in file.webhooks.iter() {
        let path = child(&child("webhooks", name), "url");
        url(Some(webhook.url.expose()), &path, "https://crm.shop.net/events", report);
    }
    let graph = file.settings.get("whatsapp.graph_url").map(String::as_str);
    url(graph, "whatsapp.graph_url", "https://graph.facebook.com", report);
}

/// Reports a value that is no URL, and warns of the host of an example. The messages do not show the URL, which may hold a secret.
fn url(value: Option<&str>, path: &str, example: &str, report: &mut ProblemReport<'_>) {
    let Some(value) = value else { return };
    if !is_http_url(value) {
        let message = "must be a URL that starts with http:// or https:// and has a host";
        report.error(path, with_lines(message, [assignment(path, example)]));
    } else if has_example_host(value) {
        report.warning(path, "names a host of examples, which does not exist; set the URL of your service");
    }
}
