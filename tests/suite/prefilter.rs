//! The needle prefilter changes no answer: every question is asked with it and without it.

use crate::lake::{Lake, record};

/// Spellings of a command line that a reader must not tell apart from the plain one, and lines that no reader can read.
fn lake(prefilter: bool) -> Lake {
    let mut lake = Lake::new();
    lake.options.shortcuts.prefilter = prefilter;
    let spellings = [
        r"rundll32 comsvcs.dll, MiniDump",
        r"rundll32 \u0063omsvcs.dll",
        r"RUNDLL32 COMSVCS.DLL",
        r"com\u017fvcs.dll",
        "com\u{17f}vcs.dll",
        "tas\u{212a}list /v",
        r"tas\u212alist \/v",
        r"c:\\users\\public\\a\/b.exe",
        r"say \u0022x\u0022 caf\u00e9 \ud83d\ude00!",
        "CAFÉ 😀!",
        "xcomsvcs.dllx",
        "",
    ];
    let mut lines: Vec<String> = Vec::new();
    for (id, text) in spellings.iter().enumerate() {
        let properties = |fields: &str| format!(r#"{{"ProcessId":{id},"ReportId":{id},{fields}}}"#);
        lines.push(record("DeviceProcessEvents", &properties(&format!(r#""ProcessCommandLine":"{text}""#))));
        let inner = format!(r#"{{"cmd" : "{text}","n":[1, 22333]}}"#);
        lines.push(record("DeviceProcessEvents", &properties(&format!(r#""AdditionalFields":{inner}"#))));
        let escaped = serde_json::to_string(&inner).expect("text");
        lines.push(record("DeviceProcessEvents", &properties(&format!(r#""AdditionalFields":{escaped}"#))));
        lines.push(record("DeviceProcessEvents", &properties(&format!(r#""FileName":{id}2233344"#))));
        lines.push(
            r#"{"time":"2026-07-18T14:08:56Z","category":"AdvancedHunting-DeviceProcessEvents","prop"#.to_owned(),
        );
    }
    lake.blob("DeviceProcessEvents", "2026-07-18T14", lines.join("\r\n"));
    lake.file("messages.json", format!("{{\"records\":[{}]}}\n", lines[..4].join(",")));
    lake
}

#[tokio::test]
async fn every_question_has_the_same_answer_without_it() {
    let conditions = [
        "ProcessCommandLine LIKE '%comsvcs.dll%'",
        "ProcessCommandLine ILIKE '%comsvcs.dll%'",
        "ProcessCommandLine = 'rundll32 comsvcs.dll'",
        "ProcessCommandLine IN ('rundll32 comsvcs.dll', 'tasKlist /v', 'CAFÉ 😀!')",
        "has(ProcessCommandLine, 'comsvcs')",
        "has_cs(ProcessCommandLine, 'COMSVCS')",
        "has(ProcessCommandLine, 'tasklist')",
        "contains_ci(ProcessCommandLine, 'café')",
        "ProcessCommandLine LIKE '%café 😀%'",
        "ProcessCommandLine LIKE '%users\\\\public%'",
        "ends_with(ProcessCommandLine, 'a/b.exe')",
        "startswith_ci(ProcessCommandLine, 'RunDll32')",
        "has_any(ProcessCommandLine, 'tasklist', 'public')",
        "has_all(ProcessCommandLine, ['rundll32', 'minidump'])",
        "has_any(ProcessCommandLine, ['comsvcs', 'xx'])",
        "ProcessCommandLine ~ 'rundll32 +comsvcs'",
        "ProcessCommandLine ~* 'rundll32 +comsvcs|tasklist'",
        "matches_regex(ProcessCommandLine, '(?i)comsvcs[.](dll|exe)')",
        "regexp_like(ProcessCommandLine, '[Tt]asklist')",
        "AdditionalFields LIKE '%comsvcs.dll%'",
        "AdditionalFields LIKE '%\"n\":[1,22333]%'",
        "FileName = '42233344'",
        "ProcessCommandLine = ''",
        "NOT has(ProcessCommandLine, 'comsvcs')",
        "ProcessCommandLine IS NULL OR has(ProcessCommandLine, 'tasklist')",
        "has(ProcessCommandLine, 'comsvcs') AND ProcessId > 2",
        "has(ProcessCommandLine, 'comsvcs') OR FileName = '12233344'",
    ];
    let (sifted, plain) = (lake(true), lake(false));
    let mut found = 0;
    for condition in conditions {
        let sql = format!(
            "SELECT ProcessId, ProcessCommandLine, FileName, AdditionalFields FROM DeviceProcessEvents WHERE {condition} ORDER BY 1, 2, 3, 4"
        );
        let (sifted, plain) = (sifted.jsonl(&sql).await, plain.jsonl(&sql).await);
        assert_eq!(sifted, plain, "{condition}");
        found += plain.lines().count();
    }
    assert!(found > 60, "{found} rows are too few to tell");
}
