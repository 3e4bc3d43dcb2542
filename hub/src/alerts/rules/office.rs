//! Office hours as the file has them.

use std::collections::BTreeMap;

use anyhow::{bail, ensure};
use policies::Calendar;
use serde::{Deserialize, Serialize};

use super::ONLY_MAX;
use crate::tally::{Office, Window};

/// The end of a day, in minutes.
const DAY_MINUTES: u16 = 24 * 60;

/// A part of a working day as the file has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Times {
    /// `08:30`.
    pub from: String,
    /// `18:00`.
    pub until: String,
}

/// Office hours at counters, where they are others than those of the counter's flows. Which days
/// are working days says the calendar of the rules.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OfficeTimes {
    /// Everybody's, both or neither; see [`Times`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// See `from`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Centers with hours of their own.
    pub only: BTreeMap<String, Times>,
}

impl OfficeTimes {
    /// # Errors
    /// The first fault, with its key.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        ensure!(
            self.only.len() <= ONLY_MAX,
            "`office.only` has more than {ONLY_MAX} centers"
        );
        match (&self.from, &self.until) {
            (None, None) => {}
            (Some(from), Some(until)) => drop(window("office", from, until)?),
            _ => bail!("`office`: `from` and `until` go together"),
        }
        for (center, times) in &self.only {
            window(&format!("office.only.{center}"), &times.from, &times.until)?;
        }
        Ok(())
    }

    /// INVARIANT: what was checked reads; what did not would leave the hours to the flows.
    pub(super) fn of(&self, calendar: &Calendar) -> Office {
        let of = |from: &str, until: &str| window("", from, until).ok();
        let each = self.from.as_deref().zip(self.until.as_deref());
        let only = self.only.iter();
        Office {
            calendar: calendar.clone(),
            each: each.and_then(|(from, until)| of(from, until)),
            only: only
                .filter_map(|(center, times)| {
                    Some((center.clone(), of(&times.from, &times.until)?))
                })
                .collect(),
        }
    }
}

fn window(key: &str, from: &str, until: &str) -> anyhow::Result<Window> {
    let (Some(from), Some(until)) = (minute(from), minute(until)) else {
        bail!("`{key}`: times are written like `08:30`");
    };
    ensure!(from < until, "`{key}.until` must be later than `from`");
    Ok(Window { from, until })
}

fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let is_two = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    let (hour, minute) = (is_two(hour) && is_two(minute)).then_some((hour, minute))?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let minutes = hour * 60 + minute;
    (minute < 60 && minutes <= DAY_MINUTES).then_some(minutes)
}
