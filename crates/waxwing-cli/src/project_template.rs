//! Files of new projects.

use clap::ValueEnum;

/// Kind of a new project.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProjectTemplate {
    /// Agent with a language model, in waxwing.toml only.
    #[default]
    Model,
    /// Agent in Python, which Waxwing calls over HTTP.
    Python,
    /// Rust crate with an agent.
    Rust,
}

/// File of a template: its path in the project, and its content with placeholders.
type TemplateFile = (&'static str, &'static str);

macro_rules! file {
    ($path:literal, $source:literal) => {
        ($path, include_str!(concat!("../templates/", $source)))
    };
}

const MODEL: &[TemplateFile] = &[
    file!(".env.example", "model/env.example"),
    file!(".gitignore", "common/gitignore"),
    file!("README.md", "model/README.md"),
    file!("compose.yaml", "model/compose.yaml"),
    file!("instructions.md", "model/instructions.md"),
    file!("tests/hours.toml", "model/tests/hours.toml"),
    file!("waxwing.toml", "model/waxwing.toml"),
];

const PYTHON: &[TemplateFile] = &[
    file!(".env.example", "python/env.example"),
    file!(".gitignore", "common/gitignore"),
    file!("README.md", "python/README.md"),
    file!("agent.py", "python/agent.py"),
    file!("compose.yaml", "python/compose.yaml"),
    file!("test_agent.py", "python/test_agent.py"),
    file!("tests/hello.toml", "python/tests/hello.toml"),
    file!("waxwing.toml", "python/waxwing.toml"),
    file!("waxwing_agent.py", "python/waxwing_agent.py"),
];

const RUST: &[TemplateFile] = &[
    file!(".env.example", "rust/env.example"),
    file!(".gitignore", "common/gitignore"),
    file!("Cargo.toml", "rust/manifest.toml"),
    file!("README.md", "rust/README.md"),
    file!("compose.yaml", "rust/compose.yaml"),
    file!("src/lib.rs", "rust/src/lib.rs"),
    file!("src/main.rs", "rust/src/main.rs"),
    file!("tests/conversation.rs", "rust/tests/conversation.rs"),
    file!("waxwing.toml", "rust/waxwing.toml"),
];

/// Values of the placeholders in the files of a template.
#[derive(Debug)]
pub(crate) struct ProjectValues {
    /// Name of the project: a name of a crate.
    pub(crate) name: String,
    /// Checkout of Waxwing, with `/` as separator.
    pub(crate) checkout: String,
}

impl ProjectTemplate {
    /// Returns the files of a project: their paths, and their contents.
    pub(crate) fn files(self, values: &ProjectValues) -> Vec<(&'static str, String)> {
        let files = match self {
            Self::Model => MODEL,
            Self::Python => PYTHON,
            Self::Rust => RUST,
        };
        let filled = |text: &str| {
            let text = text.replace("{{name}}", &values.name).replace("{{waxwing}}", &values.checkout);
            text.replace("{{crate}}", &values.name.replace('-', "_"))
        };
        files.iter().map(|(path, text)| (*path, filled(text))).collect()
    }

    /// Returns the commands that try a new project.
    pub(crate) fn next_commands(self) -> &'static [&'static str] {
        match self {
            Self::Model => &["export OPENAI_API_KEY=...", "waxwing config check", "waxwing dev"],
            Self::Python => &[
                "export WAXWING_AGENT_SECRET=\"$(openssl rand -hex 32)\" WAXWING_AGENT_URL=http://127.0.0.1:9000/",
                "python3 agent.py &",
                "waxwing dev",
            ],
            Self::Rust => &["cargo test", "waxwing emulator      # and cargo run in a second terminal"],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_placeholders_are_filled() {
        let values = ProjectValues { name: "my-bot".to_owned(), checkout: "/src/waxwing".to_owned() };
        for template in ProjectTemplate::value_variants() {
            let files = template.files(&values);
            for common in [".env.example", ".gitignore", "README.md", "compose.yaml", "waxwing.toml"] {
                assert!(files.iter().any(|(path, _)| *path == common), "{template:?} {common}");
            }
            for (path, text) in files {
                assert!(!text.contains("{{") && text.ends_with('\n'), "{template:?} {path}");
            }
        }
    }
}
