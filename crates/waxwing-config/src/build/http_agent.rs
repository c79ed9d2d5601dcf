//! Agents behind HTTP.

use waxwing::NetworkPolicy;
use waxwing_http_agent::HttpAgent;

use crate::report::ProblemReport;
use crate::sections::HttpAgentSection;

/// Returns an agent. Returns `None` for an invalid agent, after reporting the error.
pub(super) fn agent(
    name: &str,
    section: &HttpAgentSection,
    network: NetworkPolicy,
    path: &str,
    report: &mut ProblemReport<'_>,
) -> Option<HttpAgent> {
    let mut builder = HttpAgent::builder(name).url(&section.url).secret(section.secret.expose()).network(network);
    if let Some(timeout) = section.timeout {
        builder = builder.timeout(timeout.0);
    }
    if let Some(entries) = section.history {
        builder = builder.history_limit(usize::try_from(entries).unwrap_or(usize::MAX));
    }
    if let Some(bytes) = section.max_media_bytes {
        builder = builder.max_media_bytes(bytes);
    }
    builder.build().map_err(|error| report.key_error(path, error.to_string())).ok()
}
