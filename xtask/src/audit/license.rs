//! SPDX expressions of licences.
//!
//! <https://spdx.github.io/spdx-spec/v3.0.1/annexes/spdx-license-expressions/>

use anyhow::{bail, ensure};

/// Whether licences that are allowed satisfy an expression. `A/B`, the old form of cargo, means `A OR B`.
///
/// # Errors
///
/// If the expression cannot be read.
pub(super) fn is_allowed(expression: &str, allowed: &[String]) -> anyhow::Result<bool> {
    let expression = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut tokens = Tokens { rest: expression.split_whitespace().collect(), allowed };
    let is_allowed = tokens.either()?;
    ensure!(tokens.rest.is_empty(), "`{}` is left over", tokens.rest.join(" "));
    Ok(is_allowed)
}

struct Tokens<'a> {
    rest: Vec<&'a str>,
    allowed: &'a [String],
}

impl Tokens<'_> {
    /// Takes the next token if it is `token`. Returns whether it was.
    fn takes(&mut self, token: &str) -> bool {
        let is_next = self.rest.first() == Some(&token);
        if is_next {
            self.rest.remove(0);
        }
        is_next
    }

    fn either(&mut self) -> anyhow::Result<bool> {
        let mut is_allowed = self.all()?;
        while self.takes("OR") {
            is_allowed |= self.all()?;
        }
        Ok(is_allowed)
    }

    fn all(&mut self) -> anyhow::Result<bool> {
        let mut is_allowed = self.one()?;
        while self.takes("AND") {
            is_allowed &= self.one()?;
        }
        Ok(is_allowed)
    }

    fn one(&mut self) -> anyhow::Result<bool> {
        if self.takes("(") {
            let is_allowed = self.either()?;
            ensure!(self.takes(")"), "a parenthesis is not closed");
            return Ok(is_allowed);
        }
        if self.rest.is_empty() {
            bail!("a licence is missing");
        }
        let mut license = self.rest.remove(0).to_owned();
        if self.takes("WITH") && !self.rest.is_empty() {
            license = format!("{license} WITH {}", self.rest.remove(0));
        }
        Ok(self.allowed.contains(&license))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expression: &str, expected: Option<bool>) {
        let allowed = ["MIT".to_owned(), "ISC".to_owned(), "BSD-3-Clause".to_owned()];
        assert_eq!(is_allowed(expression, &allowed).ok(), expected, "{expression}");
    }

    #[test]
    fn expressions() {
        check("MIT", Some(true));
        check("GPL-3.0", Some(false));
        check("GPL-3.0 OR MIT", Some(true));
        check("GPL-3.0/MIT", Some(true));
        check("MIT AND GPL-3.0", Some(false));
        check("ISC AND (GPL-3.0 OR MIT)", Some(true));
        check("(GPL-3.0 OR MIT) AND BSD-3-Clause", Some(true));
        check("GPL-3.0 OR MIT AND GPL-3.0", Some(false));
        check("MIT WITH Some-exception", Some(false));
        check("Apache-2.0 WITH LLVM-exception OR MIT", Some(true));
        for broken in ["", "MIT OR", "(MIT", "MIT)", "MIT ISC"] {
            check(broken, None);
        }
    }
}
