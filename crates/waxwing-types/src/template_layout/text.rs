//! Text of a template with its placeholders.

use super::problem::{TemplatePlace, TemplateProblem};
use crate::TemplateParameter;
use crate::limits::utf16_len;
use crate::validation::is_one_line;

/// Text with placeholders such as `{{1}}` or `{{order}}`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct TextLayout {
    pub(super) pattern: String,
    /// Placeholders without duplicates: numbers in ascending order, names in the order of the text.
    pub(super) placeholders: Vec<String>,
}

impl TextLayout {
    pub(super) fn new(text: &str) -> Self {
        let mut placeholders: Vec<String> = Vec::new();
        for piece in text.split("{{").skip(1) {
            let Some((placeholder, _)) = piece.split_once("}}") else { continue };
            let placeholder = placeholder.trim();
            if !placeholders.iter().any(|known| known == placeholder) {
                placeholders.push(placeholder.to_owned());
            }
        }
        if !placeholders.iter().any(|placeholder| is_name(placeholder)) {
            placeholders.sort_by_key(|placeholder| placeholder.parse::<u32>().unwrap_or(u32::MAX));
        }
        Self { pattern: text.to_owned(), placeholders }
    }

    /// Returns whether the placeholders have names instead of numbers.
    pub(super) fn is_named(&self) -> bool {
        self.placeholders.iter().any(|placeholder| is_name(placeholder))
    }

    /// Adds what is wrong with the values of the text. `limit` is the length of the text with its values, in UTF-16 units.
    pub(super) fn check(
        &self,
        place: TemplatePlace,
        parameters: &[&TemplateParameter],
        limit: usize,
        problems: &mut Vec<TemplateProblem>,
    ) {
        let before = problems.len();
        if self.is_named() {
            self.check_names(place, parameters, problems);
        } else {
            self.check_positions(place, parameters, problems);
        }
        for (index, parameter) in parameters.iter().enumerate() {
            let Some(value) = parameter.shown_text() else { continue };
            let placeholder = match parameter.name() {
                Some(name) => name.to_owned(),
                None => self.placeholders.get(index).cloned().unwrap_or_else(|| (index + 1).to_string()),
            };
            if value.trim().is_empty() {
                problems.push(TemplateProblem::BlankValue { place, placeholder });
            } else if !is_one_line(value) {
                problems.push(TemplateProblem::NotOneLine { place, placeholder });
            }
        }
        let length = utf16_len(&self.fill(parameters));
        if problems.len() == before && length > limit {
            problems.push(TemplateProblem::TooLong { place, length, limit });
        }
    }

    fn check_positions(
        &self,
        place: TemplatePlace,
        parameters: &[&TemplateParameter],
        problems: &mut Vec<TemplateProblem>,
    ) {
        if parameters.iter().any(|parameter| parameter.name().is_some()) {
            problems.push(TemplateProblem::UnexpectedNames { place });
        }
        let (expected, given) = (self.placeholders.len(), parameters.len());
        if expected != given {
            let missing = self.placeholders.iter().skip(given).cloned().collect();
            problems.push(TemplateProblem::ValueCount { place, expected, given, missing });
        }
    }

    fn check_names(
        &self,
        place: TemplatePlace,
        parameters: &[&TemplateParameter],
        problems: &mut Vec<TemplateProblem>,
    ) {
        let names: Vec<_> = parameters.iter().filter_map(|parameter| parameter.name()).collect();
        if names.len() < parameters.len() {
            return problems.push(TemplateProblem::NamesNeeded { place, placeholders: self.placeholders.clone() });
        }
        for (index, name) in names.iter().enumerate() {
            let placeholder = (*name).to_owned();
            if !self.placeholders.iter().any(|known| known == name) {
                let known = self.placeholders.clone();
                problems.push(TemplateProblem::UnknownValue { place, placeholder, known });
            } else if names[..index].contains(name) {
                problems.push(TemplateProblem::RepeatedValue { place, placeholder });
            }
        }
        for placeholder in self.placeholders.iter().filter(|known| !names.contains(&known.as_str())) {
            problems.push(TemplateProblem::MissingValue { place, placeholder: placeholder.clone() });
        }
    }

    /// Returns the text with its values. Placeholders without a value stay as they are.
    pub(super) fn fill(&self, parameters: &[&TemplateParameter]) -> String {
        let value = |placeholder: &str| {
            let by_name = parameters.iter().find(|parameter| parameter.name() == Some(placeholder));
            let by_position = || {
                let index = self.placeholders.iter().position(|known| known == placeholder)?;
                parameters.get(index).filter(|parameter| !self.is_named() && parameter.name().is_none())
            };
            by_name.or_else(by_position)?.shown_text()
        };
        let (mut filled, mut rest) = (String::new(), self.pattern.as_str());
        while let Some((before, (placeholder, after))) =
            rest.split_once("{{").and_then(|(before, rest)| Some((before, rest.split_once("}}")?)))
        {
            filled.push_str(before);
            match value(placeholder.trim()) {
                Some(value) => filled.push_str(value),
                None => filled.extend(["{{", placeholder, "}}"]),
            }
            rest = after;
        }
        filled + rest
    }
}

fn is_name(placeholder: &str) -> bool {
    placeholder.parse::<u32>().is_err()
}
