//! Lists of row ids as SQL parameters.

/// Formats ids as a JSON array, for SQL that reads them with `json_each`.
pub(super) fn json_list(ids: impl Iterator<Item = i64>) -> String {
    let ids: Vec<_> = ids.map(|id| id.to_string()).collect();
    format!("[{}]", ids.join(","))
}
