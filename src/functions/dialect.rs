//! Regular expressions as people write them: those of the Rust crate `regex`, which Kusto documents, and spellings that RE2 takes and that
//! crate refuses. What the crate takes means what it says there; only a pattern that it refuses is respelled and tried once more.
//!
//! Look-around and back-references are in neither language and stay refused.

use ::regex::{Error, Regex};

/// A regular expression.
///
/// # Errors
/// What is wrong with the pattern as it was written.
pub(super) fn expression(pattern: &str) -> Result<Regex, Error> {
    Regex::new(pattern).or_else(|error| Regex::new(&respelled(pattern)).map_err(|_| error))
}

/// The pattern with RE2's spellings replaced.
///
/// | RE2 | here |
/// |---|---|
/// | `\0`, `\12`: a character by its octal number | `\x{0}`, `\x{A}` |
/// | `\Q…\E`: text as it stands | each character escaped |
/// | `{` that begins no repetition | `\{` |
/// | in a class: `[` that begins no `[:name:]`, `&`, `~` | escaped |
/// | in a class: `-` behind a class, as in `[\w-.]` | `\-` |
fn respelled(pattern: &str) -> String {
    let mut spelling = Spelling { rest: pattern, out: String::with_capacity(pattern.len() + 8) };
    while let Some(next) = spelling.next() {
        match next {
            '\\' => {
                spelling.escape();
            }
            '[' => spelling.class(),
            '{' if !begins_repetition(spelling.rest) => spelling.out.push_str("\\{"),
            other => spelling.out.push(other),
        }
    }
    spelling.out
}

/// A pattern on its way.
struct Spelling<'a> {
    rest: &'a str,
    out: String,
}

impl Spelling<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.rest.chars().next()?;
        self.rest = self.rest.get(next.len_utf8()..).unwrap_or_default();
        Some(next)
    }

    fn skip(&mut self, prefix: &str) -> bool {
        let rest = self.rest.strip_prefix(prefix);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// What stands behind a backslash; whether it is a class, such as `\w`.
    fn escape(&mut self) -> bool {
        match self.next() {
            None => self.out.push('\\'),
            Some('Q') => {
                let (text, rest) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
                self.out.push_str(&::regex::escape(text));
                self.rest = rest;
            }
            Some(first @ '0'..='7') if first == '0' || self.rest.starts_with(|next| matches!(next, '0'..='7')) => {
                let digits = self.rest.bytes().take(2).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
                let more = self.rest.get(..digits).unwrap_or_default();
                let number =
                    more.bytes().fold(first as u32 - '0' as u32, |sum, digit| sum * 8 + u32::from(digit - b'0'));
                self.out.push_str(&format!("\\x{{{number:X}}}"));
                self.rest = self.rest.get(digits..).unwrap_or_default();
            }
            Some(class @ ('w' | 'W' | 'd' | 'D' | 's' | 'S')) => {
                self.out.extend(['\\', class]);
                return true;
            }
            Some(property @ ('p' | 'P')) => {
                self.out.extend(['\\', property]);
                if self.skip("{") {
                    let (name, rest) = self.rest.split_once('}').unwrap_or((self.rest, ""));
                    self.out.push_str(&format!("{{{name}}}"));
                    self.rest = rest;
                } else {
                    let letter = self.next();
                    self.out.extend(letter);
                }
                return true;
            }
            Some('x') if self.skip("{") => self.out.push_str("\\x{"),
            Some(other) => self.out.extend(['\\', other]),
        }
        false
    }

    /// A class in brackets, of which the first is passed.
    fn class(&mut self) {
        self.out.push('[');
        if self.skip("^") {
            self.out.push('^');
        }
        if self.skip("]") {
            self.out.push_str("\\]");
        }
        let mut behind_class = false;
        while let Some(next) = self.next() {
            behind_class = match next {
                ']' => {
                    self.out.push(']');
                    return;
                }
                '\\' => self.escape(),
                '[' => match self.rest.strip_prefix(':').and_then(|rest| rest.split_once(":]")) {
                    Some((name, rest)) if name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'^') => {
                        self.out.push_str(&format!("[:{name}:]"));
                        self.rest = rest;
                        true
                    }
                    _ => {
                        self.out.push_str("\\[");
                        false
                    }
                },
                '-' if behind_class => {
                    self.out.push_str("\\-");
                    false
                }
                '&' | '~' => {
                    self.out.extend(['\\', next]);
                    false
                }
                other => {
                    self.out.push(other);
                    false
                }
            };
        }
    }
}

/// Whether what stands behind a brace is `3}`, `3,}` or `3,5}`.
fn begins_repetition(rest: &str) -> bool {
    let Some((bounds, _)) = rest.split_once('}') else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match bounds.split_once(',') {
        None => digits(bounds),
        Some((least, most)) => digits(least) && (most.is_empty() || digits(most)),
    }
}

#[cfg(test)]
mod tests {
    use super::expression;

    /// A pattern, a text in which it is found, and one in which it is not.
    const TAKEN: [(&str, &str, &str); 14] = [
        (r"a\0b", "a\0b", "a0b"),
        (r"^\101\60$", "A0", "101"),
        (r"^[[,]$", "[", "]"),
        (r"^[[\]x]+$", "[x]", "y"),
        (r"^[]a[]$", "]", "b"),
        (r"^[^][a]$", "b", "["),
        (r"^[\w-.]+$", "a-.", "a b"),
        (r"^[\pL-[&]+$", "a-[&", "1"),
        (r"^[[:digit:][]+$", "1[", "a"),
        (r"^\Qa.(b\E.$", "a.(bc", "axb"),
        (r"^\{x{1}{$", "{x{", "{x"),
        (r"^{guid}$", "{guid}", "guid"),
        (r"^x{,2}$", "x{,2}", "xx"),
        (r"^[a-c&&b]$", "b", "a"),
    ];

    #[test]
    fn what_one_of_both_languages_takes() {
        for (pattern, found, missed) in TAKEN {
            let regex = expression(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            assert!(regex.is_match(found) && !regex.is_match(missed), "{pattern}");
        }
    }

    #[test]
    fn what_neither_takes_is_refused_as_written() {
        for pattern in [r"(a)\1", "(?=a)", "(", r"[z-a]", r"\Q(\E)", r"\8", "[", r"\p{", "é\\"] {
            let _ = expression(pattern).map(|_| ()).unwrap_err();
        }
    }
}
