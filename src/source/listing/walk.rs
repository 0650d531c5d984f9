//! A remote location listed where it matters: down the folders that its layout makes, past tables, tenants and months that are not asked
//! for.
//!
//! Every step goes by names that the store gave, never by names made up from a date: folders may be padded with zeros or not, and a
//! layout that is not known is listed whole. What is left out is what a path says is something else: below `y=2026` lies what was received
//! in 2026, whatever its name.

use std::sync::Arc;

use chrono::{DateTime, Datelike, Duration, Utc};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{Error, ObjectMeta, ObjectStore, Result};

use super::months::Months;
use crate::source::{Location, NameFacts, TimeRange};

/// What a query wants of a location.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Wanted {
    /// The tables, in lower case, that a path must not name.
    pub other_tables: Vec<String>,
    /// The tenants that paths may name, in lower case; none for all.
    pub tenants: Option<Vec<String>>,
    /// The hours of receipt, first and last; none for all.
    pub hours: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
}

impl Wanted {
    /// Nothing is left out.
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// The hours of receipt that can hold events of a range.
    pub fn hours_of(
        range: &TimeRange,
        late: std::time::Duration,
        early: std::time::Duration,
    ) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let time = |nanos: i64, span: std::time::Duration, sign: i32| {
            let slack = Duration::from_std(span).ok()?;
            DateTime::from_timestamp_nanos(nanos).checked_add_signed(slack * sign)
        };
        // A name may tell a whole day.
        let first = range.start.and_then(|start| time(start, early, -1)?.checked_sub_signed(Duration::days(1)));
        (first, range.end.and_then(|end| time(end, late, 1)))
    }

    /// True if a blob can hold rows of the tenants, as far as its name tells.
    pub fn may_be_of_tenant(&self, facts: &NameFacts) -> bool {
        let (Some(tenants), Some(named)) = (&self.tenants, &facts.tenant) else { return true };
        tenants.iter().any(|tenant| tenant.eq_ignore_ascii_case(named))
    }

    fn year(&self, year: i32) -> bool {
        let (first, last) = self.hours;
        first.is_none_or(|first| first.year() <= year) && last.is_none_or(|last| year <= last.year())
    }

    fn month(&self, year: i32, month: u32) -> bool {
        let (first, last) = self.hours;
        first.is_none_or(|first| (first.year(), first.month()) <= (year, month))
            && last.is_none_or(|last| (year, month) <= (last.year(), last.month()))
    }
}

/// Folders that are listed at once.
const AT_ONCE: usize = 16;
/// More folders side by side than any layout of ours has: then the whole is listed.
const MANY: usize = 500;
/// Deeper than any layout of ours.
const DEEP: usize = 14;

/// Lists one location for one query.
pub(super) struct Walk<'a> {
    pub(super) location: &'a Location,
    pub(super) wanted: &'a Wanted,
    pub(super) months: &'a Months,
}

/// What the folder above said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Any,
    Year(i32),
}

/// What the name of a folder says.
#[derive(Debug, PartialEq, Eq)]
enum Folder<'a> {
    Table(&'a str),
    Tenant(&'a str),
    Year(i32),
    Month(u32),
    Other,
}

impl Walk<'_> {
    /// The objects that are wanted, and some more.
    pub(super) async fn run(&self) -> Result<Vec<ObjectMeta>> {
        self.below(self.location.prefix().clone(), Level::Any, 0).await
    }

    fn store(&self) -> &Arc<dyn ObjectStore> {
        self.location.store()
    }

    fn below(&self, prefix: Path, level: Level, depth: usize) -> BoxFuture<'_, Result<Vec<ObjectMeta>>> {
        async move {
            let prefix = &prefix;
            let listed =
                again(|| self.store().list_with_delimiter(Some(prefix).filter(|prefix| !prefix.as_ref().is_empty())))
                    .await?;
            if listed.common_prefixes.len() > MANY || depth > DEEP {
                return all(self.store(), prefix).await;
            }
            let mut found = listed.objects;
            let folders = listed.common_prefixes.into_iter().map(|folder| self.folder(prefix, folder, level, depth));
            let parts: Vec<Vec<ObjectMeta>> = stream::iter(folders).buffered(AT_ONCE).try_collect().await?;
            found.extend(parts.into_iter().flatten());
            Ok(found)
        }
        .boxed()
    }

    fn folder(&self, above: &Path, folder: Path, level: Level, depth: usize) -> BoxFuture<'_, Result<Vec<ObjectMeta>>> {
        let wanted = self.wanted;
        let allowed = |list: &Option<Vec<String>>, name: &str| {
            list.as_ref().is_none_or(|list| list.iter().any(|one| one.eq_ignore_ascii_case(name)))
        };
        let partition = above.filename().is_some_and(|name| name.parse::<u32>().is_ok());
        match read(folder.filename().unwrap_or_default(), level, partition) {
            Folder::Table(table) if wanted.other_tables.iter().any(|other| other.eq_ignore_ascii_case(table)) => {
                nothing()
            }
            Folder::Tenant(tenant) if !allowed(&wanted.tenants, tenant) => nothing(),
            Folder::Year(year) if !wanted.year(year) => nothing(),
            Folder::Year(_) if wanted.hours == (None, None) => async move { all(self.store(), &folder).await }.boxed(),
            Folder::Year(year) => self.below(folder, Level::Year(year), depth + 1),
            Folder::Month(month) => match level {
                Level::Year(year) if !wanted.month(year, month) => nothing(),
                _ => async move { self.months.list(self.location, &folder).await }.boxed(),
            },
            Folder::Other if level != Level::Any => async move { all(self.store(), &folder).await }.boxed(),
            Folder::Table(_) | Folder::Tenant(_) | Folder::Other => self.below(folder, Level::Any, depth + 1),
        }
    }
}

fn nothing<'a>() -> BoxFuture<'a, Result<Vec<ObjectMeta>>> {
    async { Ok(Vec::new()) }.boxed()
}

/// Reads a folder's name. Only Capture has plain numbers, years below a partition's.
fn read(name: &str, level: Level, partition: bool) -> Folder<'_> {
    const TABLE: &str = "insights-logs-advancedhunting-";
    let after = |start: &str| {
        name.get(..start.len()).filter(|head| head.eq_ignore_ascii_case(start)).and(name.get(start.len()..))
    };
    let number = |text: &str, digits: std::ops::RangeInclusive<usize>| {
        Some(text)
            .filter(|text| digits.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()))?
            .parse::<u32>()
            .ok()
    };
    if let Some(table) =
        after(TABLE).filter(|table| !table.is_empty() && table.bytes().all(|b| b.is_ascii_alphanumeric()))
    {
        return Folder::Table(table);
    }
    if let Some(tenant) = after("tenantId=").filter(|tenant| tenant.len() == 36) {
        return Folder::Tenant(tenant);
    }
    match level {
        Level::Any => {
            let year =
                after("y=").and_then(|year| number(year, 4..=4)).or_else(|| number(name, 4..=4).filter(|_| partition));
            year.and_then(|year| i32::try_from(year).ok()).map_or(Folder::Other, Folder::Year)
        }
        Level::Year(_) => {
            let month = after("m=").and_then(|month| number(month, 1..=2)).or_else(|| number(name, 2..=2));
            month.filter(|month| (1..=12).contains(month)).map_or(Folder::Other, Folder::Month)
        }
    }
}

/// Everything below a prefix.
pub(super) async fn all(store: &Arc<dyn ObjectStore>, prefix: &Path) -> Result<Vec<ObjectMeta>> {
    let prefix = Some(prefix).filter(|prefix| !prefix.as_ref().is_empty());
    again(|| store.list(prefix).try_collect()).await
}

/// Everything below a prefix and behind a path. Services that do not know where to begin list all of it.
pub(super) async fn behind(store: &Arc<dyn ObjectStore>, prefix: &Path, path: &Path) -> Result<Vec<ObjectMeta>> {
    let mut listed: Vec<ObjectMeta> = again(|| store.list_with_offset(Some(prefix), path).try_collect()).await?;
    listed.retain(|meta| meta.location > *path);
    Ok(listed)
}

/// Asks up to four times. Stores over http do so many times by themselves.
async fn again<T, F: Future<Output = Result<T>>>(ask: impl Fn() -> F) -> Result<T> {
    for wait in [5, 50, 500] {
        match ask().await {
            Err(Error::Generic { .. }) => tokio::time::sleep(std::time::Duration::from_millis(wait)).await,
            result => return result,
        }
    }
    ask().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_folders() {
        let any = |name| read(name, Level::Any, false);
        assert_eq!(any("insights-logs-advancedhunting-deviceinfo"), Folder::Table("deviceinfo"));
        assert_eq!(
            any("tenantId=8d1ea7a6-d8a1-4f1d-9c2a-6b8f2f0a3b1c"),
            Folder::Tenant("8d1ea7a6-d8a1-4f1d-9c2a-6b8f2f0a3b1c")
        );
        assert_eq!((any("y=2026"), any("2026"), any("y=26")), (Folder::Year(2026), Folder::Other, Folder::Other));
        assert_eq!(read("2026", Level::Any, true), Folder::Year(2026));
        let month = |name| read(name, Level::Year(2026), false);
        assert_eq!((month("m=08"), month("m=8"), month("08")), (Folder::Month(8), Folder::Month(8), Folder::Month(8)));
        assert_eq!(
            (month("m=13"), month("m="), month("é"), month("8")),
            (Folder::Other, Folder::Other, Folder::Other, Folder::Other)
        );
    }

    #[test]
    fn months_of_a_range() {
        let time = |text: &str| text.parse::<DateTime<Utc>>().ok();
        let wanted =
            Wanted { hours: (time("2025-12-30T00:00:00Z"), time("2026-02-01T00:00:00Z")), ..Wanted::default() };
        let months = |year| (1..=12).filter(|&month| wanted.month(year, month)).collect::<Vec<_>>();
        assert_eq!((months(2025), months(2026)), (vec![12], vec![1, 2]));
        assert_eq!([2024, 2025, 2026, 2027].map(|year| wanted.year(year)), [false, true, true, false]);
        let open = Wanted { hours: (time("2026-07-18T00:00:00Z"), None), ..Wanted::default() };
        assert!(open.month(2030, 1) && !open.month(2026, 6));
    }
}
