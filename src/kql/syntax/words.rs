//! The words of KQL that the grammar itself knows, and which of them may be names. Facts of Microsoft's open grammar.

use super::ast::{ListTest, ScalarType, StringOperation, StringTest};
use super::lexer::Mark;

/// Words with hyphens in them. Anything else with a hyphen is a subtraction.
pub(super) const HYPHENATED: [&str; 28] = [
    "assert-schema",
    "granny-asc",
    "granny-desc",
    "graph-mark-components",
    "graph-match",
    "graph-shortest-paths",
    "graph-to-table",
    "graph-where-edges",
    "graph-where-nodes",
    "macro-expand",
    "make-graph",
    "make-series",
    "materialized-view-combine",
    "mv-apply",
    "mv-expand",
    "parse-kv",
    "parse-where",
    "partitioned-by",
    "project-away",
    "project-by-names",
    "project-keep",
    "project-rename",
    "project-reorder",
    "project-smart",
    "sample-distinct",
    "top-hitters",
    "top-nested",
    "set-or-append",
];

/// The tabular operators, for "did you mean" and completion; the undocumented ones with two underscores are left out.
pub const OPERATORS: [&str; 62] = [
    "as",
    "assert-schema",
    "consume",
    "count",
    "distinct",
    "evaluate",
    "extend",
    "facet",
    "filter",
    "find",
    "fork",
    "getschema",
    "graph-mark-components",
    "graph-match",
    "graph-shortest-paths",
    "graph-to-table",
    "graph-where-edges",
    "graph-where-nodes",
    "invoke",
    "join",
    "limit",
    "lookup",
    "macro-expand",
    "make-graph",
    "make-series",
    "mv-apply",
    "mv-expand",
    "mvapply",
    "mvexpand",
    "order",
    "parse",
    "parse-kv",
    "parse-where",
    "partition",
    "print",
    "project",
    "project-away",
    "project-by-names",
    "project-keep",
    "project-rename",
    "project-reorder",
    "range",
    "reduce",
    "render",
    "sample",
    "sample-distinct",
    "scan",
    "search",
    "serialize",
    "sort",
    "summarize",
    "take",
    "top",
    "top-hitters",
    "top-nested",
    "union",
    "where",
    "datatable",
    "externaldata",
    "let",
    "set",
    "declare",
];

/// Whether this is an operator whose name starts with `!`; `!in~` is told by its word `!in`.
pub(super) fn is_negated_operator(word: &str) -> bool {
    matches!(word, "!between" | "!in") || string_test(word).is_some_and(|test| test.negated)
}

/// The operator on text that this word is.
pub(super) fn string_test(word: &str) -> Option<StringTest> {
    let (word, bang) = match word.strip_prefix('!') {
        Some(rest) => (rest, true),
        None => (word, false),
    };
    let (operation, case_sensitive, not) = match word {
        "has" => (StringOperation::Has, false, false),
        "has_cs" => (StringOperation::Has, true, false),
        "hasprefix" => (StringOperation::HasPrefix, false, false),
        "hasprefix_cs" => (StringOperation::HasPrefix, true, false),
        "hassuffix" => (StringOperation::HasSuffix, false, false),
        "hassuffix_cs" => (StringOperation::HasSuffix, true, false),
        "contains" => (StringOperation::Contains, false, false),
        "contains_cs" => (StringOperation::Contains, true, false),
        "startswith" => (StringOperation::StartsWith, false, false),
        "startswith_cs" => (StringOperation::StartsWith, true, false),
        "endswith" => (StringOperation::EndsWith, false, false),
        "endswith_cs" => (StringOperation::EndsWith, true, false),
        // These have no spelling with `!`.
        _ if bang => return None,
        "containscs" => (StringOperation::Contains, true, false),
        "notcontains" => (StringOperation::Contains, false, true),
        "notcontainscs" => (StringOperation::Contains, true, true),
        "like" => (StringOperation::Like, false, false),
        "likecs" => (StringOperation::Like, true, false),
        "notlike" => (StringOperation::Like, false, true),
        "notlikecs" => (StringOperation::Like, true, true),
        _ => return None,
    };
    Some(StringTest { operation, case_sensitive, negated: bang || not })
}

/// The canonical spelling of an operator on text.
pub(super) fn string_test_text(test: StringTest) -> &'static str {
    match (test.operation, test.case_sensitive, test.negated) {
        (StringOperation::Equal, _, false) => "=~",
        (StringOperation::Equal, _, true) => "!~",
        (StringOperation::Has, false, false) => "has",
        (StringOperation::Has, false, true) => "!has",
        (StringOperation::Has, true, false) => "has_cs",
        (StringOperation::Has, true, true) => "!has_cs",
        (StringOperation::HasPrefix, false, false) => "hasprefix",
        (StringOperation::HasPrefix, false, true) => "!hasprefix",
        (StringOperation::HasPrefix, true, false) => "hasprefix_cs",
        (StringOperation::HasPrefix, true, true) => "!hasprefix_cs",
        (StringOperation::HasSuffix, false, false) => "hassuffix",
        (StringOperation::HasSuffix, false, true) => "!hassuffix",
        (StringOperation::HasSuffix, true, false) => "hassuffix_cs",
        (StringOperation::HasSuffix, true, true) => "!hassuffix_cs",
        (StringOperation::Contains, false, false) => "contains",
        (StringOperation::Contains, false, true) => "!contains",
        (StringOperation::Contains, true, false) => "contains_cs",
        (StringOperation::Contains, true, true) => "!contains_cs",
        (StringOperation::StartsWith, false, false) => "startswith",
        (StringOperation::StartsWith, false, true) => "!startswith",
        (StringOperation::StartsWith, true, false) => "startswith_cs",
        (StringOperation::StartsWith, true, true) => "!startswith_cs",
        (StringOperation::EndsWith, false, false) => "endswith",
        (StringOperation::EndsWith, false, true) => "!endswith",
        (StringOperation::EndsWith, true, false) => "endswith_cs",
        (StringOperation::EndsWith, true, true) => "!endswith_cs",
        (StringOperation::Like, false, false) => "like",
        (StringOperation::Like, false, true) => "notlike",
        (StringOperation::Like, true, false) => "likecs",
        (StringOperation::Like, true, true) => "notlikecs",
        (StringOperation::MatchesRegex, ..) => "matches regex",
        (StringOperation::Search, ..) => ":",
    }
}

/// The test against a list that this word is.
pub(super) fn list_test(word: &str) -> Option<ListTest> {
    Some(match word {
        "in" => ListTest::In,
        "!in" => ListTest::NotIn,
        "in~" => ListTest::InTilde,
        "!in~" => ListTest::NotInTilde,
        "has_any" => ListTest::HasAny,
        "has_all" => ListTest::HasAll,
        _ => return None,
    })
}

/// The spelling of a test against a list.
pub(super) fn list_test_text(test: ListTest) -> &'static str {
    match test {
        ListTest::In => "in",
        ListTest::NotIn => "!in",
        ListTest::InTilde => "in~",
        ListTest::NotInTilde => "!in~",
        ListTest::HasAny => "has_any",
        ListTest::HasAll => "has_all",
    }
}

/// The operators that stand between two scalars, in their usual spellings; for completion.
pub fn infix_operators() -> Vec<&'static str> {
    let comparisons = [
        Mark::EqualEqual,
        Mark::NotEqual,
        Mark::EqualTilde,
        Mark::NotTilde,
        Mark::Less,
        Mark::LessEqual,
        Mark::Greater,
        Mark::GreaterEqual,
    ];
    let operations = [
        StringOperation::Has,
        StringOperation::Contains,
        StringOperation::StartsWith,
        StringOperation::EndsWith,
        StringOperation::HasPrefix,
        StringOperation::HasSuffix,
    ];
    let variants = operations.into_iter().flat_map(|operation| {
        [(false, false), (false, true), (true, false), (true, true)].map(|(case_sensitive, negated)| StringTest {
            operation,
            case_sensitive,
            negated,
        })
    });
    let regex = StringTest { operation: StringOperation::MatchesRegex, case_sensitive: true, negated: false };
    let lists =
        [ListTest::In, ListTest::NotIn, ListTest::InTilde, ListTest::NotInTilde, ListTest::HasAny, ListTest::HasAll];
    comparisons
        .into_iter()
        .map(Mark::text)
        .chain(variants.chain([regex]).map(string_test_text))
        .chain(lists.into_iter().map(list_test_text))
        .chain(["and", "or", "between", "!between"])
        .collect()
}

/// The type that a name means where a column or parameter is declared.
pub(super) fn declared_type(word: &str) -> Option<ScalarType> {
    Some(match word {
        "bool" | "boolean" => ScalarType::Bool,
        "int" | "int8" => ScalarType::Int,
        "long" | "int64" => ScalarType::Long,
        "real" | "double" => ScalarType::Real,
        "decimal" => ScalarType::Decimal,
        "string" => ScalarType::String,
        "datetime" | "date" => ScalarType::DateTime,
        "timespan" | "time" => ScalarType::Timespan,
        "guid" | "uniqueid" => ScalarType::Guid,
        "dynamic" => ScalarType::Dynamic,
        _ => return None,
    })
}

/// The type that a name means in `typeof(…)`, where the old names of other languages are allowed too.
pub(super) fn any_type(word: &str) -> Option<ScalarType> {
    declared_type(word).or(match word {
        "int16" | "int32" | "uint" | "uint8" | "uint16" | "uint32" => Some(ScalarType::Int),
        "uint64" | "ulong" => Some(ScalarType::Long),
        "float" => Some(ScalarType::Real),
        "uuid" => Some(ScalarType::Guid),
        _ => None,
    })
}

/// The canonical name of a type.
pub(super) fn type_name(scalar: ScalarType) -> &'static str {
    match scalar {
        ScalarType::Bool => "bool",
        ScalarType::Int => "int",
        ScalarType::Long => "long",
        ScalarType::Real => "real",
        ScalarType::Decimal => "decimal",
        ScalarType::String => "string",
        ScalarType::DateTime => "datetime",
        ScalarType::Timespan => "timespan",
        ScalarType::Guid => "guid",
        ScalarType::Dynamic => "dynamic",
    }
}

/// Whether a word may be the name of something in an expression. Keywords that may not are written `['title']` there.
pub(super) fn may_be_name(word: &str) -> bool {
    !word.contains(['-', '!', '~']) && RESERVED.binary_search(&word).is_err()
}

/// Whether a word may be a name where one is declared, `title = 1` or `(title: string)`: there the grammar takes more of the keywords.
pub(super) fn may_be_declared(word: &str) -> bool {
    may_be_name(word) || DECLARABLE.binary_search(&word).is_ok()
}

/// Whether a word may also start a path, although it is reserved.
pub(super) fn may_start_path(word: &str) -> bool {
    matches!(word, "kind" | "withsource" | "with_source")
}

/// Keywords that are no names, in order.
const RESERVED: [&str; 158] = [
    "3Dchart",
    "__contextual_datatable",
    "__crossCluster",
    "__crossDB",
    "__executeAndCache",
    "__id",
    "__isFuzzy",
    "__noWithSource",
    "__packedColumn",
    "__projectAway",
    "__sourceColumnIndex",
    "accumulate",
    "and",
    "anomalychart",
    "areachart",
    "as",
    "asc",
    "bagexpansion",
    "barchart",
    "between",
    "boolean",
    "by",
    "byte",
    "cachingpolicy",
    "callout",
    "cancel",
    "card",
    "char",
    "columnchart",
    "contains",
    "contains_cs",
    "containscs",
    "cycles",
    "dataexport",
    "datascope",
    "datatable",
    "date",
    "datetime",
    "decimal",
    "decodeblocks",
    "desc",
    "double",
    "dynamic",
    "earliest",
    "encodingpolicy",
    "endswith",
    "endswith_cs",
    "expandoutput",
    "extent_tags_retention",
    "external_data",
    "externaldata",
    "find",
    "first",
    "flags",
    "float",
    "force_remote",
    "harddelete",
    "hardretention",
    "has",
    "has_all",
    "has_any",
    "has_cs",
    "hasprefix",
    "hasprefix_cs",
    "hassuffix",
    "hassuffix_cs",
    "hotcache",
    "in",
    "int",
    "int16",
    "int32",
    "int64",
    "int8",
    "invoke",
    "isfuzzy",
    "journal",
    "kind",
    "ladderchart",
    "last",
    "latest",
    "like",
    "likecs",
    "linechart",
    "long",
    "materialize",
    "mdm",
    "missing",
    "nooptimization",
    "notcontains",
    "notcontainscs",
    "notlike",
    "notlikecs",
    "of",
    "or",
    "others",
    "pathformat",
    "piechart",
    "pivotchart",
    "print",
    "project",
    "queries",
    "query_results",
    "real",
    "relaxed",
    "restricted_view_access",
    "row_level_security",
    "rowstore",
    "rowstore_references",
    "rowstore_sealinfo",
    "rowstorepolicy",
    "rowstores",
    "sample",
    "scatterchart",
    "seal",
    "seals",
    "search",
    "set",
    "shards",
    "simple",
    "softdelete",
    "softretention",
    "sql",
    "stackedareachart",
    "startswith",
    "startswith_cs",
    "statistics",
    "storedqueryresultcontainers",
    "string",
    "tablepurge",
    "time",
    "timechart",
    "timeline",
    "timepivot",
    "timespan",
    "title",
    "to",
    "toscalar",
    "totable",
    "treemap",
    "uint",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "ulong",
    "union",
    "uniqueid",
    "unrestrictedviewers",
    "verbose",
    "viewers",
    "views",
    "where",
    "with_itemindex",
    "with_match_id",
    "with_source",
    "with_step_name",
    "withsource",
    "writeaheadlog",
];

/// Reserved words that may be declared as names, in order.
const DECLARABLE: [&str; 30] = [
    "accumulate",
    "as",
    "by",
    "contains",
    "datatable",
    "earliest",
    "externaldata",
    "find",
    "has",
    "in",
    "invoke",
    "latest",
    "materialize",
    "mdm",
    "of",
    "print",
    "sample",
    "sample-distinct",
    "search",
    "set",
    "sql",
    "title",
    "to",
    "top-hitters",
    "top-nested",
    "toscalar",
    "totable",
    "verbose",
    "viewers",
    "where",
];
