//! Writes one paragraph with WhatsApp's marks.

use crate::marks::{FENCE, HAIR_SPACE, Mark, Marks, can_close, can_open};

/// A character and how it is formatted.
#[derive(Debug, Clone, Copy)]
struct Cell {
    c: char,
    marks: Marks,
    /// Written as it is: code, or part of a URL, where even a hair space would do harm.
    verbatim: bool,
    /// Meant as a character by the author, who said so.
    escaped: bool,
}

impl Cell {
    /// An asterisk that Markdown took for a character, though the author may not have.
    fn is_stray(self) -> bool {
        self.c == '*' && !self.verbatim && !self.escaped && !self.marks.contains(Mark::Bold)
    }
}

/// Formatted text in the making.
#[derive(Debug, Default)]
pub(crate) struct Inline {
    cells: Vec<Cell>,
}

impl Inline {
    pub(crate) fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.cells.truncate(len);
    }

    pub(crate) fn text(&mut self, text: &str, marks: Marks) {
        self.cells.extend(text.chars().map(|c| Cell { c, marks, verbatim: false, escaped: false }));
    }

    /// Adds characters that are certainly no marks.
    pub(crate) fn literal(&mut self, text: &str, marks: Marks) {
        self.cells.extend(text.chars().map(|c| Cell { c, marks, verbatim: false, escaped: true }));
    }

    pub(crate) fn url(&mut self, url: &str, marks: Marks) {
        self.verbatim(url, marks);
    }

    /// Adds inline code; code that has a back-tick itself gets three around it.
    pub(crate) fn code(&mut self, code: &str, marks: Marks) {
        if code.contains(Mark::Code.as_char()) {
            let edge = |at_edge: bool| if at_edge { HAIR_SPACE.to_string() } else { String::new() };
            let (start, end) = (edge(code.starts_with('`')), edge(code.ends_with('`')));
            self.verbatim(&fenced(&format!("{start}{code}{end}")), marks);
        } else {
            self.verbatim(code, marks.with(Mark::Code));
        }
    }

    /// Returns the text from `start` on, without any marks.
    pub(crate) fn plain(&self, start: usize) -> String {
        self.cells[start..].iter().map(|cell| cell.c).collect()
    }

    /// Writes it down, a string for each line, and leaves it empty. Blank lines at both ends are left out.
    pub(crate) fn take_lines(&mut self) -> Vec<String> {
        let mut lines: Vec<_> = self.cells.split(|cell| cell.c == '\n').map(render).collect();
        self.cells.clear();
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        let blank = lines.iter().take_while(|line| line.is_empty()).count();
        lines.drain(..blank);
        lines
    }

    fn verbatim(&mut self, text: &str, marks: Marks) {
        self.cells.extend(text.chars().map(|c| Cell { c, marks, verbatim: true, escaped: false }));
    }
}

/// A piece of code between two fences. A fence inside it is taken apart, or it would end the block there.
pub(crate) fn fenced(code: &str) -> String {
    format!("{FENCE}{}{FENCE}", without_fences(code))
}

/// Takes every fence in `code` apart.
fn without_fences(code: &str) -> String {
    code.replace(FENCE, &format!("``{HAIR_SPACE}`"))
}

fn render(line: &[Cell]) -> String {
    let mut cells = embolden(trim(line));
    let mut spaced = vec![false; cells.len() + 1];
    for mark in Mark::ALL {
        tidy(mark, &mut cells, &mut spaced);
    }
    keep_urls(&mut cells);
    write(&with_spaces(&cells, &spaced))
}

fn trim(mut line: &[Cell]) -> &[Cell] {
    while let [first, rest @ ..] = line
        && first.c.is_whitespace()
    {
        line = rest;
    }
    while let [rest @ .., last] = line
        && last.c.is_whitespace()
    {
        line = rest;
    }
    line
}

/// Makes bold what stands between two `**` that Markdown left alone.
///
/// Markdown has no emphasis that ends with punctuation right before a letter. In scripts without spaces that is the usual case
/// (`**注意：**请`), and models write it all the time.
fn embolden(line: &[Cell]) -> Vec<Cell> {
    let mut cells = Vec::with_capacity(line.len());
    let mut at = 0;
    for (open, close) in stray_pairs(line) {
        cells.extend_from_slice(&line[at..open]);
        cells.extend(line[open + 2..close].iter().map(|cell| Cell { marks: cell.marks.with(Mark::Bold), ..*cell }));
        at = close + 2;
    }
    cells.extend_from_slice(&line[at..]);
    cells
}

/// Where two `**` start that touch the text between them.
fn stray_pairs(line: &[Cell]) -> Vec<(usize, usize)> {
    let is_text = |cell: Option<&Cell>| cell.is_some_and(|cell| !cell.c.is_whitespace() && cell.c != '*');
    let mut pairs = Vec::new();
    let mut open = None;
    let mut i = 0;
    while let Some(two) = line.get(i..i + 2) {
        let stray = two.iter().all(|cell| cell.is_stray());
        match open {
            Some(start) if stray && is_text(line.get(i - 1)) => {
                pairs.push((start, i));
                open = None;
                i += 2;
            }
            None if stray && is_text(line.get(i + 2)) => {
                open = Some(i);
                i += 2;
            }
            _ => i += 1,
        }
    }
    pairs
}

/// Makes each stretch of one mark a stretch that WhatsApp formats, or no stretch.
///
/// White space at its ends moves out of it. Where it starts or ends inside a word, it has no effect in WhatsApp. In a script
/// that writes without spaces, a hair space outside the mark helps and nobody sees it; in others it would tear the word apart, so
/// the formatting is given up there. (Code keeps its back-ticks: they are understood as they are.)
fn tidy(mark: Mark, cells: &mut [Cell], spaced: &mut [bool]) {
    let mut from = 0;
    while let Some(start) = (from..cells.len()).find(|&i| cells[i].marks.contains(mark)) {
        let end = (start..cells.len()).find(|&i| !cells[i].marks.contains(mark)).unwrap_or(cells.len());
        from = end;
        let inner = (start..end).find(|&i| !cells[i].c.is_whitespace()).unwrap_or(end)
            ..(start..end).rfind(|&i| !cells[i].c.is_whitespace()).map_or(start, |i| i + 1);
        let clear = |cells: &mut [Cell]| cells.iter_mut().for_each(|cell| cell.marks = cell.marks.without(mark));
        clear(&mut cells[start..inner.start]);
        if inner.is_empty() {
            continue;
        }
        clear(&mut cells[inner.end..end]);

        let edges = [(inner.start.checked_sub(1), inner.start), (Some(inner.end), inner.end - 1)];
        let edges = edges.map(|(outside, inside)| {
            let outside = outside.and_then(|i| cells.get(i)).map(|cell| cell.c);
            Edge::between(outside, cells[inside].c)
        });
        if edges.contains(&Edge::InWord) && mark != Mark::Code {
            clear(&mut cells[inner]);
            continue;
        }
        spaced[inner.start] |= edges[0] == Edge::Spaceless;
        spaced[inner.end] |= edges[1] == Edge::Spaceless;
    }
}

/// Where a stretch starts or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edge {
    /// Where a mark has its effect.
    Free,
    /// Inside a word.
    InWord,
    /// Between two words of a script that has no spaces between them.
    Spaceless,
}

impl Edge {
    fn between(outside: Option<char>, inside: char) -> Self {
        match outside {
            Some(outside) if outside.is_alphanumeric() => {
                if is_spaceless(outside) || is_spaceless(inside) {
                    Self::Spaceless
                } else {
                    Self::InWord
                }
            }
            _ => Self::Free,
        }
    }
}

/// Thai, Lao, Burmese, Khmer, Korean (its particles), Japanese and Chinese.
pub(crate) fn is_spaceless(c: char) -> bool {
    matches!(c, '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1100}'..='\u{11FF}' | '\u{1780}'..='\u{17FF}'
        | '\u{2E80}'..='\u{D7FF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF01}'..='\u{FFEF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Sees to it that nothing is put into a URL.
fn keep_urls(cells: &mut [Cell]) {
    for word in cells.split_mut(|cell| cell.c.is_whitespace()) {
        if word.windows(3).any(|w| w[0].c == ':' && w[1].c == '/' && w[2].c == '/') {
            for cell in word {
                cell.verbatim = true;
            }
        }
    }
}

fn with_spaces(cells: &[Cell], spaced: &[bool]) -> Vec<Cell> {
    let mut result = Vec::with_capacity(cells.len());
    for (i, cell) in cells.iter().enumerate() {
        if spaced[i] && i > 0 {
            let marks = cell.marks.intersection(cells[i - 1].marks);
            result.push(Cell { c: HAIR_SPACE, marks, verbatim: true, escaped: false });
        }
        result.push(*cell);
    }
    result
}

/// A character as it will be sent, a mark among them.
#[derive(Debug, Clone, Copy)]
struct Token {
    c: char,
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    /// A mark that formats.
    Mark(Mark),
    /// A character that looks like a mark, and whether it stands inside a stretch of that mark.
    Lookalike {
        mark: Mark,
        inside: bool,
    },
    Other,
}

fn write(cells: &[Cell]) -> String {
    let tokens = tokens(cells);
    let c = |i: usize| tokens.get(i).map(|token| token.c);
    let mut before = vec![false; tokens.len()];
    let mut after = vec![false; tokens.len()];
    // Which marks are closed further on; not right behind, where there would be nothing between the two.
    let mut closers = Marks::default();
    let mut closer_next = None;
    for (i, token) in tokens.iter().enumerate().rev() {
        let (left, right) = (i.checked_sub(1).and_then(c), c(i + 1));
        if let Kind::Lookalike { mark, inside } = token.kind {
            let fence = mark == Mark::Code && right == Some('`') && c(i + 2) == Some('`');
            after[i] = fence || can_open(left, right) && closers.contains(mark);
            before[i] = inside && can_close(left, right);
        }
        closers = closer_next.into_iter().fold(closers, Marks::with);
        closer_next = match token.kind {
            Kind::Mark(mark) | Kind::Lookalike { mark, .. } if can_close(left, right) && !before[i] => Some(mark),
            _ => None,
        };
    }
    // At the start of a line these two would make a quote or a list of it.
    if let [Token { c: '>', .. } | Token { c: '*', kind: Kind::Lookalike { .. } }, Token { c: ' ', .. }, ..] =
        tokens[..]
    {
        before[0] = true;
    }

    let mut line = String::with_capacity(tokens.len());
    for (i, token) in tokens.iter().enumerate() {
        line.extend(before[i].then_some(HAIR_SPACE));
        line.push(token.c);
        line.extend(after[i].then_some(HAIR_SPACE));
    }
    line
}

/// Puts the marks in, each closed before the one that it opened in.
fn tokens(cells: &[Cell]) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(cells.len() + 8);
    let token = |mark: Mark| Token { c: mark.as_char(), kind: Kind::Mark(mark) };
    let mut open: Vec<Mark> = Vec::new();
    for (i, cell) in cells.iter().enumerate() {
        let keep = open.iter().take_while(|&&mark| cell.marks.contains(mark)).count();
        tokens.extend(open.drain(keep..).rev().map(token));

        let mut opening: Vec<_> = Mark::ALL
            .into_iter()
            .filter(|&mark| cell.marks.contains(mark) && !open.contains(&mark))
            .map(|mark| (cells[i..].iter().take_while(|cell| cell.marks.contains(mark)).count(), mark))
            .collect();
        opening.sort_by_key(|&(extent, _)| std::cmp::Reverse(extent));
        for (_, mark) in opening {
            tokens.push(token(mark));
            open.push(mark);
        }

        let kind = match Mark::from_char(cell.c) {
            Some(mark) if !cell.verbatim => Kind::Lookalike { mark, inside: cell.marks.contains(mark) },
            _ => Kind::Other,
        };
        tokens.push(Token { c: cell.c, kind });
    }
    tokens.extend(open.into_iter().rev().map(token));
    tokens
}
