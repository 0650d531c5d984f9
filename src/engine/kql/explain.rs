//! `EXPLAIN` before a KQL text: which part of the text is KQL, and what is to be told instead of the rows.

use datafusion::common::Result;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};

/// What is told of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Explain {
    /// Whether it is run and measured.
    analyze: bool,
    /// Whether all steps of planning are told.
    verbose: bool,
}

/// Takes `EXPLAIN [ANALYZE] [VERBOSE]` off a text. Blanks stand in its place, so that places in the text stay what they were.
pub(super) fn split(text: &str) -> (Option<Explain>, String) {
    let start = text.len() - text.trim_start().len();
    let Some(mut at) = word(text, start, "explain") else { return (None, text.to_owned()) };
    let mut explain = Explain { analyze: false, verbose: false };
    loop {
        let next = at + (text[at..].len() - text[at..].trim_start().len());
        if let Some(end) = word(text, next, "analyze") {
            (explain.analyze, at) = (true, end);
        } else if let Some(end) = word(text, next, "verbose") {
            (explain.verbose, at) = (true, end);
        } else {
            break;
        }
    }
    let blank: String = text[..at].chars().map(|letter| if letter == '\n' { '\n' } else { ' ' }).collect();
    (Some(explain), blank + &text[at..])
}

/// Where the word ends, if it stands here and a blank stands behind it.
fn word(text: &str, at: usize, word: &str) -> Option<usize> {
    let end = at + word.len();
    let is_word = text.get(at..end)?.eq_ignore_ascii_case(word);
    (is_word && text.get(end..)?.starts_with(char::is_whitespace)).then_some(end)
}

impl Explain {
    /// The plan that tells of a plan.
    pub(super) fn of(self, plan: LogicalPlan) -> Result<LogicalPlan> {
        LogicalPlanBuilder::from(plan).explain(self.verbose, self.analyze)?.build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_become_blanks() {
        let (explain, rest) = split("explain\n  Analyze T | take 1");
        assert_eq!(
            (explain, rest.as_str()),
            (Some(Explain { analyze: true, verbose: false }), "       \n          T | take 1")
        );
        assert_eq!(split("explained | take 1"), (None, "explained | take 1".to_owned()));
        assert_eq!(split("T"), (None, "T".to_owned()));
    }
}
