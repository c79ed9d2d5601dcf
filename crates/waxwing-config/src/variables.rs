//! `${NAME}`: what comes from the environment.

/// Knows the values of variables.
pub trait Environment {
    /// The value of a variable, if it is set.
    fn variable(&self, name: &str) -> Option<String>;
}

/// The variables of the process.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

impl<F: Fn(&str) -> Option<String>> Environment for F {
    fn variable(&self, name: &str) -> Option<String> {
        self(name)
    }
}

/// The text with the values of its variables; none if it has no variables. `$${` stands for `${` itself.
pub(crate) fn filled_in(text: &str, variables: &dyn Environment) -> Result<Option<String>, String> {
    if !text.contains("${") {
        return Ok(None);
    }
    let (mut filled, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find("${") {
        let (before, after) = (&rest[..at], &rest[at + 2..]);
        if let Some(literal) = before.strip_suffix('$') {
            filled.push_str(literal);
            filled.push_str("${");
            rest = after;
            continue;
        }
        let end = after.find('}').filter(|end| is_name(&after[..*end]));
        let Some(end) = end else {
            return Err("`${` is not followed by the name of a variable and `}`; write `$${` for `${` itself".into());
        };
        let name = &after[..end];
        let value = variables.variable(name).filter(|value| !value.is_empty());
        let Some(value) = value else {
            return Err(format!("the environment has no variable `{name}`, or it is empty"));
        };
        filled.push_str(before);
        filled.push_str(&value);
        rest = &after[end + 1..];
    }
    filled.push_str(rest);
    Ok(Some(filled))
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<Option<&str>, &str>) {
        let variables = |name: &str| match name {
            "KEY" => Some("s3cret".to_owned()),
            "CIRCLE" => Some("${KEY}".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        match (filled_in(text, &variables), expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found.as_deref(), expected),
            (Err(error), Err(part)) => assert!(error.contains(part), "{error}"),
            (found, _) => panic!("{found:?}"),
        }
    }

    #[test]
    fn variables_are_filled_in_once() {
        check("plain $5 {x}", Ok(None));
        check("${KEY}", Ok(Some("s3cret")));
        check("a${KEY}b${KEY}c", Ok(Some("as3cretbs3cretc")));
        check("$${KEY} is ${KEY}", Ok(Some("${KEY} is s3cret")));
        check("${CIRCLE}", Ok(Some("${KEY}")));
        check("${EMPTY}", Err("`EMPTY`"));
        check("${NOBODY}", Err("`NOBODY`"));
        check("${KEY", Err("$${"));
        check("${}", Err("$${"));
        check("${two words}", Err("$${"));
    }
}
