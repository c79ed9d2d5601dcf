//! Checks of Meta's rules, with their errors.

/// Rule of Meta's that a flow breaks. The message contains labels of the business and no data of users.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct FlowJsonError {
    place: String,
    problem: String,
}

impl FlowJsonError {
    pub(crate) fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { place: place.into(), problem: problem.into() }
    }
}

/// Checks of one part of a flow.
#[derive(Debug)]
pub(super) struct Checks {
    place: String,
}

impl Checks {
    pub(super) fn new(place: impl Into<String>) -> Self {
        Self { place: place.into() }
    }

    /// Returns the error of a broken rule.
    pub(super) fn broken(&self, problem: impl Into<String>) -> FlowJsonError {
        FlowJsonError::new(&self.place, problem)
    }

    pub(super) fn require(&self, holds: bool, problem: impl Into<String>) -> Result<(), FlowJsonError> {
        if holds { Ok(()) } else { Err(self.broken(problem)) }
    }

    pub(super) fn at_most(&self, what: &str, count: usize, limit: usize) -> Result<(), FlowJsonError> {
        self.require(count <= limit, format!("there are {count} {what}; Meta allows at most {limit}"))
    }

    /// Checks a text that users read. A reference is filled in later, so its length is not known.
    pub(super) fn text(&self, what: &str, text: &str, limit: usize) -> Result<(), FlowJsonError> {
        self.require(!text.trim().is_empty(), format!("the {what} is empty"))?;
        let length = text.encode_utf16().count();
        let is_static = !text.contains("${");
        let problem = || format!("the {what} {text:?} has {length} characters; Meta allows at most {limit}");
        if is_static && length > limit { Err(self.broken(problem())) } else { Ok(()) }
    }

    /// Checks an optional text.
    pub(super) fn optional(&self, what: &str, text: Option<&str>, limit: usize) -> Result<(), FlowJsonError> {
        text.map_or(Ok(()), |text| self.text(what, text, limit))
    }
}

/// Returns true if a text can be the name of a value, so that a reference such as `${form.name}` finds it.
pub(super) fn is_name(name: &str) -> bool {
    let starts = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    starts && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
