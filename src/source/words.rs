//! What stores say when they fail, made fit to be shown: in one line, and without what opens doors.

use std::error::Error;
use std::sync::LazyLock;

use regex::Regex;

/// What follows these names in a URL or a header is secret.
static SECRETS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let names = "sig|signature|x-amz-signature|x-amz-credential|x-amz-security-token|x-goog-signature|x-goog-credential|access_token";
    Regex::new(&format!(r#"(?i)([?&;\s"']|^)({names})=[^&\s"'<>)]*"#)).ok()
});
static BEARER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)\b(bearer|sharedkey)\s+[^\s,;]+").ok());

/// The text without signatures and tokens.
pub fn redacted(text: &str) -> String {
    let replaced = |pattern: &LazyLock<Option<Regex>>, text: &str, with: &str| match &**pattern {
        Some(pattern) => pattern.replace_all(text, with).into_owned(),
        None => "(not shown: it may hold secrets)".to_owned(),
    };
    let text = replaced(&SECRETS, text, "$1$2=…");
    replaced(&BEARER, &text, "$1 …")
}

/// A URL as it may be shown: without query, and without a password.
pub fn shown(url: &url::Url) -> String {
    let mut url = url.clone();
    let _there_may_be_no_host = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

/// The words at the bottom of an error's causes, in one line; what is above them names stores and requests.
pub fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut deepest = error;
    while let Some(deeper) = deepest.source() {
        deepest = deeper;
    }
    let text = deepest.to_string();
    redacted(&of_service(&text).unwrap_or_else(|| text.split_whitespace().collect::<Vec<_>>().join(" ")))
}

/// An error that a service wrote in XML: status, code and the message's first line.
fn of_service(text: &str) -> Option<String> {
    let between = |name: &str| {
        let start = text.find(&format!("<{name}>"))? + name.len() + 2;
        let end = start + text.get(start..)?.find(&format!("</{name}>"))?;
        text.get(start..end)?.lines().next().map(str::trim)
    };
    let code = between("Code")?;
    let message = between("Message").unwrap_or_default();
    let message = message.split(" Make sure").next().unwrap_or_default();
    Some(if message.is_empty() { code.to_owned() } else { format!("{} ({code})", message.trim_end_matches('.')) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_taken_out() {
        let cases = [
            "GET https://a.blob.core.windows.net/c?sv=1&sig=AbC%2B1%3D&se=2 failed",
            "sig=AbC1",
            "https://b.s3.amazonaws.com/k?X-Amz-Credential=AbC1&X-Amz-Signature=AbC1",
            "Authorization: Bearer AbC1.x.y, SharedKey account:AbC1=",
        ];
        let told: Vec<String> = cases.iter().map(|text| redacted(text)).collect();
        assert!(!told.concat().contains("AbC"), "{told:?}");
        insta::assert_snapshot!(told.join("\n"), @"
        GET https://a.blob.core.windows.net/c?sv=1&sig=…&se=2 failed
        sig=…
        https://b.s3.amazonaws.com/k?X-Amz-Credential=…&X-Amz-Signature=…
        Authorization: Bearer …, SharedKey …
        ");
        let url = url::Url::parse("https://me:word@a.net/c?sig=AbC").expect("url");
        assert_eq!(shown(&url), "https://me@a.net/c");
    }

    #[test]
    fn services_speak_xml() {
        let text = "Server returned non-2xx status code: 403 Forbidden: <?xml version=\"1.0\"?><Error><Code>AuthenticationFailed</Code>\
                    <Message>Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly.\nRequestId:1\nTime:2</Message></Error>";
        let error: Box<dyn Error + 'static> = text.into();
        assert_eq!(innermost(&*error), "Server failed to authenticate the request (AuthenticationFailed)");
    }
}
