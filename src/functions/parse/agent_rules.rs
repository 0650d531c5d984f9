//! What tells browsers, operating systems and devices apart in a user agent: rows of a table, tried in order, the first
//! that matches wins. Names are those that the ua-parser project, and so Kusto, gives them.

/// A regular expression and what it tells. In the names `$1` is what the first group matched; the parts of the version
/// are the groups from `version` on.
pub(super) struct Rule {
    pub pattern: &'static str,
    pub family: &'static str,
    /// The number of the group that is the major version; 0 if there is none.
    pub version: usize,
}

const fn rule(pattern: &'static str, family: &'static str, version: usize) -> Rule {
    Rule { pattern, family, version }
}

/// Browsers and other clients. Those that name others beside themselves come before these.
pub(super) const BROWSERS: &[Rule] = &[
    rule(
        r"(?i)(Googlebot|bingbot|YandexBot|Baiduspider|DuckDuckBot|AhrefsBot|SemrushBot|MJ12bot|PetalBot)(?:/(\d+)(?:\.(\d+))?(?:\.(\d+))?)?",
        "$1",
        2,
    ),
    rule(r"AdobeAIR/(\d+)(?:\.(\d+))?(?:\.(\d+))?", "AdobeAIR", 1),
    rule(r"(?:EdgA|EdgiOS)/(\d+)(?:\.(\d+))?(?:\.(\d+))?", "Edge Mobile", 1),
    rule(r"Edge?/(\d+)(?:\.(\d+))?(?:\.(\d+))?", "Edge", 1),
    rule(r"(?:OPR|Opera)/(\d+)(?:\.(\d+))?(?:\.(\d+))?", "Opera", 1),
    rule(r"Vivaldi/(\d+)(?:\.(\d+))?(?:\.(\d+))?", "Vivaldi", 1),
    rule(r"YaBrowser/(\d+)(?:\.(\d+))?(?:\.(\d+))?", "Yandex Browser", 1),
    rule(r"SamsungBrowser/(\d+)(?:\.(\d+))?(?:\.(\d+))?", "Samsung Internet", 1),
    rule(r"Electron/(\d+)(?:\.(\d+))?(?:\.(\d+))?", "Electron", 1),
    rule(r"Teams/(\d+)(?:\.(\d+))?(?:\.(\d+))?", "Microsoft Teams", 1),
    rule(r"FxiOS/(\d+)(?:\.(\d+))?(?:\.(\d+))?", "Firefox iOS", 1),
    rule(r"(?:Mobile|Tablet);.*Firefox/(\d+)(?:\.(\d+))?(?:\.(\d+))?", "Firefox Mobile", 1),
    rule(r"Firefox/(\d+)(?:\.(\d+))?(?:\.(\d+))?", "Firefox", 1),
    rule(r"CriOS/(\d+)(?:\.(\d+))?(?:\.(\d+))?", "Chrome Mobile iOS", 1),
    rule(r"HeadlessChrome(?:/(\d+)(?:\.(\d+))?(?:\.(\d+))?)?", "HeadlessChrome", 1),
    rule(r"; wv\).*Chrome/(\d+)(?:\.(\d+))?(?:\.(\d+))?", "Chrome Mobile WebView", 1),
    rule(r"Chrome/(\d+)(?:\.(\d+))?(?:\.(\d+))?[^ ]* Mobile", "Chrome Mobile", 1),
    rule(r"Chrom(?:e|ium)/(\d+)(?:\.(\d+))?(?:\.(\d+))?", "Chrome", 1),
    rule(r"Version/(\d+)(?:\.(\d+))?(?:\.(\d+))?.*Mobile.*Safari/", "Mobile Safari", 1),
    rule(r"Version/(\d+)(?:\.(\d+))?(?:\.(\d+))?.*Safari/", "Safari", 1),
    rule(r"Trident/7\.0.*rv:(\d+)(?:\.(\d+))?", "IE", 1),
    rule(r"MSIE (\d+)(?:\.(\d+))?", "IE", 1),
    rule(r"(?:Microsoft Office/|MSOffice )(\d+)(?:\.(\d+))?(?:\.(\d+))?", "Microsoft Office", 1),
    rule(r"(?:Windows)?PowerShell/(\d+)(?:\.(\d+))?(?:\.(\d+))?", "PowerShell", 1),
    rule(
        r"(?i)^(python-requests|python-urllib|curl|wget|axios|okhttp|go-http-client|java|libwww-perl|postmanruntime|aiohttp|apache-httpclient|node-fetch|winhttp|certutil)[/ ]?(\d+)?(?:\.(\d+))?(?:\.(\d+))?",
        "$1",
        2,
    ),
    rule(r"Microsoft BITS/(\d+)(?:\.(\d+))?(?:\.(\d+))?", "Microsoft BITS", 1),
    rule(r"CFNetwork/(\d+)(?:\.(\d+))?(?:\.(\d+))?", "CFNetwork", 1),
    rule(r"AppleWebKit/(\d+)(?:\.(\d+))?(?:\.(\d+))?", "Apple WebKit", 1),
];

/// Operating systems.
pub(super) const SYSTEMS: &[Rule] = &[
    rule(r"Windows Phone(?: OS)? (\d+)(?:\.(\d+))?", "Windows Phone", 1),
    rule(r"Windows NT (10)\.0", "Windows", 1),
    rule(r"Windows NT 6\.3", "Windows 8.1", 0),
    rule(r"Windows NT 6\.2", "Windows 8", 0),
    rule(r"Windows NT 6\.1", "Windows 7", 0),
    rule(r"Windows NT 6\.0", "Windows Vista", 0),
    rule(r"Windows NT 5\.[12]", "Windows XP", 0),
    rule(r"Windows NT 5\.0", "Windows 2000", 0),
    rule(r"Windows", "Windows", 0),
    rule(r"(?:iPhone|iPad|iPod).* OS (\d+)_(\d+)(?:_(\d+))?", "iOS", 1),
    rule(r"Android[ -/](\d+)(?:\.(\d+))?(?:\.(\d+))?", "Android", 1),
    rule(r"Android", "Android", 0),
    rule(r"Mac OS X (\d+)[_.](\d+)(?:[_.](\d+))?", "Mac OS X", 1),
    rule(r"(?:Macintosh|Darwin)", "Mac OS X", 0),
    rule(r"CrOS \w+ (\d+)(?:\.(\d+))?(?:\.(\d+))?", "Chrome OS", 1),
    rule(r"SymbianOS/(\d+)\.(\d+)", "Symbian OS", 1),
    rule(r"Ubuntu(?:/(\d+)(?:\.(\d+))?(?:\.(\d+))?)?", "Ubuntu", 1),
    rule(r"Fedora(?:/(\d+)(?:\.(\d+))?(?:\.(\d+))?)?", "Fedora", 1),
    rule(r"(?:Debian|debian)", "Debian", 0),
    rule(r"FreeBSD(?: (\d+)(?:\.(\d+))?)?", "FreeBSD", 1),
    rule(r"(?i)linux", "Linux", 0),
];

/// A device: a regular expression, its family, brand and model.
pub(super) type Device = (&'static str, &'static str, &'static str, &'static str);

/// Devices; of others nothing is told.
pub(super) const DEVICES: &[Device] = &[
    (r"(?i)(?:bot|spider|crawler)\b", "Spider", "Spider", "Desktop"),
    (r"iPhone", "iPhone", "Apple", "iPhone"),
    (r"iPad", "iPad", "Apple", "iPad"),
    (r"iPod", "iPod", "Apple", "iPod"),
    (r"Macintosh|Mac OS X|Darwin", "Mac", "Apple", "Mac"),
    (r"Android[^;)]*; (?:[a-z]{2}[-_][A-Za-z]{2}; )?(SM-[A-Z0-9]+|GT-[A-Z0-9]+)", "Samsung $1", "Samsung", "$1"),
    (r"Android[^;)]*; (?:[a-z]{2}[-_][A-Za-z]{2}; )?(Pixel[^;)]*?)(?: Build|[;)])", "$1", "Google", "$1"),
    (r"Nokia(N?\d+)(-\d+)?", "Nokia $1", "Nokia", "$1$2"),
    (r"Android[^;)]*; K\)", "Generic Smartphone", "Generic", "Smartphone"),
];
