//! Numbers and timespans: `5`, `0x1f`, `1.5`, `1e3`, `5min`; and what only starts like one.

use super::{Lexer, TokenKind, is_word_byte};

/// The units of a timespan, and how many ticks of 100 ns each is. A nanosecond is a hundredth, given as 0.
pub(in crate::kql::syntax) const UNITS: [(&str, i64); 35] = [
    ("d", DAY),
    ("day", DAY),
    ("days", DAY),
    ("h", HOUR),
    ("hr", HOUR),
    ("hrs", HOUR),
    ("hour", HOUR),
    ("hours", HOUR),
    ("m", MINUTE),
    ("min", MINUTE),
    ("minute", MINUTE),
    ("minutes", MINUTE),
    ("s", SECOND),
    ("sec", SECOND),
    ("second", SECOND),
    ("seconds", SECOND),
    ("ms", MILLISECOND),
    ("milli", MILLISECOND),
    ("millis", MILLISECOND),
    ("millisec", MILLISECOND),
    ("millisecond", MILLISECOND),
    ("milliseconds", MILLISECOND),
    ("micro", MICROSECOND),
    ("micros", MICROSECOND),
    ("microsec", MICROSECOND),
    ("microsecond", MICROSECOND),
    ("microseconds", MICROSECOND),
    ("nano", 0),
    ("nanos", 0),
    ("nanosec", 0),
    ("nanosecond", 0),
    ("nanoseconds", 0),
    ("tick", 1),
    ("ticks", 1),
    ("", DAY),
];

const MICROSECOND: i64 = 10;
const MILLISECOND: i64 = 1_000 * MICROSECOND;
const SECOND: i64 = 1_000 * MILLISECOND;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

impl Lexer<'_> {
    /// What starts with a digit: the longest of a GUID, a number, a timespan, or a name such as `3rdParty`.
    pub(super) fn scan_number(&mut self) -> TokenKind {
        if let Some(length) = self.guid_length() {
            self.at += length;
            return TokenKind::RawGuid;
        }
        for (length, kind) in [
            (self.real_length(), TokenKind::Real),
            (self.timespan_length(), TokenKind::Timespan),
            (self.long_length(), TokenKind::Long),
        ] {
            if let Some(length) = length {
                self.at += length;
                return kind;
            }
        }
        self.at += self.word_length(0);
        TokenKind::Word
    }

    /// How many digits stand so far behind the current place.
    fn digits(&self, offset: usize) -> usize {
        self.count(offset, |byte| byte.is_ascii_digit())
    }

    /// How many bytes of a kind stand so far behind the current place.
    pub(super) fn count(&self, offset: usize, is: impl Fn(u8) -> bool) -> usize {
        let bytes = self.source.as_bytes().get(self.at + offset..).unwrap_or_default();
        bytes.iter().take_while(|byte| is(**byte)).count()
    }

    /// The length, if the word ends here: `5` does and the 5 of `5x` does not.
    fn ended(&self, length: usize) -> Option<usize> {
        (!self.byte(length).is_some_and(is_word_byte)).then_some(length)
    }

    fn long_length(&self) -> Option<usize> {
        if self.byte(0) == Some(b'0') && matches!(self.byte(1), Some(b'x' | b'X')) {
            let digits = self.count(2, |byte| byte.is_ascii_hexdigit());
            return self.ended(2 + digits).filter(|_| digits > 0);
        }
        self.ended(self.digits(0))
    }

    /// A point or an exponent makes it a real. The `..` of `between (1..5)` is no point, but `1...5` is `1.` and `..5`.
    fn real_length(&self) -> Option<usize> {
        let mut length = self.digits(0);
        let point = self.byte(length) == Some(b'.')
            && (self.byte(length + 1) != Some(b'.') || self.byte(length + 2) == Some(b'.'));
        if point {
            length += 1;
            length += self.digits(length);
        }
        match self.exponent(length) {
            Some(exponent) => length += exponent,
            None if !point => return None,
            None => {}
        }
        self.ended(length)
    }

    fn exponent(&self, offset: usize) -> Option<usize> {
        matches!(self.byte(offset), Some(b'e' | b'E')).then_some(())?;
        let sign = usize::from(matches!(self.byte(offset + 1), Some(b'+' | b'-')));
        let digits = self.digits(offset + 1 + sign);
        (digits > 0).then_some(1 + sign + digits)
    }

    fn timespan_length(&self) -> Option<usize> {
        let mut length = self.digits(0);
        if self.byte(length) == Some(b'.') && self.digits(length + 1) > 0 {
            length += 1 + self.digits(length + 1);
        }
        let letters = self.count(length, is_word_byte);
        let unit = self.source.get(self.at + length..self.at + length + letters)?;
        (letters > 0 && UNITS.iter().any(|(name, _)| *name == unit)).then_some(length + letters)
    }

    /// Eight, four, four, four and twelve hexadecimal digits. As in Microsoft's lexer, more may follow.
    pub(super) fn guid_length(&self) -> Option<usize> {
        let mut offset = 0;
        for (i, group) in [8, 4, 4, 4, 12].into_iter().enumerate() {
            if i > 0 {
                (self.byte(offset) == Some(b'-')).then_some(())?;
                offset += 1;
            }
            (offset..offset + group)
                .all(|at| self.byte(at).is_some_and(|byte| byte.is_ascii_hexdigit()))
                .then_some(())?;
            offset += group;
        }
        Some(offset)
    }
}
