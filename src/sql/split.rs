//! Cuts a script at its semicolons.
//!
//! Knows quotes and comments and nothing else of SQL, so that a script whose third statement is wrong still gives its first two, and
//! a half-typed one can be told from a whole one. The lexical rules are those of [`super::dialect`].

/// One statement of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The statement from its first word on, without leading comments and without its `;`.
    pub text: String,
    /// The line of the script that it starts on, from 1.
    pub line: usize,
}

/// Cuts a script into its statements; pieces that hold only blanks and comments are left out.
pub fn split(text: &str) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut rest = Scanner { text, at: 0 };
    while rest.at < text.len() {
        rest.skip_blanks();
        let start = rest.at;
        let end = rest.skip_statement();
        let statement = text[start..end].trim_end();
        if !statement.is_empty() {
            let line = 1 + text[..start].matches('\n').count();
            statements.push(Statement { text: statement.to_owned(), line });
        }
    }
    statements
}

/// True if the text ends after a `;` that ends a statement, with nothing but blanks and comments behind it: what a shell asks
/// before it runs what was typed so far.
pub fn is_complete(text: &str) -> bool {
    let mut scanner = Scanner { text, at: 0 };
    let mut ended = false;
    loop {
        scanner.skip_blanks();
        if scanner.at >= text.len() {
            return ended;
        }
        let end = scanner.skip_statement();
        ended = scanner.at > end;
    }
}

/// A position in a text that moves over whole lexical pieces.
pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Moves past blanks and comments.
    fn skip_blanks(&mut self) {
        loop {
            let rest = self.rest();
            let blanks = rest.len() - rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').len();
            self.at += blanks;
            if !self.skip_comment() && blanks == 0 {
                return;
            }
        }
    }

    /// Moves past the `;` that ends the statement, or to the end; gives where the statement's text ends.
    fn skip_statement(&mut self) -> usize {
        while let Some(next) = self.rest().chars().next() {
            match next {
                ';' => {
                    self.at += 1;
                    return self.at - 1;
                }
                '\'' => self.skip_quoted('\'', self.is_escaped_text()),
                '"' | '`' => self.skip_quoted(next, false),
                '$' => self.skip_dollar(),
                '-' | '/' if self.skip_comment() => {}
                _ => self.at += next.len_utf8(),
            }
        }
        self.at
    }

    /// Moves past a comment, if one starts here.
    pub(super) fn skip_comment(&mut self) -> bool {
        let rest = self.rest();
        if rest.starts_with("--") {
            self.at += rest.find('\n').map_or(rest.len(), |end| end + 1);
        } else if rest.starts_with("/*") {
            self.at += block_comment(rest);
        } else {
            return false;
        }
        true
    }

    /// Moves past a text in quotes. A doubled quote needs no care: it ends one text and starts another.
    pub(super) fn skip_quoted(&mut self, quote: char, backslash_escapes: bool) {
        let mut letters = self.rest().char_indices().skip(1);
        while let Some((at, letter)) = letters.next() {
            if letter == quote {
                self.at += at + 1;
                return;
            }
            if letter == '\\' && backslash_escapes {
                letters.next();
            }
        }
        self.at = self.text.len();
    }

    /// True if the quote here opens an `E'…'` text, in which a backslash escapes.
    pub(super) fn is_escaped_text(&self) -> bool {
        let mut before = self.text[..self.at].chars().rev();
        matches!(before.next(), Some('e' | 'E')) && !before.next().is_some_and(|c| c.is_alphanumeric() || c == '_')
    }

    /// Moves past a `$tag$…$tag$` text, or past the dollar of a parameter.
    pub(super) fn skip_dollar(&mut self) {
        let rest = self.rest();
        let name = rest[1..].find(|c: char| !(c.is_alphanumeric() || c == '_')).map_or(rest.len(), |end| end + 1);
        if !rest[name..].starts_with('$') {
            self.at += name;
            return;
        }
        let (tag, body) = rest.split_at(name + 1);
        self.at += body.find(tag).map_or(rest.len(), |end| tag.len() + end + tag.len());
    }
}

/// The length of the block comment that the text starts with; such comments nest.
fn block_comment(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (2, 1_usize);
    while depth > 0 && at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => (at, depth) = (at + 2, depth + 1),
            [b'*', b'/', ..] => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(script: &str) -> Vec<String> {
        split(script).into_iter().map(|statement| statement.text).collect()
    }

    #[test]
    fn cuts_at_semicolons_outside_of_quotes_and_comments() {
        assert_eq!(texts("SELECT 1; SELECT 2 ;\n\n;;"), ["SELECT 1", "SELECT 2"]);
        assert_eq!(texts("SELECT ';' ; SELECT 'it''s;' ; x"), ["SELECT ';'", "SELECT 'it''s;'", "x"]);
        assert_eq!(texts("SELECT \"a;b\", `c;d`; y"), ["SELECT \"a;b\", `c;d`", "y"]);
        assert_eq!(texts("a -- x;\n b; /* c; /* ; */ ; */ d;"), ["a -- x;\n b", "d"]);
        assert_eq!(texts("SELECT E'a\\';b'; c"), ["SELECT E'a\\';b'", "c"]);
        assert_eq!(texts("SELECT 'C:\\'; c"), ["SELECT 'C:\\'", "c"]);
        assert_eq!(texts("SELECT $$a;b$$, $t$;$$;$t$; $1; $x"), ["SELECT $$a;b$$, $t$;$$;$t$", "$1", "$x"]);
    }

    #[test]
    fn statements_know_their_line_and_lose_leading_comments() {
        let script = "-- a hunt\nSELECT 1;\n\n/* two\nlines */ SELECT\n 2";
        let lines: Vec<_> = split(script).into_iter().map(|s| (s.line, s.text)).collect();
        assert_eq!(lines, [(2, "SELECT 1".to_owned()), (5, "SELECT\n 2".to_owned())]);
        assert!(split(" -- nothing\n /* at all */ ; ").is_empty());
        assert_eq!(texts("\u{feff}SELECT 1"), ["SELECT 1"]);
    }

    #[test]
    fn what_never_ends_reaches_to_the_end() {
        for open in ["SELECT 'a;b", "SELECT \"a;b", "SELECT $q$;", "SELECT /* ;", "SELECT -- ;", "SELECT E'\\"] {
            assert_eq!(texts(open), [open]);
            assert!(!is_complete(open));
        }
    }

    #[test]
    fn a_statement_is_complete_behind_its_semicolon() {
        assert!(is_complete("SELECT 1;") && is_complete("SELECT 1; -- done") && is_complete("a; b ;\n"));
        assert!(!is_complete("SELECT 1") && !is_complete("SELECT ';'") && !is_complete("") && !is_complete("a; b"));
        assert!(!is_complete("SELECT 1 -- ;"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics_and_nothing_but_blanks_comments_and_semicolons_is_lost(script in "[a$'\"`;/* \\\\Eé\n-]{0,40}") {
            let mut rest = script.as_str();
            for statement in split(&script) {
                let at = rest.find(&statement.text).expect("in order");
                rest = &rest[at + statement.text.len()..];
            }
            is_complete(&script);
        }
    }
}
