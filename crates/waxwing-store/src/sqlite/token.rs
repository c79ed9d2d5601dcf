//! Tokens of attempts: `namespace.row.attempt`.

use crate::OutboxId;

/// Formats the token of an attempt.
pub(super) fn format(namespace: &str, row: OutboxId, attempt: u32) -> String {
    format!("{namespace}.{}.{attempt}", row.0)
}

/// Parses a token of this namespace. The attempt may not exist.
pub(super) fn parse(namespace: &str, token: &str) -> Option<(OutboxId, u32)> {
    let (row, attempt) = token.strip_prefix(namespace)?.strip_prefix('.')?.split_once('.')?;
    Some((OutboxId(row.parse().ok()?), attempt.parse().ok()?))
}
