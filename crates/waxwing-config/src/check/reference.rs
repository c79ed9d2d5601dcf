//! References to entries by name.

use crate::file::ConfigFile;
use crate::key_path::{child, item};
use crate::lines_to_write::with_lines;
use crate::model_lines::model_lines;
use crate::report::ProblemReport;
use crate::suggestion::{any_of, most_similar, unknown};

/// Reports references to entries that the file does not define.
pub(super) struct References<'f, 'r, 'p> {
    pub(super) file: &'f ConfigFile,
    pub(super) report: &'r mut ProblemReport<'p>,
}

impl References<'_, '_, '_> {
    pub(super) fn model(&mut self, name: &str, path: &str) {
        let file = self.file;
        let similar = most_similar(name, file.models.names());
        match model_lines(name).filter(|_| !file.models.contains(name) && similar.is_none()) {
            Some(lines) => {
                let message = format!("no model `{name}` is defined in `[models]`");
                self.report.error(path, with_lines(&message, lines));
            }
            None => self.known("model", name, path, file.models.names()),
        }
    }

    /// Checks a reference to an agent or a team.
    pub(super) fn agent(&mut self, name: &str, path: &str) {
        let file = self.file;
        self.known("agent", name, path, file.agent_names());
    }

    /// Checks the access lists and limits of the agent or number at `path`.
    pub(super) fn guardrails(&mut self, access: &[String], limits: &[String], path: &str) {
        let file = self.file;
        self.all_known("access list", access, &child(path, "access"), file.access.names());
        self.all_known("limit set", limits, &child(path, "limits"), file.limits.names());
    }

    /// Checks a reference to a language of system messages.
    pub(super) fn language(&mut self, language: &str, path: &str) {
        let known = self.file.known_languages();
        if !known.contains(language) {
            let fix = if known.is_empty() {
                format!("add `[messages.{language}]`")
            } else {
                format!("choose {}, or add `[messages.{language}]`", any_of(known))
            };
            self.report.error(path, format!("no messages are defined in the language `{language}`; {fix}"));
        }
    }

    /// Checks a list of references to some of `names`.
    pub(super) fn all_known<'n>(
        &mut self,
        kind: &str,
        list: &[String],
        path: &str,
        names: impl Iterator<Item = &'n str>,
    ) {
        let names: Vec<_> = names.collect();
        for (nth, name) in list.iter().enumerate() {
            self.known(kind, name, &item(path, nth), names.iter().copied());
        }
    }

    /// Checks a reference to one of `names`.
    pub(super) fn known<'n>(&mut self, kind: &str, name: &str, path: &str, names: impl Iterator<Item = &'n str>) {
        let names: Vec<_> = names.collect();
        if !names.contains(&name) {
            self.report.error(path, unknown(kind, name, names));
        }
    }
}
