//! The shortcuts of the scan change no answer: random lines and random questions, with every shortcut on and with each off.

use huntql::scan::context::Shortcuts;
use proptest::prelude::*;

use crate::lake::{Lake, TENANT};

/// A string of JSON: characters that matter, spelled in one of their ways.
fn text() -> impl Strategy<Value = String> {
    let spelled = |c: char, way: u8| match (c, way) {
        (c, 0) => format!("\\u{:04x}", u32::from(c)),
        ('"' | '\\', _) => format!("\\{c}"),
        ('/', 1) => "\\/".to_owned(),
        (c, _) => c.to_string(),
    };
    let characters = prop::collection::vec(
        (prop::sample::select("abckKsS/\"\\:,{}é\u{17f}\u{212a} ".chars().collect::<Vec<_>>()), 0..6u8),
        0..12,
    );
    let free = characters.prop_map(move |all| all.into_iter().map(|(c, way)| spelled(c, way)).collect::<String>());
    let telling = prop::sample::select(vec![
        "comsvcs.dll",
        "COMSVCS.DLL",
        "x comsvcs.dll y",
        r"com\u0073vcs.dll",
        "comſvcs.dll",
        r#"\"FileName\":"#,
    ]);
    prop_oneof![free, telling.prop_map(str::to_owned)].prop_map(|inside| format!("\"{inside}\""))
}

fn value() -> impl Strategy<Value = String> {
    let others =
        prop::sample::select(vec!["null", "7", "-1.5", "true", "[]", r#"{"FileName":"inner","a":[1,{"b":"}"}]}"#]);
    prop_oneof![6 => text(), 2 => others.prop_map(str::to_owned), 4 => inner()]
}

/// A member of an event, in one of the ways that JSON allows.
fn member() -> impl Strategy<Value = String> {
    let keys = prop::sample::select(vec![
        "FileName",
        "ProcessCommandLine",
        "ProcessId",
        "AdditionalFields",
        "Novel",
        r"File\u004eame",
    ]);
    let between = prop::sample::select(vec![":", ":", ":", ":", " : "]);
    (keys, between, value()).prop_map(|(key, between, value)| format!("\"{key}\"{between}{value}"))
}

/// A line: a record in an envelope of one of several looks, cut short now and then.
fn line() -> impl Strategy<Value = String> {
    let moments = prop::sample::select(vec![
        "2026-07-18T14:08:56.1234567Z",
        "2026-07-18T14:08:56.5Z",
        "2026-07-18T14:08:56Z",
        "soon",
    ]);
    let ends = prop::sample::select(vec![
        r#","Tenant":"D"}"#,
        r#","Tenant":"D"}"#,
        r#","Tenant":"D"}"#,
        "}",
        "",
        "}}",
        r#","Tenant":"D"} {}"#,
    ]);
    let tables = prop::sample::select(vec![
        "DeviceProcessEvents",
        "DeviceProcessEvents",
        "DeviceProcessEvents",
        "EmailEvents",
        "Unheard",
    ]);
    let feeds = prop::sample::select(vec!["\n", "\n", "\n", "\r\n", "\n\n"]);
    (moments, tables, prop::collection::vec(member(), 0..6), ends, feeds).prop_map(|(moment, table, members, end, feed)| {
        format!(
            r#"{{"time":"{moment}","tenantId":"{TENANT}","category":"AdvancedHunting-{table}","properties":{{"Timestamp":"2026-07-18T14:08:56Z","ReportId":1,{}"DeviceName":"d"}}{end}{feed}"#,
            members.into_iter().map(|member| member + ",").collect::<String>(),
        )
    })
}

const QUESTIONS: [&str; 12] = [
    "SELECT count(*) AS n FROM DeviceProcessEvents",
    "SELECT FileName, count(*) AS n FROM DeviceProcessEvents GROUP BY 1 ORDER BY 1, 2",
    "SELECT count(*) AS n FROM DeviceProcessEvents WHERE Timestamp > '2026-07-18T14:00:00Z'",
    "SELECT FileName, ProcessId, ProcessCommandLine FROM DeviceProcessEvents ORDER BY 1, 2, 3",
    "SELECT ProcessCommandLine, AdditionalFields FROM DeviceProcessEvents WHERE ProcessCommandLine ILIKE '%comsvcs.dll%' ORDER BY 1, 2",
    "SELECT ProcessCommandLine FROM DeviceProcessEvents WHERE ProcessCommandLine LIKE '%comsvcs.dll%' ORDER BY 1",
    "SELECT FileName FROM DeviceProcessEvents WHERE FileName IN ('comsvcs.dll', 'x comsvcs.dll y') ORDER BY 1",
    "SELECT FileName FROM DeviceProcessEvents WHERE has_any(FileName, 'comsvcs', 'kkk', 'abc') ORDER BY 1",
    "SELECT DeviceName, FileName FROM DeviceProcessEvents WHERE contains_ci(FileName, 'sk') ORDER BY 1, 2",
    "SELECT ProcessCommandLine FROM DeviceProcessEvents WHERE ProcessCommandLine ~ '(comsvcs|kKs).(dll|abc)' ORDER BY 1",
    "SELECT ProcessCommandLine FROM DeviceProcessEvents WHERE ProcessCommandLine ~* 'com[a-s]vcs.dll|ks' ORDER BY 1",
    "SELECT FileName, ProcessCommandLine FROM DeviceProcessEvents WHERE FileName = '\"FileName\":' OR ProcessId = 7 ORDER BY 1, 2",
];

/// Forms of KQL that reach the scan: the needles are read through what the planner wraps around a column. `AdditionalFields` is text in
/// one of the tables and a value of JSON in the other.
const HUNTS: [&str; 22] = [
    "DeviceProcessEvents | where ProcessCommandLine has 'comsvcs'",
    "DeviceProcessEvents | where ProcessCommandLine has_cs 'comsvcs'",
    "DeviceProcessEvents | where FileName =~ 'COMSVCS.dll' or FileName in~ ('X comsvcs.dll Y', 'aaa')",
    "DeviceProcessEvents | where FileName contains_cs 'comsvcs' or FileName endswith_cs 'vcs.dll' or FileName startswith_cs 'com'",
    "DeviceProcessEvents | where ProcessCommandLine has_any ('comsvcs', 'abc') and FileName != 'a'",
    "DeviceProcessEvents | where AdditionalFields contains 'FileName'",
    "DeviceProcessEvents | where ProcessCommandLine matches regex @'(?i)(svcs|abc)\\.(dll|k+)'",
    "DeviceProcessEvents | where AdditionalFields matches regex 'comsvcs[.]dll'",
    "DeviceProcessEvents | where AdditionalFields contains @'\\nabc'",
    "DeviceProcessEvents | where parse_json(AdditionalFields).cmd has 'comsvcs'",
    "DeviceProcessEvents | where parse_json(AdditionalFields).n == 1000",
    "DeviceProcessEvents | where tostring(parse_json(AdditionalFields).n) == '1000'",
    "DeviceProcessEvents | extend C = tostring(parse_json(AdditionalFields).cmd) | where C =~ 'comsvcs.dll'",
    "CloudAppEvents | where tostring(AdditionalFields) contains 'FileName'",
    "CloudAppEvents | where tostring(AdditionalFields) contains @'\\nabc'",
    "CloudAppEvents | where tostring(AdditionalFields.FileName) == 'inner'",
    "CloudAppEvents | where AdditionalFields.n == 1000 or tostring(AdditionalFields.n) == '1000'",
    "CloudAppEvents | where tostring(AdditionalFields.n) has '1000'",
    "CloudAppEvents | where tostring(AdditionalFields.t) contains 'true'",
    "CloudAppEvents | where AdditionalFields.cmd contains 'comsvcs.dll'",
    "CloudAppEvents | where tostring(AdditionalFields.cmd) has_cs 'comsvcs'",
    "CloudAppEvents | where AdditionalFields has 'comsvcs' and isnotempty(AdditionalFields.cmd)",
];

/// The answers to all questions over these lines.
async fn answers(lines: &[String], shortcuts: Shortcuts) -> Vec<String> {
    let mut lake = Lake::new();
    lake.options.shortcuts = shortcuts;
    lake.blob("DeviceProcessEvents", "2026-07-18T14", lines.concat());
    lake.blob("CloudAppEvents", "2026-07-18T14", lines.concat().replace("DeviceProcessEvents", "CloudAppEvents"));
    let engine = lake.engine().await;
    let mut answers = Vec::new();
    for question in QUESTIONS {
        answers.push(crate::lake::ask(&engine, question).await.expect(question).jsonl);
    }
    for hunt in HUNTS {
        let text = format!("{hunt} | project F = tostring(AdditionalFields) | sort by F asc");
        let told = crate::kql::told(&engine, &text).await.expect(hunt);
        // How many records could not be read is told by who reads them.
        answers.push(told.lines().filter(|line| !line.starts_with("note: ")).collect::<Vec<_>>().join("\n"));
    }
    answers
}

/// A spelling of one value of JSON inside of a text, and of the text inside of the record.
fn inner() -> impl Strategy<Value = String> {
    let members = prop::sample::select(vec![
        r#""cmd":"comsvcs.dll""#,
        r#""cmd":"COMSVCS.DLL""#,
        r#""cmd":"com\u0073vcs.dll""#,
        r#""cmd":"x comsvcs.dll\nabc""#,
        r#""cmd":"\u000Aabc""#,
        r#""n":1e3"#,
        r#""n":1000.0"#,
        r#""n":"1000""#,
        r#""t":true"#,
        r#""t":"true""#,
        r#""FileName":"inner""#,
    ]);
    (prop::collection::vec(members, 1..4), 0..5u8).prop_map(|(members, way)| {
        let object = format!("{{{}}}", members.join(","));
        let text = serde_json::to_string(&object).expect("text");
        match way {
            0 => object,
            1 => text.replace("\\\\", "\\u005c"),
            2 => text.replace("\\\\", "\\u005C"),
            _ => text,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn every_answer_is_that_of_a_scan_without_them(lines in prop::collection::vec(line(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let plain = runtime.block_on(answers(&lines, Shortcuts::NONE));
        let all = Shortcuts::default();
        for shortcuts in [
            all,
            Shortcuts { prefilter: false, ..all },
            Shortcuts { learn_lines: false, ..all },
            Shortcuts { pushdown: false, ..all },
        ] {
            let quick = runtime.block_on(answers(&lines, shortcuts));
            for ((question, quick), plain) in QUESTIONS.iter().chain(&HUNTS).zip(&quick).zip(&plain) {
                prop_assert_eq!(quick, plain, "{} ({:?})", question, shortcuts);
            }
        }
    }
}
