//! Names with a fixed meaning.

/// Agents that exist without a definition.
pub(crate) const BUILT_IN_AGENTS: [&str; 2] = ["echo", "demo"];

/// Commands of the server, without the slash.
pub(crate) const BUILT_IN_COMMANDS: [&str; 5] = ["new", "stop", "help", "human", "bot"];

/// Name of the access list and of the limits that apply to each number that names none.
pub(crate) const DEFAULT: &str = "default";
