//! A SQL text in pieces, for colouring and completion. Knows quotes, comments and words, and nothing of what they mean, so that it is
//! right in the middle of typing.

use super::split::Scanner;

/// A piece of a text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub kind: PieceKind,
    /// Its first byte.
    pub start: usize,
    /// One behind its last byte.
    pub end: usize,
}

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PieceKind {
    /// Blanks and ends of lines.
    Blank,
    /// `-- …` and `/* … */`.
    Comment,
    /// A text in quotes, closed or not.
    Text,
    /// `"name"`, closed or not.
    QuotedName,
    /// A number.
    Number,
    /// `$name`
    Parameter,
    /// A word of the language.
    Keyword,
    /// Any other word.
    Name,
    /// Brackets, commas, operators: one character each.
    Mark,
}

/// The words of the language that statements are mostly made of.
pub const KEYWORDS: [&str; 76] = [
    "ALL",
    "ANALYZE",
    "AND",
    "ANTI",
    "ANY",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "COPY",
    "CREATE",
    "CROSS",
    "CURRENT",
    "DESC",
    "DESCRIBE",
    "DISTINCT",
    "DROP",
    "ELSE",
    "END",
    "EXCEPT",
    "EXISTS",
    "EXPLAIN",
    "FALSE",
    "FILTER",
    "FIRST",
    "FOLLOWING",
    "FOR",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "ILIKE",
    "IN",
    "INNER",
    "INTERSECT",
    "INTERVAL",
    "IS",
    "JOIN",
    "LAST",
    "LATERAL",
    "LEFT",
    "LIKE",
    "LIMIT",
    "NATURAL",
    "NOT",
    "NULL",
    "NULLS",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "OVER",
    "PARTITION",
    "PRECEDING",
    "QUALIFY",
    "RANGE",
    "RECURSIVE",
    "RIGHT",
    "ROWS",
    "SELECT",
    "SEMI",
    "SHOW",
    "TABLES",
    "THEN",
    "TRUE",
    "UNBOUNDED",
    "UNION",
    "UNNEST",
    "USING",
    "VIEW",
    "WHEN",
    "WHERE",
    "WITH",
];

/// Cuts a text into pieces. One follows the other, and together they are the text.
pub fn pieces(text: &str) -> Vec<Piece> {
    let mut scanner = Scanner { text, at: 0 };
    let mut pieces = Vec::with_capacity(text.len() / 4 + 1);
    while let Some(first) = scanner.rest().chars().next() {
        let start = scanner.at;
        let kind = scanner.piece(first);
        // Whatever happens, it goes on.
        scanner.at = scanner.at.max(start + first.len_utf8()).min(text.len());
        pieces.push(Piece { kind, start, end: scanner.at });
    }
    pieces
}

impl Scanner<'_> {
    /// Moves past the piece that begins here, with this letter.
    fn piece(&mut self, first: char) -> PieceKind {
        match first {
            '\'' => {
                self.skip_quoted('\'', self.is_escaped_text());
                PieceKind::Text
            }
            '"' | '`' => {
                self.skip_quoted(first, false);
                PieceKind::QuotedName
            }
            '$' => {
                let start = self.at;
                self.skip_dollar();
                let piece = self.text.get(start..self.at).unwrap_or_default();
                if piece.len() > 1 && piece.ends_with('$') { PieceKind::Text } else { PieceKind::Parameter }
            }
            '-' | '/' if self.skip_comment() => PieceKind::Comment,
            _ if first.is_whitespace() => {
                self.skip_while(char::is_whitespace);
                PieceKind::Blank
            }
            _ if first.is_ascii_digit() => {
                self.skip_while(|letter| letter.is_alphanumeric() || letter == '.');
                PieceKind::Number
            }
            _ if first.is_alphabetic() || first == '_' => {
                let start = self.at;
                self.skip_while(|letter| letter.is_alphanumeric() || letter == '_');
                let word = self.text.get(start..self.at).unwrap_or_default();
                let is_keyword = KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(word));
                if is_keyword { PieceKind::Keyword } else { PieceKind::Name }
            }
            _ => {
                self.at += first.len_utf8();
                PieceKind::Mark
            }
        }
    }

    fn skip_while(&mut self, wanted: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|letter| !wanted(letter)).unwrap_or(rest.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(PieceKind, &str)> {
        let pieces = pieces(text);
        let said = pieces.iter().filter(|piece| piece.kind != PieceKind::Blank);
        said.map(|piece| (piece.kind, &text[piece.start..piece.end])).collect()
    }

    #[test]
    fn pieces_are_told_by_their_first_letters() {
        use PieceKind::*;
        assert_eq!(
            shown("select \"a b\", x1 -- why\nfrom T where y = 'it''s' and z > $min + 1.5e3"),
            [
                (Keyword, "select"),
                (QuotedName, "\"a b\""),
                (Mark, ","),
                (Name, "x1"),
                (Comment, "-- why\n"),
                (Keyword, "from"),
                (Name, "T"),
                (Keyword, "where"),
                (Name, "y"),
                (Mark, "="),
                (Text, "'it'"),
                (Text, "'s'"),
                (Keyword, "and"),
                (Name, "z"),
                (Mark, ">"),
                (Parameter, "$min"),
                (Mark, "+"),
                (Number, "1.5e3"),
            ]
        );
        assert_eq!(shown("'open"), [(Text, "'open")]);
        assert_eq!(shown("$$a;b$$"), [(Text, "$$a;b$$")]);
        assert!(KEYWORDS.is_sorted());
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost_of_any_text(text in "[a$'\"`;/* \\\\Eé1\n-]{0,40}") {
            let whole: String = pieces(&text).iter().map(|piece| &text[piece.start..piece.end]).collect();
            assert_eq!(whole, text);
        }
    }
}
