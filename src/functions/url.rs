//! URLs taken apart as they are written. Nothing is normalised (no letter case, no escapes, no default ports): what an
//! attacker wrote is evidence, and much of what events call a URL is a bare host name that a strict parser refuses.

use std::{borrow::Cow, net::Ipv6Addr};

use serde::{Serialize, Serializer};

/// The parts of a URL, under the names that Kusto's `parse_url` gives them. A part that is missing is empty.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Url<'a> {
    pub scheme: &'a str,
    /// Without the brackets of an IPv6 address.
    pub host: &'a str,
    pub port: &'a str,
    /// With its leading slash.
    pub path: &'a str,
    pub username: &'a str,
    pub password: &'a str,
    #[serde(rename = "Query Parameters")]
    pub query: Query<'a>,
    pub fragment: &'a str,
}

/// The `name=value` pairs of a query, in order, escapes left in.
#[derive(Debug, PartialEq)]
pub(super) struct Query<'a>(Vec<(&'a str, Cow<'a, str>)>);

impl<'a> Url<'a> {
    /// Takes any text apart by the first signs that part a URL: `scheme:`, `//`, `@`, `/`, `?`, `#`.
    ///
    /// Without `//` there is no host by the letter of the rules. One is taken nevertheless where the text begins with
    /// what looks like one, since events are full of `example.com/path` and `example.com:443`.
    pub fn of(text: &'a str) -> Self {
        let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
        let (text, query) = text.split_once('?').unwrap_or((text, ""));
        let (scheme, rest) = split_scheme(text);
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
            None => {
                let (first, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                if scheme.is_empty() && looks_like_host(first) { (first, path) } else { ("", rest) }
            }
        };
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (username, password) = user.split_once(':').unwrap_or((user, ""));
        let (host, port) = split_port(host);
        Self { scheme, host, port, path, username, password, query: Query::of(query), fragment }
    }
}

/// A scheme is a letter followed by letters, digits and `+-.`, and ends with a colon. So may begin a host with a port,
/// and an IPv6 address: digits up to the next slash are taken as a port, and an address as an address.
fn split_scheme(text: &str) -> (&str, &str) {
    let Some((scheme, rest)) = text.split_once(':') else { return ("", text) };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    let first = rest.split('/').next().unwrap_or_default();
    let is_port = !first.is_empty() && first.bytes().all(|b| b.is_ascii_digit());
    if is_scheme && !is_port && !is_ipv6(text) { (scheme, rest) } else { ("", text) }
}

fn looks_like_host(text: &str) -> bool {
    let (host, port) = split_port(text);
    let is_name = host.chars().all(|c| c.is_alphanumeric() || "-._".contains(c)) && !host.starts_with('.');
    (is_name && (host.contains('.') || !port.is_empty())) || is_ipv6(host)
}

fn is_ipv6(text: &str) -> bool {
    text.parse::<Ipv6Addr>().is_ok()
}

fn split_port(authority: &str) -> (&str, &str) {
    if let Some((address, rest)) = authority.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        return (address, rest.strip_prefix(':').unwrap_or_default());
    }
    match authority.split_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (host, port),
        _ => (authority, ""),
    }
}

impl<'a> Query<'a> {
    /// A name that comes again has all its values, parted by commas.
    pub fn of(text: &'a str) -> Self {
        let mut pairs: Vec<(&str, Cow<str>)> = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match pairs.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) => *values = format!("{values},{value}").into(),
                None => pairs.push((name, value.into())),
            }
        }
        Self(pairs)
    }
}

impl Serialize for Query<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The host of a URL in small letters, `None` if it has none.
pub(super) fn url_host(text: &str) -> Option<Cow<'_, str>> {
    let host = Url::of(text).host;
    match host {
        "" => None,
        _ if host.chars().any(char::is_uppercase) => Some(host.to_lowercase().into()),
        _ => Some(host.into()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(text: &str) -> [&str; 7] {
        let Url { scheme, host, port, path, username, password, fragment, .. } = Url::of(text);
        [scheme, host, port, path, username, password, fragment]
    }

    #[test]
    fn whole_urls() {
        let text = "scheme://username:password@host:1234/this/is/a/path?k1=v1&k2=v2#fragment";
        assert_eq!(parts(text), ["scheme", "host", "1234", "/this/is/a/path", "username", "password", "fragment"]);
        assert_eq!(parts("https://Example.COM"), ["https", "Example.COM", "", "", "", "", ""]);
        assert_eq!(parts("hxxp://a.b/../x%20y"), ["hxxp", "a.b", "", "/../x%20y", "", "", ""]);
        assert_eq!(
            parts("https://microsoft.com@evil.example/"),
            ["https", "evil.example", "", "/", "microsoft.com", "", ""]
        );
        assert_eq!(parts("http://[2001:db8::1]:8080/x"), ["http", "2001:db8::1", "8080", "/x", "", "", ""]);
        assert_eq!(parts("file:///C:/x.txt"), ["file", "", "", "/C:/x.txt", "", "", ""]);
    }

    #[test]
    fn hosts_without_a_scheme() {
        assert_eq!(parts("example.com"), ["", "example.com", "", "", "", "", ""]);
        assert_eq!(parts("example.com:443/x"), ["", "example.com", "443", "/x", "", "", ""]);
        assert_eq!(parts("localhost:8080"), ["", "localhost", "8080", "", "", "", ""]);
        assert_eq!(parts("10.0.0.1/a"), ["", "10.0.0.1", "", "/a", "", "", ""]);
        assert_eq!(parts("fe80::1"), ["", "fe80::1", "", "", "", "", ""]);
        assert_eq!(parts("//cdn.example/x"), ["", "cdn.example", "", "/x", "", "", ""]);
        assert_eq!(parts("/only/a.path"), ["", "", "", "/only/a.path", "", "", ""]);
        assert_eq!(parts("word"), ["", "", "", "word", "", "", ""]);
        assert_eq!(parts("mailto:a@b.example"), ["mailto", "", "", "a@b.example", "", "", ""]);
    }

    #[test]
    fn queries() {
        let query = |text| serde_json::to_string(&Url::of(text).query).unwrap();
        assert_eq!(query("http://h/?b=1&a=%20&c&b=2&=x&&d=e=f"), r#"{"b":"1,2","a":"%20","c":"","":"x","d":"e=f"}"#);
        assert_eq!(query("?k1=v1&k2=v2"), r#"{"k1":"v1","k2":"v2"}"#);
        assert_eq!(query("http://h/#?a=b"), "{}");
    }

    #[test]
    fn hosts() {
        assert_eq!(url_host("HTTPS://Login.Example.COM:443/a").as_deref(), Some("login.example.com"));
        assert_eq!(url_host("example.com").as_deref(), Some("example.com"));
        assert_eq!(url_host("mailto:a@b.example"), None);
        assert_eq!(url_host(""), None);
    }

    proptest! {
        #[test]
        fn no_text_is_a_panic(text in "\\PC{0,40}", near in "[a:/?#@\\[\\]&=.1é]{0,30}") {
            let _ = (Url::of(&text), Url::of(&near));
        }
    }
}
