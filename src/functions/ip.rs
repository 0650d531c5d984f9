//! Functions of IP addresses, of both families. An IPv4 address mapped into IPv6 (`::ffff:10.0.0.1`, as sensors on
//! dual-stack sockets report it) is taken as the IPv4 address that it is.

mod kusto;
pub(super) mod network;
mod place;
mod within;

use std::{net::IpAddr, sync::Arc};

use datafusion::{
    arrow::{
        array::BooleanArray,
        datatypes::{DataType, Field, FieldRef},
    },
    common::{Result, ScalarValue, plan_err},
    logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl},
};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

pub use self::place::{Locate, Place, geo_info_from_ip_address};
use super::{
    arguments::{Text, Texts, check_text, check_text_or_list, exactly},
    definition::{Definition, Section, Words, defined},
    prepared::Prepared,
};

/// The functions of this family.
pub(super) fn functions() -> Vec<ScalarUDF> {
    let in_cidr = Words {
        section: Section::Network,
        syntax: "ip_in_cidr(ip, range, …)",
        description: "Whether the IP address lies in at least one of the ranges, written as network/bits or as one \
                      address. Ranges are texts, lists of text, or both. NULL if ip is no address \
                      or no range is usable.",
        example: (
            "SELECT ip_in_cidr('10.1.2.3', '10.0.0.0/8'), ip_in_cidr('2001:db8::1', ['10.0.0.0/8', '2001:db8::/32'])",
            "true, true",
        ),
    };
    let is_private = Words {
        section: Section::Network,
        syntax: "ip_is_private(ip)",
        description: "Whether the IP address is of a private network: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or \
                      fc00::/7. Loopback and link-local addresses are not. NULL if ip is no address.",
        example: (
            "SELECT ip_is_private('192.168.1.20'), ip_is_private('8.8.8.8'), ip_is_private('')",
            "true, false, NULL",
        ),
    };
    let ours = [
        ScalarUDF::from(IpInCidr { definition: Definition::new(in_cidr, (1, None)), prepared: Prepared::default() }),
        ScalarUDF::from(IpIsPrivate { definition: Definition::new(is_private, (1, Some(1))) }),
    ];
    let kustos = [kusto::functions, place::functions, within::functions].into_iter().flat_map(|family| family());
    ours.into_iter().chain(kustos).collect()
}

/// An address as events write it: with blanks around it, a zone (`fe80::1%12`), or a prefix length, which masks it.
pub(super) fn parse_ip(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let unzoned = text.split_once('%').map_or(text, |(address, _)| address);
    let address = match unzoned.parse() {
        Ok(address) => address,
        Err(_) => unzoned.parse::<IpNet>().ok()?.network(),
    };
    Some(address.to_canonical())
}

/// `network/bits`, where bits of the network beyond the mask do not count, or one address.
pub(super) fn parse_range(text: &str) -> Option<IpNet> {
    let text = text.trim();
    match text.parse() {
        Ok(IpNet::V6(range)) => Some(unmap(range)),
        Ok(range) => Some(range),
        Err(_) => text.parse::<IpAddr>().ok().map(|address| IpNet::from(address.to_canonical())),
    }
}

fn unmap(range: Ipv6Net) -> IpNet {
    let mapped = range.addr().to_ipv4_mapped().zip(range.prefix_len().checked_sub(96));
    match mapped.map(|(address, bits)| Ipv4Net::new(address, bits)) {
        Some(Ok(range)) => IpNet::V4(range),
        _ => IpNet::V6(range),
    }
}

/// Of a network that is not routed on the internet, by the address plans of RFC 1918 and RFC 4193.
pub(super) fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct IpInCidr {
    definition: Definition,
    prepared: Prepared<Vec<IpNet>>,
}

impl ScalarUDFImpl for IpInCidr {
    defined!();

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    /// Also refuses a constant range that is none, while the query is planned: a slip of the pen in a range would
    /// otherwise be a filter that quietly drops all rows.
    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let name = self.name();
        let [ip, ranges @ ..] = args.arg_fields else { return plan_err!("{name}: the address is missing") };
        if ranges.is_empty() {
            return plan_err!("{name}: the range is missing; write {}", self.definition.documentation.syntax_example);
        }
        check_text(name, 1, ip.data_type())?;
        for (index, range) in ranges.iter().enumerate() {
            check_text_or_list(name, index + 2, range.data_type())?;
        }
        for range in args.scalar_arguments.iter().skip(1).flatten() {
            let constant = [ColumnarValue::Scalar((*range).clone())];
            for text in Texts::of(&constant)?.get(0).into_iter().flatten() {
                if parse_range(text).is_none() {
                    return plan_err!("{name}: '{text}' is no IP range; write one such as 10.0.0.0/8 or 2001:db8::/32");
                }
            }
        }
        Ok(Arc::new(Field::new(name, DataType::Boolean, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some((ip, ranges)) = args.args.split_first() else { return plan_err!("{}: no arguments", self.name()) };
        let (ip, ranges) = (Text::of(ip)?, Texts::of(ranges)?);
        if ranges.is_constant() {
            let Some(texts) = ranges.get(0) else { return Ok(ColumnarValue::Scalar(ScalarValue::Boolean(None))) };
            let ranges = self.prepared.get(&texts, || Ok(parse_ranges(&texts)))?;
            return Ok(ip.test_or_null(args.number_rows, |ip| is_in_any(parse_ip(ip)?, &ranges)));
        }
        let hits =
            (0..args.number_rows).map(|row| is_in_any(parse_ip(ip.get(row)?)?, &parse_ranges(&ranges.get(row)?)));
        Ok(ColumnarValue::Array(Arc::new(hits.collect::<BooleanArray>())))
    }
}

fn parse_ranges(texts: &[&str]) -> Vec<IpNet> {
    texts.iter().filter_map(|text| parse_range(text)).collect()
}

/// `None` if there is no range to be in.
fn is_in_any(address: IpAddr, ranges: &[IpNet]) -> Option<bool> {
    (!ranges.is_empty()).then(|| ranges.iter().any(|range| range.contains(&address)))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct IpIsPrivate {
    definition: Definition,
}

impl ScalarUDFImpl for IpIsPrivate {
    defined!();

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        if let [ip] = args.arg_fields {
            check_text(self.name(), 1, ip.data_type())?;
        }
        Ok(Arc::new(Field::new(self.name(), DataType::Boolean, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [ip] = exactly(&args.args)?;
        Ok(Text::of(ip)?.test_or_null(args.number_rows, |ip| parse_ip(ip).map(is_private)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::testing::{answers, every_text_type, refuses};

    #[tokio::test]
    async fn addresses_of_both_families_in_ranges() {
        let texts = [Some("10.1.2.3"), Some("11.0.0.1"), Some("::ffff:10.9.9.9"), Some("2001:db8::7"), Some("x"), None];
        let expected = ["true", "false", "true", "false", "NULL", "NULL"];
        every_text_type(&texts, "ip_in_cidr(t, '10.0.0.0/8')", &expected).await;
        let expected = ["false", "false", "false", "true", "NULL", "NULL"];
        every_text_type(&texts, "ip_in_cidr(t, ['2001:db8::/32', NULL], '192.168.0.0/16')", &expected).await;
    }

    #[tokio::test]
    async fn ranges_are_masked_mapped_and_single() {
        answers(
            "ip_in_cidr('192.168.1.1', '192.168.1.255/24'), ip_in_cidr('192.168.1.1', '192.168.1.1')",
            "true, true",
        )
        .await;
        answers("ip_in_cidr('10.1.1.1', '::ffff:10.0.0.0/104'), ip_in_cidr('10.1.1.1', '::/0')", "true, false").await;
        answers("ip_in_cidr('0.0.0.0', '0.0.0.0/0'), ip_in_cidr('::1', '::1/128')", "true, true").await;
        answers("ip_in_cidr('1.2.3.4', r) FROM (VALUES ('1.2.0.0/16'), ('bad'), (NULL)) AS v(r)", "true; NULL; NULL")
            .await;
        answers("ip_in_cidr('1.2.3.4', []), ip_in_cidr('1.2.3.4', NULL), ip_in_cidr(NULL, '::/0')", "NULL, NULL, NULL")
            .await;
    }

    #[tokio::test]
    async fn a_constant_range_that_is_none_is_refused() {
        refuses("ip_in_cidr('10.0.0.1', '10.0.0.0/33')", "ip_in_cidr: '10.0.0.0/33' is no IP range").await;
        refuses("ip_in_cidr('10.0.0.1', ['10.0.0.0/8', '10'])", "ip_in_cidr: '10' is no IP range").await;
        refuses("ip_in_cidr('10.0.0.1')", "ip_in_cidr: the range is missing").await;
        refuses("ip_in_cidr(1, '10.0.0.0/8')", "argument 1 must be text").await;
    }

    #[tokio::test]
    async fn private_networks() {
        let texts =
            [Some("10.1.2.3"), Some("172.31.0.1"), Some("172.32.0.1"), Some("127.0.0.1"), Some("fd00::1"), None];
        every_text_type(&texts, "ip_is_private(t)", &["true", "true", "false", "false", "true", "NULL"]).await;
        answers(
            "ip_is_private('192.168.1.1/24'), ip_is_private('::ffff:10.0.0.1'), ip_is_private('fe80::1%12')",
            "true, true, false",
        )
        .await;
        answers("ip_is_private(''), ip_is_private('10.0.0.1:443'), ip_is_private(' 10.0.0.1 ')", "NULL, NULL, true")
            .await;
    }

    #[test]
    fn addresses_as_events_write_them() {
        assert_eq!(parse_ip("::FFFF:1.2.3.4"), "1.2.3.4".parse().ok());
        assert_eq!(parse_ip("fe80::1%eth0"), "fe80::1".parse().ok());
        assert_eq!(parse_ip("1.2.3.4/16"), "1.2.0.0".parse().ok());
        assert_eq!(parse_ip("1.2.3"), None);
        assert_eq!(parse_ip("1.2.3.4/99"), None);
    }
}
