//! Reads the files of `data/`, which are compiled in.
//!
//! A function is one or more signatures, then what else there is to say, indented:
//!
//! ```text
//! bin(value: number, roundTo: number) -> widest
//! bin(value: datetime, roundTo: datetime) -> datetime
//!   named $1                     the column of a call: `$1` is how the first argument would be called
//!   doc Rounds down …            one line
//!   same as floor                means just the same
//!   deprecated floor             use that instead
//!   refused there is no …        why huntql does not run it
//!   differs it is …              how its answers differ from Kusto's
//! ```
//!
//! A parameter is `name: types form`. The name may end in `?` (may be left out), `...` (once or more), `...?` (never or more) or
//! `{2,16}`. Lines that start with `#` are headings.
//!
//! A line that cannot be read is a defect of the files, which the tests find; the reader skips it.

use super::function::{ArgumentForm, Function, FunctionClass, Naming, Parameter, Returns, Signature, TypeClass};
use crate::catalog::KustoType;

/// Reads one file. What could not be read comes back as the second value.
pub(super) fn read(text: &'static str, class: FunctionClass) -> (Vec<Function>, Vec<&'static str>) {
    let mut functions: Vec<Function> = Vec::new();
    let mut unread = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let read = match line.strip_prefix("  ") {
            Some(attribute) => functions.last_mut().and_then(|function| read_attribute(attribute, function)),
            None => read_signature(line).map(|(name, signature)| match functions.last_mut() {
                Some(function) if function.name == name => function.signatures.push(signature),
                _ => functions.push(Function {
                    name,
                    class,
                    signatures: vec![signature],
                    naming: Naming::Default,
                    doc: "",
                    same_as: None,
                    deprecated: None,
                    refused: None,
                    differs: None,
                }),
            }),
        };
        if read.is_none() {
            unread.push(line);
        }
    }
    (functions, unread)
}

fn read_attribute(line: &'static str, function: &mut Function) -> Option<()> {
    if let Some(naming) = line.strip_prefix("named ") {
        function.naming = read_naming(naming);
    } else if let Some(doc) = line.strip_prefix("doc ") {
        function.doc = doc;
    } else if let Some(other) = line.strip_prefix("same as ") {
        function.same_as = Some(other);
    } else if let Some(other) = line.strip_prefix("deprecated ") {
        function.deprecated = Some(other);
    } else if let Some(how) = line.strip_prefix("differs ") {
        function.differs = Some(how);
    } else {
        function.refused = Some(line.strip_prefix("refused ")?);
    }
    Some(())
}

fn read_naming(text: &'static str) -> Naming {
    match text {
        "$1" => Naming::First,
        "$1 alone" => Naming::Only,
        "$literal" => Naming::Literal,
        _ => match (text.strip_suffix("_$1"), text.strip_suffix("_$1_$field")) {
            (Some(prefix), _) => Naming::Prefix(prefix),
            (None, Some(prefix)) => Naming::Fields(prefix),
            (None, None) => Naming::Fixed(text),
        },
    }
}

fn read_signature(line: &'static str) -> Option<(&'static str, Signature)> {
    let (head, returns) = line.split_once(") -> ")?;
    let (name, parameters) = head.split_once('(')?;
    let parameters: Option<Vec<Parameter>> =
        parameters.split(", ").filter(|text| !text.is_empty()).map(read_parameter).collect();
    Some((name, Signature { parameters: parameters?, returns: read_returns(returns)? }))
}

fn read_parameter(text: &'static str) -> Option<Parameter> {
    let (name, takes) = text.split_once(": ")?;
    let length = name.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(name.len());
    let (name, occurs) = name.split_at_checked(length)?;
    let (min, max) = match occurs {
        "" => (1, 1),
        "?" => (0, 1),
        "..." => (1, usize::MAX),
        "...?" => (0, usize::MAX),
        _ => {
            let (min, max) = occurs.strip_prefix('{')?.strip_suffix('}')?.split_once(',')?;
            (min.parse().ok()?, if max.is_empty() { usize::MAX } else { max.parse().ok()? })
        }
    };
    let (types, form) = takes.split_once(' ').unwrap_or((takes, ""));
    Some(Parameter { name, types: read_types(types)?, form: read_form(form)?, min, max })
}

fn read_types(text: &str) -> Option<TypeClass> {
    Some(match text {
        "scalar" => TypeClass::Scalar,
        "table" => TypeClass::Table,
        "type" => TypeClass::Type,
        "integer" => TypeClass::Integer,
        "number" => TypeClass::Number,
        "number_or_bool" => TypeClass::NumberOrBool,
        "text" => TypeClass::Text,
        "array" => TypeClass::Array,
        "bag" => TypeClass::Bag,
        "text_or_array" => TypeClass::TextOrArray,
        "integer_or_array" => TypeClass::IntegerOrArray,
        "summable" => TypeClass::Summable,
        "orderable" => TypeClass::Orderable,
        "not_dynamic" => TypeClass::NotDynamic,
        "not_real_or_bool" => TypeClass::NotRealOrBool,
        "common" => TypeClass::Common,
        "common_orderable" => TypeClass::CommonOrderable,
        "common_or_dynamic" => TypeClass::CommonOrDynamic,
        _ => TypeClass::OneOf(text.split('|').map(read_type).collect::<Option<_>>()?),
    })
}

fn read_form(text: &str) -> Option<ArgumentForm> {
    Some(match text {
        "" => ArgumentForm::Expression,
        "star" => ArgumentForm::Star,
        "star_only" => ArgumentForm::StarOnly,
        "column" => ArgumentForm::Column,
        "other_column" => ArgumentForm::OtherColumn,
        "common_column" => ArgumentForm::CommonColumn,
        "aggregate" => ArgumentForm::Aggregate,
        "const" => ArgumentForm::Constant,
        "literal" => ArgumentForm::Literal,
        "element" => ArgumentForm::Element,
        _ => return None,
    })
}

fn read_returns(text: &'static str) -> Option<Returns> {
    Some(match text {
        "first" => Returns::First,
        "second" => Returns::Second,
        "promoted" => Returns::Promoted,
        "typeof_last" => Returns::TypeofLast,
        "common" => Returns::Common,
        "common_not_dynamic" => Returns::CommonNotDynamic,
        "widest" => Returns::Widest,
        "table" => Returns::Table,
        "special" => Returns::Special,
        _ => match text.strip_prefix('(').and_then(|fields| fields.strip_suffix(')')) {
            Some(fields) => Returns::Fields(
                fields
                    .split(", ")
                    .map(|field| {
                        let (name, kind) = field.split_once(": ")?;
                        Some((name, read_type(kind)?))
                    })
                    .collect::<Option<_>>()?,
            ),
            None => Returns::Type(read_type(text)?),
        },
    })
}

fn read_type(text: &str) -> Option<KustoType> {
    text.parse().ok()
}
