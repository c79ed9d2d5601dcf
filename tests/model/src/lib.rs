//! Tests with a real language model: SmolLM2 with 135 million parameters, behind llama.cpp's server, which speaks as OpenAI's does.
//!
//! It is small and often wrong, so nothing here depends on what it says. Behaviour that needs a clever model is tested with scripted ones.
//! `cargo xtask test -p waxwing-model-tests` runs these tests alone, and installs the model first.

#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "support of tests: a panic is how a test fails")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// A running server of the model, which all tests of a binary share. It ends when they have ended.
#[derive(Debug)]
pub struct Llama {
    /// The URL before `chat/completions`.
    pub url: String,
    /// The server reads its standard input, which is closed when this process ends.
    _process: Child,
}

impl Llama {
    /// The server; the first caller starts it.
    pub fn running() -> &'static Self {
        static LLAMA: OnceLock<Llama> = OnceLock::new();
        LLAMA.get_or_init(Self::start)
    }

    fn start() -> Self {
        let python = std::env::var_os("WAXWING_LLAMA").unwrap_or_else(|| {
            panic!("no language model: `cargo xtask test -p waxwing-model-tests` installs one, `cargo xtask test --no-model` does without")
        });
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("serve.py");
        let mut command = Command::new(&python);
        command.arg(&script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let mut origin = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut origin).unwrap();
        assert!(!origin.is_empty(), "the server died; `{} {}` shows why", python.display(), script.display());
        Self { url: format!("{}/v1", origin.trim()), _process: process }
    }
}
