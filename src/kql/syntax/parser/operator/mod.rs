//! Operators: which one stands here. What each takes is in the files of its family.

mod expand;
mod graph;
mod join;
mod parse;
mod rows;
mod scan;
mod shape;
mod source;
mod summarize;

use super::Parser;
use super::pipeline::is_source;
use crate::kql::syntax::ast::{Operator, OperatorKind};
use crate::kql::syntax::diagnostic::Diagnostic;
use crate::kql::syntax::lexer::{Mark, TokenKind};

/// Where an operator stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// At the start of a query: it must make rows of its own.
    First,
    /// Behind a `|`.
    Piped,
    /// At the start of a subquery that is given rows.
    Subquery,
}

impl Parser<'_> {
    /// An operator, which must be there.
    pub(super) fn operator(&mut self, place: Place) -> Operator {
        let keyword = self.peek().span;
        let kind = match self.operator_kind() {
            Some(kind) => kind,
            None => {
                self.no_operator();
                OperatorKind::Missing
            }
        };
        let operator = Operator { kind, keyword, span: self.since(keyword) };
        self.check_place(&operator, place);
        operator
    }

    /// The operator that stands here. Whoever reads its word takes it.
    fn operator_kind(&mut self) -> Option<OperatorKind> {
        let word = self.word();
        match word {
            // Not a function of that name.
            "count" | "range" if self.mark_at(1, Mark::OpenParen) => return None,
            _ => {}
        }
        let read: fn(&mut Self) -> OperatorKind = match word {
            "where" | "filter" => Self::where_operator,
            "extend" => |parser| OperatorKind::Extend(parser.named_exprs()),
            "project" => |parser| OperatorKind::Project(parser.opt_named_exprs()),
            "project-away" => |parser| OperatorKind::ProjectAway(parser.name_patterns()),
            "project-keep" => |parser| OperatorKind::ProjectKeep(parser.name_patterns()),
            "project-rename" => |parser| OperatorKind::ProjectRename(parser.opt_named_exprs()),
            "project-reorder" => |parser| OperatorKind::ProjectReorder(parser.reorder_items()),
            "project-by-names" => |parser| OperatorKind::ProjectByNames(parser.opt_exprs()),
            "summarize" => Self::summarize,
            "make-series" => Self::make_series,
            "join" => Self::join,
            "lookup" => Self::lookup,
            "union" => Self::union,
            "sort" | "order" => Self::sort,
            "top" => Self::top,
            "top-nested" => Self::top_nested,
            "top-hitters" => Self::top_hitters,
            "take" | "limit" => Self::take,
            "sample" => Self::sample,
            "sample-distinct" => Self::sample_distinct,
            "distinct" => Self::distinct,
            "count" => Self::count,
            "reduce" => Self::reduce,
            "mv-expand" | "mvexpand" => Self::mv_expand,
            "mv-apply" | "mvapply" => Self::mv_apply,
            "parse" => |parser| parser.parse_operator(false),
            "parse-where" => |parser| parser.parse_operator(true),
            "parse-kv" => Self::parse_kv,
            "range" => Self::range,
            "print" => |parser| OperatorKind::Print(parser.named_exprs()),
            "search" => Self::search,
            "find" => Self::find,
            "evaluate" => Self::evaluate,
            "invoke" => Self::invoke,
            "getschema" => |parser| OperatorKind::GetSchema(parser.parameters(&[], true)),
            "serialize" => Self::serialize,
            "as" => Self::as_operator,
            "consume" => |parser| OperatorKind::Consume(parser.parameters(&[], false)),
            "render" => Self::render,
            "assert-schema" => |parser| OperatorKind::AssertSchema(parser.row_schema()),
            "__executeAndCache" => |_| OperatorKind::ExecuteAndCache,
            "scan" => Self::scan,
            "partition" => Self::partition,
            "__partitionby" => Self::partition_by,
            "fork" => Self::fork,
            "facet" => Self::facet,
            "macro-expand" => Self::macro_expand,
            "make-graph" => Self::make_graph,
            "graph-match" => |parser| OperatorKind::GraphMatch(parser.graph_match()),
            "graph-shortest-paths" => |parser| OperatorKind::GraphShortestPaths(parser.graph_match()),
            "graph-to-table" => Self::graph_to_table,
            "graph-mark-components" => {
                |parser| OperatorKind::GraphMarkComponents(parser.parameters(&["with_component_id"], true))
            }
            "graph-where-nodes" => |parser| OperatorKind::GraphWhereNodes(parser.expression()),
            "graph-where-edges" => |parser| OperatorKind::GraphWhereEdges(parser.expression()),
            _ => return None,
        };
        self.bump();
        Some(read(self))
    }

    /// Says that there is no operator here.
    fn no_operator(&mut self) {
        let token = self.peek();
        match (token.kind, self.word()) {
            (TokenKind::Word, word @ ("count" | "range")) => self.error(
                Diagnostic::error(token.span, format!("`{word}(…)` is a function, not an operator")).with_help(
                    match word {
                        "count" => "write `count` without parentheses, or `summarize count()`",
                        _ => "write `range x from 1 to 10 step 1`",
                    },
                ),
            ),
            (TokenKind::Word, "inline_external_table") => {
                self.refused("inline_external_table");
            }
            (TokenKind::Word, word) => self.unknown_operator(word, token.span),
            (TokenKind::Mark(Mark::Bar), _) => self.two_bars(token.span),
            (TokenKind::End | TokenKind::Mark(Mark::Semicolon), _) => {
                let end = crate::kql::syntax::ast::Span::new(self.last_end, self.last_end);
                self.error(Diagnostic::error(end, "an operator is missing after `|`"));
            }
            _ => self.expected("an operator, as `where` or `project`"),
        }
    }

    /// `||`, with the parser at the second. What follows it is no operator.
    fn two_bars(&mut self, span: crate::kql::syntax::ast::Span) {
        self.error(
            Diagnostic::error(span, "an operator is missing between `|` and `|`")
                .with_help("`||` of other languages is `or`"),
        );
        self.bump();
    }

    /// Says it if an operator cannot be at the start of a query, or only there.
    fn check_place(&mut self, operator: &Operator, place: Place) {
        let word = self.text(operator.keyword);
        match place {
            Place::First if !is_source(&operator.kind) => self.mild_error(
                Diagnostic::error(operator.keyword, format!("`{word}` needs rows, and there is no table before it"))
                    .with_help(format!("write the table first: `DeviceProcessEvents | {word} …`")),
            ),
            Place::Piped | Place::Subquery
                if matches!(operator.kind, OperatorKind::Print(_) | OperatorKind::Range(_)) =>
            {
                self.mild_error(
                    Diagnostic::error(
                        operator.keyword,
                        format!("`{word}` makes rows of its own and stands at the start of a query"),
                    )
                    .with_help("behind a `|`, `extend` adds columns to the rows that come"),
                )
            }
            _ => {}
        }
    }
}
