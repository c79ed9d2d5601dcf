//! Positions of keys in a file.

use std::collections::HashMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::key_path::{child, item};

/// A position in a file. Lines and columns start at 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    line: usize,
    column: usize,
}

/// The positions of all keys of a file.
#[derive(Debug, Default)]
pub(crate) struct KeyPositions {
    file: String,
    /// Positions of the key and of its value, by the path of the key.
    keys: HashMap<String, (Position, Position)>,
}

impl Position {
    const START: Self = Self { line: 1, column: 1 };

    /// Returns the position of a byte of a text.
    pub(crate) fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        Self { line: before.matches('\n').count() + 1, column: line.chars().count() + 1 }
    }

    /// Returns the file, the line and the column, such as `waxwing.toml:3:5`.
    pub(crate) fn in_file(self, file: &str) -> String {
        format!("{file}:{}:{}", self.line, self.column)
    }
}

impl KeyPositions {
    /// Collects the positions of all keys of a document.
    pub(crate) fn of(file: &str, text: &str, root: &DeTable<'_>) -> Self {
        let mut positions = Self { file: file.to_owned(), keys: HashMap::new() };
        positions.add_table(text, root, "");
        positions
    }

    fn add_table(&mut self, text: &str, table: &DeTable<'_>, path: &str) {
        for (key, value) in table {
            let path = child(path, key.get_ref());
            self.add(text, value, &path, key.span().start);
        }
    }

    fn add(&mut self, text: &str, value: &Spanned<DeValue<'_>>, path: &str, key: usize) {
        let positions = (Position::of(text, key), Position::of(text, value.span().start));
        self.keys.insert(path.to_owned(), positions);
        match value.get_ref() {
            DeValue::Table(table) => self.add_table(text, table, path),
            DeValue::Array(values) => {
                for (nth, value) in values.iter().enumerate() {
                    self.add(text, value, &item(path, nth), value.span().start);
                }
            }
            _ => {}
        }
    }

    /// Returns the position of a key. A missing key has the position of the table around it.
    pub(crate) fn key(&self, path: &str) -> Position {
        self.find(path, |(key, _)| key)
    }

    /// Returns the position of the value of a key. A missing key has the position of the table around it.
    pub(crate) fn value(&self, path: &str) -> Position {
        self.find(path, |(_, value)| value)
    }

    fn find(&self, path: &str, pick: impl Fn((Position, Position)) -> Position) -> Position {
        if let Some(positions) = self.keys.get(path) {
            return pick(*positions);
        }
        path.rfind(['.', '[']).map_or(Position::START, |end| self.key(&path[..end]))
    }

    /// Returns the path of the key, in the table at `path`, whose value begins at `position`.
    pub(crate) fn path_at(&self, path: &str, position: Position) -> Option<&str> {
        let is_match =
            |(found, (_, value)): &(&String, &(Position, Position))| *value == position && found.starts_with(path);
        self.keys.iter().filter(is_match).map(|(found, _)| found.as_str()).max_by_key(|found| found.len())
    }

    /// Returns the file, the line and the column of a position.
    pub(crate) fn place(&self, position: Position) -> String {
        position.in_file(&self.file)
    }
}
