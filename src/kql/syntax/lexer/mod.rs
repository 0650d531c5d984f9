//! Cuts text into tokens. Every byte belongs to exactly one token, whatever the text is.
//!
//! Keywords are words here: most of them may be names of columns, and only the parser knows where it stands. What the lexer decides are
//! compounds (`mv-expand`, `in~`, `!has`), because `mv-expand` is one word and `a-b` is a subtraction, and the typed literals
//! (`datetime(2024-01-31)`), because what stands in them would not be tokens.

mod number;
mod text;
mod token;
mod word;

pub(in crate::kql::syntax) use number::UNITS;
pub(in crate::kql::syntax) use text::FENCES;
pub(in crate::kql::syntax) use token::{Gap, Mark, Token, TokenKind};

use super::ast::Span;
use super::diagnostic::Diagnostic;

/// Cuts a text into all its tokens, blanks and comments too, one after the other. Ends with `None`.
pub(in crate::kql::syntax) struct Lexer<'s> {
    source: &'s str,
    at: usize,
    diagnostics: Vec<Diagnostic>,
}

/// The tokens that a parser reads.
pub(in crate::kql::syntax) struct Lexed {
    /// The tokens; the last is [`TokenKind::End`], and there is no other.
    pub tokens: Vec<Token>,
    /// What is wrong with some.
    pub diagnostics: Vec<Diagnostic>,
}

/// Cuts a text into the tokens that a parser reads. Texts of 4 GiB and more must be refused before.
pub(in crate::kql::syntax) fn lex(source: &str) -> Lexed {
    let mut lexer = Lexer::new(source);
    let mut tokens = Vec::with_capacity(source.len() / 5 + 1);
    let mut gap = Gap::None;
    let mut lines = 0;
    while let Some((kind, span)) = lexer.next_token() {
        match kind {
            TokenKind::Blank => {
                lines += span.text(source).matches('\n').count();
                gap = gap.max(match lines {
                    0 => Gap::Blank,
                    1 => Gap::Line,
                    _ => Gap::Paragraph,
                });
            }
            // A comment behind code ends with its line; one on a line of its own makes a second end of line.
            TokenKind::Comment => gap = gap.max(Gap::Blank),
            _ => {
                tokens.push(Token { kind, span, gap });
                (gap, lines) = (Gap::None, 0);
            }
        }
    }
    let end = source.len() as u32;
    tokens.push(Token { kind: TokenKind::End, span: Span::new(end, end), gap });
    Lexed { tokens, diagnostics: lexer.diagnostics }
}

impl<'s> Lexer<'s> {
    /// Starts at the beginning.
    pub fn new(source: &'s str) -> Self {
        Self { source, at: 0, diagnostics: Vec::new() }
    }

    /// The next token with its place.
    pub fn next_token(&mut self) -> Option<(TokenKind, Span)> {
        let start = self.at;
        let first = self.rest().chars().next()?;
        let kind = self.scan(first);
        if self.at == start {
            // No scanner took anything, which would be a mistake in one of them; go on all the same.
            self.at += first.len_utf8();
        }
        Some((kind, self.since(start)))
    }

    fn scan(&mut self, first: char) -> TokenKind {
        match first {
            _ if is_blank(first) => {
                let rest = self.rest();
                self.at += rest.find(|character| !is_blank(character)).unwrap_or(rest.len());
                TokenKind::Blank
            }
            '/' if self.rest().starts_with("//") => self.rest_of_line(TokenKind::Comment),
            '#' => self.rest_of_line(TokenKind::Directive),
            '"' | '\'' => self.scan_text(false),
            '@' if self.byte(1).is_some_and(|next| next == b'"' || next == b'\'') => {
                self.at += 1;
                self.scan_text(true)
            }
            '`' | '~' if self.at_fence(self.at) => self.scan_fenced(),
            'a'..='z' | 'A'..='Z' | '_' | '$' => self.scan_word(),
            '!' if self.byte(1).is_some_and(|next| next.is_ascii_alphabetic()) => self.scan_negated_word(),
            '0'..='9' => self.scan_number(),
            _ => match self.mark() {
                Some((mark, length)) => {
                    self.at += length;
                    TokenKind::Mark(mark)
                }
                None => self.scan_bad(first),
            },
        }
    }

    /// The mark that stands here and its length.
    fn mark(&self) -> Option<(Mark, usize)> {
        let second = self.byte(1);
        let two = |expected: u8, mark: Mark| (second == Some(expected)).then_some((mark, 2));
        let one = match self.byte(0)? {
            b'(' => Mark::OpenParen,
            b')' => Mark::CloseParen,
            b'[' => Mark::OpenBracket,
            b']' => Mark::CloseBracket,
            b'{' => Mark::OpenBrace,
            b'}' => Mark::CloseBrace,
            b'|' => Mark::Bar,
            b'.' => return two(b'.', Mark::DotDot).or(Some((Mark::Dot, 1))),
            b'+' => Mark::Plus,
            b'-' => Mark::Minus,
            b'*' => Mark::Star,
            b'/' => Mark::Slash,
            b'%' => Mark::Percent,
            b'<' => {
                return two(b'=', Mark::LessEqual).or(two(b'>', Mark::NotEqual)).or(Some((Mark::Less, 1)));
            }
            b'>' => return two(b'=', Mark::GreaterEqual).or(Some((Mark::Greater, 1))),
            b'=' => {
                return two(b'=', Mark::EqualEqual)
                    .or(two(b'>', Mark::Arrow))
                    .or(two(b'~', Mark::EqualTilde))
                    .or(Some((Mark::Equal, 1)));
            }
            b'!' => return two(b'=', Mark::NotEqual).or(two(b'~', Mark::NotTilde)),
            b':' => Mark::Colon,
            b';' => Mark::Semicolon,
            b',' => Mark::Comma,
            _ => return None,
        };
        Some((one, 1))
    }

    /// Something that is no token of KQL.
    fn scan_bad(&mut self, first: char) -> TokenKind {
        let start = self.at;
        if let Some(closing) = typographic_quote(first) {
            return self.scan_typographic(first, closing);
        }
        self.at += first.len_utf8();
        let help = match first {
            '&' => {
                self.at += usize::from(self.byte(0) == Some(b'&'));
                "write `and`"
            }
            '!' => "write `not(…)` to negate a condition",
            '@' => "`@` stands before a quoted text: `@\"C:\\Windows\"`",
            '`' | '~' => "quote a text with `\"` or `'`, or three of these for one of several lines",
            '\\' => "a backslash has a meaning in quoted texts only",
            '?' => "KQL has no `?` operator; write `iff(condition, then, else)` or `coalesce(a, b)`",
            '–' | '—' | '−' => "this is a dash; the minus sign is `-`",
            _ if first.is_alphabetic() => return self.scan_foreign_word(start),
            _ => "",
        };
        let span = self.since(start);
        let diagnostic = match first {
            _ if first.is_control() || first.is_whitespace() => {
                Diagnostic::error(span, format!("unexpected character U+{:04X}", u32::from(first)))
            }
            _ => Diagnostic::error(span, format!("unexpected `{}`", span.text(self.source))),
        };
        self.diagnostics.push(if help.is_empty() { diagnostic } else { diagnostic.with_help(help) });
        TokenKind::Bad
    }

    /// A word with letters that names cannot have unless they are in brackets.
    fn scan_foreign_word(&mut self, start: usize) -> TokenKind {
        let rest = self.rest();
        self.at += rest.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(rest.len());
        let span = self.since(start);
        let word = span.text(self.source);
        self.diagnostics.push(
            Diagnostic::error(span, format!("`{word}` has letters other than A to Z"))
                .with_help(format!("such a name is written `['{word}']`, a text `\"{word}\"`")),
        );
        TokenKind::Bad
    }

    fn rest_of_line(&mut self, kind: TokenKind) -> TokenKind {
        let rest = self.rest();
        let end = rest.find(is_line_end).unwrap_or(rest.len());
        self.at += end;
        kind
    }

    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    /// The byte so many behind the current place.
    fn byte(&self, offset: usize) -> Option<u8> {
        self.source.as_bytes().get(self.at + offset).copied()
    }

    fn since(&self, start: usize) -> Span {
        Span::new(start as u32, self.at as u32)
    }
}

/// The blanks of KQL, among them several that look like nothing: text pasted from web pages is full of them.
pub(in crate::kql::syntax) fn is_blank(character: char) -> bool {
    matches!(
        character,
        '\t' | ' ' | '\r' | '\n' | '\u{c}' | '\u{a0}' | '\u{1680}' | '\u{180e}' | '\u{2000}'
            ..='\u{200b}' | '\u{202f}' | '\u{205f}' | '\u{3000}' | '\u{feff}'
    )
}

/// What ends a line, and with it a comment or an unfinished text.
fn is_line_end(character: char) -> bool {
    matches!(character, '\r' | '\n' | '\u{2028}' | '\u{2029}')
}

/// Whether a byte may be inside a word.
fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// For an opening quotation mark of good typography, those that may close it.
fn typographic_quote(first: char) -> Option<&'static [char]> {
    match first {
        '“' | '”' | '„' | '‟' | '″' | '«' | '»' => Some(&['“', '”', '„', '‟', '″', '«', '»', '"']),
        '‘' | '’' | '‚' | '‛' | '′' => Some(&['‘', '’', '‚', '‛', '′', '\'']),
        _ => None,
    }
}
