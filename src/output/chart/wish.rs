//! What is wanted of a chart: its kind, and what the query says of its columns, axes and titles.

use chrono::{DateTime, NaiveDate};

use super::kind::{Kind, Stack};
use crate::engine::Render;

/// A chart as it is asked for, before the rows are known.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// What to draw.
    pub kind: Kind,
    /// How series stand to each other.
    pub stack: Stack,
    /// What stands above it.
    pub title: Option<String>,
    /// What stands at the first axis, instead of the column's name.
    pub x_title: Option<String>,
    /// What stands at the axis of values.
    pub y_title: Option<String>,
    /// The column of the first axis.
    pub x: Option<String>,
    /// The columns of values; none: all that can be.
    pub y: Vec<String>,
    /// The columns whose values tell series apart.
    pub series: Vec<String>,
    /// Columns that say which values to mark, in the order of the columns of values.
    pub anomalies: Vec<String>,
    /// Whether the first axis is logarithmic.
    pub x_log: bool,
    /// Whether the axis of values is logarithmic.
    pub y_log: bool,
    /// Whether to name the series.
    pub legend: bool,
    /// Whether each value has those before it added.
    pub accumulate: bool,
    /// Ends of the first axis; times in seconds since 1970.
    pub x_ends: (Option<f64>, Option<f64>),
    /// Ends of the axis of values.
    pub y_ends: (Option<f64>, Option<f64>),
}

impl Wish {
    /// A chart of this kind with all else as the rows have it.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            stack: Stack::None,
            title: None,
            x_title: None,
            y_title: None,
            x: None,
            y: Vec::new(),
            series: Vec::new(),
            anomalies: Vec::new(),
            x_log: false,
            y_log: false,
            legend: true,
            accumulate: false,
            x_ends: (None, None),
            y_ends: (None, None),
        }
    }

    /// What a query's `render` asks for, and sentences about what of it is not drawn.
    ///
    /// # Errors
    /// A sentence, if huntql does not draw this chart.
    pub fn of_render(render: &Render) -> Result<(Self, Vec<String>), String> {
        let (mut wish, mut notes) = match render.chart.as_str() {
            "stackedareachart" => (Self { stack: Stack::Sum, ..Self::new(Kind::Area) }, Vec::new()),
            "timepivot" | "ladderchart" | "timeline" => {
                return Err(format!("huntql does not draw a {}; timechart is nearest to it", render.chart));
            }
            name => (Self::new(name.parse()?), Vec::new()),
        };
        for (name, values) in &render.properties {
            notes.extend(wish.set(name, values));
        }
        Ok((wish, notes))
    }

    /// Takes a property of `render`; a sentence if it changes nothing here.
    fn set(&mut self, name: &str, values: &[String]) -> Option<String> {
        let text = values.first().map(String::as_str).unwrap_or_default();
        let mut unknown = false;
        match name {
            "kind" => match text {
                "default" | "unstacked" | "map" => {}
                "stacked" => self.stack = Stack::Sum,
                "stacked100" => self.stack = Stack::Share,
                _ => unknown = true,
            },
            "title" => self.title = Some(text.to_owned()),
            "xtitle" => self.x_title = Some(text.to_owned()),
            "ytitle" => self.y_title = Some(text.to_owned()),
            "xcolumn" => self.x = Some(text.to_owned()),
            "ycolumns" => self.y = values.to_vec(),
            "series" | "by" => self.series = values.to_vec(),
            "anomalycolumns" => self.anomalies = values.to_vec(),
            "xaxis" => self.x_log = text == "log",
            "yaxis" => self.y_log = text == "log",
            "legend" => self.legend = text != "hidden",
            "accumulate" => self.accumulate = text == "true",
            "ysplit" if text == "none" => {}
            "ysplit" => return Some(format!("ysplit={text} is not drawn: all columns share one axis")),
            "xmin" => unknown = !take(&mut self.x_ends.0, text),
            "xmax" => unknown = !take(&mut self.x_ends.1, text),
            "ymin" => unknown = !take(&mut self.y_ends.0, text),
            "ymax" => unknown = !take(&mut self.y_ends.1, text),
            _ => unknown = true,
        }
        unknown.then(|| format!("{name}={} is not drawn", values.join(",")))
    }
}

/// Reads an end of an axis; false if the text is none.
fn take(end: &mut Option<f64>, text: &str) -> bool {
    if !["auto", "NaN"].contains(&text) {
        *end = number_or_time(text);
        return end.is_some();
    }
    true
}

/// A number, or a time as seconds since 1970.
fn number_or_time(text: &str) -> Option<f64> {
    let inner = text.strip_prefix("datetime(").and_then(|rest| rest.strip_suffix(')')).unwrap_or(text).trim();
    let day = || NaiveDate::parse_from_str(inner, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0).map(|time| time.and_utc());
    let time = || DateTime::parse_from_rfc3339(inner).ok().map(|time| time.to_utc()).or_else(day);
    let number = inner.parse().ok().filter(|number: &f64| number.is_finite());
    number.or_else(|| time().map(|time| time.timestamp_millis() as f64 / 1000.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(chart: &str, properties: &[(&str, &[&str])]) -> Result<(Wish, Vec<String>), String> {
        let properties = properties.iter().map(|(name, values)| {
            ((*name).to_owned(), values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>())
        });
        Wish::of_render(&Render { chart: chart.to_owned(), properties: properties.collect() })
    }

    #[test]
    fn properties_are_taken_and_what_is_not_drawn_is_told() {
        let (wish, notes) = of(
            "columnchart",
            &[
                ("kind", &["stacked100"]),
                ("ycolumns", &["a", "b"]),
                ("legend", &["hidden"]),
                ("yaxis", &["log"]),
                ("ymin", &["-1.5"]),
                ("xmax", &["2026-10-01"]),
                ("ysplit", &["panels"]),
                ("xmin", &["soon"]),
            ],
        )
        .expect("wish");
        assert_eq!((wish.kind, wish.stack, wish.legend, wish.y_log), (Kind::Column, Stack::Share, false, true));
        assert_eq!(
            (wish.y, wish.y_ends.0, wish.x_ends.1),
            (vec!["a".into(), "b".into()], Some(-1.5), Some(1_790_812_800.0))
        );
        insta::assert_snapshot!(notes.join("\n"), @"
        ysplit=panels is not drawn: all columns share one axis
        xmin=soon is not drawn
        ");
    }

    #[test]
    fn charts_that_are_not_drawn_are_refused() {
        insta::assert_snapshot!(of("timeline", &[]).expect_err("error"), @"huntql does not draw a timeline; timechart is nearest to it");
        assert!(of("sankey", &[]).is_err());
        assert_eq!(of("stackedareachart", &[]).expect("wish").0.stack, Stack::Sum);
    }
}
