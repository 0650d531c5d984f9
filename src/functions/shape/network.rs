//! Keys by which addresses meet the networks that hold them, so that a lookup is a join of equal keys.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{ArrayRef, AsArray, Int64Array, StringViewArray},
        compute::cast,
        datatypes::{DataType, Field, FieldRef, Int64Type},
    },
    common::{Result, plan_err},
    logical_expr::{ScalarFunctionArgs, ScalarUDF, Volatility},
};

use super::{Shape, made};
use crate::functions::{
    arguments::Text,
    ip::network::{Family, Network},
};

/// A function of networks or addresses in text; null where the text is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Networks {
    /// `(network)`: how many of its bits count.
    Bits,
    /// `(network)`: its key.
    Key,
    /// `(address, bits)`: the key of the network of so many bits that holds the address.
    KeyOfAddress,
}

impl Networks {
    /// The function, for IPv6 or IPv4.
    pub fn function(self, v6: bool) -> ScalarUDF {
        made(Of { what: self, v6 }, Volatility::Immutable)
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Of {
    what: Networks,
    v6: bool,
}

impl Shape for Of {
    const NAME: &'static str = "network";

    fn field(&self, _: &[FieldRef]) -> Result<FieldRef> {
        let kind = if self.what == Networks::Bits { DataType::Int64 } else { DataType::Utf8View };
        Ok(Arc::new(Field::new(Self::NAME, kind, true)))
    }

    fn run(&self, args: &ScalarFunctionArgs) -> Result<ArrayRef> {
        let Some(text) = args.args.first() else { return plan_err!("a lookup of networks has no address") };
        let text = Text::of(text)?;
        let family = if self.v6 { Family::V6 } else { Family::V4 };
        let networks = (0..args.number_rows).map(|row| Network::of(family, text.get(row)?));
        match (self.what, args.args.get(1)) {
            (Networks::Bits, _) => {
                let bits = networks.map(|network| network.map(|network| i64::from(network.bits())));
                Ok(Arc::new(bits.collect::<Int64Array>()))
            }
            (Networks::Key, _) => {
                let keys = networks.map(|network| network.map(|network| network.key(network.bits())));
                Ok(Arc::new(keys.collect::<StringViewArray>()))
            }
            (Networks::KeyOfAddress, Some(bits)) => {
                let bits = cast(&bits.to_array(args.number_rows)?, &DataType::Int64)?;
                let bits = bits.as_primitive::<Int64Type>().iter();
                let keys = networks.zip(bits).map(|(network, bits)| Some(network?.key(u32::try_from(bits?).ok()?)));
                Ok(Arc::new(keys.collect::<StringViewArray>()))
            }
            (Networks::KeyOfAddress, None) => plan_err!("a lookup of networks has no bits"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_and_its_addresses_have_one_key() {
        for (family, network, address, is_in) in [
            (Family::V4, "10.1.0.0/16", "10.1.2.3", true),
            (Family::V4, "10.1.9.9/16", "10.1.2.3", true),
            (Family::V4, "10.1.0.0/16", "10.2.2.3", false),
            (Family::V4, "10.1.2.3", "10.1.2.3", true),
            (Family::V4, "0.0.0.0/0", "10.1.2.3", true),
            (Family::V4, "10.0.0.0/8", "10.0.0.0/4", false),
            (Family::V6, "a5e:f127::/48", "a5e:f127::1", true),
            (Family::V6, "192.168.0.0/16", "::ffff:192.168.3.4", true),
        ] {
            let (network, address) = (Network::of(family, network).unwrap(), Network::of(family, address).unwrap());
            assert_eq!(address.is_in(network), is_in);
            assert_eq!(address.key(network.bits()) == network.key(network.bits()), is_in, "{network:?} {address:?}");
        }
    }
}
