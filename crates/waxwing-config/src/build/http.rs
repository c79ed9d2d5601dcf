//! Agents in other languages.

use waxwing_http_agent::HttpAgent;

use crate::problem::Report;
use crate::sections;

/// An agent; none if something is wrong with it, which is in the report then.
pub(super) fn agent(name: &str, it: &sections::HttpAgent, path: &str, report: &mut Report<'_>) -> Option<HttpAgent> {
    let mut builder = HttpAgent::builder(name).url(&it.url).secret(it.secret.expose());
    if let Some(timeout) = it.timeout {
        builder = builder.timeout(timeout.0);
    }
    if let Some(entries) = it.history {
        builder = builder.history_limit(usize::try_from(entries).unwrap_or(usize::MAX));
    }
    if let Some(bytes) = it.max_media_bytes {
        builder = builder.max_media_bytes(bytes);
    }
    builder.build().map_err(|error| report.key_error(path, error.to_string())).ok()
}
