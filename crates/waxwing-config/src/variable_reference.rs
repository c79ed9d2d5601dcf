//! References to environment variables in a form that is not replaced, such as `$NAME`.

/// Shortest name that is recognized within a longer text.
const SHORTEST_PART: usize = 3;

/// Returns the name of the variable if a text consists of `$NAME`, `$(NAME)` or `%NAME%`.
pub(crate) fn whole(text: &str) -> Option<&str> {
    let text = text.trim();
    let inner = text.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')'));
    let percent = || text.strip_prefix('%').and_then(|rest| rest.strip_suffix('%'));
    inner.or_else(percent).or_else(|| text.strip_prefix('$')).filter(|name| is_variable(name))
}

/// Returns the name of the first variable that a text names as `$NAME`, at its start or after a character that is no letter or digit.
pub(crate) fn part(text: &str) -> Option<&str> {
    text.match_indices('$').find_map(|(at, _)| {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '$') {
            return None;
        }
        let rest = &text[at + 1..];
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        Some(&rest[..end]).filter(|name| name.len() >= SHORTEST_PART && is_variable(name))
    })
}

/// Returns true for a name in capital letters, as variables of the environment have.
fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_a_reference() {
        for text in ["$KEY", "$(KEY)", "%KEY%", " $KEY "] {
            assert_eq!(whole(text), Some("KEY"), "{text}");
        }
        for text in ["KEY", "${KEY}", "$key", "$5", "$", "%KEY", "a $KEY"] {
            assert_eq!(whole(text), None, "{text}");
        }
    }

    #[test]
    fn a_text_contains_a_reference() {
        for text in ["$TOKEN", "Bearer $TOKEN", "https://$TOKEN/v1"] {
            assert_eq!(part(text), Some("TOKEN"), "{text}");
        }
        for text in ["pa$TOKEN", "$TOKENx", "$$TOKEN", "${TOKEN}", "$AB", "costs $5"] {
            assert_eq!(part(text), None, "{text}");
        }
    }
}
