//! IPv4 addresses in running text: `has_ipv4`, `has_ipv4_prefix` and their forms of several addresses.
//!
//! An address is found where it is one: with no letter or digit before or behind it, and with four numbers up to 255.

use std::net::Ipv4Addr;

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use crate::{
    functions::{
        call::{Answer, Call, Cell, Cells, Family, Kind, Param, Param::Need, Param::Rest},
        definition::Section,
    },
    json::value::Value,
};

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    const ONE: (&[Param], Answer) = (&[Need(Kind::Text), Need(Kind::Text)], Answer::Bool);
    const MANY: (&[Param], Answer) = (&[Need(Kind::Text), Need(Kind::Any), Rest(Kind::Any)], Answer::Bool);
    let network = Family(Section::Network);
    [
        network.function("has_any_ipv4(text, ip, …)", "Whether at least one of the IPv4 addresses, texts or JSON arrays of texts, stands in the text.", ("SELECT has_any_ipv4('from 127.0.0.1 at 5', '10.0.0.1', '127.0.0.1')", "true"), MANY, |call| any(call, has_address)),
        network.function("has_any_ipv4_prefix(text, prefix, …)", "Whether an IPv4 address stands in the text that begins with at least one of the prefixes, texts or JSON arrays of texts.", ("SELECT has_any_ipv4_prefix('from 127.0.0.1 at 5', '10.', '127.0.')", "true"), MANY, |call| any(call, has_prefix)),
        network.function("has_ipv4(text, ip)", "Whether the IPv4 address stands in the text.", ("SELECT has_ipv4('from 127.0.0.1 at 5', '127.0.0.1'), has_ipv4('from 127.0.0.12', '127.0.0.1')", "true, false"), ONE, |call| any(call, has_address)),
        network.function("has_ipv4_prefix(text, prefix)", "Whether an IPv4 address stands in the text that begins with the prefix: whole numbers that end in a point, or a whole address.", ("SELECT has_ipv4_prefix('from 127.0.0.1 at 5', '127.0.'), has_ipv4_prefix('from 127.0.0.1', '127.0')", "true, false"), ONE, |call| any(call, has_prefix)),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

fn any(call: &Call, has: impl Fn(&str, &str) -> bool) -> Result<ArrayRef> {
    let (texts, needles) = (call.text(0)?, call.cells_from(1)?);
    call.truths(|row| {
        let text = texts.get(row)?;
        Some(needles.iter().any(|needle| any_of(needle, row, |needle| has(text, needle))))
    })
}

fn any_of(needles: &Cells, row: usize, has: impl Fn(&str) -> bool) -> bool {
    match needles.get(row) {
        Cell::Text(needle) => has(needle),
        Cell::Dynamic(value) => match value.items() {
            Some(mut items) => items.any(|item| has(&Value::of(item).text())),
            None => has(&value.text()),
        },
        _ => false,
    }
}

fn has_address(text: &str, address: &str) -> bool {
    address.parse::<Ipv4Addr>().is_ok() && places(text, address).any(|rest| is_end(&rest[address.len()..]))
}

/// Whether nothing that belongs to a word comes first.
fn is_end(rest: &str) -> bool {
    rest.chars().next().is_none_or(|next| !next.is_alphanumeric())
}

fn has_prefix(text: &str, prefix: &str) -> bool {
    is_prefix(prefix) && places(text, prefix).any(begins_with_address)
}

/// One to three numbers up to 255, each with a point behind it, or a whole address.
fn is_prefix(prefix: &str) -> bool {
    match prefix.strip_suffix('.') {
        Some(numbers) => {
            let count = numbers.split('.').count();
            let zeros = "0.".repeat(4_usize.saturating_sub(count));
            count < 4 && format!("{numbers}.{}", zeros.trim_end_matches('.')).parse::<Ipv4Addr>().is_ok()
        }
        None => prefix.parse::<Ipv4Addr>().is_ok(),
    }
}

/// What is left of the text from each place on where the needle begins and no word reaches up to it.
fn places<'t>(text: &'t str, needle: &str) -> impl Iterator<Item = &'t str> {
    memchr::memmem::find_iter(text.as_bytes(), needle.as_bytes())
        .collect::<Vec<_>>()
        .into_iter()
        .filter_map(move |place| Some((text.get(..place)?, text.get(place..)?)))
        .filter(|(before, _)| before.chars().next_back().is_none_or(|last| !last.is_alphanumeric()))
        .map(|(_, rest)| rest)
}

/// Whether four numbers up to 255 with points between them, and nothing that belongs to a word behind them, come first.
fn begins_with_address(text: &str) -> bool {
    let mut points = 0;
    let end = text.find(|char: char| {
        points += usize::from(char == '.');
        !char.is_ascii_digit() && (char != '.' || points > 3)
    });
    let (address, rest) = text.split_at(end.unwrap_or(text.len()));
    address.parse::<Ipv4Addr>().is_ok() && is_end(rest)
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, every_text_type};

    #[tokio::test]
    async fn addresses_stand_by_themselves() {
        let texts = [
            Some("05:04:54 127.0.0.1 GET /favicon.ico 404"),
            Some("05:04:54127.0.0.1 GET"),
            Some("127.0.0.1"),
            Some("src=127.0.0.1:443"),
            Some("127.0.0.12, é127.0.0.1"),
            Some(""),
            None,
        ];
        let expected = ["true", "false", "true", "true", "false", "false", "NULL"];
        every_text_type(&texts, "has_ipv4(t, '127.0.0.1')", &expected).await;
        every_text_type(&texts, "has_any_ipv4(t, ['10.0.0.1', '127.0.0.1'])", &expected).await;
        every_text_type(
            &texts,
            "has_ipv4_prefix(t, '127.0.0.1')",
            &["true", "false", "true", "true", "true", "false", "NULL"],
        )
        .await;
    }

    #[tokio::test]
    async fn what_is_no_address_is_not_found() {
        for (expression, answer) in [
            ("has_ipv4('a 127.0.0.256 b', '127.0.0.256'), has_any_ipv4('1.1.1.1', 'x', NULL)", "false, false"),
            ("has_ipv4_prefix('a 127.0.0.256 b', '127.0.'), has_ipv4_prefix('127.0.1', '127.0.')", "false, false"),
            (
                "has_ipv4_prefix('10.1.2.3.4', '10.'), has_ipv4_prefix('10.1.2.3x', '10.'), has_ipv4_prefix('110.1.2.3', '10.')",
                "true, false, false",
            ),
            (
                "has_ipv4_prefix('10.1.2.3', '10.1.2.3.'), has_ipv4_prefix('10.1.2.3', ''), has_ipv4_prefix('10.1.2.3', '.')",
                "false, false, false",
            ),
            (
                "has_any_ipv4_prefix('10.1.2.3', p) FROM (VALUES ('11.'), ('10.1.'), (NULL)) AS t(p)",
                "false; true; false",
            ),
        ] {
            answers(expression, answer).await;
        }
    }
}
