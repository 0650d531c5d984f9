//! Text and bytes in other spellings: base64, percent signs, Punycode, code points, and packed text. What does not
//! decode is the empty text, as in Kusto; [`super::parse`] has kin for SQL that give null.

mod base64;
mod compress;
mod percent;
mod punycode;
mod unicode;

use datafusion::logical_expr::ScalarUDF;

/// The functions of this family.
pub(super) fn functions() -> Vec<ScalarUDF> {
    let families =
        [base64::functions(), compress::functions(), percent::functions(), punycode::functions(), unicode::functions()];
    families.into_iter().flatten().collect()
}
