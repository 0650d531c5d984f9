//! Addresses inside a text: `has_ipv4`, `has_any_ipv4_prefix`, … An address stands for itself where no letter, digit or
//! further part of an address touches it.

use std::{borrow::Cow, net::Ipv4Addr};

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use crate::functions::{
    call::{Answer, Call, Cell, Family, Kind, Param, Param::Need, Param::Rest},
    definition::Section,
};

/// The functions of this family.
pub(super) fn functions() -> Vec<ScalarUDF> {
    const ONE: &[Param] = &[Need(Kind::Any), Need(Kind::Text)];
    const MANY: &[Param] = &[Need(Kind::Any), Need(Kind::Any), Rest(Kind::Any)];
    let network = Family(Section::Network);
    [
        network.function(
            "has_ipv4(text, ip)",
            "Whether the IPv4 address stands in the text.",
            ("SELECT has_ipv4('05:04:54 127.0.0.1 GET', '127.0.0.1'), has_ipv4('127.0.0.11', '127.0.0.1')", "true, false"),
            (ONE, Answer::Bool),
            |call| any(call, false),
        ),
        network.function(
            "has_ipv4_prefix(text, prefix)",
            "Whether an IPv4 address that begins with the prefix stands in the text. A prefix ends with a point or is a \
             whole address.",
            ("SELECT has_ipv4_prefix('from 192.168.1.7:80', '192.168.'), has_ipv4_prefix('x', '1.')", "true, false"),
            (ONE, Answer::Bool),
            |call| any(call, true),
        ),
        network.function(
            "has_any_ipv4(text, ip, …)",
            "Whether one of the IPv4 addresses, which are texts or JSON arrays of texts, stands in the text.",
            ("SELECT has_any_ipv4('from 10.0.0.1', '127.0.0.1', '10.0.0.1')", "true"),
            (MANY, Answer::Bool),
            |call| any(call, false),
        ),
        network.function(
            "has_any_ipv4_prefix(text, prefix, …)",
            "Whether an IPv4 address that begins with one of the prefixes, which are texts or JSON arrays of texts, \
             stands in the text.",
            (r#"SELECT has_any_ipv4_prefix('from 10.0.0.1', parse_json('["127.", "10."]'))"#, "true"),
            (MANY, Answer::Bool),
            |call| any(call, true),
        ),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

fn any(call: &Call, prefix: bool) -> Result<ArrayRef> {
    let (source, wanted) = (call.cells(0)?, call.cells_from(1)?);
    call.truths(|row| {
        let text = match source.get(row) {
            Cell::Null => return None,
            Cell::Text(text) => Cow::Borrowed(text),
            other => {
                let mut text = String::new();
                other.push_text(&mut text);
                Cow::Owned(text)
            }
        };
        Some(wanted.iter().any(|wanted| match wanted.get(row) {
            Cell::Text(wanted) => stands(&text, wanted, prefix),
            Cell::Dynamic(value) => match value.items() {
                Some(mut items) => items.any(|item| stands(&text, &crate::json::value::Value::of(item).text(), prefix)),
                None => stands(&text, &value.text(), prefix),
            },
            _ => false,
        }))
    })
}

/// Whether an address, or one with such a beginning, stands in the text.
fn stands(text: &str, wanted: &str, prefix: bool) -> bool {
    let address = wanted.parse::<Ipv4Addr>().ok();
    let beginning = prefix && address.is_none() && is_beginning(wanted);
    if address.is_none() && !beginning {
        return false;
    }
    addresses(text).any(|(found, spelled)| match address {
        Some(address) => found == address,
        None => spelled.starts_with(wanted),
    })
}

/// One to three parts of an address, each with a point behind it.
fn is_beginning(prefix: &str) -> bool {
    let Some(parts) = prefix.strip_suffix('.') else { return false };
    let parts = parts.split('.');
    parts.clone().count() <= 3 && parts.into_iter().all(|part| !part.starts_with('+') && part.parse::<u8>().is_ok())
}

/// The addresses in a text.
fn addresses(text: &str) -> impl Iterator<Item = (Ipv4Addr, &str)> {
    let runs = text.split(|c: char| !c.is_alphanumeric() && c != '.');
    runs.filter_map(|run| {
        // A point at the end is that of a sentence.
        let run = run.trim_matches('.');
        run.parse().ok().map(|address| (address, run))
    })
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::answers;

    #[tokio::test]
    async fn addresses_stand_alone() {
        for (arguments, expected) in [
            ("'127.0.0.1', '127.0.0.1'", "true"),
            ("'at 127.0.0.1.', '127.0.0.1'", "true"),
            ("'[127.0.0.1]:80', '127.0.0.1'", "true"),
            ("'x127.0.0.1', '127.0.0.1'", "false"),
            ("'127.0.0.1.5', '127.0.0.1'", "false"),
            ("'127.0.0.1', '127.0.0'", "false"),
            ("'', '127.0.0.1'", "false"),
            ("NULL, '127.0.0.1'", "NULL"),
        ] {
            answers(&format!("has_ipv4({arguments})"), expected).await;
        }
        for (arguments, expected) in [
            ("'192.168.1.7', '192.168'", "false"),
            ("'192.168.1.7', '192.168.1.'", "true"),
            ("'192.168.1.7', '192.168.1.7'", "true"),
            ("'192.168.11.7', '192.168.1.'", "false"),
            ("'1.2.3.4', '.'", "false"),
            ("'1.2.3.4', 'x.'", "false"),
        ] {
            answers(&format!("has_ipv4_prefix({arguments})"), expected).await;
        }
        answers(r#"has_any_ipv4('a 1.2.3.4', parse_json('["9.9.9.9", "1.2.3.4"]'), '8.8.8.8')"#, "true").await;
    }
}
