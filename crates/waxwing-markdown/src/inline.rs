//! Inline text with its formatting, written with WhatsApp marks.

use crate::marks::{FENCE, HAIR_SPACE, Mark, MarkSet, can_close, can_open};

/// Character with its formatting.
#[derive(Debug, Clone, Copy)]
struct StyledChar {
    c: char,
    marks: MarkSet,
    /// Whether the character is code or part of a URL, which must not be changed.
    verbatim: bool,
    /// Whether the author escaped the character, so it is not formatting.
    escaped: bool,
}

impl StyledChar {
    /// Returns whether the character is an asterisk that the Markdown parser did not read as formatting.
    fn is_stray(self) -> bool {
        self.c == '*' && !self.verbatim && !self.escaped && !self.marks.contains(Mark::Bold)
    }
}

/// Inline text under construction.
#[derive(Debug, Default)]
pub(crate) struct InlineText {
    cells: Vec<StyledChar>,
}

impl InlineText {
    pub(crate) fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.cells.truncate(len);
    }

    pub(crate) fn text(&mut self, text: &str, marks: MarkSet) {
        self.cells.extend(text.chars().map(|c| StyledChar { c, marks, verbatim: false, escaped: false }));
    }

    /// Adds characters that are not formatting.
    pub(crate) fn literal(&mut self, text: &str, marks: MarkSet) {
        self.cells.extend(text.chars().map(|c| StyledChar { c, marks, verbatim: false, escaped: true }));
    }

    pub(crate) fn url(&mut self, url: &str, marks: MarkSet) {
        self.verbatim(url, marks);
    }

    /// Adds inline code. Code with a backtick gets three backticks around it.
    pub(crate) fn code(&mut self, code: &str, marks: MarkSet) {
        if code.contains(Mark::Code.as_char()) {
            let edge = |at_edge: bool| if at_edge { HAIR_SPACE.to_string() } else { String::new() };
            let (start, end) = (edge(code.starts_with('`')), edge(code.ends_with('`')));
            self.verbatim(&fenced(&format!("{start}{code}{end}")), marks);
        } else {
            self.verbatim(code, marks.with(Mark::Code));
        }
    }

    /// Returns the text from the character at `start` on, without marks.
    pub(crate) fn plain(&self, start: usize) -> String {
        self.cells[start..].iter().map(|cell| cell.c).collect()
    }

    /// Returns the text with WhatsApp marks, one string per line, and clears it. Blank lines at both ends are left out.
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

    fn verbatim(&mut self, text: &str, marks: MarkSet) {
        self.cells.extend(text.chars().map(|c| StyledChar { c, marks, verbatim: true, escaped: false }));
    }
}

/// Returns code between two fences. A fence inside the code is broken up, because it would end the block.
pub(crate) fn fenced(code: &str) -> String {
    format!("{FENCE}{}{FENCE}", without_fences(code))
}

/// Breaks up every fence in `code`.
fn without_fences(code: &str) -> String {
    code.replace(FENCE, &format!("``{HAIR_SPACE}`"))
}

fn render(line: &[StyledChar]) -> String {
    let mut cells = recover_bold(trim(line));
    let mut spaced = vec![false; cells.len() + 1];
    for mark in Mark::ALL {
        normalize_spans(mark, &mut cells, &mut spaced);
    }
    protect_urls(&mut cells);
    write(&with_spaces(&cells, &spaced))
}

fn trim(mut line: &[StyledChar]) -> &[StyledChar] {
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

/// Makes text between two `**` bold that the Markdown parser left as characters.
///
/// In Markdown, emphasis cannot end with punctuation right before a letter. Scripts without spaces have this case often
/// (`**注意：**请`), and language models write it.
fn recover_bold(line: &[StyledChar]) -> Vec<StyledChar> {
    let mut cells = Vec::with_capacity(line.len());
    let mut at = 0;
    for (open, close) in stray_pairs(line) {
        cells.extend_from_slice(&line[at..open]);
        cells.extend(
            line[open + 2..close].iter().map(|cell| StyledChar { marks: cell.marks.with(Mark::Bold), ..*cell }),
        );
        at = close + 2;
    }
    cells.extend_from_slice(&line[at..]);
    cells
}

/// Returns the positions of pairs of `**` that touch the text between them.
fn stray_pairs(line: &[StyledChar]) -> Vec<(usize, usize)> {
    let is_text = |cell: Option<&StyledChar>| cell.is_some_and(|cell| !cell.c.is_whitespace() && cell.c != '*');
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

/// Adjusts each span of one mark so that WhatsApp formats it, or removes the mark.
///
/// White space at the ends moves out of the span. WhatsApp does not format a span that starts or ends inside a word. In scripts
/// without spaces, a hair space outside the mark solves this without a visible effect. In other scripts a space would split the
/// word, so the formatting is removed. Code keeps its backticks, because readers understand them.
fn normalize_spans(mark: Mark, cells: &mut [StyledChar], spaced: &mut [bool]) {
    let mut from = 0;
    while let Some(start) = (from..cells.len()).find(|&i| cells[i].marks.contains(mark)) {
        let end = (start..cells.len()).find(|&i| !cells[i].marks.contains(mark)).unwrap_or(cells.len());
        from = end;
        let inner = (start..end).find(|&i| !cells[i].c.is_whitespace()).unwrap_or(end)
            ..(start..end).rfind(|&i| !cells[i].c.is_whitespace()).map_or(start, |i| i + 1);
        let clear = |cells: &mut [StyledChar]| cells.iter_mut().for_each(|cell| cell.marks = cell.marks.without(mark));
        clear(&mut cells[start..inner.start]);
        if inner.is_empty() {
            continue;
        }
        clear(&mut cells[inner.end..end]);

        let edges = [(inner.start.checked_sub(1), inner.start), (Some(inner.end), inner.end - 1)];
        let edges = edges.map(|(outside, inside)| {
            let outside = outside.and_then(|i| cells.get(i)).map(|cell| cell.c);
            SpanEdge::between(outside, cells[inside].c)
        });
        if edges.contains(&SpanEdge::InWord) && mark != Mark::Code {
            clear(&mut cells[inner]);
            continue;
        }
        spaced[inner.start] |= edges[0] == SpanEdge::Spaceless;
        spaced[inner.end] |= edges[1] == SpanEdge::Spaceless;
    }
}

/// Position of one end of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SpanEdge {
    /// Position at which WhatsApp formats.
    Free,
    /// Inside a word.
    InWord,
    /// Between two words of a script without spaces.
    Spaceless,
}

impl SpanEdge {
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

/// Returns whether `c` belongs to a script without spaces: Thai, Lao, Burmese, Khmer, Japanese, Chinese, and Korean for its particles.
pub(crate) fn is_spaceless(c: char) -> bool {
    matches!(c, '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1100}'..='\u{11FF}' | '\u{1780}'..='\u{17FF}'
        | '\u{2E80}'..='\u{D7FF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF01}'..='\u{FFEF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Marks all characters of words with `://` as verbatim, so no hair space is inserted into a URL.
fn protect_urls(cells: &mut [StyledChar]) {
    for word in cells.split_mut(|cell| cell.c.is_whitespace()) {
        if word.windows(3).any(|w| w[0].c == ':' && w[1].c == '/' && w[2].c == '/') {
            for cell in word {
                cell.verbatim = true;
            }
        }
    }
}

fn with_spaces(cells: &[StyledChar], spaced: &[bool]) -> Vec<StyledChar> {
    let mut result = Vec::with_capacity(cells.len());
    for (i, cell) in cells.iter().enumerate() {
        if spaced[i] && i > 0 {
            let marks = cell.marks.intersection(cells[i - 1].marks);
            result.push(StyledChar { c: HAIR_SPACE, marks, verbatim: true, escaped: false });
        }
        result.push(*cell);
    }
    result
}

/// Character of the output: text or a mark.
#[derive(Debug, Clone, Copy)]
struct Token {
    c: char,
    kind: TokenKind,
}

#[derive(Debug, Clone, Copy)]
enum TokenKind {
    /// Mark that formats.
    Mark(Mark),
    /// Character that looks like a mark, and whether it is inside a span of that mark.
    Lookalike {
        mark: Mark,
        inside: bool,
    },
    Other,
}

fn write(cells: &[StyledChar]) -> String {
    let tokens = tokens(cells);
    let c = |i: usize| tokens.get(i).map(|token| token.c);
    let mut before = vec![false; tokens.len()];
    let mut after = vec![false; tokens.len()];
    // Marks that are closed further on. A mark that follows directly does not count, because there would be no text between.
    let mut closers = MarkSet::default();
    let mut closer_next = None;
    for (i, token) in tokens.iter().enumerate().rev() {
        let (left, right) = (i.checked_sub(1).and_then(c), c(i + 1));
        if let TokenKind::Lookalike { mark, inside } = token.kind {
            let fence = mark == Mark::Code && right == Some('`') && c(i + 2) == Some('`');
            after[i] = fence || can_open(left, right) && closers.contains(mark);
            before[i] = inside && can_close(left, right);
        }
        closers = closer_next.into_iter().fold(closers, MarkSet::with);
        closer_next = match token.kind {
            TokenKind::Mark(mark) | TokenKind::Lookalike { mark, .. } if can_close(left, right) && !before[i] => {
                Some(mark)
            }
            _ => None,
        };
    }
    // At the start of a line, these two characters would start a quote or a list.
    if let [Token { c: '>', .. } | Token { c: '*', kind: TokenKind::Lookalike { .. } }, Token { c: ' ', .. }, ..] =
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

/// Inserts the marks. Inner marks are closed before outer ones.
fn tokens(cells: &[StyledChar]) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(cells.len() + 8);
    let token = |mark: Mark| Token { c: mark.as_char(), kind: TokenKind::Mark(mark) };
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
            Some(mark) if !cell.verbatim => TokenKind::Lookalike { mark, inside: cell.marks.contains(mark) },
            _ => TokenKind::Other,
        };
        tokens.push(Token { c: cell.c, kind });
    }
    tokens.extend(open.into_iter().rev().map(token));
    tokens
}
