//! Pages: Markdown with KQL in fences, as community repositories keep their hunts.
//!
//! Every fence marked `kql`, `kusto` or `csl`, and every unmarked one that pipes, is a hunt of its own. Pages often give a query twice, with
//! `Timestamp` for Defender and with `TimeGenerated` for Sentinel; such twins are one hunt, the one with `Timestamp`.

use std::path::Path;

use super::metadata::is_technique;
use super::{Hunt, Language, Metadata};

/// Marks of fences with KQL, in any letter case.
const MARKS: [&str; 4] = ["kql", "kusto", "csl", "kusto-query"];

/// A query of a page.
struct Query {
    /// The heading that it stands under.
    heading: String,
    /// Its text behind the line breaks that stand before it.
    text: String,
}

/// The hunts of a page in their order; none if it holds no KQL.
pub(super) fn hunts(key: &str, path: &Path, text: &str) -> Vec<Hunt> {
    let name = key.rsplit('/').next().unwrap_or(key);
    let page = Page::read(text);
    let several = page.queries.len() > 1;
    let titled = page.title.unwrap_or_else(|| name.to_owned());
    let mut hunts: Vec<Hunt> = Vec::new();
    for (place, query) in page.queries.into_iter().enumerate() {
        let heading = Some(query.heading).filter(|heading| several && !heading.is_empty() && *heading != titled);
        let mut called = heading.map_or_else(|| titled.clone(), |heading| format!("{titled}: {heading}"));
        if hunts.iter().any(|hunt| hunt.metadata.name == called) {
            called = format!("{called} ({})", place + 1);
        }
        hunts.push(Hunt {
            key: if several { format!("{key}-{}", place + 1) } else { key.to_owned() },
            path: path.to_owned(),
            language: Language::Kql,
            metadata: Metadata {
                name: called,
                description: page.description.clone(),
                techniques: page.techniques.clone(),
                ..Metadata::default()
            },
            text: query.text,
        });
    }
    hunts
}

#[derive(Default)]
struct Page {
    title: Option<String>,
    /// The first text under a heading that says so.
    description: String,
    techniques: Vec<String>,
    queries: Vec<Query>,
}

impl Page {
    fn read(text: &str) -> Self {
        let (mut page, mut heading, mut fence) = (Self::default(), String::new(), None::<Fence>);
        for (number, line) in text.lines().enumerate() {
            match &mut fence {
                Some(open) if open.is_closed_by(line) => {
                    page.keep(fence.take(), &heading);
                }
                Some(open) => open.take(line),
                None => match Fence::opened_by(line, number) {
                    Some(open) => fence = Some(open),
                    None => page.read_prose(line, &mut heading),
                },
            }
        }
        // A fence that nothing closes goes on to the end, as Markdown has it.
        page.keep(fence, &heading);
        page
    }

    fn read_prose(&mut self, line: &str, heading: &mut String) {
        self.note_techniques(line);
        let level = line.bytes().take_while(|&byte| byte == b'#').count();
        if (1..=6).contains(&level) && line[level..].starts_with(' ') {
            *heading = line[level..].trim().trim_matches('*').trim().to_owned();
            if self.title.is_none() {
                self.title = Some(heading.clone());
            }
        } else if heading.to_ascii_lowercase().contains("description") && !line.trim().is_empty() {
            let space = if self.description.is_empty() { "" } else { " " };
            self.description = format!("{}{space}{}", self.description, line.trim());
        }
    }

    fn note_techniques(&mut self, line: &str) {
        for word in line.split(|c: char| !c.is_ascii_alphanumeric() && c != '.') {
            let word = word.trim_matches('.');
            if is_technique(word) && !self.techniques.iter().any(|known| known == word) {
                self.techniques.push(word.to_owned());
            }
        }
    }

    /// Keeps what a fence holds if it is KQL, in place of a twin where that has Sentinel's name of the time.
    fn keep(&mut self, fence: Option<Fence>, heading: &str) {
        let Some(fence) = fence.filter(Fence::is_kql) else { return };
        let query = Query { heading: heading.to_owned(), text: "\n".repeat(fence.line) + &fence.text };
        match self.queries.iter_mut().find(|known| same_but_for_time(&known.text, &query.text)) {
            Some(twin) if twin.text.contains("TimeGenerated") => *twin = query,
            Some(_) => {}
            None => self.queries.push(query),
        }
    }
}

fn same_but_for_time(one: &str, other: &str) -> bool {
    let plain =
        |text: &str| text.replace("TimeGenerated", "Timestamp").split_whitespace().collect::<Vec<_>>().join(" ");
    plain(one) == plain(other)
}

/// An open fence.
struct Fence {
    /// The backticks or tildes that it opened with.
    ticks: String,
    indent: usize,
    mark: String,
    /// Lines of the page before its first.
    line: usize,
    text: String,
}

impl Fence {
    fn opened_by(line: &str, number: usize) -> Option<Self> {
        let inside = line.trim_start();
        let tick = inside.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let ticks: String = inside.chars().take_while(|&c| c == tick).collect();
        let mark = inside[ticks.len()..].trim();
        if ticks.len() < 3 || mark.contains('`') {
            return None;
        }
        let mark = mark.split([' ', ',', '{']).next().unwrap_or_default().to_ascii_lowercase();
        Some(Self { indent: line.len() - inside.len(), ticks, mark, line: number + 1, text: String::new() })
    }

    fn is_closed_by(&self, line: &str) -> bool {
        let line = line.trim();
        line.starts_with(&self.ticks) && line.trim_start_matches(&self.ticks[..1]).is_empty()
    }

    /// A fence in a list is indented, and so is what it holds.
    fn take(&mut self, line: &str) {
        let blank = line.len() - line.trim_start_matches([' ', '\t']).len();
        self.text.push_str(&line[blank.min(self.indent)..]);
        self.text.push('\n');
    }

    fn is_kql(&self) -> bool {
        let pipes = || self.text.lines().any(|line| line.trim_start().starts_with('|'));
        MARKS.contains(&self.mark.as_str())
            || self.mark.is_empty() && pipes() && Language::of_text(&self.text) == Language::Kql
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# *Odd logons*\n\n## Query Information\n| Technique ID | Title |\n| T1078.004 | Cloud |\n\n#### Description\nFinds\nodd ones.\n\n## Defender XDR\n```KQL\nIdentityLogonEvents\n| where Timestamp > ago(1d)\n```\n## Sentinel\n```KQL\nIdentityLogonEvents\n| where TimeGenerated > ago(1d)\n```\n## Other\n1. In a list:\n   ```\n   DeviceEvents\n   | take 1\n   ```\n~~~json\n{\"a\": 1}\n~~~\n```\nno pipe\n```\n";

    #[test]
    fn every_query_is_a_hunt_and_twins_are_one() {
        let hunts = hunts("a/page", Path::new("a/page.md"), PAGE);
        let told: Vec<_> =
            hunts.iter().map(|hunt| (hunt.key.as_str(), hunt.metadata.name.as_str(), hunt.text.trim_start())).collect();
        assert_eq!(
            told,
            [
                ("a/page-1", "Odd logons: Defender XDR", "IdentityLogonEvents\n| where Timestamp > ago(1d)\n"),
                ("a/page-2", "Odd logons: Other", "DeviceEvents\n| take 1\n"),
            ]
        );
        assert_eq!(hunts[0].metadata.description, "Finds odd ones.");
        assert_eq!(hunts[1].metadata.techniques, ["T1078.004"]);
        let lines: Vec<_> = hunts.iter().flat_map(Hunt::statements).map(|statement| statement.line).collect();
        assert_eq!(lines, [13, 24]);
    }

    #[test]
    fn of_twins_the_one_with_timestamp_stays() {
        let page = "```kql\nT | where TimeGenerated > ago(1d)\n```\n```kusto\nT | where Timestamp  > ago(1d)\n```";
        let hunts = hunts("p", Path::new("p.md"), page);
        assert_eq!(hunts.len(), 1);
        assert!(hunts[0].text.contains("Timestamp") && hunts[0].key == "p" && hunts[0].metadata.name == "p");
    }

    #[test]
    fn any_text_is_read() {
        for text in ["", "```", "```kql", "#", "####### no", "````kql\n```\n````", "~~~~\n|é\n~~~", "\u{feff}# x"] {
            let _none_or_some = hunts("p", Path::new("p.md"), text);
        }
        assert_eq!(hunts("p", Path::new("p.md"), "````kql\nT // ```\n````").len(), 1);
    }
}
