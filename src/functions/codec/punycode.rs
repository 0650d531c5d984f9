//! Punycode (RFC 3492), of a text and of the labels of a domain. Letters keep their case.

use datafusion::logical_expr::ScalarUDF;

use crate::functions::{
    call::{Answer, Family, Kind::Text, Param::Need},
    definition::Section,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Decode);
    let functions = [
        family.function(
            "punycode_from_string(text)",
            "The text in Punycode, without xn-- in front.",
            ("SELECT punycode_from_string('académie-française')", "acadmie-franaise-npb1a"),
            (&[Need(Text)], Answer::Text),
            |call| {
                let text = call.text(0)?;
                call.texts(|row| Some(encode(text.get(row)?).unwrap_or_default()))
            },
        ),
        family.function(
            "punycode_to_string(text)",
            "The text that is in Punycode, without xn-- in front. Empty if it is none.",
            ("SELECT punycode_to_string('acadmie-franaise-npb1a')", "académie-française"),
            (&[Need(Text)], Answer::Text),
            |call| {
                let text = call.text(0)?;
                call.texts(|row| Some(decode(text.get(row)?).unwrap_or_default()))
            },
        ),
        family.function(
            "punycode_domain_from_string(domain)",
            "The domain with its labels in Punycode (xn--…) decoded. Empty if one does not decode.",
            ("SELECT punycode_domain_from_string('xn--Ge-mia.Bulg.edu')", "Gáe.Bulg.edu"),
            (&[Need(Text)], Answer::Text),
            |call| {
                let text = call.text(0)?;
                call.texts(|row| {
                    let labels = text.get(row)?.split(DOTS).map(|label| match label.strip_prefix("xn--") {
                        Some(encoded) => decode(encoded),
                        None => Some(label.to_owned()),
                    });
                    Some(labels.collect::<Option<Vec<_>>>().unwrap_or_default().join("."))
                })
            },
        ),
        family.function(
            "punycode_domain_to_string(domain)",
            "The domain with its labels that are not ASCII in Punycode (xn--…).",
            ("SELECT punycode_domain_to_string('Gáe.Bulg.edu')", "xn--Ge-mia.Bulg.edu"),
            (&[Need(Text)], Answer::Text),
            |call| {
                let text = call.text(0)?;
                call.texts(|row| {
                    let labels = text.get(row)?.split(DOTS).map(|label| match label.is_ascii() {
                        true => Some(label.to_owned()),
                        false => encode(label).map(|encoded| format!("xn--{encoded}")),
                    });
                    Some(labels.collect::<Option<Vec<_>>>().unwrap_or_default().join("."))
                })
            },
        ),
    ];
    functions.map(ScalarUDF::from).into()
}

/// What parts the labels of a domain (RFC 3490).
const DOTS: [char; 4] = ['.', '\u{3002}', '\u{FF0E}', '\u{FF61}'];

/// How many characters are taken: the algorithm is quadratic, and no label is nearly as long.
const MOST: usize = 4096;

// The parameters of RFC 3492, section 5.
const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const FIRST_BIAS: u32 = 72;
const FIRST_POINT: u32 = 128;

fn adapt(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = if first { delta / DAMP } else { delta / 2 };
    delta += delta / points.max(1);
    let mut rounds = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        rounds += BASE;
    }
    rounds + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

fn threshold(place: u32, bias: u32) -> u32 {
    place.saturating_sub(bias).clamp(T_MIN, T_MAX)
}

fn digit(value: u32) -> Option<char> {
    let digits = b"abcdefghijklmnopqrstuvwxyz0123456789";
    digits.get(usize::try_from(value).ok()?).map(|&byte| char::from(byte))
}

fn value(digit: char) -> Option<u32> {
    match digit {
        'a'..='z' => Some(u32::from(digit) - u32::from('a')),
        'A'..='Z' => Some(u32::from(digit) - u32::from('A')),
        '0'..='9' => Some(u32::from(digit) - u32::from('0') + 26),
        _ => None,
    }
}

fn encode(text: &str) -> Option<String> {
    let points: Vec<u32> = text.chars().map(u32::from).collect();
    if points.len() > MOST {
        return None;
    }
    let mut out: String = text.chars().filter(char::is_ascii).collect();
    let basic = u32::try_from(out.len()).ok()?;
    if basic > 0 {
        out.push('-');
    }
    let (mut point, mut delta, mut bias, mut done) = (FIRST_POINT, 0_u32, FIRST_BIAS, basic);
    while usize::try_from(done).ok()? < points.len() {
        let next = points.iter().copied().filter(|&next| next >= point).min()?;
        delta = delta.checked_add((next - point).checked_mul(done + 1)?)?;
        point = next;
        for &other in &points {
            if other < point {
                delta = delta.checked_add(1)?;
            } else if other == point {
                push_number(delta, bias, &mut out)?;
                bias = adapt(delta, done + 1, done == basic);
                delta = 0;
                done += 1;
            }
        }
        delta = delta.checked_add(1)?;
        point += 1;
    }
    Some(out)
}

fn push_number(mut number: u32, bias: u32, out: &mut String) -> Option<()> {
    let mut place = BASE;
    loop {
        let threshold = threshold(place, bias);
        if number < threshold {
            out.push(digit(number)?);
            return Some(());
        }
        out.push(digit(threshold + (number - threshold) % (BASE - threshold))?);
        number = (number - threshold) / (BASE - threshold);
        place += BASE;
    }
}

fn decode(text: &str) -> Option<String> {
    if text.len() > MOST || !text.is_ascii() {
        return None;
    }
    let (basic, digits) = text.rsplit_once('-').unwrap_or(("", text));
    let mut out: Vec<char> = basic.chars().collect();
    let (mut point, mut index, mut bias) = (FIRST_POINT, 0_u32, FIRST_BIAS);
    let mut digits = digits.chars().peekable();
    while digits.peek().is_some() {
        let (before, mut weight, mut place) = (index, 1_u32, BASE);
        loop {
            let digit = value(digits.next()?)?;
            index = index.checked_add(digit.checked_mul(weight)?)?;
            let threshold = threshold(place, bias);
            if digit < threshold {
                break;
            }
            weight = weight.checked_mul(BASE - threshold)?;
            place += BASE;
        }
        let length = u32::try_from(out.len()).ok()? + 1;
        bias = adapt(index - before, length, before == 0);
        point = point.checked_add(index / length)?;
        index %= length;
        out.insert(usize::try_from(index).ok()?, char::from_u32(point)?);
        index += 1;
    }
    Some(out.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::functions::testing::{answers, every_text_type};

    #[test]
    fn encodes_and_decodes() {
        for (text, encoded) in
            [("艺术", "cqv902d"), ("Lê Lợi", "L Li-gpa4517b"), ("Rúyì", "Ry-lja8c"), ("abc", "abc-"), ("", "")]
        {
            assert_eq!(encode(text).as_deref(), Some(encoded));
            assert_eq!(decode(encoded).as_deref(), Some(text));
        }
        assert_eq!(decode("99999999"), None);
        assert_eq!(decode("é"), None);
    }

    #[tokio::test]
    async fn domains() {
        let texts = [Some("Riðill｡Skáldskaparmál｡org"), Some("plain.example"), None];
        every_text_type(
            &texts,
            "punycode_domain_to_string(t)",
            &["xn--Riill-jta.xn--Skldskaparml-dbbj.org", "plain.example", "NULL"],
        )
        .await;
        answers("punycode_domain_from_string('xn--Ry-lja8c.xn--Jng-uta63a.com')", "Rúyì.Jīngū.com").await;
        answers("punycode_domain_from_string('xn--é.com'), punycode_to_string('!')", ", ").await;
    }

    proptest! {
        #[test]
        fn there_and_back(text in "\\PC{0,20}") {
            prop_assert_eq!(decode(&encode(&text).unwrap()), Some(text));
        }

        #[test]
        fn no_text_is_a_panic(text in "[a-z0-9-]{0,30}") {
            let _ = decode(&text);
        }
    }
}
