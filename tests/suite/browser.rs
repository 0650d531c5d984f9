//! The report in a real browser: headless Chromium opens the page, and tells its tree and what its console says.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::lake::{Lake, record};
use crate::secrets::{self, Folder};

/// The browser, if this machine has one; where `HUNTQL_BROWSER_REQUIRED` is set it must.
fn browser() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let there = |name: &&str| Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success());
    let found = names.into_iter().find(there);
    if found.is_none() {
        assert!(std::env::var_os("HUNTQL_BROWSER_REQUIRED").is_none(), "there is no browser, and one is required");
        println!("skipped: there is no Chromium on this machine");
    }
    found
}

/// The tree of a page after its scripts ran, and what was logged.
fn open(browser: &str, page: &Path, more: &[&str]) -> (String, String) {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"])
        .args(["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--enable-logging=stderr"])
        .args(["--virtual-time-budget=3000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(more)
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// What pages write to the console, and what the browser says of them there.
fn console(log: &str) -> Vec<&str> {
    log.lines().filter(|line| line.contains("CONSOLE")).collect()
}

const HOSTILE: &str = r#"<script>document.title='owned'</script><img src=x onerror=document.title='owned'>"#;

/// A report over rows that try to be markup, in every place where a row's text is shown.
fn report(folder: &Path) -> std::path::PathBuf {
    let lake = Lake::new();
    let text = HOSTILE.replace('"', "\\\"");
    let event = format!(
        r#"{{"Timestamp":"2026-07-18T14:01:00Z","DeviceName":"{text}","AccountName":"{text}","FileName":"cmd.exe"}}"#
    );
    lake.blob("DeviceProcessEvents", "2026-07-18T14", record("DeviceProcessEvents", &event) + "\n");
    let hunt = "/*\nname: Named <b>boldly</b>\nseverity: high\ntactics: [Execution]\ntechniques: [T1059]\n*/\n\
        SELECT Timestamp, DeviceName, AccountName FROM DeviceProcessEvents";
    let (pack, page) = (folder.join("pack"), folder.join("report.html"));
    fs::create_dir_all(&pack).unwrap();
    fs::write(pack.join("hostile.sql"), hunt).unwrap();
    fs::write(pack.join("broken.kql"), "DeviceProcessEvents | wher x == '<script>document.title=1</script>'").unwrap();
    let mut command = secrets::huntql();
    command.args(["run", pack.to_str().unwrap(), "--source", lake.path().to_str().unwrap()]).args([
        "--now",
        "2026-07-19T00:00:00Z",
        "--report",
        page.to_str().unwrap(),
    ]);
    let output = secrets::output(&mut command);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    page
}

#[test]
fn the_report_opens_without_an_error_and_shows_hostile_rows_as_text() {
    let Some(browser) = browser() else { return };
    let folder = Folder::new();
    let page = report(folder.path());
    let (tree, log) = open(browser, &page, &[]);
    assert_eq!(console(&log), [""; 0]);
    assert!(tree.contains("&lt;script&gt;document.title='owned'&lt;/script&gt;&lt;img src=x onerror="), "{tree}");
    assert!(!tree.contains("<title>owned") && !tree.contains("<img"), "{tree}");
    assert!(tree.contains("Named &lt;b&gt;boldly&lt;/b&gt;"), "{tree}");
    // A page that does what this one must not: else silence would prove nothing.
    let loud = folder.path().join("loud.html");
    fs::write(&loud, format!("<title>quiet</title><p>{HOSTILE}<script>console.error('heard')</script>")).unwrap();
    let (tree, log) = open(browser, &loud, &[]);
    assert!(tree.contains("<title>owned") && console(&log).iter().any(|line| line.contains("heard")), "{log}");
}

#[test]
fn the_report_asks_nothing_of_the_network_and_fits_a_phone() {
    let Some(browser) = browser() else { return };
    let folder = Folder::new();
    let page = report(folder.path());
    let text = fs::read_to_string(&page).unwrap();
    assert!(!text.contains("src=\"http") && !text.contains("href=\"http") && !text.contains("url("), "{text}");
    // A script put behind the page measures it: nothing is wider than the screen but what scrolls in itself.
    let measure = "<script>addEventListener('load', () => document.body.setAttribute('data-wide', \
        document.documentElement.scrollWidth > innerWidth ? 'yes' : 'no'))</script>";
    let measured = folder.path().join("measured.html");
    fs::write(&measured, text.replace("</body>", &format!("{measure}</body>"))).unwrap();
    for width in ["400", "1280"] {
        let (tree, _) = open(browser, &measured, &[&format!("--window-size={width},800")]);
        assert!(
            tree.contains("data-wide=\"no\""),
            "{width}: {}",
            tree.get(tree.len().saturating_sub(300)..).unwrap_or("")
        );
    }
}
