//! Suggestions for unknown names.

/// Least similarity of a name that is suggested, from 0 to 1.
const LEAST_SIMILARITY: f64 = 0.8;

/// Returns a message for an unknown name, with the most similar name or all names.
pub(crate) fn unknown<'n>(kind: &str, name: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<_> = names.into_iter().collect();
    let hint = match most_similar(name, names.iter().copied()) {
        _ if names.is_empty() => "none is defined".to_owned(),
        Some(similar) => format!("did you mean `{similar}`?"),
        None => format!("choose {}", any_of(names)),
    };
    format!("unknown {kind} `{name}`; {hint}")
}

/// Returns the most similar name, if it is similar enough.
pub(crate) fn most_similar<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let similar = names.into_iter().map(|other| (strsim::jaro_winkler(name, other), other));
    let similar = similar.filter(|(similarity, _)| *similarity > LEAST_SIMILARITY);
    similar.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, other)| other)
}

/// Returns a list of names, such as `` `a`, `b` or `c` ``.
pub(crate) fn any_of<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_gets_a_suggestion_or_all_names() {
        assert_eq!(unknown("agent", "sale", ["sales", "demo"]), "unknown agent `sale`; did you mean `sales`?");
        assert_eq!(unknown("agent", "x", ["a", "b", "c"]), "unknown agent `x`; choose `a`, `b` or `c`");
        assert_eq!(unknown("agent", "x", []), "unknown agent `x`; none is defined");
    }
}
