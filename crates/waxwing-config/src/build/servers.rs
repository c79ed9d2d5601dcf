//! Servers of tools.

use std::collections::BTreeMap;
use std::path::Path;

use waxwing_llm::mcp::{McpServer, McpTools};

use crate::config::Config;
use crate::document::below;
use crate::problem::Report;
use crate::sections;

/// The connections to servers, each with a digest of what the file says of it.
pub(crate) type Servers = BTreeMap<String, (u64, McpTools)>;

/// Connects to the servers that are described, but for those to which there is a connection already. Returns at once.
pub(super) fn servers(config: &Config, before: &Servers, report: &mut Report<'_>) -> Servers {
    let mut servers = Servers::new();
    for (name, it) in config.file.mcp.iter() {
        let path = below("mcp", name);
        let digest = config.digest_of(&path);
        let known = before.get(name).filter(|(known, _)| *known == digest).cloned();
        let made = known.or_else(|| {
            let tools = server(name, it, &config.dir).connect_in_background();
            Some((digest, tools.map_err(|error| report.key_error(&path, error.to_string())).ok()?))
        });
        servers.extend(made.map(|made| (name.to_owned(), made)));
    }
    servers
}

/// Finds out whether the servers that are described could be connected to, as far as their descriptions go.
pub(super) fn check(config: &Config, report: &mut Report<'_>) {
    for (name, it) in config.file.mcp.iter() {
        if let Err(error) = server(name, it, &config.dir).validate() {
            report.key_error(&below("mcp", name), error.to_string());
        }
    }
}

fn server(name: &str, it: &sections::McpServer, dir: &Path) -> McpServer {
    let mut server = match (&it.command, &it.url) {
        (Some(command), _) => {
            let mut words = command.iter();
            McpServer::stdio(words.next().cloned().unwrap_or_default(), words)
        }
        (None, url) => McpServer::http(url.clone().unwrap_or_default()),
    };
    server = server.name(name).prefix(format!("{name}_")).except(it.except.iter().cloned());
    for (name, value) in &it.env {
        server = server.env(name, value.expose());
    }
    for (name, value) in &it.headers {
        server = server.header(name, value.expose());
    }
    for (tool, question) in &it.require_approval {
        server = server.require_approval(tool, question);
    }
    if let Some(directory) = &it.directory {
        server = server.current_dir(dir.join(directory));
    }
    if let Some(only) = &it.only {
        server = server.only(only.iter().cloned());
    }
    match it.timeout {
        Some(timeout) => server.call_timeout(timeout.0),
        None => server,
    }
}
