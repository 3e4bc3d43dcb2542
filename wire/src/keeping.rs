//! How long a log is kept and where its archive lies, as both programs are told it. It refuses to
//! keep less than the law asks for: network logs for six months, which may have 184 days, records
//! of the exchange of personal data for three years.

mod entries;
mod named;

use std::path::PathBuf;
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::heading::Heading;
use crate::settings::Settings;

pub use entries::{Archived, HoldChanged, OrdersTaken, Retention, VolumeExpired};
pub use named::NamedOrders;

/// Days in the folder of the log, at least.
pub const HOT_DAYS_MIN: u64 = 190;
/// Days in the archive, at least: three years with a leap day.
pub const ARCHIVED_DAYS_MIN: u64 = 1_096;
/// Longest time that can be asked for.
const DAYS_MAX: u64 = 36_500;
const SECONDS_PER_DAY: i64 = 86_400;

/// See the module.
#[derive(Debug, Clone)]
pub struct KeepingSettings {
    /// The archive, if there is one. Without it nothing ever leaves the folder of the log.
    pub archive: Option<ArchiveSettings>,
    /// Days that an entry stays in the folder of the log.
    pub hot_days: u64,
    /// Days that an entry stays in the archive.
    pub archived_days: u64,
    /// File of the officers' orders; without it nothing leaves the folder of the log.
    pub orders: Option<PathBuf>,
}

/// See [`KeepingSettings::archive`].
#[derive(Debug, Clone)]
pub struct ArchiveSettings {
    /// Its folder, on another disk.
    pub dir: PathBuf,
    /// Days after which a volume is closed that is not full.
    pub after_days: u64,
    /// How often there is a pass.
    pub every: Duration,
}

impl KeepingSettings {
    /// Takes the keys under `prefix.archive` and `prefix.retention`.
    pub fn gather(s: &mut Settings, prefix: &str) -> Self {
        let key = |name: &str| format!("{prefix}.{name}");
        let dir = s.optional_folder(&key("archive.dir"));
        let after_days = s.number(&key("archive.after_days"), 30, 1..=HOT_DAYS_MIN - 10);
        let minutes = s.number(&key("archive.every_minutes"), 1_440, 1..=10_080);
        let orders = key("retention.orders");
        let settings = Self {
            archive: dir.map(|dir| ArchiveSettings {
                dir,
                after_days,
                every: Duration::from_secs(minutes.saturating_mul(60)),
            }),
            hot_days: s.number(
                &key("retention.hot_days"),
                HOT_DAYS_MIN,
                HOT_DAYS_MIN..=DAYS_MAX,
            ),
            archived_days: s.number(
                &key("retention.archived_days"),
                ARCHIVED_DAYS_MIN,
                ARCHIVED_DAYS_MIN..=DAYS_MAX,
            ),
            orders: Some(s.text_or(&orders, ""))
                .filter(|file| !file.is_empty())
                .map(|f| s.resolve(&f)),
        };
        if settings.orders.is_some() && settings.archive.is_none() {
            s.fault(&orders, "goes with an archive: name its folder too");
        }
        if settings.archived_days < settings.hot_days {
            let wrong = "must not be less than the days in the folder of the log";
            s.fault(&key("retention.archived_days"), wrong);
        }
        settings
    }
}

/// So many days before a moment, in seconds since 1970.
#[must_use]
pub fn days_before(now: OffsetDateTime, days: u64) -> i64 {
    let days = i64::try_from(days).unwrap_or(i64::MAX);
    now.unix_timestamp()
        .saturating_sub(days.saturating_mul(SECONDS_PER_DAY))
}

/// When an entry was written; `None` if it is none of this version.
#[must_use]
pub fn written_at(entry: &[u8]) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(&Heading::read(entry)?.at, &Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn gathered(text: &str) -> (KeepingSettings, Vec<String>) {
        let mut settings = Settings::parse(Path::new("/tmp/a.toml"), text).expect("is TOML");
        let keeping = KeepingSettings::gather(&mut settings, "audit");
        let faults = settings.finish().err().map(|error| error.to_string());
        (keeping, faults.into_iter().collect())
    }

    #[test]
    fn the_defaults_are_what_the_law_asks_for_and_less_is_a_fault_with_its_key() {
        let (keeping, faults) = gathered("");
        assert_eq!(faults, Vec::<String>::new());
        assert_eq!((keeping.hot_days, keeping.archived_days), (190, 1_096));
        assert!(keeping.archive.is_none() && keeping.orders.is_none());
        for (text, key) in [
            (
                "[audit.retention]\nhot_days = 189",
                "audit.retention.hot_days",
            ),
            (
                "[audit.retention]\narchived_days = 1095",
                "audit.retention.archived_days",
            ),
            (
                "[audit.retention]\nhot_days = 1200",
                "audit.retention.archived_days",
            ),
            (
                "[audit.retention]\norders = \"o\"",
                "audit.retention.orders",
            ),
            ("[audit.archive]\ndir = \"/nowhere\"", "audit.archive.dir"),
            (
                "[audit.archive]\nafter_days = 0",
                "audit.archive.after_days",
            ),
        ] {
            let (_, faults) = gathered(text);
            assert!(
                faults.iter().any(|fault| fault.contains(key)),
                "{text}: {faults:?}"
            );
        }
    }

    #[test]
    fn days_are_counted_back() {
        let now = OffsetDateTime::UNIX_EPOCH + time::Duration::days(200);
        assert_eq!(days_before(now, 190), 10 * 86_400);
    }
}
