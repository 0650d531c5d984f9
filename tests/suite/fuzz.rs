//! The fuzz targets' bodies over random mutations of good inputs.

use proptest::prelude::*;

#[path = "../../fuzz/src/lib.rs"]
mod bodies;

/// Events that decoders find interesting.
const EVENTS: [&str; 8] = [
    r#"{"FileName":"a.exe","ProcessId":7,"ProcessCommandLine":"a -x \"y\" \\ \/ é 😀"}"#,
    r#"{"FileName":null,"FileName":"b","ProcessId":"12","ProcessCommandLine":{"a":[1,{"FileName":"c"}]}}"#,
    r#"{ "FileName" : "a" , "ProcessId" : 1.0 , "ProcessCommandLine" : "x" }"#,
    r#"{"File\u004eame":"z","ProcessId":-0,"ProcessCommandLine":"\ud83d\ude00\u0000"}"#,
    r#"{"ProcessId":true,"FileName":1.50,"ProcessCommandLine":",\"FileName\":\"no\""}"#,
    r#"{"ProcessCommandLine":"}","ProcessId":9223372036854775807,"FileName":"{"}"#,
    r#"{"ProcessId":1e3,"FileName":[],"ProcessCommandLine":{}}"#,
    "{}",
];

/// Queries with something of everything.
const QUERIES: [&str; 6] = [
    "DeviceProcessEvents | where Timestamp > ago(7d) and FileName has_any ('a', \"b\") | summarize n = count(), make_set(FileName) by bin(Timestamp, 1h), DeviceName | top 10 by n desc",
    "let f = (T: (a: long), x: string = 'y') { T | where tostring(a) == x }; f(datatable(a: long) [1, 2], @'\\') | mv-expand b = dynamic([1, {\"c\": 2}]) to typeof(dynamic)",
    "union withsource=S isfuzzy=true Device*, (print x = 1) | parse-where kind=regex S with a: string 'b' * c | extend d = case(a == 'x', 1, 2), e = iff(true, h'k', '''m''')",
    "DeviceNetworkEvents | join kind=leftanti (EmailEvents | take 5) on $left.DeviceId == $right.NetworkMessageId | make-series avg(LocalPort) default=0 on Timestamp from ago(1d) to now() step 1h by DeviceId",
    "DeviceEvents | scan with_match_id=m declare (s: long = 0) with (step a output=last: ActionType == 'x' => s = a.s + 1; step b: true;) | evaluate bag_unpack(todynamic(AdditionalFields)) | render timechart",
    "set a=1; declare query_parameters(p: datetime = datetime(2026-01-01)); search in (DeviceInfo) 'x' and OSPlatform:'win' | getschema | project-away Column*",
];

/// A text with a few bytes taken out, put in, doubled or swapped for others.
fn mutated(originals: &'static [&'static str], marks: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let step = (0..4u8, any::<prop::sample::Index>(), 1..9usize, prop::sample::select(marks.as_bytes().to_vec()));
    (prop::sample::select(originals), prop::collection::vec(step, 0..6)).prop_map(|(original, steps)| {
        let mut text = original.as_bytes().to_vec();
        for (what, at, length, byte) in steps {
            let at = at.index(text.len() + 1);
            let end = (at + length).min(text.len());
            match what {
                0 => drop(text.drain(at..end)),
                1 => text.insert(at, byte),
                2 => {
                    let piece = text[at..end].to_vec();
                    text.splice(at..at, piece);
                }
                _ => text[at..end].fill(byte),
            }
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]
    #[test]
    fn a_decoded_line_is_what_serde_json_reads(text in mutated(&EVENTS, "\"\\{}[],: u0nFa1.-")) {
        bodies::line::check(&text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn any_text_is_bound_or_refused_with_a_place(text in mutated(&QUERIES, "|;()[]{}'\"@=!~,.*: -/\\a1h\n")) {
        bodies::kql::check(&text);
    }
}

#[test]
fn depth_and_length_end_in_a_plan_or_a_diagnostic() {
    for text in [
        "(".repeat(20_000),
        "[".repeat(20_000),
        "let a = ".repeat(5_000),
        format!("print {}1", "-".repeat(20_000)),
        format!("print {}1{}", "f(".repeat(5_000), ")".repeat(5_000)),
        "T | where x | ".repeat(3_000),
        format!("print x in ({})", "1,".repeat(20_000)),
    ] {
        bodies::kql::check(text.as_bytes());
    }
    bodies::line::check(format!("{{\"FileName\":{}1{}}}", "[".repeat(50_000), "]".repeat(50_000)).as_bytes());
}
