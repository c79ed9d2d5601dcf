//! Substitution of environment variables, written `${NAME}`.

/// Source of environment variables.
///
/// ```
/// use waxwing_config::EnvironmentVariables;
///
/// let test = |name: &str| (name == "KEY").then(|| "secret".to_owned());
/// assert_eq!(test.variable("KEY").as_deref(), Some("secret"));
/// ```
pub trait EnvironmentVariables {
    /// Returns the value of a variable, if it is set.
    fn variable(&self, name: &str) -> Option<String>;
}

/// The environment variables of the process.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProcessEnvironment;

impl EnvironmentVariables for ProcessEnvironment {
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

impl<F: Fn(&str) -> Option<String>> EnvironmentVariables for F {
    fn variable(&self, name: &str) -> Option<String> {
        self(name)
    }
}

/// Replaces each `${NAME}` in a text by the value of the variable, and each `$${` by `${`. Returns `None` if the text contains neither.
///
/// # Errors
///
/// Returns a message if a variable is missing or empty, or if `${` is not followed by a name and `}`.
pub(crate) fn substitute(text: &str, environment: &dyn EnvironmentVariables) -> Result<Option<String>, String> {
    replace(text, environment, |_| false)
}

/// Like [`substitute`], for the argument of a tool: `${user.phone}` and other names with a dot stay as they are.
pub(crate) fn substitute_argument(
    text: &str,
    environment: &dyn EnvironmentVariables,
) -> Result<Option<String>, String> {
    replace(text, environment, |name| name.contains('.'))
}

fn replace(
    text: &str,
    environment: &dyn EnvironmentVariables,
    is_kept: fn(&str) -> bool,
) -> Result<Option<String>, String> {
    if !text.contains("${") {
        return Ok(None);
    }
    let (mut substituted, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find("${") {
        let (before, after) = (&rest[..at], &rest[at + 2..]);
        if let Some(literal) = before.strip_suffix('$') {
            substituted.push_str(literal);
            substituted.push_str("${");
            rest = after;
            continue;
        }
        if let Some(kept) = after.find('}').filter(|end| is_kept(&after[..*end])) {
            substituted.push_str(&rest[..=at + 2 + kept]);
            rest = &after[kept + 1..];
            continue;
        }
        let end = after.find('}').filter(|end| is_name(&after[..*end]));
        let Some(end) = end else {
            return Err("`${` must be followed by a variable name and `}`; write `$${` for a literal `${`".into());
        };
        let name = &after[..end];
        let value = environment.variable(name).filter(|value| !value.is_empty());
        let Some(value) = value else {
            return Err(format!("environment variable `{name}` is missing or empty; set it"));
        };
        substituted.push_str(before);
        substituted.push_str(&value);
        rest = &after[end + 1..];
    }
    substituted.push_str(rest);
    Ok(Some(substituted))
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
        let environment = |name: &str| match name {
            "KEY" => Some("s3cret".to_owned()),
            "CIRCLE" => Some("${KEY}".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        match (substitute(text, &environment), expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found.as_deref(), expected),
            (Err(error), Err(part)) => assert!(error.contains(part), "{error}"),
            (found, _) => panic!("{found:?}"),
        }
    }

    #[test]
    fn variables_are_substituted_once() {
        check("plain $5 {x}", Ok(None));
        check("${KEY}", Ok(Some("s3cret")));
        check("a${KEY}b${KEY}c", Ok(Some("as3cretbs3cretc")));
        check("$${KEY} is ${KEY}", Ok(Some("${KEY} is s3cret")));
        check("${CIRCLE}", Ok(Some("${KEY}")));
        check("${EMPTY}", Err("`EMPTY`"));
        check("${ABSENT}", Err("`ABSENT`"));
        check("${KEY", Err("$${"));
        check("${}", Err("$${"));
        check("${two words}", Err("$${"));
        check("${user.phone}", Err("$${"));
    }

    #[test]
    fn arguments_keep_facts_about_the_user() {
        let environment = |name: &str| (name == "KEY").then(|| "s3cret".to_owned());
        let argument = |text: &str| substitute_argument(text, &environment).unwrap().unwrap();
        assert_eq!(argument("${KEY}+${user.phone}/${KEY}"), "s3cret+${user.phone}/s3cret");
        assert!(substitute_argument("${user.id", &environment).is_err());
    }
}
