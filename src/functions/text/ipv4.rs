//! IPv4 addresses within text: `has_ipv4` and its kin. An address counts where no letter or digit touches it.

use std::net::Ipv4Addr;

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use crate::{
    functions::{
        call::{
            Answer, Call, Cell, Cells, Family,
            Kind::{Any, Text},
            Param::{Need, Rest},
        },
        definition::Section,
    },
    json::value::Value,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Network);
    let functions = [
        family.function(
            "has_ipv4(text, address)",
            "Whether the IPv4 address is in the text, with no letter or digit at its ends.",
            ("SELECT has_ipv4('05:04:54 127.0.0.1 GET /', '127.0.0.1'), has_ipv4('x127.0.0.1', '127.0.0.1')", "true, false"),
            (&[Need(Text), Need(Text)], Answer::Bool),
            |call| search(call, address),
        ),
        family.function(
            "has_any_ipv4(text, address, …)",
            "Whether one of the IPv4 addresses is in the text. They are texts, arrays of them, or both.",
            ("SELECT has_any_ipv4('GET 10.1.1.115', '127.0.0.1', '10.1.1.115')", "true"),
            (&[Need(Text), Need(Any), Rest(Any)], Answer::Bool),
            |call| search(call, address),
        ),
        family.function(
            "has_ipv4_prefix(text, prefix)",
            "Whether an IPv4 address that begins so is in the text: a prefix is whole numbers with a dot at its end, or \
             an address.",
            ("SELECT has_ipv4_prefix('GET 127.0.0.1 /', '127.0.'), has_ipv4_prefix('GET 127.0.0.1 /', '127.0')", "true, false"),
            (&[Need(Text), Need(Text)], Answer::Bool),
            |call| search(call, prefix),
        ),
        family.function(
            "has_any_ipv4_prefix(text, prefix, …)",
            "Whether an IPv4 address that begins with one of the prefixes is in the text. They are texts, arrays of \
             them, or both.",
            ("SELECT has_any_ipv4_prefix('GET 10.1.1.115', ['127.', '10.1.'])", "true"),
            (&[Need(Text), Need(Any), Rest(Any)], Answer::Bool),
            |call| search(call, prefix),
        ),
    ];
    functions.map(ScalarUDF::from).into()
}

/// The first numbers of an address, as many as are given.
type Numbers = Vec<u8>;

fn address(text: &str) -> Option<Numbers> {
    text.trim().parse::<Ipv4Addr>().ok().map(|address| address.octets().to_vec())
}

fn prefix(text: &str) -> Option<Numbers> {
    let text = text.trim();
    let Some(numbers) = text.strip_suffix('.') else { return address(text) };
    let numbers: Numbers = numbers.split('.').map(number).collect::<Option<_>>()?;
    (numbers.len() < 4).then_some(numbers)
}

fn number(text: &str) -> Option<u8> {
    let is_number = text.bytes().all(|b| b.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
    text.parse().ok().filter(|_| is_number)
}

fn search(call: &Call, read: fn(&str) -> Option<Numbers>) -> Result<ArrayRef> {
    let (text, wanted) = (call.text(0)?, call.cells_from(1)?);
    let all_wanted = |row| wanted.iter().flat_map(|cells| numbers(cells, row, read)).collect::<Vec<_>>();
    let constant = wanted.iter().all(Cells::is_constant).then(|| all_wanted(0));
    call.truths(|row| {
        let text = text.get(row)?;
        Some(match &constant {
            Some(wanted) => has_any(text, wanted),
            None => has_any(text, &all_wanted(row)),
        })
    })
}

fn numbers(cells: &Cells, row: usize, read: fn(&str) -> Option<Numbers>) -> Vec<Numbers> {
    match cells.get(row) {
        Cell::Text(text) => read(text).into_iter().collect(),
        Cell::Dynamic(value) => match value.items() {
            Some(items) => items.filter_map(|item| read(&Value::of(item).text())).collect(),
            None => read(&value.text()).into_iter().collect(),
        },
        _ => Vec::new(),
    }
}

fn has_any(text: &str, wanted: &[Numbers]) -> bool {
    !wanted.is_empty() && addresses(text).any(|address| wanted.iter().any(|numbers| address.starts_with(numbers)))
}

/// The addresses of a text: runs of digits and dots that are one, with no letter or digit beside them.
fn addresses(text: &str) -> impl Iterator<Item = [u8; 4]> + '_ {
    let is_part = |c: char| c.is_alphanumeric() || c == '.';
    text.split(move |c| !is_part(c)).filter_map(|run| {
        // A sentence may end with an address.
        let run = run.trim_matches('.');
        let is_short = (7..=15).contains(&run.len());
        run.parse::<Ipv4Addr>().ok().filter(|_| is_short).map(|address| address.octets())
    })
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, every_text_type};

    #[tokio::test]
    async fn addresses_in_text() {
        for (query, expected) in [
            ("has_ipv4('05:04:54 127.0.0.256 GET', '127.0.0.256')", "false"),
            ("has_ipv4('05:04:54127.0.0.1 GET', '127.0.0.1')", "false"),
            ("has_ipv4('from 192.168.1.1, 10.1.1.115 and 10.1.1.201.', '10.1.1.201')", "true"),
            ("has_ipv4('10.1.1.11', '10.1.1.1')", "false"),
            ("has_ipv4('1.2.3.4.5', '1.2.3.4')", "false"),
            ("has_ipv4('é1.2.3.4', '1.2.3.4')", "false"),
            ("has_ipv4('[1.2.3.4]:80', '1.2.3.4')", "true"),
            ("has_ipv4_prefix('05:04:54 127.0.0.256', '127.0.')", "false"),
            ("has_ipv4_prefix('127.0.0.1', '127.0.0.1')", "true"),
            ("has_ipv4_prefix('127.0.0.1', '127.0.0.1.')", "false"),
            ("has_ipv4_prefix('127.0.0.1', '12.')", "false"),
            ("has_ipv4_prefix('127.0.0.1', '')", "false"),
            ("has_any_ipv4('1.1.1.1', parse_json('[\"2.2.2.2\",\"1.1.1.1\"]'))", "true"),
            ("has_any_ipv4('1.1.1.1', '2.2.2.2', 'x')", "false"),
        ] {
            answers(query, expected).await;
        }
        every_text_type(&[Some("a 1.1.1.1"), Some(""), None], "has_any_ipv4_prefix(t, '1.')", &["true", "false", "NULL"]).await;
        answers("has_ipv4('1.1.1.1', a) FROM (VALUES ('1.1.1.1'), ('2.2.2.2'), (NULL)) AS v(a)", "true; false; false").await;
    }
}
