//! The hunting tables of the sample: how many of all rows each has, and what of its wire form is its own.

use super::clock::{Fraction, Ticks};

/// One hunting table of the sample.
pub(super) struct Table {
    pub(super) name: &'static str,
    /// Its share of all rows, in units of which the shares of all tables are the sum.
    pub(super) share: u64,
    /// How many fractional digits its `Timestamp` has at most.
    pub(super) digits: u32,
    pub(super) service: ServiceTime,
    pub(super) topic: Topics,
    /// Whether the Log Analytics export has it too.
    pub(super) exported: bool,
    /// Its table file; see [`super::shape`].
    pub(super) text: &'static str,
}

/// What a table's rows are about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Topics {
    /// Nothing that another table tells of too.
    None,
    /// A row is a mail (EmailEvents) or is about one of that table's.
    Mail { leads: bool },
    /// A row is an alert (AlertInfo) or is about one of that table's.
    Alert { leads: bool },
}

/// How `_TimeReceivedBySvc` is made from the times of a row.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum ServiceTime {
    /// Somewhere between the event and its receipt, in ticks: the endpoint sensors.
    Between,
    /// A little before the receipt, in milliseconds.
    Millis,
    /// The time of the event, in whole seconds and without `Z`: the email tables.
    Mail,
    /// The time of the event.
    Event,
}

impl ServiceTime {
    /// The time, and how it is written: the fraction, and whether with `Z`.
    pub(super) fn of(self, at: Ticks, received: Ticks) -> (Ticks, Fraction, bool) {
        let time = match self {
            Self::Between => Ticks(at.0 + (received.0 - at.0) / 3),
            Self::Millis => received.minus(Ticks(400_000)).cut(3),
            Self::Mail => at.cut(0),
            Self::Event => at,
        };
        (time, Fraction::Digits(7), self != Self::Mail)
    }
}

macro_rules! table {
    ($name:literal, $share:literal, $digits:literal, $service:ident, $topic:expr, $exported:literal) => {
        Table {
            name: $name,
            share: $share,
            digits: $digits,
            service: ServiceTime::$service,
            topic: $topic,
            exported: $exported,
            text: include_str!(concat!("data/tables/", $name, ".txt")),
        }
    };
}

/// All tables. The order is that of the ordinals in seeds: a change of it is another sample.
pub(super) static TABLES: &[Table] = &[
    table!("DeviceProcessEvents", 380, 7, Between, Topics::None, true),
    table!("DeviceNetworkEvents", 190, 7, Between, Topics::None, true),
    table!("DeviceFileEvents", 110, 7, Between, Topics::None, false),
    table!("DeviceRegistryEvents", 60, 7, Between, Topics::None, false),
    table!("DeviceLogonEvents", 30, 7, Between, Topics::None, false),
    table!("DeviceImageLoadEvents", 55, 7, Between, Topics::None, false),
    table!("DeviceEvents", 60, 7, Between, Topics::None, false),
    table!("DeviceInfo", 8, 7, Between, Topics::None, false),
    table!("DeviceNetworkInfo", 8, 7, Between, Topics::None, false),
    table!("DeviceFileCertificateInfo", 5, 7, Between, Topics::None, false),
    table!("EmailEvents", 20, 0, Mail, Topics::Mail { leads: true }, true),
    table!("EmailUrlInfo", 20, 0, Mail, Topics::Mail { leads: false }, false),
    table!("EmailAttachmentInfo", 6, 0, Mail, Topics::Mail { leads: false }, false),
    table!("EmailPostDeliveryEvents", 2, 0, Mail, Topics::Mail { leads: false }, false),
    table!("UrlClickEvents", 4, 7, Event, Topics::Mail { leads: false }, false),
    table!("IdentityLogonEvents", 16, 3, Millis, Topics::None, false),
    table!("IdentityQueryEvents", 8, 6, Between, Topics::None, false),
    table!("IdentityDirectoryEvents", 2, 7, Between, Topics::None, false),
    table!("IdentityInfo", 3, 6, Millis, Topics::None, false),
    table!("CloudAppEvents", 16, 3, Event, Topics::None, true),
    table!("AlertInfo", 1, 6, Millis, Topics::Alert { leads: true }, false),
    table!("AlertEvidence", 3, 6, Millis, Topics::Alert { leads: false }, false),
];

/// The table of a name, in any letter case.
pub(super) fn index_of(name: &str) -> Option<usize> {
    TABLES.iter().position(|table| table.name.eq_ignore_ascii_case(name))
}

/// The table whose rows a table's topics are, or the table itself.
pub(super) fn leader_of(table: usize) -> Option<usize> {
    match TABLES[table].topic {
        Topics::None => None,
        Topics::Mail { .. } => TABLES.iter().position(|table| table.topic == Topics::Mail { leads: true }),
        Topics::Alert { .. } => TABLES.iter().position(|table| table.topic == Topics::Alert { leads: true }),
    }
}
