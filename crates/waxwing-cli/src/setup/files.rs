//! The files that `waxwing setup` writes.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, bail};

/// Content of a new settings file.
const SETTINGS_FILE: &str = r#"# The agent that answers. `waxwing config check` checks this file, and docs/configuration.md lists every key.
# The access to WhatsApp is in .env.

[agents.assistant]
kind = "demo"

# An agent with a language model: remove the demo above, and the # of the lines below. Add OPENAI_API_KEY to .env.
#
# [models.main]
# provider = "openai"
# model = "gpt-5-mini"
# api_key = "${OPENAI_API_KEY}"
#
# [agents.assistant]
# model = "main"
# instructions = "You answer for a pizzeria in Vigo. Be brief and friendly."
"#;

/// Writes the variables to a new file that only its owner can read. Returns false if the file exists, which stays as it is.
pub(crate) fn write_environment(path: &Path, variables: &[(&str, String)]) -> anyhow::Result<bool> {
    let mut text = String::from("# Secrets of a WhatsApp number. Keep this file out of version control.\n");
    for (name, value) in variables {
        let value = quoted(name, value)?;
        text.extend([*name, "=", &value, "\n"]);
    }
    write_new(path, 0o600, &text)
}

/// Writes a settings file with an agent that needs no key. Returns false if the file exists, which stays as it is.
pub(crate) fn write_settings_file(path: &Path) -> anyhow::Result<bool> {
    write_new(path, 0o644, SETTINGS_FILE)
}

fn write_new(path: &Path, mode: u32, text: &str) -> anyhow::Result<bool> {
    let failed = || format!("cannot write {}", path.display());
    let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let mut file = match file {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(error).with_context(failed),
    };
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(failed)?;
    Ok(true)
}

/// Quotes a value for a shell and for Docker. Both read the characters that credentials consist of as they are.
fn quoted(name: &str, value: &str) -> anyhow::Result<String> {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "_-.:/+=@%".contains(char);
    match value {
        _ if value.chars().all(is_plain) => Ok(value.to_owned()),
        _ if value.contains(['\'', '\n', '\r']) => {
            bail!("{name} contains a quote or a line break, so it is not the value that Meta shows; copy it again")
        }
        _ => Ok(format!("'{value}'")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_back_by_a_shell() {
        assert_eq!(quoted("A", "EAAG123_-").unwrap(), "EAAG123_-");
        assert_eq!(quoted("A", "a b|$c").unwrap(), "'a b|$c'");
        assert!(quoted("A", "a'b").unwrap_err().to_string().contains("copy it again"));
    }

    #[test]
    fn an_existing_file_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".env");
        assert!(write_environment(&path, &[("A", "1".to_owned())]).unwrap());
        assert!(!write_environment(&path, &[("A", "2".to_owned())]).unwrap());
        assert!(std::fs::read_to_string(&path).unwrap().ends_with("\nA=1\n"));
        let mode = std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
}
