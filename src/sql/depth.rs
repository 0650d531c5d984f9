//! Keeps syntax trees shallow, because everything behind the parser walks them by recursion and a full stack ends the process.
//!
//! Two measures: [`check`] bounds, from the tokens alone, how deep a tree can get; [`balance`] turns the long chains of AND and OR,
//! which lists of indicators grow into, from combs into balanced trees.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr, Value, VisitorMut};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use super::{SqlError, scope};

/// How deep parentheses, subqueries and operators may nest in each other; sqlparser's own limit.
pub(super) const RECURSION_LIMIT: usize = 500;
/// How many tokens may lie on the path to a node. A chain such as `a + b + c` grows by a level every two tokens. With this limit and
/// the weights below, statements can be planned on a stack of 2 MB, which worker threads have (measured: twice as much cannot).
const TOKEN_LIMIT: usize = 1_600;
/// What a query in a query weighs.
const QUERY: usize = 45;
/// What a UNION, EXCEPT or INTERSECT weighs.
const SET_OPERATION: usize = 4;
/// Chains up to this length stay as written, so that plans read like the text.
const CHAIN: usize = 32;

/// How many conditions AND may join.
const AND_LIMIT: usize = 1_000;

pub(super) const TOO_DEEP: &str = "the statement nests too deeply; use IN (…) for long lists of values, and split very long \
                                   expressions with WITH";

/// Refuses a statement whose tree could get too deep.
pub(super) fn check(tokens: &[TokenWithSpan]) -> Result<(), SqlError> {
    let mut path = Path { levels: vec![Level::default()], total: 0, betweens: 0 };
    for token in tokens {
        path.step(&token.token);
        if path.total > TOKEN_LIMIT || path.levels.len() > RECURSION_LIMIT {
            return Err(SqlError::at(TOO_DEEP, token.span.start));
        }
    }
    Ok(())
}

/// The way from the root of the tree to the token at hand, measured in tokens.
struct Path {
    levels: Vec<Level>,
    /// The sum over all levels.
    total: usize,
    /// How many BETWEEN wait for their AND.
    betweens: usize,
}

/// A bracket that is open, or the statement itself.
#[derive(Default)]
struct Level {
    /// What stays until the bracket is closed: the weight of a query, and of the set operations in it.
    query: usize,
    /// The tokens since the last one that starts a new branch of the tree.
    branch: usize,
}

impl Path {
    fn step(&mut self, token: &Token) {
        match token {
            Token::Whitespace(_) | Token::EOF => {}
            Token::LParen | Token::LBracket | Token::LBrace => {
                self.count(1);
                self.levels.push(Level::default());
            }
            Token::RParen | Token::RBracket | Token::RBrace if self.levels.len() > 1 => {
                let closed = self.levels.pop().unwrap_or_default();
                self.total -= closed.query + closed.branch;
            }
            Token::Comma | Token::VerticalBarRightAngleBracket => self.start_branch(),
            Token::Word(word) if word.quote_style.is_none() => self.word(word.keyword),
            _ => self.count(1),
        }
    }

    fn word(&mut self, keyword: Keyword) {
        match keyword {
            Keyword::BETWEEN => {
                self.betweens += 1;
                self.count(1);
            }
            Keyword::AND if self.betweens > 0 => {
                self.betweens -= 1;
                self.count(1);
            }
            // The parser takes what is behind it by plain recursion.
            Keyword::INTERVAL => self.count(40),
            Keyword::SELECT | Keyword::FROM if self.levels.last().is_some_and(|level| level.query == 0) => {
                self.weigh_query(QUERY);
            }
            // Each makes the tree deeper by one, whatever stands between them.
            Keyword::UNION | Keyword::EXCEPT | Keyword::INTERSECT => self.weigh_query(SET_OPERATION),
            Keyword::AND
            | Keyword::OR
            | Keyword::FROM
            | Keyword::WHERE
            | Keyword::ON
            | Keyword::JOIN
            | Keyword::WHEN => {
                self.start_branch();
            }
            _ => self.count(1),
        }
    }

    fn count(&mut self, tokens: usize) {
        self.total += tokens;
        if let Some(level) = self.levels.last_mut() {
            level.branch += tokens;
        }
    }

    fn weigh_query(&mut self, tokens: usize) {
        self.start_branch();
        self.total += tokens;
        if let Some(level) = self.levels.last_mut() {
            level.query += tokens;
        }
    }

    fn start_branch(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            self.total -= std::mem::take(&mut level.branch);
        }
        self.count(1);
    }
}

/// Rebuilds the long chains of AND and of OR as balanced trees; both are associative.
///
/// A chain of AND may not get longer than [`AND_LIMIT`]: DataFusion takes conditions apart and puts them together as a comb again.
pub(super) fn balance(statement: &mut Statement) -> Result<(), SqlError> {
    match scope::visit_mut(statement, &mut Balance) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(SqlError::new(format!(
            "more than {AND_LIMIT} conditions are joined by AND: write lists of values as x NOT IN (…)"
        ))),
    }
}

struct Balance;

impl VisitorMut for Balance {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let op = match &expr {
            Expr::BinaryOp { op: op @ (BinaryOperator::And | BinaryOperator::Or), .. } => op.clone(),
            _ => return ControlFlow::Continue(()),
        };
        if op == BinaryOperator::And && conditions(expr) > AND_LIMIT {
            return ControlFlow::Break(());
        }
        if chain_length(expr, &op) > CHAIN {
            let mut operands = unchain(expr, &op);
            *expr = combine(&mut operands, &op);
        }
        ControlFlow::Continue(())
    }
}

/// The number of conditions that AND joins, through parentheses too.
fn conditions(expr: &Expr) -> usize {
    let mut count = 0;
    let mut open = vec![expr];
    while let Some(next) = open.pop() {
        match next {
            Expr::BinaryOp { left, op: BinaryOperator::And, right } => open.extend([left.as_ref(), right.as_ref()]),
            Expr::Nested(inner) => open.push(inner),
            _ => count += 1,
        }
    }
    count
}

fn chain_length(mut expr: &Expr, chained: &BinaryOperator) -> usize {
    let mut length = 1;
    while let Expr::BinaryOp { left, op, .. } = expr
        && op == chained
    {
        (expr, length) = (left, length + 1);
    }
    length
}

/// Takes a left-leaning chain apart, into its operands from the last to the first.
fn unchain(expr: &mut Expr, chained: &BinaryOperator) -> Vec<Expr> {
    let mut operands = Vec::new();
    let mut rest = std::mem::replace(expr, Expr::value(Value::Null));
    loop {
        match rest {
            Expr::BinaryOp { left, op, right } if op == *chained => {
                operands.push(*right);
                rest = *left;
            }
            first => {
                operands.push(first);
                return operands;
            }
        }
    }
}

/// Puts operands, the last one first, together as a balanced tree.
fn combine(operands: &mut Vec<Expr>, op: &BinaryOperator) -> Expr {
    let mut left = operands.split_off(operands.len().div_ceil(2));
    match left.len() {
        0 => operands.pop().unwrap_or_else(|| Expr::value(Value::Null)),
        _ => Expr::BinaryOp {
            left: Box::new(combine(&mut left, op)),
            op: op.clone(),
            right: Box::new(combine(operands, op)),
        },
    }
}
