//! Which signature of a function a call means.
//!
//! The rules are those of Microsoft's binder: of the signatures that take this many arguments, those are kept whose parameters fit most
//! of them; of these the one wins whose worst fit is best, then whose best fit is best.

use super::types::{common, is_integer, is_number, is_orderable, is_summable, widens};
use crate::catalog::KustoType;
use crate::kql::facts::{ArgumentForm, Parameter, Signature, TypeClass};

/// What is known of an argument before a signature is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ArgKind {
    /// A scalar of a type.
    Scalar(KustoType),
    /// `*`
    Star,
    /// `typeof(…)` of a scalar type.
    Type(KustoType),
    /// A table.
    Table,
}

/// How well an argument fits, from badly to exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Promoted,
    NotOther,
    OneOfMany,
    Scalar,
    Summable,
    Orderable,
    Number,
    Integer,
    Table,
    Exact,
}

/// The signature that a call means.
#[derive(Debug, Clone, Copy)]
pub(super) enum Choice<'s> {
    /// This one; every argument has a parameter, whether it fits or not.
    One(&'s Signature),
    /// None takes this many arguments.
    WrongCount,
    /// Several fit alike, or none fits.
    Ambiguous,
}

/// Chooses among the signatures of a function.
pub(super) fn choose<'s>(signatures: &'s [Signature], args: &[ArgKind]) -> Choice<'s> {
    let by_count: Vec<&Signature> = signatures.iter().filter(|signature| takes(signature, args.len())).collect();
    let (first, rest) = match by_count.split_first() {
        None => return Choice::WrongCount,
        Some((only, [])) => return Choice::One(only),
        Some(split) => split,
    };
    let fits = |signature: &Signature| -> (usize, Option<Fit>, Option<Fit>) {
        let all: Vec<Option<Fit>> = fits(signature, args);
        let count = all.iter().flatten().count();
        (count, all.iter().copied().min().flatten(), all.iter().copied().max().flatten())
    };
    let mut best = (*first, fits(first));
    let mut tied = false;
    for signature in rest {
        let rank = fits(signature);
        match rank.cmp(&best.1) {
            std::cmp::Ordering::Greater => (best, tied) = ((*signature, rank), false),
            std::cmp::Ordering::Equal => tied = true,
            std::cmp::Ordering::Less => {}
        }
    }
    // Two signatures that fit alike are told apart by nothing but what comes out; if both fit wholly, the first one will do.
    if best.1.0 == args.len() || !tied { Choice::One(best.0) } else { Choice::Ambiguous }
}

/// Whether a signature takes this many arguments: also the block that repeats must come out even.
pub(super) fn takes(signature: &Signature, count: usize) -> bool {
    if count < signature.min_arguments() || count > signature.max_arguments() {
        return false;
    }
    let block = signature.parameters.iter().filter(|parameter| parameter.repeats()).count();
    let fixed = signature.parameters.len() - block;
    block <= 1 || count >= fixed && (count - fixed).is_multiple_of(block)
}

/// The parameter of each argument.
pub(super) fn assign<'s>(signature: &'s Signature, args: &[ArgKind]) -> Vec<Option<&'s Parameter>> {
    let parameters = &signature.parameters;
    let Some(start) = parameters.iter().position(Parameter::repeats) else {
        return (0..args.len()).map(|index| parameters.get(index)).collect();
    };
    let block = parameters.iter().skip(start).take_while(|parameter| parameter.repeats()).count();
    let suffix = parameters.get(start + block..).unwrap_or_default();
    let room = args.len().saturating_sub(start);
    let required: usize = suffix.iter().map(|parameter| parameter.min).sum();
    // An optional last parameter is taken if the last argument fits it and not the block.
    let optional = suffix.len() > required
        && room > required + 1
        && args.last().zip(suffix.last()).is_some_and(|(arg, parameter)| fit(parameter, *arg, None).is_some());
    let behind = if optional { suffix.len() } else { required }.min(room);
    let repeated = room - behind;
    (0..args.len())
        .map(|index| match index.checked_sub(start) {
            None => parameters.get(index),
            Some(inside) if inside < repeated => parameters.get(start + inside % block.max(1)),
            Some(inside) => suffix.get(inside - repeated),
        })
        .collect()
}

/// The common type of the arguments whose parameters want one.
pub(super) fn common_type(
    assigned: &[Option<&Parameter>],
    args: &[ArgKind],
    without_dynamic: bool,
) -> Option<KustoType> {
    let mut found: Option<KustoType> = None;
    for (parameter, arg) in assigned.iter().zip(args) {
        let (Some(parameter), ArgKind::Scalar(kind)) = (parameter, arg) else { continue };
        let mixed = match parameter.types {
            TypeClass::Common => false,
            TypeClass::CommonOrderable if is_orderable(*kind) => false,
            TypeClass::CommonOrDynamic => true,
            _ => continue,
        };
        if without_dynamic && *kind == KustoType::Dynamic {
            continue;
        }
        found = match found {
            None => Some(*kind),
            Some(before) => match common(before, *kind) {
                Some(both) => Some(both),
                None if mixed => Some(KustoType::Dynamic),
                None => return None,
            },
        };
    }
    if found.is_none() && without_dynamic { common_type(assigned, args, false) } else { found }
}

/// Whether an argument fits a parameter; `common` is the common type of the call.
pub(super) fn fits_parameter(parameter: &Parameter, arg: ArgKind, common: Option<KustoType>) -> bool {
    fit(parameter, arg, common).is_some()
}

fn fits(signature: &Signature, args: &[ArgKind]) -> Vec<Option<Fit>> {
    let assigned = assign(signature, args);
    let common = common_type(&assigned, args, false);
    assigned.iter().zip(args).map(|(parameter, arg)| fit((*parameter)?, *arg, common)).collect()
}

fn fit(parameter: &Parameter, arg: ArgKind, common: Option<KustoType>) -> Option<Fit> {
    let star_allowed = matches!(parameter.form, ArgumentForm::Star | ArgumentForm::StarOnly);
    let kind = match arg {
        ArgKind::Star => return star_allowed.then_some(Fit::Exact),
        ArgKind::Type(_) => return (parameter.types == TypeClass::Type).then_some(Fit::Exact),
        ArgKind::Table => return (parameter.types == TypeClass::Table).then_some(Fit::Table),
        ArgKind::Scalar(kind) => kind,
    };
    if parameter.form == ArgumentForm::StarOnly {
        return None;
    }
    let if_so = |holds: bool, fit: Fit| holds.then_some(fit);
    match &parameter.types {
        TypeClass::OneOf(kinds) if kinds.contains(&kind) => {
            Some(if kinds.len() == 1 { Fit::Exact } else { Fit::OneOfMany })
        }
        TypeClass::OneOf(kinds) => if_so(kinds.iter().any(|wider| widens(kind, *wider)), Fit::Promoted),
        TypeClass::Scalar => Some(Fit::Scalar),
        TypeClass::Table | TypeClass::Type => None,
        TypeClass::Integer => if_so(is_integer(kind), Fit::Integer),
        TypeClass::Number => if_so(is_number(kind), Fit::Number),
        TypeClass::NumberOrBool => if_so(is_number(kind) || kind == KustoType::Bool, Fit::Number),
        TypeClass::Text | TypeClass::TextOrArray => {
            if_so(matches!(kind, KustoType::String | KustoType::Dynamic), Fit::OneOfMany)
        }
        TypeClass::Array | TypeClass::Bag => if_so(kind == KustoType::Dynamic, Fit::OneOfMany),
        TypeClass::IntegerOrArray => if_so(is_integer(kind) || kind == KustoType::Dynamic, Fit::OneOfMany),
        TypeClass::Summable => if_so(is_summable(kind), Fit::Summable),
        TypeClass::Orderable => if_so(is_orderable(kind), Fit::Orderable),
        TypeClass::NotDynamic => if_so(kind != KustoType::Dynamic, Fit::NotOther),
        TypeClass::NotRealOrBool => if_so(!matches!(kind, KustoType::Real | KustoType::Bool), Fit::NotOther),
        TypeClass::CommonOrderable if !is_orderable(kind) => None,
        TypeClass::Common | TypeClass::CommonOrderable | TypeClass::CommonOrDynamic => match common {
            Some(common) if common == kind => Some(Fit::Exact),
            Some(common) if widens(kind, common) || common == KustoType::Dynamic || kind == KustoType::Dynamic => {
                Some(Fit::Promoted)
            }
            Some(_) => if_so(parameter.types == TypeClass::CommonOrDynamic, Fit::Promoted),
            None => None,
        },
    }
}
