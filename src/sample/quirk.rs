//! What real streams do that a reader must survive, each in a count that the summary tells.
//!
//! The list is in the documentation of [`super`]. Quirks of rows have fixed places among the rows of a table; flaws of
//! blobs come once in each table.

use serde::Serialize;

/// After so many rows of a table its quirks begin anew.
pub(super) const PERIOD: u64 = 240;

/// A row, or something between rows, that is not as usual.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Quirk {
    /// The row comes twice: the same `properties`, another `time`. The second is not counted as a row.
    Redelivered,
    /// No `_TimeReceivedBySvc` and no `Tenant`, the form of 2021.
    MissingKeys,
    /// Nothing but `category` and `properties`.
    BareEnvelope,
    /// No `category`: only the path says which table.
    NoCategory,
    /// Keys nobody knows, and `properties` in front of `category`.
    ExtraKeys,
    /// `_TimeReceivedBySvc` with 0 to 7 digits, every other one without `Z`; `Timestamp` cut to as many digits.
    FractionDigits,
    /// `AdditionalFields` an object where the table has text, and text where it has an object.
    FieldsOtherForm,
    /// `AdditionalFields` is null, `""`, `"{}"`, `"[]"` or `{}`, in turn.
    FieldsNothing,
    /// `IsInitiatingProcessRemoteSession`, a bool, holds a GUID: the cell becomes null.
    MisfitBool,
    /// `InitiatingProcessSessionId`, a long, holds a GUID: the cell becomes null.
    MisfitLong,
    /// `InitiatingProcessId`, a long, is the text `"0"`, which converts.
    NumberAsText,
    /// A column that no schema knows, `SampleUnknownColumn`, at the end of `properties`.
    UnknownColumn,
    /// A category that no schema knows, `AdvancedHunting-DeviceQuantumEvents`; counted as a row of that table.
    UnknownCategory,
    /// A command line with accents, a dash and a zero-width space, as UTF-8.
    RawNonAscii,
    /// The same, and every character of the row that is not ASCII as `\uXXXX`.
    EscapedNonAscii,
    /// A lone carriage return between tokens, which is white space to JSON and no end of line.
    LoneCarriageReturn,
    /// A row of another table in a table's container; its category says what it is.
    ForeignRow,
    /// A line whose text holds bytes that are not UTF-8. Not counted as a row.
    InvalidUtf8,
    /// A blob that begins with a byte order mark.
    ByteOrderMark,
    /// An empty line, or one of spaces.
    BlankLine,
    /// A line of 512 NUL bytes.
    NulRun,
    /// The blob ends in the middle of a line, as a copy taken while it is written does. Not counted as a row.
    HalfLine,
}

impl Quirk {
    /// All of them.
    pub const ALL: [Quirk; 22] = [
        Quirk::Redelivered,
        Quirk::MissingKeys,
        Quirk::BareEnvelope,
        Quirk::NoCategory,
        Quirk::ExtraKeys,
        Quirk::FractionDigits,
        Quirk::FieldsOtherForm,
        Quirk::FieldsNothing,
        Quirk::MisfitBool,
        Quirk::MisfitLong,
        Quirk::NumberAsText,
        Quirk::UnknownColumn,
        Quirk::UnknownCategory,
        Quirk::RawNonAscii,
        Quirk::EscapedNonAscii,
        Quirk::LoneCarriageReturn,
        Quirk::ForeignRow,
        Quirk::InvalidUtf8,
        Quirk::ByteOrderMark,
        Quirk::BlankLine,
        Quirk::NulRun,
        Quirk::HalfLine,
    ];

    /// The quirk of the row with this ordinal in its table, if any. Whether it fits the table is another question.
    /// In [`PERIOD`] rows, re-delivery comes six times, fraction digits and spellings of nothing once for each of
    /// their forms, all others once.
    pub(super) fn scheduled(ordinal: u64) -> Option<Self> {
        let place = ordinal % PERIOD;
        match place {
            _ if place % 40 == 7 => Some(Quirk::Redelivered),
            _ if place % 30 == 20 => Some(Quirk::FractionDigits),
            _ if place % 48 == 34 => Some(Quirk::FieldsNothing),
            _ if place % 15 == 3 => Self::ONCE.get(usize::try_from(place / 15).ok()?).copied(),
            _ => None,
        }
    }

    /// Which of its forms a quirk with several takes in the row of this ordinal.
    pub(super) fn form(self, ordinal: u64) -> u32 {
        let every = if self == Quirk::FractionDigits { 30 } else { 48 };
        u32::try_from(ordinal % PERIOD / every).unwrap_or(0)
    }

    /// The quirks that come once in a period; those that few tables can have are first, for those tables are small.
    const ONCE: [Quirk; 13] = [
        Quirk::FieldsOtherForm,
        Quirk::UnknownCategory,
        Quirk::MissingKeys,
        Quirk::BareEnvelope,
        Quirk::NoCategory,
        Quirk::ExtraKeys,
        Quirk::MisfitBool,
        Quirk::MisfitLong,
        Quirk::NumberAsText,
        Quirk::UnknownColumn,
        Quirk::RawNonAscii,
        Quirk::EscapedNonAscii,
        Quirk::LoneCarriageReturn,
    ];

    /// The flaws of blobs, in the order in which they are dealt out.
    pub(super) const FLAWS: [Quirk; 5] =
        [Quirk::ByteOrderMark, Quirk::BlankLine, Quirk::NulRun, Quirk::InvalidUtf8, Quirk::HalfLine];
}

/// What the rows of the quirk carry as `SampleUnknownColumn`.
pub(super) const UNKNOWN_COLUMN: &[u8] = br#","SampleUnknownColumn":{"Depth":1,"Note":"not in any schema"}"#;
/// The category nobody knows.
pub(super) const UNKNOWN_TABLE: &str = "DeviceQuantumEvents";
/// What a command line ends with that is not ASCII.
pub(super) const NON_ASCII: &str = " \"D:\\Données\\Übersicht – Q3\u{200b}.xlsx\"";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_do_not_collide() {
        let count = |quirk| (0..PERIOD).filter(|place| Quirk::scheduled(*place) == Some(quirk)).count();
        for quirk in Quirk::ONCE {
            assert_eq!(count(quirk), 1, "{quirk:?}");
        }
        assert_eq!(count(Quirk::Redelivered), 6);
        assert_eq!(count(Quirk::FieldsNothing), 5);
        assert_eq!(count(Quirk::FractionDigits), 8);
    }
}
