//! What the reader of an output is like.

/// How rows are shown; the data formats heed only what is said of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    /// Columns of the terminal, which a table fits. None for files and pipes: then a cell is cut only after a thousand characters.
    pub width: Option<usize>,
    /// Table: set off headings and nulls by ANSI attributes.
    pub color: bool,
    /// Table: when to show a row as a list of its columns.
    pub records: Records,
    /// Table: end with the number of rows.
    pub row_count: bool,
    /// Table: how its reader can see a cell whole that is cut, said at the end if one is.
    pub whole: Option<&'static str>,
    /// CSV: put `'` before text that a spreadsheet would run as a formula (text that starts with `=`, `+`, `-`, `@`, tab or carriage
    /// return). Off by default, because it changes the data; on for files that people will open in a spreadsheet.
    pub guard_formulas: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { width: None, color: false, records: Records::Auto, row_count: true, whole: None, guard_formulas: false }
    }
}

/// When a table shows a row as a list of `column │ value` lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Records {
    /// If the columns do not fit the terminal side by side.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never; columns are then squeezed, and lines too long for the terminal as a last resort.
    Never,
}
