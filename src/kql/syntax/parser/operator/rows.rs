//! Operators that choose and order rows.

use crate::kql::syntax::ast::Name;
use crate::kql::syntax::ast::{
    Direction, Expr, ExprKind, NullsOrder, OperatorKind, Render, SortKey, Target, TopNestedLevel,
};
use crate::kql::syntax::diagnostic::{Diagnostic, suggest};
use crate::kql::syntax::lexer::Mark;
use crate::kql::syntax::parser::Parser;

/// The charts that `render` knows.
const CHARTS: [&str; 21] = [
    "table",
    "list",
    "barchart",
    "piechart",
    "ladderchart",
    "timechart",
    "linechart",
    "anomalychart",
    "pivotchart",
    "areachart",
    "stackedareachart",
    "scatterchart",
    "timepivot",
    "columnchart",
    "timeline",
    "3Dchart",
    "card",
    "treemap",
    "plotly",
    "graph",
    "sankey",
];

/// The properties in `with (…)` of `render`.
const RENDER_PROPERTIES: [&str; 17] = [
    "kind",
    "title",
    "accumulate",
    "xcolumn",
    "ycolumns",
    "anomalycolumns",
    "series",
    "xtitle",
    "ytitle",
    "xaxis",
    "yaxis",
    "legend",
    "ysplit",
    "ymin",
    "ymax",
    "xmin",
    "xmax",
];

impl Parser<'_> {
    /// A number of rows. A name for it is legal for the grammar, and without meaning.
    fn row_count(&mut self) -> Expr {
        let count = self.named_expr();
        if let Some(Target::One(Name { span, .. }) | Target::Many(_, span)) = &count.target {
            let span = *span;
            self.error(Diagnostic::error(span, "expected a number of rows, found an assignment"));
        }
        count.expr
    }

    pub(super) fn take(&mut self) -> OperatorKind {
        let parameters = self.parameters(&[], true);
        OperatorKind::Take(parameters, self.row_count())
    }

    pub(super) fn sample(&mut self) -> OperatorKind {
        let parameters = self.parameters(&[], true);
        OperatorKind::Sample(parameters, self.row_count())
    }

    pub(super) fn sample_distinct(&mut self) -> OperatorKind {
        let parameters = self.parameters(&[], true);
        let count = self.row_count();
        self.expect_word("of");
        OperatorKind::SampleDistinct(parameters, count, self.named_expr())
    }

    pub(super) fn count(&mut self) -> OperatorKind {
        let name = self.eat_word("as").map(|_| self.name());
        OperatorKind::Count(name)
    }

    pub(super) fn sort(&mut self) -> OperatorKind {
        let parameters = self.parameters(&[], false);
        self.expect_word("by");
        OperatorKind::Sort(parameters, self.comma_list(None, Self::sort_key))
    }

    pub(super) fn top(&mut self) -> OperatorKind {
        let parameters = self.parameters(&[], true);
        let count = self.row_count();
        self.expect_word("by");
        OperatorKind::Top(parameters, count, Box::new(self.sort_key()))
    }

    pub(in crate::kql::syntax::parser) fn sort_key(&mut self) -> SortKey {
        let start = self.peek().span;
        let expr = self.named_expr();
        let direction = match self.word() {
            "asc" => Some(Direction::Asc),
            "desc" => Some(Direction::Desc),
            "granny-asc" => Some(Direction::GrannyAsc),
            "granny-desc" => Some(Direction::GrannyDesc),
            _ => None,
        };
        if direction.is_some() {
            self.bump();
        }
        let nulls = self.eat_word("nulls").map(|_| {
            if self.eat_word("first").is_some() {
                return NullsOrder::First;
            }
            self.expect_word("last");
            NullsOrder::Last
        });
        SortKey { expr, direction, nulls, span: self.since(start) }
    }

    pub(super) fn top_nested(&mut self) -> OperatorKind {
        let mut levels = Vec::new();
        loop {
            let count = (self.word() != "of").then(|| self.row_count());
            self.expect_word("of");
            let of = self.named_expr();
            let others = self.eat_word("with").map(|_| {
                self.expect_word("others");
                self.expect_mark(Mark::Equal);
                let literal = self.opt_literal_expr();
                literal.unwrap_or_else(|| self.expression())
            });
            self.expect_word("by");
            levels.push(TopNestedLevel { count, of, others, by: self.sort_key() });
            if self.eat_mark(Mark::Comma).is_none() {
                return OperatorKind::TopNested(levels);
            }
            self.expect_word("top-nested");
        }
    }

    pub(super) fn top_hitters(&mut self) -> OperatorKind {
        let count = self.row_count();
        self.expect_word("of");
        let of = self.named_expr();
        let by = self.eat_word("by").map(|_| self.named_expr());
        OperatorKind::TopHitters(count, of, by)
    }

    pub(super) fn distinct(&mut self) -> OperatorKind {
        let parameters = self.parameters(&[], true);
        let columns = self.comma_list(None, |parser| {
            let star = parser.opt_star();
            star.unwrap_or_else(|| parser.named_expr())
        });
        OperatorKind::Distinct(parameters, columns)
    }

    /// `*` as a column of its own, not as the left side of a test.
    fn opt_star(&mut self) -> Option<crate::kql::syntax::ast::NamedExpr> {
        self.at_mark(Mark::Star).then(|| self.star_argument())
    }

    pub(super) fn render(&mut self) -> OperatorKind {
        let span = self.peek().span;
        let word = self.word();
        let chart = if CHARTS.contains(&word) {
            Name::new(word, self.bump().span)
        } else if word.is_empty() {
            self.expected("a chart, as `timechart` or `columnchart`");
            Name::new("", self.here())
        } else {
            let diagnostic = Diagnostic::error(span, format!("`{word}` is not a chart"));
            self.mild_error(match suggest(word, CHARTS) {
                Some(meant) => diagnostic.with_help(format!("did you mean `{meant}`?")),
                None => diagnostic.with_help(format!("there are {}", CHARTS.join(", "))),
            });
            Name::new(word, self.bump().span)
        };
        let legacy = self.legacy_render_parameters();
        let properties = self.with_properties(&RENDER_PROPERTIES);
        OperatorKind::Render(Render { chart, legacy, properties })
    }

    /// `a` with a `search`-like `*` taken as everything.
    pub(super) fn opt_everything(&mut self) -> Option<Expr> {
        let star = self.at_mark(Mark::Star) && (self.stage_ends_at(1) || self.word_at(1) == "and");
        star.then(|| Expr { kind: ExprKind::Star, span: self.bump().span })
    }
}
