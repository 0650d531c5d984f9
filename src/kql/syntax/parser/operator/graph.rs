//! Graph operators. Arrows are not tokens, because `a--b` is a subtraction elsewhere: they are put together here from marks that touch.

use crate::kql::syntax::ast::{
    EdgeDirection, EdgeRange, GraphMatch, GraphOutput, GraphOutputKind, GraphPattern, MakeGraph, NodeSource, NodeTable,
    OperatorKind, PartitionedBy, PatternElement,
};
use crate::kql::syntax::lexer::{Gap, Mark};
use crate::kql::syntax::parser::Parser;

impl Parser<'_> {
    /// Takes these marks, if they stand here with nothing between.
    fn eat_marks(&mut self, marks: &[Mark]) -> bool {
        let here = marks
            .iter()
            .enumerate()
            .all(|(at, mark)| self.mark_at(at, *mark) && (at == 0 || self.peek_at(at).gap == Gap::None));
        if here {
            for _ in marks {
                self.bump();
            }
        }
        here
    }

    pub(super) fn make_graph(&mut self) -> OperatorKind {
        let parameters = self.parameters(&[], true);
        let source = self.name();
        let directed = self.eat_marks(&[Mark::Minus, Mark::Minus, Mark::Greater]);
        if !directed && !self.eat_marks(&[Mark::Minus, Mark::Minus]) {
            self.expected("`-->` or `--`");
        }
        let target = self.name();
        let nodes = if self.eat_word("with_node_id").is_some() {
            self.expect_mark(Mark::Equal);
            Some(NodeSource::ImplicitId(self.name()))
        } else if self.eat_word("with").is_some() {
            Some(NodeSource::Tables(self.comma_list(None, |parser| {
                let table = parser.signed();
                parser.expect_word("on");
                NodeTable { table, key: parser.name() }
            })))
        } else {
            None
        };
        let partitioned_by = self.eat_word("partitioned-by").map(|_| {
            let column = self.path();
            PartitionedBy { column, subquery: Box::new(self.subquery_in_parens()) }
        });
        OperatorKind::MakeGraph(MakeGraph { parameters, source, directed, target, nodes, partitioned_by })
    }

    pub(super) fn graph_match(&mut self) -> GraphMatch {
        let parameters = self.parameters(&["output"], true);
        let patterns = self.comma_list(None, Self::graph_pattern);
        let predicate = self.eat_word("where").map(|_| Box::new(self.expression()));
        let project = if self.eat_word("project").is_some() { self.named_exprs() } else { Vec::new() };
        GraphMatch { parameters, patterns, predicate, project }
    }

    fn graph_pattern(&mut self) -> GraphPattern {
        let start = self.peek().span;
        let mut elements = Vec::new();
        while let Some(element) = self.opt_pattern_element() {
            elements.push(element);
        }
        if elements.is_empty() {
            self.expected("a pattern, as `(a)-[e]->(b)`");
        }
        GraphPattern { elements, span: self.since(start) }
    }

    fn opt_pattern_element(&mut self) -> Option<PatternElement> {
        let start = self.peek().span;
        if self.recovering {
            return None;
        }
        if let Some(open) = self.eat_mark(Mark::OpenParen) {
            let name = self.opt_name();
            self.close(open, Mark::CloseParen);
            return Some(PatternElement::Node(name, self.since(start)));
        }
        let bare = if self.eat_marks(&[Mark::Minus, Mark::Minus, Mark::Greater]) {
            Some(EdgeDirection::Right)
        } else if self.eat_marks(&[Mark::Less, Mark::Minus, Mark::Minus]) {
            Some(EdgeDirection::Left)
        } else if self.eat_marks(&[Mark::Minus, Mark::Minus]) {
            Some(EdgeDirection::Any)
        } else {
            None
        };
        if let Some(direction) = bare {
            return Some(PatternElement::Edge { direction, name: None, range: None, span: self.since(start) });
        }
        let left = self.eat_marks(&[Mark::Less, Mark::Minus, Mark::OpenBracket]);
        if !left && !self.eat_marks(&[Mark::Minus, Mark::OpenBracket]) {
            return None;
        }
        let name = self.opt_name();
        let range = self.eat_mark(Mark::Star).map(|_| {
            let low = self.signed();
            self.expect_mark(Mark::DotDot);
            Box::new(EdgeRange { low, high: self.signed() })
        });
        let right = self.eat_marks(&[Mark::CloseBracket, Mark::Minus, Mark::Greater]);
        if !right && !self.eat_marks(&[Mark::CloseBracket, Mark::Minus]) {
            self.expected("`]->` or `]-`");
        }
        let direction = match (left, right) {
            (true, _) => EdgeDirection::Left,
            (false, true) => EdgeDirection::Right,
            (false, false) => EdgeDirection::Any,
        };
        Some(PatternElement::Edge { direction, name, range, span: self.since(start) })
    }

    pub(super) fn graph_to_table(&mut self) -> OperatorKind {
        OperatorKind::GraphToTable(self.comma_list(None, |parser| {
            let start = parser.peek().span;
            let kind = match parser.word() {
                "edges" => GraphOutputKind::Edges,
                "nodes" => GraphOutputKind::Nodes,
                _ => {
                    parser.expected("`nodes` or `edges`");
                    let span = parser.here();
                    return GraphOutput {
                        kind: GraphOutputKind::Nodes,
                        name: None,
                        parameters: Default::default(),
                        span,
                    };
                }
            };
            parser.bump();
            let name = parser.eat_word("as").map(|_| parser.name());
            let parameters = parser.parameters(&["with_node_id", "with_source_id", "with_target_id"], true);
            GraphOutput { kind, name, parameters, span: parser.since(start) }
        }))
    }
}
