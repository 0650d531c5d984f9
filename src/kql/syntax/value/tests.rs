use super::*;

#[test]
fn quoted_text_in_all_spellings() {
    for (literal, value) in [
        (r#""a""#, "a"),
        ("'a'", "a"),
        (r#""say \"hi\"""#, "say \"hi\""),
        (r"'\t\n\\'", "\t\n\\"),
        (r"'\x41\u00e9\U0001F600\101\7'", "Aé😀A\u{7}"),
        (r"'\ud83d\ude00!'", "😀!"),
        (r#"@"C:\Windows\""x""""#, r#"C:\Windows\"x""#),
        ("@'it''s'", "it's"),
        ("```a\n\\n'b```", "a\n\\n'b"),
        ("~~~``~~~", "``"),
        ("``````", ""),
        ("''", ""),
        ("'never closed", "never closed"),
        (r"'a\.b'", r"a\.b"),
        (r"'\", "\\"),
    ] {
        assert_eq!(unquote(literal), Unquoted { value: value.into(), obfuscated: false, replaced: false }, "{literal}");
    }
    assert_eq!(unquote("h@'x\\'"), Unquoted { value: "x\\".into(), obfuscated: true, replaced: false });
    assert!(unquote(r"'\ud83d'").replaced);
    assert_eq!(unquote(r"'\ud83dx'").value, "\u{FFFD}x");
}

#[test]
fn integers_keep_every_bit() {
    for (text, value) in [
        ("0", Some(0)),
        ("9223372036854775807", Some(i64::MAX)),
        ("-9223372036854775808", Some(i64::MIN)),
        ("9223372036854775808", None),
        ("0xff", Some(255)),
        ("0XFFFFFFFFFFFFFFFF", Some(-1)),
        ("0x", None),
        ("0x+1", None),
        ("+5", Some(5)),
        ("1_000", None),
        ("1.0", None),
        ("", None),
        ("-", None),
    ] {
        assert_eq!(long(text), value, "{text}");
    }
    assert_eq!(int("0xFFFFFFFF"), Some(-1));
    assert_eq!(int("2147483648"), None);
    assert_eq!(int("-2147483648"), Some(i32::MIN));
}

#[test]
fn reals_and_decimals() {
    for (text, value) in
        [("1.5", 1.5), ("1e3", 1000.0), ("1.", 1.0), (".5", 0.5), ("-2.5E-1", -0.25), ("-inf", f64::NEG_INFINITY)]
    {
        assert_eq!(real(text), Some(value), "{text}");
    }
    assert!(real("nan").is_some_and(f64::is_nan));
    for text in ["", ".", "1e", "1e1.5", "infinity", "0x10", "1,5", "1 5"] {
        assert_eq!(real(text), None, "{text}");
        assert_eq!(decimal(text), None, "{text}");
    }
    assert_eq!(decimal("79228162514264337593543950335.1"), Some("79228162514264337593543950335.1"));
}

#[test]
fn guids_have_one_spelling() {
    let canonical = Some("74be27de-1e4e-49d9-b579-fe0b331d3642".to_owned());
    for text in [
        "74be27de-1e4e-49d9-b579-fe0b331d3642",
        "74BE27DE1E4E49D9B579FE0B331D3642",
        "{74be27de-1e4e-49d9-b579-fe0b331d3642}",
    ] {
        assert_eq!(guid(text), canonical, "{text}");
    }
    for text in [
        "",
        "74be27de",
        "74be27de-1e4e-49d9-b579-fe0b331d364g",
        "74be27de1-e4e-49d9-b579-fe0b331d3642",
        "ä4be27de-1e4e-49d9-b579-fe0b331d364",
    ] {
        assert_eq!(guid(text), None, "{text}");
    }
}

#[test]
fn timespans_in_ticks() {
    for (text, ticks) in [
        ("1d", Some(TICKS_PER_DAY)),
        ("1.5h", Some(54_000_000_000)),
        ("30min", Some(18_000_000_000)),
        ("15 seconds", Some(150_000_000)),
        ("10microsecond", Some(100)),
        ("1tick", Some(1)),
        ("150nanoseconds", Some(2)),
        ("100 nanos", Some(1)),
        ("2", Some(2 * TICKS_PER_DAY)),
        ("-1s", Some(-TICKS_PER_SECOND)),
        ("0.12:34:56.7", Some(452_967_000_000)),
        ("00:01:00", Some(600_000_000)),
        ("12:34", Some(452_400_000_000)),
        ("-1.00:00:00.0000001", Some(-TICKS_PER_DAY - 1)),
        ("0.0000001s", Some(1)),
        ("10675199d", Some(9_223_371_936_000_000_000)),
        ("10675200d", None),
        ("99999999999999999999d", None),
        ("max", Some(i64::MAX)),
        ("min", Some(i64::MIN)),
        ("1w", None),
        ("1.2.3s", None),
        ("25:00", None),
        ("1:60", None),
        ("s", None),
        ("", None),
    ] {
        assert_eq!(timespan(text), ticks, "{text}");
    }
}

#[test]
fn datetimes_in_ticks() {
    let day = |days: i64| Some(Moment::At(days * TICKS_PER_DAY));
    // 1970-01-01 is day 719,162; 2022-12-02 is 19,328 days behind it.
    let at = |days: i64, seconds: i64, ticks: i64| {
        Some(Moment::At((719_162 + days) * TICKS_PER_DAY + seconds * TICKS_PER_SECOND + ticks))
    };
    for (text, moment) in [
        ("0001-01-01", day(0)),
        ("1970-01-01", day(719_162)),
        ("2022-12-02", at(19_328, 0, 0)),
        ("2022/12/02", at(19_328, 0, 0)),
        ("2022.12.2", at(19_328, 0, 0)),
        ("2022 - 12 - 02", at(19_328, 0, 0)),
        ("2022, 12, 2", at(19_328, 0, 0)),
        ("20221202", at(19_328, 0, 0)),
        ("12/02/2022", at(19_328, 0, 0)),
        ("12-02-2022", at(19_328, 0, 0)),
        ("2 Dec 2022", at(19_328, 0, 0)),
        ("Dec 2, 2022", at(19_328, 0, 0)),
        ("Friday, 02-Dec-22 15:05:02 GMT", at(19_328, 54_302, 0)),
        ("Fri, 2 Dec 22 15:05", at(19_328, 54_300, 0)),
        ("2022-12-02T15:05:02.1234567Z", at(19_328, 54_302, 1_234_567)),
        ("2022-12-02 15:05:02.1", at(19_328, 54_302, 1_000_000)),
        ("2022-12-02T15:05:02.12345678Z", at(19_328, 54_302, 1_234_567)),
        ("2022-12-02 15:05 GMT", at(19_328, 54_300, 0)),
        ("2022-12-02T15:05:02+02:00", at(19_328, 47_102, 0)),
        ("2022-12-02T15:05:02-0130", at(19_328, 59_702, 0)),
        ("12/02/2022 03:05:02 PM", at(19_328, 54_302, 0)),
        ("12/02/2022 12:00:00 AM", at(19_328, 0, 0)),
        ("2022-12", at(19_327, 0, 0)),
        ("2024-02-29", at(19_782, 0, 0)),
        ("9:00:00 AM", Some(Moment::TimeOfDay(9 * 3600 * TICKS_PER_SECOND))),
        ("9999-12-31T23:59:59.9999999Z", Some(Moment::At(END_OF_TIME))),
        ("max", Some(Moment::At(END_OF_TIME))),
        ("2023-02-29", None),
        ("13/01/2022", None),
        ("2022-12-02T24:00:00", None),
        ("2022-12-02T15:05:02 CET", None),
        ("0000-01-01", None),
        ("0001-01-01T00:00+02:00", None),
        ("yesterday", None),
        ("2022-12-02 and more", None),
        ("2022-12-02T", None),
        ("", None),
        ("2022-12-0２", None),
    ] {
        assert_eq!(datetime(text), moment, "{text}");
    }
}

const END_OF_TIME: i64 = 3_155_378_975_999_999_999;
