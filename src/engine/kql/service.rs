//! The functions of Microsoft's service that add to rows what is nowhere in the data: `FileProfile` and `SeenBy`.
//!
//! Each is a function in KQL. If there is a table of the same name, the user's own copy of that knowledge, rows are looked up in it;
//! else the columns are there without values, and a note says so.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::kql::syntax::ast::{FunctionDecl, LetValue, StatementKind};
use crate::kql::syntax::parse;

/// A function of the service.
struct Known {
    name: &'static str,
    /// Its text where there is no table.
    empty: &'static str,
    /// Its text over the table of its name.
    looked_up: &'static str,
    /// What a reader should know where there is no table.
    note: &'static str,
}

/// The key may be any column that holds SHA-1 or SHA-256 digests; the table may lack any column.
const FUNCTIONS: [Known; 2] = [
    Known {
        name: "FileProfile",
        empty: r#"let FileProfile = (T: (*), x: string = "SHA1", y: long = 1000) {
    T | extend GlobalPrevalence = long(null), GlobalFirstSeen = datetime(null), GlobalLastSeen = datetime(null), Signer = "",
        Issuer = "", SignerHash = "", IsCertificateValid = bool(null), IsRootSignerMicrosoft = bool(null), SignatureState = "",
        IsExecutable = bool(null), ThreatName = "", Publisher = "", SoftwareName = "", ProfileAvailability = ""
};"#,
        looked_up: r#"let FileProfile = (T: (*), x: string = "SHA1", y: long = 1000) {
    let profiles = FileProfile | project
        _Sha1 = tolower(tostring(column_ifexists("SHA1", ""))),
        _Sha256 = tolower(tostring(column_ifexists("SHA256", ""))),
        GlobalPrevalence = tolong(column_ifexists("GlobalPrevalence", long(null))),
        GlobalFirstSeen = todatetime(column_ifexists("GlobalFirstSeen", datetime(null))),
        GlobalLastSeen = todatetime(column_ifexists("GlobalLastSeen", datetime(null))),
        Signer = tostring(column_ifexists("Signer", "")),
        Issuer = tostring(column_ifexists("Issuer", "")),
        SignerHash = tostring(column_ifexists("SignerHash", "")),
        IsCertificateValid = tobool(column_ifexists("IsCertificateValid", bool(null))),
        IsRootSignerMicrosoft = tobool(column_ifexists("IsRootSignerMicrosoft", bool(null))),
        SignatureState = tostring(column_ifexists("SignatureState", "")),
        IsExecutable = tobool(column_ifexists("IsExecutable", bool(null))),
        ThreatName = tostring(column_ifexists("ThreatName", "")),
        Publisher = tostring(column_ifexists("Publisher", "")),
        SoftwareName = tostring(column_ifexists("SoftwareName", "")),
        ProfileAvailability = tostring(column_ifexists("ProfileAvailability", "Available"));
    let keyed = union (profiles | extend _Digest = _Sha1), (profiles | extend _Digest = _Sha256)
        | where isnotempty(_Digest) | project-away _Sha1, _Sha256 | summarize take_any(*) by _Digest;
    T | extend _Digest = tolower(tostring(column_ifexists(x, ""))) | lookup kind=leftouter keyed on _Digest | project-away _Digest
};"#,
        note: "huntql has no profiles of files: the columns of `FileProfile` are empty; a table `FileProfile` of your own would be joined",
    },
    Known {
        name: "SeenBy",
        empty: "let SeenBy = (T: (*)) { T | extend SeenBy = dynamic(null) };",
        looked_up: r#"let SeenBy = (T: (*)) {
    let devices = SeenBy | summarize SeenBy = make_set(todynamic(column_ifexists("SeenBy", ""))) by _Device = tostring(column_ifexists("DeviceId", ""));
    T | extend _Device = tostring(column_ifexists("DeviceId", "")) | lookup kind=leftouter devices on _Device | project-away _Device
};"#,
        note: "huntql does not know which devices saw others: the column of `SeenBy` is null; a table `SeenBy` of your own would be joined",
    },
];

/// The service's functions, and which of them a script used without a table of its name.
#[derive(Default)]
pub(super) struct Service {
    empty: Mutex<BTreeSet<&'static str>>,
}

impl Service {
    /// The function of this name, which looks rows up if there is such a table.
    pub(super) fn function(&self, name: &str, is_table: bool) -> Option<Arc<FunctionDecl>> {
        let known = FUNCTIONS.iter().find(|known| known.name == name)?;
        let text = if is_table { known.looked_up } else { known.empty };
        if !is_table {
            self.empty.lock().unwrap_or_else(PoisonError::into_inner).insert(known.note);
        }
        parse(text).0.statements.into_iter().find_map(|statement| match statement.kind {
            StatementKind::Let(_, LetValue::Function(function)) => Some(Arc::new(function)),
            _ => None,
        })
    }

    /// What a reader should know of the functions that were used since.
    pub(super) fn notes(&self) -> Vec<String> {
        self.empty.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|&note| note.to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_texts_parse() {
        for text in FUNCTIONS.iter().flat_map(|known| [known.empty, known.looked_up]) {
            assert_eq!(parse(text).1, [], "{text}");
        }
    }
}
