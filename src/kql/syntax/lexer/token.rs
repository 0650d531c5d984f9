//! Tokens: what the lexer cuts the text into.

use crate::kql::syntax::ast::{ScalarType, Span};

/// A token of the parser; blanks and comments are not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kql::syntax) struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands.
    pub span: Span,
    /// What stands between it and the token before.
    pub gap: Gap,
}

/// What stands between a token and the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(in crate::kql::syntax) enum Gap {
    /// Nothing.
    #[default]
    None,
    /// Blanks.
    Blank,
    /// The end of a line.
    Line,
    /// An empty line, or one with nothing but a comment.
    Paragraph,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kql::syntax) enum TokenKind {
    /// A name, keyword or word operator. Compounds are one word: `mv-expand`, `!has_cs`, `in~`.
    Word,
    /// `"…"` and the other spellings of text.
    Text,
    /// `5`, `0x1f`.
    Long,
    /// `1.5`, `1e3`.
    Real,
    /// `5min`.
    Timespan,
    /// `true`, `False`.
    Bool,
    /// `74be27de-1e4e-49d9-b579-fe0b331d3642` outside `guid(…)`.
    RawGuid,
    /// `datetime(…)` and its like, to the closing parenthesis.
    Typed(ScalarType),
    /// `#…` to the end of the line.
    Directive,
    /// Punctuation.
    Mark(Mark),
    /// Blanks and ends of lines; not for the parser.
    Blank,
    /// `// …`; not for the parser.
    Comment,
    /// What is no token. The lexer has said so.
    Bad,
    /// The end of the text.
    End,
}

/// Punctuation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kql::syntax) enum Mark {
    /// `(`
    OpenParen,
    /// `)`
    CloseParen,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// `{`
    OpenBrace,
    /// `}`
    CloseBrace,
    /// `|`
    Bar,
    /// `.`
    Dot,
    /// `..`
    DotDot,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Star,
    /// `/`
    Slash,
    /// `%`
    Percent,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `=`
    Equal,
    /// `==`
    EqualEqual,
    /// `=>`
    Arrow,
    /// `=~`
    EqualTilde,
    /// `!=`, `<>`
    NotEqual,
    /// `!~`
    NotTilde,
    /// `:`
    Colon,
    /// `;`
    Semicolon,
    /// `,`
    Comma,
}

impl Mark {
    /// The spelling; of `!=` and `<>` the first.
    pub fn text(self) -> &'static str {
        match self {
            Self::OpenParen => "(",
            Self::CloseParen => ")",
            Self::OpenBracket => "[",
            Self::CloseBracket => "]",
            Self::OpenBrace => "{",
            Self::CloseBrace => "}",
            Self::Bar => "|",
            Self::Dot => ".",
            Self::DotDot => "..",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Star => "*",
            Self::Slash => "/",
            Self::Percent => "%",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Equal => "=",
            Self::EqualEqual => "==",
            Self::Arrow => "=>",
            Self::EqualTilde => "=~",
            Self::NotEqual => "!=",
            Self::NotTilde => "!~",
            Self::Colon => ":",
            Self::Semicolon => ";",
            Self::Comma => ",",
        }
    }
}
