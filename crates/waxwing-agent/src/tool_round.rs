//! Calls of tools, for the history.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Calls of tools that an agent made at once, with their results.
///
/// `Debug` output contains neither arguments nor results.
///
/// ```
/// use serde_json::json;
/// use waxwing_agent::{ToolExchange, ToolRound};
///
/// let order = ToolExchange::new("find_order", json!({"name": "Ana"}), "Order 17, two pizzas.");
/// let round = ToolRound::new([order]);
/// assert_eq!(round.calls[0].name, "find_order");
/// ```
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolRound {
    /// Calls with their results, in the order of the calls.
    pub calls: Vec<ToolExchange>,
}

/// Call of a tool with its result. `Debug` output contains neither the arguments nor the result.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolExchange {
    /// Name of the tool.
    pub name: String,
    /// Arguments.
    pub arguments: Value,
    /// Result as the model read it, perhaps cut.
    pub result: String,
}

impl ToolRound {
    /// Creates a round of these calls.
    pub fn new(calls: impl IntoIterator<Item = ToolExchange>) -> Self {
        Self { calls: calls.into_iter().collect() }
    }
}

impl ToolExchange {
    /// Creates a call with its result.
    pub fn new(name: impl Into<String>, arguments: Value, result: impl Into<String>) -> Self {
        Self { name: name.into(), arguments, result: result.into() }
    }
}

impl fmt::Debug for ToolRound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolRound").field("calls", &self.calls).finish()
    }
}

impl fmt::Debug for ToolExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolExchange").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn debug_output_has_neither_arguments_nor_results() {
        let round = ToolRound::new([ToolExchange::new("find", json!({"q": "secret"}), "secret")]);
        assert!(!format!("{round:?}").contains("secret"), "{round:?}");
    }
}
