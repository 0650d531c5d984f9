//! The envelope: the record around `properties`, and what can be odd about it.

use super::clock::{Fraction, Moment, push_time};
use super::company::TENANT;
use super::quirk::{Quirk, UNKNOWN_TABLE};
use super::table::Table;

/// Appends the record of a row, as the service orders and spells it, or as a quirk has it.
pub(super) fn push_record(
    out: &mut Vec<u8>,
    table: &Table,
    moment: Moment,
    properties: &[u8],
    quirk: Option<Quirk>,
    ordinal: u64,
) {
    let name = if quirk == Some(Quirk::UnknownCategory) { UNKNOWN_TABLE } else { table.name };
    let category = |out: &mut Vec<u8>| {
        out.extend_from_slice(b"\"category\":\"AdvancedHunting-");
        out.extend_from_slice(name.as_bytes());
        out.push(b'"');
    };
    if quirk == Some(Quirk::BareEnvelope) {
        out.push(b'{');
        category(out);
        out.extend_from_slice(b",\"properties\":");
        out.extend_from_slice(properties);
        out.push(b'}');
        return;
    }
    out.extend_from_slice(b"{\"time\":\"");
    moment.received.write(out, Fraction::Digits(7), true);
    out.extend_from_slice(b"\",");
    if quirk == Some(Quirk::LoneCarriageReturn) {
        out.push(b'\r');
    }
    out.extend_from_slice(b"\"tenantId\":\"");
    out.extend_from_slice(TENANT.as_bytes());
    out.extend_from_slice(b"\",\"operationName\":\"Publish\",");
    if quirk == Some(Quirk::ExtraKeys) {
        out.extend_from_slice(b"\"level\":4,\"correlation\":{\"id\":null,\"tags\":[\"a\",\"b\"]},\"properties\":");
        out.extend_from_slice(properties);
        out.push(b',');
    }
    if quirk != Some(Quirk::NoCategory) {
        category(out);
        out.push(b',');
    }
    if quirk != Some(Quirk::MissingKeys) {
        let (time, mut fraction, mut zone) = table.service.of(moment.at, moment.received);
        if quirk == Some(Quirk::FractionDigits) {
            let digits = Quirk::FractionDigits.form(ordinal);
            (fraction, zone) = (Fraction::Digits(digits), digits.is_multiple_of(2));
        }
        out.extend_from_slice(b"\"_TimeReceivedBySvc\":\"");
        time.write(out, fraction, zone);
        out.extend_from_slice(b"\",");
    }
    if quirk != Some(Quirk::ExtraKeys) {
        out.extend_from_slice(b"\"properties\":");
        out.extend_from_slice(properties);
        out.push(b',');
    }
    if quirk == Some(Quirk::MissingKeys) {
        out.pop();
    } else {
        out.extend_from_slice(b"\"Tenant\":\"DefaultTenant\"");
    }
    out.push(b'}');
}

/// Appends a row the way Log Analytics exports it: flat, with `TimeGenerated` and `Type` beside the columns.
pub(super) fn push_flat(out: &mut Vec<u8>, table: &Table, moment: Moment, properties: &[u8]) {
    out.extend_from_slice(b"{\"TenantId\":\"");
    out.extend_from_slice(super::plan::WORKSPACE.as_bytes());
    out.extend_from_slice(b"\",\"TimeGenerated\":");
    push_time(out, moment.at);
    out.push(b',');
    out.extend_from_slice(properties.strip_prefix(b"{").unwrap_or(properties));
    out.pop();
    out.extend_from_slice(b",\"SourceSystem\":\"\",\"Type\":\"");
    out.extend_from_slice(table.name.as_bytes());
    out.extend_from_slice(b"\"}");
}
