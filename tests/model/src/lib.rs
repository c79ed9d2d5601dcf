//! Tests with a real language model: SmolLM2 with 135 million parameters on the server of llama.cpp, which has OpenAI's protocol.
//!
//! The model is small and often wrong, so the tests do not depend on the content of its replies. Other tests use scripted replies. `cargo
//! xtask test -p waxwing-model-tests` installs the model and runs these tests alone.

#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "support of tests: a panic is how a test fails")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// Running server of the model. All tests of a binary share the server. It ends after the tests.
#[derive(Debug)]
pub struct Llama {
    /// URL of the server, without `/chat/completions`.
    pub url: String,
    /// The server ends when its standard input is closed, at the latest with this process.
    _process: Child,
}

impl Llama {
    /// Returns the server. The first call starts it.
    pub fn running() -> &'static Self {
        static LLAMA: OnceLock<Llama> = OnceLock::new();
        LLAMA.get_or_init(|| Self::with_context(2048))
    }

    /// Starts a server whose context has this number of tokens, for one test.
    pub fn with_context(tokens: u32) -> Self {
        let python = std::env::var_os("WAXWING_LLAMA").unwrap_or_else(|| {
            panic!("no language model: `cargo xtask test -p waxwing-model-tests` installs one, `cargo xtask test --no-model` does without")
        });
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("serve.py");
        let mut command = Command::new(&python);
        command.arg(&script).arg(tokens.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let mut origin = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut origin).unwrap();
        assert!(!origin.is_empty(), "the server died; `{} {} {tokens}` shows why", python.display(), script.display());
        Self { url: format!("{}/v1", origin.trim()), _process: process }
    }
}
