//! What is wrong with a file, and where.

use std::fmt;

use crate::document::{At, Places};

/// Something that is wrong with the file, or that its author may not have meant. Never holds the value of a variable of the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigProblem {
    /// The file, with line and column where they are known: `waxwing.toml:3:5`.
    pub place: String,
    /// The key, with its sections: `agents.sales.model`; empty for the file as a whole.
    pub path: String,
    /// What is wrong, and what to do.
    pub message: String,
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => write!(f, "{}: {}", self.place, self.message),
            path => write!(f, "{}: {path}: {}", self.place, self.message),
        }
    }
}

/// A file that cannot be used, with everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidConfig(pub(crate) Vec<ConfigProblem>);

impl InvalidConfig {
    /// What is wrong, in the order of the file.
    pub fn problems(&self) -> &[ConfigProblem] {
        &self.0
    }
}

/// One line for each problem.
impl fmt::Display for InvalidConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, problem) in self.0.iter().enumerate() {
            write!(f, "{}{problem}", if nth == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for InvalidConfig {}

/// Collects what is wrong.
pub(crate) struct Report<'a> {
    places: &'a Places,
    errors: Vec<(At, ConfigProblem)>,
    warnings: Vec<(At, ConfigProblem)>,
}

impl<'a> Report<'a> {
    pub(crate) fn new(places: &'a Places) -> Self {
        let mut report = Self { places, errors: Vec::new(), warnings: Vec::new() };
        for (path, wrong) in &places.filled.wrong {
            report.error(path, wrong);
        }
        report
    }

    /// How many errors there are so far.
    pub(crate) fn errors(&self) -> usize {
        self.errors.len()
    }

    /// The value of a key is wrong; or, where the key is missing, what it is missing from.
    pub(crate) fn error(&mut self, path: &str, message: impl Into<String>) {
        self.errors.push(self.at(self.places.value(path), path, message.into()));
    }

    /// The key itself is wrong.
    pub(crate) fn key_error(&mut self, path: &str, message: impl Into<String>) {
        self.errors.push(self.at(self.places.key(path), path, message.into()));
    }

    /// The author may not have meant this.
    pub(crate) fn warning(&mut self, path: &str, message: impl Into<String>) {
        self.warnings.push(self.at(self.places.key(path), path, message.into()));
    }

    fn at(&self, at: At, path: &str, message: String) -> (At, ConfigProblem) {
        let message = self.places.filled.masked(message);
        (at, ConfigProblem { place: self.places.name(at), path: path.to_owned(), message })
    }

    /// The warnings; or, if there are errors, those.
    pub(crate) fn finish(self) -> Result<Vec<ConfigProblem>, InvalidConfig> {
        let sorted = |mut problems: Vec<(At, ConfigProblem)>| {
            problems.sort_by_key(|(at, _)| *at);
            problems.into_iter().map(|(_, problem)| problem).collect()
        };
        if self.errors.is_empty() { Ok(sorted(self.warnings)) } else { Err(InvalidConfig(sorted(self.errors))) }
    }
}

/// The one of `names` that was probably meant.
pub(crate) fn meant<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let near = names.into_iter().map(|name| (strsim::jaro_winkler(written, name), name));
    near.filter(|(likeness, _)| *likeness > 0.8).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

/// `a`, `b` and `c`.
pub(crate) fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// The names that there are.
pub(crate) fn there_are<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<_> = names.into_iter().collect();
    format!("there {} {}", if names.len() == 1 { "is" } else { "are" }, listed(names))
}

/// What is said of a name that nobody has.
pub(crate) fn undescribed(what: &str, name: &str, names: Vec<&str>) -> String {
    let hint = match meant(name, names.iter().copied()) {
        _ if names.is_empty() => "there is none".to_owned(),
        Some(meant) => format!("did you mean `{meant}`?"),
        None => there_are(names),
    };
    format!("{what} `{name}` is not described; {hint}")
}
