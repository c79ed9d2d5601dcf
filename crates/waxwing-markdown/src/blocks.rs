//! Layout of blocks: quotes, lists, blank lines.

/// Deepest level of list indentation. The bound keeps the length of the output linear in the length of the input.
const DEEPEST: usize = 8;

/// Separator between two blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BlockGap {
    Line,
    Blank,
}

#[derive(Debug)]
struct OpenList {
    /// Number of the next item. `None` for a bullet list.
    number: Option<u64>,
    /// Whether blank lines separate the items.
    loose: bool,
    started: bool,
}

/// Writer of blocks.
#[derive(Debug, Default)]
pub(crate) struct BlockWriter {
    out: String,
    quotes: usize,
    lists: Vec<OpenList>,
    /// Marker of a list item whose first block is not written yet.
    marker: Option<String>,
}

impl BlockWriter {
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
        self.lists.push(OpenList { number, loose: false, started: false });
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

    /// Starts a paragraph. A paragraph in a list makes the list loose.
    pub(crate) fn start_paragraph(&mut self) {
        if let Some(list) = self.lists.last_mut() {
            list.loose = true;
        }
    }

    /// Adds a block of text.
    pub(crate) fn block(&mut self, lines: &[String]) {
        let Some((first, rest)) = lines.split_first() else { return };
        self.gap();
        // WhatsApp has one level of quotes.
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

    /// Adds a code block without quote marker and indentation, which would become part of the code.
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
                if nested && !list.loose { BlockGap::Line } else { BlockGap::Blank }
            }
            Some(list) if !list.loose => BlockGap::Line,
            _ => BlockGap::Blank,
        };
        if !self.out.is_empty() {
            self.out.push_str(if gap == BlockGap::Line { "\n" } else { "\n\n" });
        }
    }
}
