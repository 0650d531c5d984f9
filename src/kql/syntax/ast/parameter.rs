//! The `name = value` settings that operators take: `kind = inner`, `hint.strategy = shuffle`, `isfuzzy = true`.

use super::{Expr, Name, Span};

/// The settings of an operator, in written order. Names are not checked, and may repeat.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parameters(pub Vec<Parameter>);

impl Parameters {
    /// The last setting of this name, in this letter case.
    pub fn get(&self, name: &str) -> Option<&Parameter> {
        self.0.iter().rev().find(|parameter| parameter.name.text == name)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// One setting.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// The name, as `kind` or `hint.strategy`.
    pub name: Name,
    /// What it is set to.
    pub value: ParameterValue,
    /// From the name to the end of the value.
    pub span: Span,
}

/// What a setting is set to.
#[derive(Debug, Clone, PartialEq)]
pub enum ParameterValue {
    /// A bare word, which may be a name: `leftouter`, `broadcast`, `SourceTable`, `stacked100`.
    Word(Name),
    /// Several names: `ycolumns = a, b` of `render`.
    Names(Vec<Name>),
    /// A constant, or where the setting takes one, a call or path.
    Expr(Expr),
}
