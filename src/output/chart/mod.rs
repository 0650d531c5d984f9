//! Charts: rows drawn in a terminal, or as a picture or page in a file.
//!
//! `rows → roles → series → Chart → picture`: [`Wish`] says what is asked for, [`Chart`] is the chart as data, and one painter draws it on
//! any surface. Every name and value is untrusted: what a terminal would act on is made visible, what a browser would is escaped.

mod build;
mod gather;
mod kind;
mod model;
mod page;
mod paint;
mod picture;
mod roles;
mod scale;
mod shape;
mod terminal;
mod ticks;
mod value;
mod wish;

use std::path::Path;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

pub use kind::{Kind, Stack};
pub use model::Chart;
pub use wish::Wish;

use super::OutputError;
use paint::Trouble;

/// What a chart's file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picture {
    /// Lines and letters, at any size.
    Svg,
    /// Pixels.
    Png,
    /// A page with the chart and its rows.
    Html,
}

impl Picture {
    /// What a file's ending asks for, in any letter case.
    ///
    /// # Errors
    /// A sentence, if it is none of these.
    pub fn of_path(path: &Path) -> Result<Self, String> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
        match ending.as_str() {
            "svg" => Ok(Self::Svg),
            "png" => Ok(Self::Png),
            "html" | "htm" => Ok(Self::Html),
            _ => Err(format!("{}: a chart's file ends in .svg, .png or .html", path.display())),
        }
    }
}

impl From<Trouble> for OutputError {
    fn from(trouble: Trouble) -> Self {
        Self::Setting(format!("the chart cannot be drawn: {trouble}"))
    }
}

impl Kind {
    /// The chart that columns like these suggest, where nobody says which.
    pub fn fitting(schema: &SchemaRef) -> Self {
        let classes = roles::classes(schema, &[]);
        let has = |class: roles::Class| classes.contains(&class);
        match (has(roles::Class::Time), has(roles::Class::Text)) {
            (true, _) => Self::Time,
            (false, true) => Self::Bar,
            (false, false) => Self::Line,
        }
    }
}

impl Chart {
    /// The chart as text in at most `width` columns; with colours if the terminal has them.
    ///
    /// # Errors
    /// [`OutputError::Setting`], if there are too few columns.
    pub fn text(&self, width: usize, color: bool) -> Result<String, OutputError> {
        Ok(terminal::draw(self, width, color)?)
    }

    /// The chart as the bytes of a file. The rows are those that it was made of.
    ///
    /// # Errors
    /// [`OutputError::Setting`], if it cannot be drawn.
    pub fn file(&self, picture: Picture, schema: &SchemaRef, rows: &[RecordBatch]) -> Result<Vec<u8>, OutputError> {
        Ok(match picture {
            Picture::Svg => picture::svg(self)?.into_bytes(),
            Picture::Png => picture::png(self)?,
            Picture::Html => {
                let title = self.title.as_deref().unwrap_or("Chart");
                page::html(title, Some(&picture::svg(self)?), &self.notes, schema, rows)?.into_bytes()
            }
        })
    }
}

/// Rows as a page without a picture, for what is not drawn.
///
/// # Errors
/// Arrow's, for a column that breaks the rules of its type.
pub fn rows_as_page(title: &str, schema: &SchemaRef, rows: &[RecordBatch]) -> Result<String, OutputError> {
    page::html(title, None, &[], schema, rows)
}

#[cfg(test)]
mod tests;
