//! Problems of a file.

use std::fmt;

/// An error or a warning about a file. The text never contains the value of an environment variable.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigProblem {
    /// File, with line and column if they are known, such as `waxwing.toml:3:5`. Lines and columns start at 1.
    pub place: String,
    /// Path of the key, such as `agents.sales.model`. Empty for problems of the whole file.
    pub path: String,
    /// Problem and its fix. Lines to write stand below it, indented by four spaces.
    pub message: String,
}

/// Gives the place, the path and the message.
impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => write!(f, "{}: {}", self.place, self.message),
            path => write!(f, "{}: {path}: {}", self.place, self.message),
        }
    }
}

/// All errors of a file that cannot be used. `Display` begins a line for each error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidConfig(Vec<ConfigProblem>);

impl InvalidConfig {
    pub(crate) fn new(problems: Vec<ConfigProblem>) -> Self {
        Self(problems)
    }

    /// Returns the errors, in the order of the file.
    pub fn problems(&self) -> &[ConfigProblem] {
        &self.0
    }
}

impl fmt::Display for InvalidConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, problem) in self.0.iter().enumerate() {
            write!(f, "{}{problem}", if nth == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for InvalidConfig {}
