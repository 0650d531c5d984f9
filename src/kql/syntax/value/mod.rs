//! The values that literals stand for, exactly: text in, value out, no tree and no place. The same forms are what `todatetime()` and its
//! like accept at run time, so these functions are for everyone.

mod datetime;
mod number;
mod text;
mod timespan;

#[cfg(test)]
mod tests;

pub use datetime::{Moment, datetime};
pub use number::{decimal, guid, int, long, real};
pub use text::{Unquoted, unquote};
pub use timespan::timespan;
pub(super) use timespan::with_unit;

/// Ticks of 100 ns in a day.
pub const TICKS_PER_DAY: i64 = 24 * 60 * 60 * TICKS_PER_SECOND;
/// Ticks of 100 ns in a second.
pub const TICKS_PER_SECOND: i64 = 10_000_000;
