//! Whether a text holds a secret, so that it is not kept in the history.

use std::sync::LazyLock;

use regex::RegexSet;

/// What secrets look like. A pattern wants the secret itself behind its name: who hunts for the name alone holds none.
const PATTERNS: [&str; 8] = [
    // The signature of a shared access signature.
    r"(?i)\bsig=[a-z0-9%+/=_-]{16,}",
    // Keys in connection strings.
    r"(?i)\b(account|sharedaccess)key=[a-z0-9+/=]{16,}",
    r"(?i)\bsharedaccesssignature=\S{16,}",
    r"(?i)\bbearer\s+[a-z0-9._~+/=-]{16,}",
    // JSON web tokens.
    r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    // A password in a URL.
    r"(?i)\b[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s@]+@",
    // A parameter or a setting whose name says it.
    r"(?i)\b[a-z_]*(password|passwd|client_?secret|secret_?access_?key|api_?key|access_?token)\s*=\s*[^\s'\x22]{6,}",
    r"(?i)^\.param\s+[a-z0-9_]*(password|secret|token|key)[a-z0-9_]*\s*=\s*\S",
];

#[expect(clippy::expect_used, reason = "the patterns are constants, and every one is compiled by this file's tests")]
static SECRETS: LazyLock<RegexSet> = LazyLock::new(|| RegexSet::new(PATTERNS).expect("valid patterns"));

/// Whether a text holds a secret.
pub(super) fn holds_secret(text: &str) -> bool {
    SECRETS.is_match(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_told() {
        for text in [
            ".open https://x.blob.core.windows.net/c?sv=2024&sig=AbCdEf0123456789%2BxY%3D",
            ".open DefaultEndpointsProtocol=https;AccountKey=AbCdEf0123456789AbCdEf==",
            "externaldata(x: string) [\"https://a:hunter2@host/x\"]",
            "print h = \"Authorization: Bearer AbCdEf0123456789xyz\"",
            "print \"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc\"",
            "select 1; -- password=correcthorse",
            ".param api_token=x1",
        ] {
            assert!(holds_secret(text), "{text}");
        }
    }

    #[test]
    fn hunting_for_secrets_is_no_secret() {
        for text in [
            "DeviceProcessEvents | where ProcessCommandLine has \"AccountKey=\"",
            "DeviceProcessEvents | where ProcessCommandLine matches regex \"sig=[a-z]+\"",
            "select * from DeviceProcessEvents where ProcessCommandLine like '%password=%'",
            "T | where Token == 'x' and Url has \"https://\"",
            "T | where Header has 'Bearer '",
            ".param host=srv",
        ] {
            assert!(!holds_secret(text), "{text}");
        }
    }
}
