//! Puts blocks below each other: blank lines, quotes, lists with their indentation.

/// Deeper lists are not indented further: the screen is narrow, and the length of the result must not grow with the square of
/// the input's.
const DEEPEST: usize = 8;

/// Separator between two blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gap {
    Line,
    Blank,
}

#[derive(Debug)]
struct List {
    /// The number of the next item; `None` for bullets.
    number: Option<u64>,
    /// Whether the author left blank lines between the items.
    loose: bool,
    started: bool,
}

/// A message in the making.
#[derive(Debug, Default)]
pub(crate) struct Page {
    out: String,
    quotes: usize,
    lists: Vec<List>,
    /// The mark of an item that has nothing to stand before yet.
    marker: Option<String>,
}

impl Page {
    pub(crate) fn into_text(self) -> String {
        self.out
    }

    pub(crate) fn start_quote(&mut self) {
        self.quotes += 1;
    }

    pub(crate) fn end_quote(&mut self) {
        self.quotes = self.quotes.saturating_sub(1);
    }

    pub(crate) fn start_list(&mut self, number: Option<u64>) {
        self.lists.push(List { number, loose: false, started: false });
    }

    pub(crate) fn end_list(&mut self) {
        self.lists.pop();
    }

    pub(crate) fn start_item(&mut self) {
        let number = self.lists.last_mut().and_then(|list| list.number.as_mut());
        self.marker = Some(number.map_or_else(
            || "- ".to_owned(),
            |number| {
                let marker = format!("{number}. ");
                *number = number.saturating_add(1);
                marker
            },
        ));
    }

    pub(crate) fn end_item(&mut self) {
        self.marker = None;
    }

    /// Says that what comes is a paragraph of its own, which in a list means that its items stand apart.
    pub(crate) fn start_paragraph(&mut self) {
        if let Some(list) = self.lists.last_mut() {
            list.loose = true;
        }
    }

    /// Adds a block of text.
    pub(crate) fn block(&mut self, lines: &[String]) {
        let Some((first, rest)) = lines.split_first() else { return };
        self.gap();
        // WhatsApp knows one level of quotes.
        let quote = if self.quotes > 0 { "> " } else { "" };
        let depth = self.lists.len().min(DEEPEST);
        let indent = "  ".repeat(depth.saturating_sub(1));
        let hanging = if depth > 0 { "  " } else { "" };
        let marker = self.marker.take().unwrap_or_else(|| hanging.to_owned());
        self.out.extend([quote, &indent, &marker, first]);
        for line in rest {
            self.out.push('\n');
            if !line.is_empty() {
                self.out.extend([quote, &indent, hanging, line]);
            }
        }
    }

    /// Adds a block of code: no quote mark and no indentation, which would become part of the code.
    pub(crate) fn verbatim(&mut self, text: &str) {
        self.gap();
        if let Some(marker) = self.marker.take() {
            self.out.push_str(&marker);
        }
        self.out.push_str(text);
    }

    fn gap(&mut self) {
        let nested = self.lists.len() > 1;
        let gap = match self.lists.last_mut() {
            Some(list) if !list.started => {
                list.started = true;
                if nested && !list.loose { Gap::Line } else { Gap::Blank }
            }
            Some(list) if !list.loose => Gap::Line,
            _ => Gap::Blank,
        };
        if !self.out.is_empty() {
            self.out.push_str(if gap == Gap::Line { "\n" } else { "\n\n" });
        }
    }
}
