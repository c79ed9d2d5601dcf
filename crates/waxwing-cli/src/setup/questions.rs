//! Values that the environment has, or that a person enters.

use std::io::{BufRead as _, IsTerminal as _, stdin};

use anyhow::{Context as _, bail};

use crate::output::{print_line, print_text};

/// Number of times that a person may enter a value.
const ATTEMPTS: u32 = 3;

/// Question for a value.
pub(crate) struct Question {
    /// Environment variable with the value.
    pub(crate) variable: &'static str,
    /// Text in front of the input.
    pub(crate) text: &'static str,
    /// Place at Meta where the value is.
    pub(crate) place: &'static str,
    /// Whether the input is hidden.
    pub(crate) is_secret: bool,
}

/// Source of values: the environment, then a terminal or the lines of standard input.
#[derive(Debug)]
pub(crate) struct Questions {
    is_terminal: bool,
}

impl Questions {
    pub(crate) fn new() -> Self {
        Self { is_terminal: stdin().is_terminal() }
    }

    /// Returns the checked value. A value of the environment that fails the check is an error. A person is asked again.
    pub(crate) async fn ask<T>(
        &self,
        question: &Question,
        check: impl AsyncFn(String) -> Result<T, String>,
    ) -> anyhow::Result<T> {
        if let Some(value) = std::env::var(question.variable).ok().filter(|value| !value.trim().is_empty()) {
            return check(value.trim().to_owned()).await.map_err(|error| {
                anyhow::anyhow!("{} in the environment cannot be used: {error}\n{}", question.variable, question.place)
            });
        }
        print_text!("\n{}\n  {}", question.text, question.place);
        for _ in 0..ATTEMPTS {
            let value = self.read(question)?;
            match check(value).await {
                Ok(checked) => return Ok(checked),
                Err(error) => print_text!("  {error}"),
            }
        }
        bail!("{} could not be used; run `waxwing setup` again when you have another value", question.text)
    }

    fn read(&self, question: &Question) -> anyhow::Result<String> {
        let missing =
            || format!("{} is missing: set it in the environment, or run the command in a terminal", question.variable);
        let value = if self.is_terminal && question.is_secret {
            rpassword::prompt_password("> ").with_context(missing)?
        } else {
            let mut line = String::new();
            let read = stdin().lock().read_line(&mut line).with_context(missing)?;
            if read == 0 {
                bail!("{}", missing());
            }
            line
        };
        let value = value.trim().to_owned();
        // A name of a secret shows as little as its value.
        print_line!("  {} characters read", value.chars().count());
        Ok(value)
    }
}
