//! `huntql config`: the settings in force, and where each came from.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};

use super::args::{ConfigArgs, ReportFormat};
use super::context::Context;
use super::failure::{Failure, Outcome};
use super::settings::InForce;
use crate::output::Format;

pub(super) fn run(args: &ConfigArgs, context: &Context) -> Outcome {
    let settings = context.settings.in_force();
    if args.format == ReportFormat::Json {
        return super::print_json(&settings);
    }
    match &context.settings.file {
        Some(path) => context.say(&format!("settings file: {}", path.display())),
        None => context.say(
            "settings file: none; huntql.toml is looked for upward from here and in the user's configuration folder",
        ),
    }
    let column = |text: fn(&InForce) -> String| {
        Arc::new(settings.iter().map(|row| Some(text(row))).collect::<StringArray>()) as ArrayRef
    };
    let rows = RecordBatch::try_from_iter([
        ("Setting", column(|row| row.setting.to_owned())),
        ("Value", column(|row| row.value.join(", "))),
        ("From", column(|row| row.from.clone())),
    ]);
    let rows = rows.map_err(|error| Failure::trouble(error.to_string()))?;
    Ok(context.presenter(Format::Table, None).list(&rows)?)
}
