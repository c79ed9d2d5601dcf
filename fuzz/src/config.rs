//! Fuzz target of configuration files.

use waxwing_config::{Config, ConfigPurpose, EnvironmentVariables};

/// An environment with one variable.
#[derive(Debug)]
struct OneVariable;

impl EnvironmentVariables for OneVariable {
    fn variable(&self, name: &str) -> Option<String> {
        (name == "KEY").then(|| "value of KEY".to_owned())
    }
}

/// Reads a configuration file. The first byte chooses the purpose.
///
/// # Panics
///
/// If an error names no position, or the agents of a valid file differ between two calls.
pub fn run(input: &[u8]) {
    let Some((purpose, text)) = input.split_first() else { return };
    let purpose = match purpose % 3 {
        0 => ConfigPurpose::Serve,
        1 => ConfigPurpose::Emulator,
        _ => ConfigPurpose::Settings,
    };
    let text = String::from_utf8_lossy(text);
    match Config::parse(&text, "waxwing.toml", "/nonexistent".into(), &OneVariable, purpose) {
        Ok(config) => {
            let _ = (config.summary(), config.warnings().len(), config.number_ids().count());
            let changes = config.changes(&config);
            assert!(changes.reloadable.is_empty() && changes.needs_restart.is_empty(), "a file differs from itself");
        }
        Err(error) => assert!(error.to_string().contains("waxwing.toml"), "an error names no position: {error}"),
    }
}
