//! Kusto's IP addresses: IPv4 and IPv6 with an optional prefix length, as numbers to mask and compare.

use std::{
    cmp::Ordering,
    net::{Ipv4Addr, Ipv6Addr},
};

/// An address and how many of its leading bits count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::functions) struct Network {
    address: u128,
    bits: u32,
    /// All bits of an address of this family.
    width: u32,
}

/// The family in which a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::functions) enum Family {
    V4,
    /// IPv4 addresses are taken as IPv6 addresses, into which they are mapped.
    V6,
}

/// The bits of an IPv6 address before a mapped IPv4 address.
const MAPPED_BITS: u32 = 96;

impl Network {
    /// An address with or without `/bits`.
    pub fn of(family: Family, text: &str) -> Option<Self> {
        let text = text.trim();
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let (address, width, skipped) = match family {
            Family::V4 => (u128::from(u32::from(address.parse::<Ipv4Addr>().ok()?)), 32, 0),
            Family::V6 => match mapped_text(address) {
                Some(address) => (u128::from(address.to_ipv6_mapped()), 128, MAPPED_BITS),
                None => (u128::from(address.parse::<Ipv6Addr>().ok()?), 128, 0),
            },
        };
        let bits = bits.map_or(Some(width), |bits| bits.checked_add(skipped)).filter(|bits| *bits <= width)?;
        Some(Self { address, bits, width }.masked())
    }

    /// The IPv4 address of a number.
    pub fn of_number(number: i64) -> Option<Self> {
        Some(Self { address: u128::from(u32::try_from(number).ok()?), bits: 32, width: 32 })
    }

    /// The same with no more than so many bits; `None` if they are not a number of bits of this family.
    pub fn within(self, bits: i64) -> Option<Self> {
        let bits = u32::try_from(bits).ok().filter(|bits| *bits <= self.width)?;
        Some(Self { bits: bits.min(self.bits), ..self }.masked())
    }

    fn masked(self) -> Self {
        let unused = self.width - self.bits;
        let address = self.address.checked_shr(unused).and_then(|kept| kept.checked_shl(unused)).unwrap_or(0);
        Self { address, ..self }
    }

    /// How the addresses compare in the bits that count in both.
    pub fn compare(self, other: Self) -> Ordering {
        let bits = self.bits.min(other.bits);
        let masked = |network: Self| Self { bits, ..network }.masked().address;
        masked(self).cmp(&masked(other))
    }

    /// The address with its first bits only, and how many these are: equal for a range and all addresses in it.
    pub fn key(self, bits: u32) -> String {
        format!("{bits}/{:x}", Self { bits: bits.min(self.width), ..self }.masked().address)
    }

    /// Whether this address lies in a range.
    pub fn is_in(self, range: Self) -> bool {
        Self { bits: range.bits, ..self }.masked().address == range.address
    }

    /// The address as a number.
    pub fn number(self) -> u128 {
        self.address
    }

    /// How many leading bits count.
    pub fn bits(self) -> u32 {
        self.bits
    }

    /// The IPv4 address in its text form.
    pub fn v4_text(self) -> String {
        Ipv4Addr::from(u32::try_from(self.address).unwrap_or(u32::MAX)).to_string()
    }

    /// The IPv6 address with all of its digits.
    pub fn v6_text(self) -> String {
        Ipv6Addr::from(self.address).segments().map(|segment| format!("{segment:04x}")).join(":")
    }
}

/// The IPv4 address of `1.2.3.4`, and of `::1.2.3.4` and `::ffff:1.2.3.4`, by which Kusto means the same.
fn mapped_text(text: &str) -> Option<Ipv4Addr> {
    let (before, address) = text.rsplit_once(':').unwrap_or(("", text));
    let is_mapped = text.len() == address.len() || before == ":" || before.eq_ignore_ascii_case("::ffff");
    address.parse().ok().filter(|_| is_mapped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_masked() {
        let v4 = |text| Network::of(Family::V4, text).map(|network| (network.v4_text(), network.bits()));
        assert_eq!(v4("192.168.1.77/24"), Some(("192.168.1.0".to_owned(), 24)));
        assert_eq!(v4(" 10.0.0.1 "), Some(("10.0.0.1".to_owned(), 32)));
        assert_eq!(v4("255.1.2.3/0"), Some(("0.0.0.0".to_owned(), 0)));
        for wrong in ["", "1.2.3", "1.2.3.256", "1.2.3.4/33", "1.2.3.4/-1", "::1", "1.2.3.4/", "01.2.3.4", "/8"] {
            assert_eq!(v4(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn ipv4_addresses_are_mapped_into_ipv6() {
        let v6 = |text| Network::of(Family::V6, text).map(|network| (network.v6_text(), network.bits()));
        let mapped = |tail: &str, bits| Some((format!("0000:0000:0000:0000:0000:ffff:{tail}"), bits));
        assert_eq!(v6("192.168.255.255/24"), mapped("c0a8:ff00", 120));
        assert_eq!(v6("::192.168.255.255"), mapped("c0a8:ffff", 128));
        assert_eq!(v6("::FFFF:192.168.255.255/16"), mapped("c0a8:0000", 112));
        assert_eq!(v6("::ffff:c0a8:ffff/112"), mapped("c0a8:0000", 112));
        assert_eq!(v6("fe80::1/0").map(|(_, bits)| bits), Some(0));
        for wrong in ["", "1.2.3.4/33", "::1/129", "fe80::1%eth0", "g::"] {
            assert_eq!(v6(wrong), None, "{wrong}");
        }
    }
}
