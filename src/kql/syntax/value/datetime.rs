//! Datetimes in the formats that Kusto documents (ISO 8601, RFC 822, RFC 850, sortable), and the American ones that it accepts beside.

use super::timespan::fraction_ticks;
use super::{TICKS_PER_DAY, TICKS_PER_SECOND};

/// What a text says about time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A point in time: ticks of 100 ns since 0001-01-01T00:00Z, up to the end of the year 9999.
    At(i64),
    /// Only a time of day, in ticks since midnight: on the day at which the query starts.
    TimeOfDay(i64),
}

/// What a text says about time; `None` if it is no time, or none that Kusto can hold. An offset is converted to UTC.
pub fn datetime(text: &str) -> Option<Moment> {
    let text = text.trim();
    match text {
        "min" => return Some(Moment::At(0)),
        "max" => return Some(Moment::At(END - 1)),
        _ => {}
    }
    let mut scan = Scan { rest: text };
    if let Some(time) = scan.only(Scan::time_of_day) {
        return Some(Moment::TimeOfDay(time));
    }
    scan.weekday();
    let days = scan.date()?;
    let mut ticks = days * TICKS_PER_DAY;
    if !scan.rest.is_empty() {
        let separated = scan.eat('T') || scan.eat('t') || scan.blanks() > 0;
        if separated {
            ticks += scan.time_of_day()?;
        }
        ticks -= scan.zone()?;
    }
    (scan.rest.is_empty() && (0..END).contains(&ticks)).then_some(Moment::At(ticks))
}

/// The first tick of the year 10000.
const END: i64 = 3_652_059 * TICKS_PER_DAY;

/// What is left of the text.
struct Scan<'t> {
    rest: &'t str,
}

impl<'t> Scan<'t> {
    /// What `part` takes, if it takes all that is left; else nothing is taken.
    fn only<T>(&mut self, part: impl Fn(&mut Self) -> Option<T>) -> Option<T> {
        let before = self.rest;
        let value = part(self).filter(|_| self.rest.is_empty());
        if value.is_none() {
            self.rest = before;
        }
        value
    }

    fn eat(&mut self, character: char) -> bool {
        match self.rest.strip_prefix(character) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn blanks(&mut self) -> usize {
        let trimmed = self.rest.trim_start();
        let length = self.rest.len() - trimmed.len();
        self.rest = trimmed;
        length
    }

    fn take(&mut self, is: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|character| !is(character)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// A number of so many digits.
    fn number(&mut self, digits: std::ops::RangeInclusive<usize>) -> Option<i64> {
        let text = self.take(|character| character.is_ascii_digit());
        digits.contains(&text.len()).then(|| text.parse().ok()).flatten()
    }

    /// `Sat,`, `Saturday,`
    fn weekday(&mut self) {
        const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        let before = self.rest;
        let word = self.take(|character| character.is_ascii_alphabetic()).to_ascii_lowercase();
        let day = word.len() >= 3 && DAYS.iter().any(|day| *day == word || day.get(..3) == Some(&word));
        if day {
            self.eat(',');
            self.blanks();
        } else {
            self.rest = before;
        }
    }

    /// A date, in days since 0001-01-01.
    fn date(&mut self) -> Option<i64> {
        if self.rest.starts_with(|character: char| character.is_ascii_alphabetic()) {
            // Dec 2, 2022
            let month = self.month_name()?;
            self.blanks();
            let day = self.number(1..=2)?;
            self.eat(',');
            self.blanks();
            return days(self.number(4..=4)?, month, day);
        }
        let digits = self.take(|character| character.is_ascii_digit());
        let first: i64 = digits.parse().ok()?;
        match digits.len() {
            8 => days(first / 10_000, first / 100 % 100, first % 100),
            4 => {
                // 2022-12-02, 2022/12/02, 2022.12.02, 2022 - 12 - 02, 2022, 12, 2, 2022-12
                self.blanks();
                let separator = self.separator()?;
                self.blanks();
                let month = self.number(1..=2)?;
                let before = self.rest;
                self.blanks();
                if !self.eat(separator) {
                    self.rest = before;
                    return days(first, month, 1);
                }
                self.blanks();
                days(first, month, self.number(1..=2)?)
            }
            1 | 2 => {
                let before = self.rest;
                self.blanks();
                self.eat('-');
                if self.rest.starts_with(|character: char| character.is_ascii_alphabetic()) {
                    // 2 Dec 2022, 02-Dec-22
                    let month = self.month_name()?;
                    self.blanks();
                    self.eat('-');
                    return days(self.year()?, month, first);
                }
                self.rest = before;
                // 12/02/2022: the month comes first.
                let separator = self.separator()?;
                let day = self.number(1..=2)?;
                self.eat(separator).then_some(())?;
                days(self.year()?, first, day)
            }
            _ => None,
        }
    }

    fn separator(&mut self) -> Option<char> {
        ['-', '/', '.', ','].into_iter().find(|separator| self.eat(*separator))
    }

    fn month_name(&mut self) -> Option<i64> {
        const MONTHS: [&str; 12] = [
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ];
        let word = self.take(|character| character.is_ascii_alphabetic()).to_ascii_lowercase();
        let at = MONTHS.iter().position(|month| *month == word || month.get(..3) == Some(&word))?;
        i64::try_from(at).ok().map(|at| at + 1)
    }

    /// A year of four digits or two; two are of 1950 to 2049.
    fn year(&mut self) -> Option<i64> {
        let digits = self.take(|character| character.is_ascii_digit());
        let year: i64 = digits.parse().ok()?;
        match digits.len() {
            4 => Some(year),
            2 => Some(if year < 50 { 2000 + year } else { 1900 + year }),
            _ => None,
        }
    }

    /// `08:20[:03[.123456]][ AM]`, in ticks since midnight.
    fn time_of_day(&mut self) -> Option<i64> {
        let hour = self.number(1..=2)?;
        self.eat(':').then_some(())?;
        let minute = self.number(1..=2)?;
        let (mut second, mut fraction) = (0, 0);
        if self.eat(':') {
            second = self.number(1..=2)?;
            if self.eat('.') {
                let digits = self.take(|character| character.is_ascii_digit());
                fraction = fraction_ticks(digits).filter(|_| !digits.is_empty())?;
            }
        }
        let hour = self.half_of_day(hour)?;
        (hour < 24 && minute < 60 && second < 60).then_some(())?;
        Some((hour * 3600 + minute * 60 + second) * TICKS_PER_SECOND + fraction)
    }

    /// The hour of the day, after reading `AM` or `PM` if there is one.
    fn half_of_day(&mut self, hour: i64) -> Option<i64> {
        let before = self.rest;
        self.blanks();
        let word = self.take(|character| character.is_ascii_alphabetic());
        let afternoon = if word.eq_ignore_ascii_case("am") {
            false
        } else if word.eq_ignore_ascii_case("pm") {
            true
        } else {
            self.rest = before;
            return Some(hour);
        };
        (1..=12).contains(&hour).then_some(hour % 12 + if afternoon { 12 } else { 0 })
    }

    /// `Z`, `GMT`, `+02:00`, in ticks east of UTC; nothing means UTC.
    fn zone(&mut self) -> Option<i64> {
        self.blanks();
        let word = self.take(|character| character.is_ascii_alphabetic());
        if !word.is_empty() {
            return ["z", "gmt", "utc"].iter().any(|zone| word.eq_ignore_ascii_case(zone)).then_some(0);
        }
        let sign = if self.eat('+') {
            1
        } else if self.eat('-') {
            -1
        } else {
            return Some(0);
        };
        let digits = self.take(|character| character.is_ascii_digit());
        let (hours, minutes) = match digits.len() {
            4 => (digits.get(..2)?.parse::<i64>().ok()?, digits.get(2..)?.parse::<i64>().ok()?),
            1 | 2 => (digits.parse().ok()?, if self.eat(':') { self.number(2..=2)? } else { 0 }),
            _ => return None,
        };
        (hours <= 14 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60 * TICKS_PER_SECOND)
    }
}

/// Days since 0001-01-01 in the Gregorian calendar; `None` if there is no such day.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => return None,
    };
    ((1..=9999).contains(&year) && (1..=length).contains(&day)).then_some(())?;
    // Count years from March, so that the leap day is the last of its year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    Some(year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 306)
}
