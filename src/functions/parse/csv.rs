//! `parse_csv`: the values of one record.

use datafusion::logical_expr::ScalarUDF;

use crate::{
    functions::{
        call::{Answer, Family, Kind::Text, Param::Need},
        definition::Section,
    },
    json::value::Writer,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let function = Family(Section::Decode).function(
        "parse_csv(text)",
        "The values of the first record of comma-separated text as a JSON array. Quoted ones may hold commas, line \
         ends, and quotes written twice.",
        (r#"SELECT parse_csv('aa,"b,b","say ""hi"""')"#, r#"["aa","b,b","say \"hi\""]"#),
        (&[Need(Text)], Answer::Dynamic),
        |call| {
            let text = call.text(0)?;
            call.write(|row, out| {
                let text = text.get(row)?;
                let mut values = Writer::array(out);
                first_record(text).iter().for_each(|value| values.text(value));
                values.end();
                Some(())
            })
        },
    );
    vec![ScalarUDF::from(function)]
}

fn first_record(text: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut rest = text;
    loop {
        let (value, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_value(quoted),
            None => {
                let (value, after) = rest.split_at(rest.find([',', '\n', '\r']).unwrap_or(rest.len()));
                (value.to_owned(), after)
            }
        };
        values.push(value);
        match after.strip_prefix(',') {
            Some(after) => rest = after,
            None => return values,
        }
    }
}

/// The value up to its closing quote, with what stands between that and the next comma, and what follows.
fn quoted_value(quoted: &str) -> (String, &str) {
    let mut value = String::new();
    let mut rest = quoted;
    while let Some((part, after)) = rest.split_once('"') {
        value.push_str(part);
        match after.strip_prefix('"') {
            Some(after) => {
                value.push('"');
                rest = after;
            }
            None => {
                let (tail, after) = after.split_at(after.find([',', '\n', '\r']).unwrap_or(after.len()));
                value.push_str(tail);
                return (value, after);
            }
        }
    }
    value.push_str(rest);
    (value, "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::functions::testing::every_text_type;

    #[test]
    fn records() {
        for (text, values) in [
            ("", &[""][..]),
            ("a,,b,", &["a", "", "b", ""]),
            ("a,b\nc,d", &["a", "b"]),
            ("\"line1\nline2\",x", &["line1\nline2", "x"]),
            ("\"unclosed,x", &["unclosed,x"]),
            ("\"a\"b,c", &["ab", "c"]),
            (" a , \"b\"", &[" a ", " \"b\""]),
        ] {
            assert_eq!(first_record(text), values, "{text}");
        }
    }

    #[tokio::test]
    async fn every_text_type_is_read() {
        every_text_type(&[Some("a,b"), None], "parse_csv(t)", &[r#"["a","b"]"#, "NULL"]).await;
    }

    proptest! {
        #[test]
        fn reads_back_what_was_quoted(values in prop::collection::vec("[a\",\n é]{0,8}", 1..5)) {
            let quoted = values.iter().map(|value| format!("\"{}\"", value.replace('"', "\"\"")));
            prop_assert_eq!(first_record(&quoted.collect::<Vec<_>>().join(",")), values);
        }
    }
}
