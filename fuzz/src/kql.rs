//! Any text is parsed and bound, or refused with places in it.

use std::collections::HashMap;
use std::sync::LazyLock;

use huntql::kql::bind::{NoProbe, bind};
use huntql::kql::syntax::parse;

#[path = "../../tests/support/portal.rs"]
mod portal;

use portal::Portal;

static PORTAL: LazyLock<Portal> = LazyLock::new(Portal::default);

/// Checks the text of a query, however broken.
///
/// # Panics
/// If a diagnostic points out of the text, or as parser and binder do.
pub fn check(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else { return };
    let (script, diagnostics) = parse(text);
    for diagnostic in &diagnostics {
        let (start, end) = (diagnostic.span.start as usize, diagnostic.span.end as usize);
        assert!(text.get(start..end).is_some(), "{text:?}: {diagnostic:?} points out of the text");
    }
    let bound = bind(&script, &*PORTAL, &mut NoProbe, &HashMap::new());
    for diagnostic in &bound.diagnostics {
        let (start, end) = (diagnostic.span.start as usize, diagnostic.span.end as usize);
        assert!(start <= end && end <= text.len(), "{text:?}: {diagnostic:?} points out of the text");
    }
}
