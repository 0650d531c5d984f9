//! What a function is, apart from how it computes: its name, how often it may be evaluated, and what `.functions`
//! says about it. Every function of this room keeps one [`Definition`] and hands its trait methods on to it.
//!
//! Signatures are all `any`: the functions look at their arguments' types themselves, in `return_field…`. That keeps
//! casts out of plans (a filter stays `has(FileName, 'x')`, which the scan can read) and lets a wrong argument be
//! refused with a sentence instead of a list of candidate signatures.

use datafusion::logical_expr::{DocSection, Documentation, Signature, TypeSignature, Volatility};

/// The heading under which a function is listed.
#[derive(Clone, Copy)]
pub(super) enum Section {
    Text,
    Time,
    Network,
    Decode,
    Convert,
    Dynamic,
    Operator,
    Math,
    Hash,
    Series,
    Geo,
    Aggregate,
    Window,
}

impl Section {
    const fn label(self) -> &'static str {
        match self {
            Section::Text => "Text",
            Section::Time => "Time",
            Section::Network => "IP addresses",
            Section::Decode => "Decoding and parsing",
            Section::Convert => "Conversions",
            Section::Dynamic => "Dynamic values (JSON)",
            Section::Operator => "Operators of KQL",
            Section::Math => "Mathematics",
            Section::Hash => "Hashes",
            Section::Series => "Series of numbers",
            Section::Geo => "Places on earth",
            Section::Aggregate => "Aggregates",
            Section::Window => "Rows in order",
        }
    }
}

/// Name, aliases, signature and documentation of one function. Two functions are the same when these are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Definition {
    pub name: &'static str,
    pub aliases: Vec<String>,
    pub signature: Signature,
    pub documentation: Documentation,
}

/// The words of a [`Definition`], as written in the source.
pub(super) struct Words<'a> {
    pub section: Section,
    /// `has(text, term)`: the function's name is the part before the parenthesis.
    pub syntax: &'static str,
    pub description: &'a str,
    /// A query that runs as it stands, and what it answers.
    pub example: (&'a str, &'a str),
}

impl Definition {
    /// A function of any number of arguments from `arity.0` to `arity.1`, `None` being no upper bound.
    pub fn new(words: Words, arity: (usize, Option<usize>)) -> Self {
        let Words { section, syntax, description, example: (query, answer) } = words;
        let of = |number| if number == 0 { TypeSignature::Nullary } else { TypeSignature::Any(number) };
        let signature = match arity {
            (0, None) => TypeSignature::OneOf(vec![TypeSignature::Nullary, TypeSignature::VariadicAny]),
            (_, None) => TypeSignature::VariadicAny,
            (least, Some(most)) if least == most => of(least),
            (least, Some(most)) => TypeSignature::OneOf((least..=most).map(of).collect()),
        };
        let section = DocSection { include: true, label: section.label(), description: None };
        Self {
            name: syntax.split('(').next().unwrap_or(syntax),
            aliases: Vec::new(),
            signature: Signature::new(signature, Volatility::Immutable),
            documentation: Documentation::builder(section, description, syntax)
                .with_sql_example(format!("{query}{ANSWER}{answer}"))
                .build(),
        }
    }

    /// The same, known by further names.
    pub fn aliases(mut self, aliases: &[&str]) -> Self {
        self.aliases = aliases.iter().map(ToString::to_string).collect();
        self
    }

    /// The same, with a result that is fixed for one query but not for ever: it depends on the query's clock.
    pub fn stable(mut self) -> Self {
        self.signature.volatility = Volatility::Stable;
        self
    }
}

/// Stands between the query and the answer in an example.
pub(super) const ANSWER: &str = "\n-- ";

/// The methods of `ScalarUDFImpl` and `AggregateUDFImpl` that only repeat `self.definition`.
macro_rules! defined {
    () => {
        fn name(&self) -> &str {
            self.definition.name
        }

        fn aliases(&self) -> &[String] {
            &self.definition.aliases
        }

        fn signature(&self) -> &datafusion::logical_expr::Signature {
            &self.definition.signature
        }

        fn documentation(&self) -> Option<&datafusion::logical_expr::Documentation> {
            Some(&self.definition.documentation)
        }
    };
}
pub(super) use defined;
