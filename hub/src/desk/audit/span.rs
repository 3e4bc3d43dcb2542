//! What a search can say of its time: that it is whole.

use audit::{IndexKey, Order};
use dashboards::audit::{Edge, Gap, Heartbeats, Span, Whole};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};
use wire::Heading;

use super::search::{Search, at_of};

/// So many entries are read one by one to show that the index hides none: a tenth of a second.
const READ_ENTRIES_MAX: u64 = 50_000;
/// Signs of life that are looked at: those of a month and more.
const BEATS_MAX: usize = 1_000;
/// The log has one at least hourly; this much later it is missed.
const BEAT_WITHIN: Duration = Duration::minutes(65);
/// Gaps that are listed.
const GAPS_MAX: usize = 20;
/// Kinds of entries that are a sign of life: both say how the clock is kept.
const BEATS: [&str; 2] = ["clock", "started"];

/// The statement, and how many entries fit if all of them were read.
pub(super) fn of(search: &Search<'_>) -> anyhow::Result<(Span, Option<u64>)> {
    let (shelf, range) = (search.shelf, &search.range);
    let edge = |number: u64| -> anyhow::Result<Edge> {
        let at = at_of(&shelf.journal, number)?;
        Ok(Edge { number, at })
    };
    let last = range.end.checked_sub(1).filter(|last| *last >= range.start);
    let entries = match last {
        Some(last) => Some((edge(range.start)?, edge(last)?)),
        None => None,
    };
    let first = shelf.journal.first();
    let before = range.start.checked_sub(1).filter(|before| *before >= first);
    let behind = Some(range.end).filter(|end| *end < shelf.size);
    let (whole, exactly) = read_whole(search)?;
    let span = Span {
        entries,
        before: before.map(edge).transpose()?,
        after: behind.map(edge).transpose()?,
        archived: search.archived(),
        whole,
        behind: search.is_behind_from(),
        heartbeats: heartbeats(search)?,
        cover: shelf.cover(),
    };
    Ok((span, exactly))
}

/// Reads every entry of a time that is short enough: the numbers follow each other, times never go
/// back, and what fits is what the index says, as far as it has come.
fn read_whole(search: &Search<'_>) -> anyhow::Result<(Whole, Option<u64>)> {
    let range = search.range.clone();
    let entries = range.end.saturating_sub(range.start);
    if entries > READ_ENTRIES_MAX {
        return Ok((Whole::TooMany(entries), None));
    }
    let mut fitting = Vec::new();
    let (mut next, mut latest, mut is_sound) = (range.start, String::new(), true);
    for read in search.shelf.journal.scan(range.start) {
        if next >= range.end {
            break;
        }
        let (number, bytes) = read?;
        let Some(heading) = Heading::read(&bytes) else {
            is_sound = false;
            next = number.saturating_add(1);
            continue;
        };
        is_sound &= number == next && heading.at.as_str() >= latest.as_str();
        heading.at.as_str().clone_into(&mut latest);
        if search.terms.fits(&heading) {
            fitting.push(number);
        }
        next = number.saturating_add(1);
    }
    is_sound &= next == range.end || range.is_empty();
    let mut proposed = search.numbers(range, usize::try_from(entries).unwrap_or(usize::MAX))?;
    proposed.sort_unstable();
    let cut_from = search.is_cut_from();
    let known = fitting
        .iter()
        .filter(|number| cut_from.is_none_or(|upto| **number < upto));
    is_sound &= known.eq(&proposed);
    let whole = match cut_from {
        _ if !is_sound => Whole::Differs,
        Some(upto) => Whole::Behind(upto),
        None => Whole::Read,
    };
    Ok((whole, Some(fitting.len() as u64)))
}

/// A sign of life.
struct Beat {
    edge: Edge,
    at: OffsetDateTime,
    is_start: bool,
}

fn heartbeats(search: &Search<'_>) -> anyhow::Result<Heartbeats> {
    let (shelf, range) = (search.shelf, &search.range);
    let mut numbers = Vec::new();
    for kind in BEATS {
        let Some(key) = IndexKey::new(format!("kind:{kind}")) else {
            continue;
        };
        let part = range.start..range.end.min(search.indexed);
        let found = shelf
            .index
            .lookup(&key, part, Order::OldestFirst, BEATS_MAX + 1)?;
        numbers.extend(found);
    }
    let unindexed = range.start.max(search.indexed)..range.end.min(search.complete_upto);
    numbers.extend(search.read(unindexed, |heading| BEATS.contains(&heading.kind.as_str()))?);
    if numbers.len() > BEATS_MAX {
        return Ok(Heartbeats::TooMany(BEATS_MAX as u64));
    }
    numbers.sort_unstable();
    let beats = numbers.into_iter().map(|number| beat(search, number));
    let beats = beats.collect::<anyhow::Result<Vec<_>>>()?;
    let seen = beats.len() as u64;
    Ok(Heartbeats::Seen(seen, gaps(search, &beats)?))
}

fn beat(search: &Search<'_>, number: u64) -> anyhow::Result<Beat> {
    let bytes = search.shelf.journal.read(number)?;
    let heading = Heading::read(&bytes);
    let heading = heading.ok_or_else(|| anyhow::anyhow!("entry {number} is none"))?;
    let at = heading.at.to_string();
    Ok(Beat {
        at: OffsetDateTime::parse(&at, &Rfc3339)?,
        edge: Edge { number, at },
        is_start: heading.kind.as_str() == "started",
    })
}

/// Where the log was silent for longer than it may be, within what was searched and is over.
fn gaps(search: &Search<'_>, beats: &[Beat]) -> anyhow::Result<Vec<Gap>> {
    let shelf = search.shelf;
    let first = shelf.journal.first();
    if first >= shelf.size {
        return Ok(Vec::new());
    }
    let boundary = |text: &str| OffsetDateTime::parse(&format!("{text}+08:00"), &Rfc3339);
    let log_begins = OffsetDateTime::parse(&at_of(&shelf.journal, first)?, &Rfc3339)?;
    let begin = match &search.terms.from {
        Some(from) => boundary(from)?.max(log_begins),
        None => log_begins,
    };
    let mut end = match &search.terms.to {
        Some(to) => boundary(to)?.min(shelf.now),
        None => shelf.now,
    };
    // Where nobody has looked, nothing is missing.
    if let Some(upto) = search.is_behind_from() {
        let seen = upto.checked_sub(1).filter(|seen| *seen >= first);
        let seen = seen.map_or(Ok(log_begins), |seen| {
            anyhow::Ok(OffsetDateTime::parse(
                &at_of(&shelf.journal, seen)?,
                &Rfc3339,
            )?)
        })?;
        end = end.min(seen.max(begin));
    }
    let mut gaps = Vec::new();
    let mut before: (Option<&Edge>, OffsetDateTime) = (None, begin);
    let ends = beats.iter().map(|beat| (Some(beat), beat.at));
    for (beat, at) in ends.chain([(None, end)]) {
        let silent = at - before.1;
        if silent > BEAT_WITHIN && gaps.len() < GAPS_MAX {
            gaps.push(Gap {
                from: before.0.cloned(),
                to: beat.map(|beat| beat.edge.clone()),
                minutes: silent.whole_minutes().unsigned_abs(),
                is_start: beat.is_some_and(|beat| beat.is_start),
            });
        }
        before = (beat.map(|beat| &beat.edge), at);
    }
    Ok(gaps)
}
