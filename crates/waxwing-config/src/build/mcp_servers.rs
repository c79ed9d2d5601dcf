//! Connections to MCP servers.

use std::collections::BTreeMap;
use std::path::Path;

use waxwing::NetworkPolicy;
use waxwing_llm::mcp::{McpServer, McpTools};

use crate::description::Description;
use crate::key_path::child;
use crate::report::ProblemReport;
use crate::sections::McpServerSection;

/// Connections by the name of the server, each with the fingerprint of its definition.
pub(crate) type McpServers = BTreeMap<String, (u64, McpTools)>;

/// Connects to the servers of a file in the background. Keeps previous connections to servers with the same definition.
pub(super) fn connect(
    description: &Description,
    network: NetworkPolicy,
    previous: &McpServers,
    report: &mut ProblemReport<'_>,
) -> McpServers {
    let mut servers = McpServers::new();
    for (name, section) in description.file.mcp.iter() {
        let path = child("mcp", name);
        let fingerprint = description.fingerprint.of_table(&path);
        let known = previous.get(name).filter(|(known, _)| *known == fingerprint).cloned();
        let connection = known.or_else(|| {
            let tools = server(name, section, network, &description.dir).connect_in_background();
            Some((fingerprint, tools.map_err(|error| report.key_error(&path, error.to_string())).ok()?))
        });
        servers.extend(connection.map(|connection| (name.to_owned(), connection)));
    }
    servers
}

/// Validates the servers of a file without connecting.
pub(super) fn check(description: &Description, network: NetworkPolicy, report: &mut ProblemReport<'_>) {
    for (name, section) in description.file.mcp.iter() {
        if let Err(error) = server(name, section, network, &description.dir).validate() {
            report.key_error(&child("mcp", name), error.to_string());
        }
    }
}

fn server(name: &str, section: &McpServerSection, network: NetworkPolicy, dir: &Path) -> McpServer {
    let mut server = match (&section.command, &section.url) {
        (Some(command), _) => {
            let mut words = command.iter();
            McpServer::stdio(words.next().cloned().unwrap_or_default(), words)
        }
        (None, url) => McpServer::http(url.clone().unwrap_or_default()).network(network),
    };
    server = server.name(name).prefix(format!("{name}_")).except(section.except.iter().cloned());
    for (name, value) in &section.env {
        server = server.env(name, value.expose());
    }
    for (name, value) in &section.headers {
        server = server.header(name, value.expose());
    }
    for (tool, question) in &section.require_approval {
        server = server.require_approval(tool, question);
    }
    if section.tell_user {
        server = server.tell_user();
    }
    if let Some(secret) = &section.user_secret {
        server = server.user_secret(secret.expose());
    }
    for (name, value) in &section.arguments {
        server = server.pin_argument(name, value.0.clone());
    }
    if let Some(directory) = &section.directory {
        server = server.current_dir(dir.join(directory));
    }
    if let Some(only) = &section.only {
        server = server.only(only.iter().cloned());
    }
    match section.timeout {
        Some(timeout) => server.call_timeout(timeout.0),
        None => server,
    }
}
