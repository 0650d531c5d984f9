//! Kusto's functions of IP addresses: `ipv4_is_in_range`, `ipv6_compare`, `parse_ipv4`, … Text that is no address gives
//! null, or `""` where the answer is a text.
//!
//! They keep to their family, as Kusto does: no `ipv4_…` function knows IPv6. [`super`] has the functions that know both.

use std::cmp::Ordering;

use datafusion::{
    arrow::array::ArrayRef,
    common::Result,
    logical_expr::{ColumnarValue, ScalarUDF},
};

use super::network::{Family, Network};
use crate::{
    functions::{
        call::{self, Answer, Call, Cell, Cells, Kind, Param, Param::May, Param::Need, Param::Rest},
        definition::Section,
    },
    json::value::Writer,
};

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    const TEXT: Param = Need(Kind::Text);
    const ANY: Param = Need(Kind::Any);
    const TWO: &[Param] = &[TEXT, TEXT, May(Kind::Whole)];
    const RANGES: &[Param] = &[TEXT, ANY, Rest(Kind::Any)];
    let network = call::Family(Section::Network);
    [
        network.function("format_ipv4(ip [, bits])", "The IPv4 address, a text or a number, with no more than so many leading bits, as text; '' if it is none.", ("SELECT format_ipv4('192.168.1.7', 24), format_ipv4(3232235777)", "192.168.1.0, 192.168.1.1"), (&[ANY, May(Kind::Whole)], Answer::Text), |call| format(call, Network::v4_text)),
        network.function("format_ipv4_mask(ip [, bits])", "The same with the number of bits behind it.", ("SELECT format_ipv4_mask('192.168.1.7/24', 32)", "192.168.1.0/24"), (&[ANY, May(Kind::Whole)], Answer::Text), |call| format(call, cidr)),
        network.function("ipv4_compare(ip1, ip2 [, bits])", "-1, 0 or 1 as the first IPv4 address is less than, equal to or greater than the second, in the bits that count in both.", ("SELECT ipv4_compare('10.0.0.1', '10.0.0.2'), ipv4_compare('10.0.0.1/24', '10.0.0.2')", "-1, 0"), (TWO, Answer::Long), |call| compare(call, Family::V4)),
        network.function("ipv4_is_in_any_range(ip, range, …)", "Whether the IPv4 address lies in at least one of the ranges, which are texts or JSON arrays of texts.", ("SELECT ipv4_is_in_any_range('10.1.2.3', '192.168.0.0/16', '10.0.0.0/8')", "true"), (RANGES, Answer::Bool), |call| is_in_any(call, Family::V4)),
        network.function("ipv4_is_in_range(ip, range)", "Whether the IPv4 address lies in the range.", ("SELECT ipv4_is_in_range('192.168.1.6', '192.168.1.0/24')", "true"), (&[TEXT, TEXT], Answer::Bool), |call| is_in(call, Family::V4)),
        network.function("ipv4_is_match(ip1, ip2 [, bits])", "Whether the IPv4 addresses are equal in the bits that count in both.", ("SELECT ipv4_is_match('192.168.1.1', '192.168.1.255', 24)", "true"), (TWO, Answer::Bool), |call| is_match(call, Family::V4)),
        network.function("ipv4_is_private(ip)", "Whether the IPv4 address is of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16; a range is, if all of it is.", ("SELECT ipv4_is_private('10.1.2.3'), ipv4_is_private('8.8.8.8'), ipv4_is_private('::1')", "true, false, NULL"), (&[TEXT], Answer::Bool), is_private),
        network.function("ipv4_netmask_suffix(ip)", "How many leading bits of the IPv4 address count: what stands behind the slash, or 32.", ("SELECT ipv4_netmask_suffix('192.168.1.1/24'), ipv4_netmask_suffix('10.1.2.3')", "24, 32"), (&[TEXT], Answer::Long), |call| number(call, |network| i64::from(network.bits()))),
        network.function("ipv4_range_to_cidr_list(first, last)", "The ranges, as a JSON array, that together hold the IPv4 addresses from the first to the last.", ("SELECT ipv4_range_to_cidr_list('1.1.128.0', '1.1.140.255')", r#"["1.1.128.0/21","1.1.136.0/22","1.1.140.0/24"]"#), (&[TEXT, TEXT], Answer::Dynamic), cidr_list),
        network.function("ipv6_compare(ip1, ip2 [, bits])", "-1, 0 or 1 as the first address is less than, equal to or greater than the second, in the bits that count in both. IPv4 addresses are taken as IPv6 addresses.", ("SELECT ipv6_compare('fe80::1', 'fe80::2'), ipv6_compare('10.0.0.1', '::ffff:a00:1')", "-1, 0"), (TWO, Answer::Long), |call| compare(call, Family::V6)),
        network.function("ipv6_is_in_any_range(ip, range, …)", "Whether the IPv6 or IPv4 address lies in at least one of the ranges, which are texts or JSON arrays of texts.", ("SELECT ipv6_is_in_any_range('fe80::1', '10.0.0.0/8', 'fe80::/10')", "true"), (RANGES, Answer::Bool), |call| is_in_any(call, Family::V6)),
        network.function("ipv6_is_in_range(ip, range)", "Whether the IPv6 or IPv4 address lies in the range.", ("SELECT ipv6_is_in_range('2001:db8::1', '2001:db8::/32')", "true"), (&[TEXT, TEXT], Answer::Bool), |call| is_in(call, Family::V6)),
        network.function("ipv6_is_match(ip1, ip2 [, bits])", "Whether the IPv6 or IPv4 addresses are equal in the bits that count in both.", ("SELECT ipv6_is_match('fe80::1', 'fe80::2', 120)", "true"), (TWO, Answer::Bool), |call| is_match(call, Family::V6)),
        network.function("parse_ipv4(ip)", "The IPv4 address as a number. A prefix length masks it.", ("SELECT parse_ipv4('192.168.1.1'), parse_ipv4('192.168.1.1/24')", "3232235777, 3232235776"), (&[TEXT], Answer::Long), |call| number(call, v4_number)),
        network.function("parse_ipv4_mask(ip, bits)", "The IPv4 address as a number, with no more than so many leading bits.", ("SELECT parse_ipv4_mask('127.0.0.1', 24)", "2130706432"), (&[TEXT, Need(Kind::Whole)], Answer::Long), |call| number(call, v4_number)),
        network.function("parse_ipv6(ip)", "The IPv6 or IPv4 address as an IPv6 address with all its digits; '' if it is none.", ("SELECT parse_ipv6('192.168.255.255/24')", "0000:0000:0000:0000:0000:ffff:c0a8:ff00"), (&[TEXT], Answer::Text), canonical),
        network.function("parse_ipv6_mask(ip, bits)", "The same with no more than so many leading bits.", ("SELECT parse_ipv6_mask('fe80::85d:e82c:9446:7994', 64)", "fe80:0000:0000:0000:0000:0000:0000:0000"), (&[TEXT, Need(Kind::Whole)], Answer::Text), canonical),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

fn cidr(network: Network) -> String {
    format!("{}/{}", network.v4_text(), network.bits())
}

fn v4_number(network: Network) -> i64 {
    i64::try_from(network.number()).unwrap_or(i64::MAX)
}

/// An address with at most so many bits, where a number of bits may be null or left out.
fn within(network: Network, bits: Option<Option<i64>>) -> Option<Network> {
    match bits {
        None => Some(network),
        Some(bits) => network.within(bits?),
    }
}

/// The number of bits in an argument that may be left out, for each row.
fn bits<'a>(call: &'a Call, place: usize) -> Result<impl Fn(usize) -> Option<Option<i64>> + use<'a>> {
    let bits = if call.len() > place { Some(call.long(place)?) } else { None };
    Ok(move |row| bits.as_ref().map(|bits| bits.get(row)))
}

fn number(call: &Call, number: impl Fn(Network) -> i64) -> Result<ArrayRef> {
    let (texts, bits) = (call.text(0)?, bits(call, 1)?);
    call.longs(|row| Some(number(within(Network::of(Family::V4, texts.get(row)?)?, bits(row))?)))
}

fn format(call: &Call, text: impl Fn(Network) -> String) -> Result<ArrayRef> {
    let (addresses, bits) = (call.cells(0)?, bits(call, 1)?);
    call.texts(|row| {
        let network = match addresses.get(row) {
            Cell::Null => return None,
            Cell::Text(text) => Network::of(Family::V4, text),
            Cell::Long(number) => Network::of_number(number),
            _ => None,
        };
        Some(network.and_then(|network| within(network, bits(row))).map(&text).unwrap_or_default())
    })
}

fn canonical(call: &Call) -> Result<ArrayRef> {
    let (texts, bits) = (call.text(0)?, bits(call, 1)?);
    call.texts(|row| {
        let network = Network::of(Family::V6, texts.get(row)?);
        Some(network.and_then(|network| within(network, bits(row))).map(Network::v6_text).unwrap_or_default())
    })
}

/// How the two addresses of a row compare.
fn orders<'a>(call: &'a Call, family: Family) -> Result<impl Fn(usize) -> Option<Ordering> + use<'a>> {
    let (left, right, bits) = (call.text(0)?, call.text(1)?, bits(call, 2)?);
    Ok(move |row| {
        let left = within(Network::of(family, left.get(row)?)?, bits(row))?;
        Some(left.compare(Network::of(family, right.get(row)?)?))
    })
}

fn compare(call: &Call, family: Family) -> Result<ArrayRef> {
    let order = orders(call, family)?;
    call.longs(|row| order(row).map(|order| order as i64))
}

fn is_match(call: &Call, family: Family) -> Result<ArrayRef> {
    let order = orders(call, family)?;
    call.truths(|row| order(row).map(Ordering::is_eq))
}

fn is_in(call: &Call, family: Family) -> Result<ArrayRef> {
    let (addresses, ranges) = (call.text(0)?, call.text(1)?);
    call.truths(|row| Some(Network::of(family, addresses.get(row)?)?.is_in(Network::of(family, ranges.get(row)?)?)))
}

/// The ranges of a row: texts, and items of JSON arrays that are texts.
fn ranges(cells: &[Cells], row: usize, family: Family) -> Vec<Network> {
    let mut ranges = Vec::new();
    for cells in cells {
        match cells.get(row) {
            Cell::Text(text) => ranges.extend(Network::of(family, text)),
            Cell::Dynamic(value) => match value.items() {
                Some(items) => {
                    let items = items.map(|item| crate::json::value::Value::of(item).text());
                    ranges.extend(items.filter_map(|text| Network::of(family, &text)));
                }
                None => ranges.extend(Network::of(family, &value.text())),
            },
            _ => {}
        }
    }
    ranges
}

fn is_in_any(call: &Call, family: Family) -> Result<ArrayRef> {
    let (addresses, cells) = (call.text(0)?, call.cells_from(1)?);
    let is_constant = call.args.iter().skip(1).all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
    let constant = if is_constant { Some(ranges(&cells, 0, family)) } else { None };
    call.truths(|row| {
        let address = Network::of(family, addresses.get(row)?)?;
        let of_row;
        let ranges = match &constant {
            Some(ranges) => ranges,
            None => {
                of_row = ranges(&cells, row, family);
                &of_row
            }
        };
        // Without a range there is no answer: none was understood.
        (!ranges.is_empty()).then(|| ranges.iter().any(|range| address.is_in(*range)))
    })
}

/// RFC 1918.
fn is_private(call: &Call) -> Result<ArrayRef> {
    let texts = call.text(0)?;
    let private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
    let private: Vec<Network> = private.iter().filter_map(|range| Network::of(Family::V4, range)).collect();
    call.truths(|row| {
        let network = Network::of(Family::V4, texts.get(row)?)?;
        Some(private.iter().any(|range| network.bits() >= range.bits() && network.is_in(*range)))
    })
}

fn cidr_list(call: &Call) -> Result<ArrayRef> {
    let (first, last) = (call.text(0)?, call.text(1)?);
    call.write(|row, out| {
        let mut next = Network::of(Family::V4, first.get(row)?)?.number();
        let last = Network::of(Family::V4, last.get(row)?)?.number();
        if next > last {
            return None;
        }
        let mut list = Writer::array(out);
        while next <= last {
            // The greatest range that begins here: as far as the address is aligned, and not beyond the last.
            let aligned = if next == 0 { 32 } else { next.trailing_zeros() };
            let length = aligned.min((last - next + 1).ilog2());
            let address = std::net::Ipv4Addr::from(u32::try_from(next).ok()?);
            list.text(&format!("{address}/{}", 32 - length));
            next += 1 << length;
        }
        list.end();
        Some(())
    })
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, every_text_type, refuses};

    #[tokio::test]
    async fn addresses_as_numbers_and_texts() {
        for (expression, answer) in [
            (
                "parse_ipv4('255.255.255.255/31'), parse_ipv4('x'), parse_ipv4(NULL), parse_ipv4('')",
                "4294967294, NULL, NULL, NULL",
            ),
            (
                "parse_ipv4_mask('1.2.3.4', 33), parse_ipv4_mask('1.2.3.4', NULL), parse_ipv4_mask('1.2.3.4/8', 16)",
                "NULL, NULL, 16777216",
            ),
            (
                "format_ipv4('192.168.1.1/24', 32), format_ipv4('192.168.1.1/24', -1) = '', format_ipv4('x') = ''",
                "192.168.1.0, true, true",
            ),
            (
                "format_ipv4(-1) = '', format_ipv4(4294967296) = '', format_ipv4(0), format_ipv4(NULL)",
                "true, true, 0.0.0.0, NULL",
            ),
            ("format_ipv4_mask('192.168.1.1', 24), format_ipv4_mask(3232235777)", "192.168.1.0/24, 192.168.1.1/32"),
            ("parse_ipv6('255.255.255.255'), parse_ipv6('x') = ''", "0000:0000:0000:0000:0000:ffff:ffff:ffff, true"),
            (
                "parse_ipv6_mask('192.168.255.255', 120), parse_ipv6_mask('::1', 129) = ''",
                "0000:0000:0000:0000:0000:ffff:c0a8:ff00, true",
            ),
            ("ipv4_netmask_suffix('127.0.0.1/16'), ipv4_netmask_suffix('127.0.0.1/99')", "16, NULL"),
        ] {
            answers(expression, answer).await;
        }
    }

    #[tokio::test]
    async fn addresses_compared() {
        for (expression, answer) in [
            (
                "ipv4_is_match('192.168.1.1/30', '192.168.1.255/24'), ipv4_compare('192.168.1.1', '192.168.1.0', 31)",
                "true, 0",
            ),
            (
                "ipv4_compare('9.0.0.0', '10.0.0.0'), ipv4_compare('10.0.0.0', '9.0.0.0'), ipv4_compare('10.0.0.0', 'x')",
                "-1, 1, NULL",
            ),
            ("ipv4_is_match('10.0.0.1', '10.0.0.2'), ipv4_is_match('10.0.0.1', '10.0.0.1', 33)", "false, NULL"),
            (
                "ipv6_is_match('192.168.1.1/24', '::ffff:c0a8:01ff'), ipv6_is_match('::192.168.1.1/30', '192.168.1.255/24')",
                "true, true",
            ),
            (
                "ipv6_compare('fe80::85d:e82c:9446:7994/127', 'fe80::85d:e82c:9446:7998', 120), ipv6_compare('::1', '::2')",
                "0, -1",
            ),
        ] {
            answers(expression, answer).await;
        }
    }

    #[tokio::test]
    async fn ranges() {
        let addresses = [Some("10.1.2.3"), Some("123.1.11.21"), Some("::1"), None];
        every_text_type(&addresses, "ipv4_is_in_range(t, '10.0.0.1/8')", &["true", "false", "NULL", "NULL"]).await;
        every_text_type(
            &addresses,
            "ipv4_is_in_any_range(t, '192.168.1.1/16', '10.0.0.1/8')",
            &["true", "false", "NULL", "NULL"],
        )
        .await;
        every_text_type(&addresses, "ipv6_is_in_any_range(t, '::/96', 'x')", &["false", "false", "true", "NULL"]).await;
        for (expression, answer) in [
            (
                "ipv4_is_in_any_range('127.0.0.1', ['127.0.0.1', '192.168.1.1']), ipv4_is_in_any_range('1.2.3.4', 'x')",
                "true, NULL",
            ),
            (
                "ipv4_is_in_any_range('1.2.3.4', r) FROM (VALUES ('1.2.0.0/16'), ('2.0.0.0/8'), (NULL)) AS t(r)",
                "true; false; NULL",
            ),
            ("ipv4_is_in_range('1.2.3.4', 'x'), ipv4_is_in_range('1.2.3.4', '0.0.0.0/0')", "NULL, true"),
            (
                "ipv6_is_in_range('a5e:f127::abcd', 'a5e:f127::0/112'), ipv6_is_in_range('a5e::1', '0:0:0:0:0:ffff:c0a8:ac/60')",
                "true, false",
            ),
            (
                "ipv4_is_private('172.31.255.255'), ipv4_is_private('172.32.0.0'), ipv4_is_private('192.168.1.1/24'), ipv4_is_private('10.0.0.0/7')",
                "true, false, true, false",
            ),
            (
                "ipv4_range_to_cidr_list('0.0.0.0', '255.255.255.255'), ipv4_range_to_cidr_list('1.1.1.1', '1.1.1.1')",
                r#"["0.0.0.0/0"], ["1.1.1.1/32"]"#,
            ),
            ("ipv4_range_to_cidr_list('1.1.1.2', '1.1.1.1'), ipv4_range_to_cidr_list('x', '1.1.1.1')", "NULL, NULL"),
            ("ipv4_range_to_cidr_list('255.255.255.254', '255.255.255.255')", r#"["255.255.255.254/31"]"#),
        ] {
            answers(expression, answer).await;
        }
        refuses("ipv4_is_in_range(1, '10.0.0.0/8')", "argument 1 must be text").await;
    }
}
