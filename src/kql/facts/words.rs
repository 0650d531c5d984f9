//! Words that operators take: kinds of joins, charts and their properties.

/// `kind` of `join`.
pub const JOIN_KINDS: [&str; 12] = [
    "innerunique",
    "inner",
    "leftouter",
    "rightouter",
    "fullouter",
    "leftsemi",
    "leftanti",
    "anti",
    "leftantisemi",
    "rightsemi",
    "rightanti",
    "rightantisemi",
];

/// `kind` of `lookup`.
pub const LOOKUP_KINDS: [&str; 2] = ["leftouter", "inner"];

/// `kind` of `union`.
pub const UNION_KINDS: [&str; 2] = ["outer", "inner"];

/// `kind` of `parse` and `parse-where`.
pub const PARSE_KINDS: [&str; 3] = ["simple", "relaxed", "regex"];

/// `kind` of `search`.
pub const SEARCH_KINDS: [&str; 3] = ["default", "case_insensitive", "case_sensitive"];

/// `kind` and `bagexpansion` of `mv-expand`.
pub const BAG_EXPANSIONS: [&str; 2] = ["bag", "array"];

/// Charts of `render`.
pub const CHARTS: [&str; 21] = [
    "table",
    "list",
    "barchart",
    "columnchart",
    "piechart",
    "timechart",
    "linechart",
    "areachart",
    "stackedareachart",
    "scatterchart",
    "anomalychart",
    "pivotchart",
    "ladderchart",
    "timepivot",
    "timeline",
    "3Dchart",
    "card",
    "treemap",
    "plotly",
    "graph",
    "sankey",
];

/// Properties of `render … with (…)`.
pub const RENDER_PROPERTIES: [&str; 18] = [
    "kind",
    "title",
    "xtitle",
    "ytitle",
    "xcolumn",
    "ycolumns",
    "series",
    "anomalycolumns",
    "xaxis",
    "yaxis",
    "legend",
    "ysplit",
    "accumulate",
    "ymin",
    "ymax",
    "xmin",
    "xmax",
    "by",
];

/// `kind` of `render … with (…)`.
pub const RENDER_KINDS: [&str; 5] = ["default", "stacked", "stacked100", "unstacked", "map"];

/// The scalar types, as columns are declared.
pub const TYPES: [&str; 10] =
    ["bool", "int", "long", "real", "decimal", "string", "datetime", "timespan", "guid", "dynamic"];
