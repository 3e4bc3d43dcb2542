//! What a bench of bulkheads says, and where it finds a bound broken.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::ensure;

use super::load::{Asked, Whom, Word};
use super::phases::{Phase, Trouble};

/// The most that the others' p99 may be of what it is while all are well.
const RATIO_MAX: f64 = 1.1;
/// Two healthy phases whose p99 differ by more: the machine does more by itself than is judged.
const CALM_MAX: f64 = 1.25;
/// How long the sick one may go on being asked.
const STOP_MAX: Duration = Duration::from_secs(1);
/// When it must be back.
const BACK_MAX: Duration = Duration::from_secs(5);
/// What an answer may take beyond what its caller waits.
const LATE_MAX: Duration = Duration::from_millis(500);

/// A trouble between its healthy phases.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) before: Phase,
    pub(super) trouble: Trouble,
    pub(super) after: Phase,
}

impl Told {
    /// How long the others' callers waited: in both healthy phases, and in the sick one.
    fn others(&self, heard: &[Asked]) -> (Times, Times) {
        let healthy = [&self.before, &self.after];
        (
            Times::of(heard, Whom::Others, &healthy),
            Times::of(heard, Whom::Others, &[&self.trouble.phase]),
        )
    }

    /// The others' p99 in the healthy phase before, and in the one after: how far apart they are
    /// is what the machine does by itself.
    fn healthy(&self, heard: &[Asked]) -> [Duration; 2] {
        [&self.before, &self.after].map(|phase| Times::of(heard, Whom::Others, &[phase]).at(99))
    }

    /// Whether the healthy phases are alike, so that they say something of the sick one.
    pub(super) fn is_calm(&self, heard: &[Asked]) -> bool {
        let [before, after] = self.healthy(heard);
        before.max(after) <= before.min(after).mul_f64(CALM_MAX)
    }

    fn ratio(&self, heard: &[Asked], percent: usize) -> f64 {
        let (healthy, sick) = self.others(heard);
        sick.at(percent).as_secs_f64() / healthy.at(percent).as_secs_f64()
    }
}

/// Waiting times in order.
struct Times(Vec<Duration>);

impl Times {
    fn of(heard: &[Asked], whom: Whom, phases: &[&Phase]) -> Self {
        let is_within = |asked: &&Asked| {
            let mut phases = phases.iter();
            asked.whom == whom
                && phases.any(|phase| (phase.from..phase.until).contains(&asked.begun))
        };
        let mut times: Vec<_> = heard
            .iter()
            .filter(is_within)
            .map(|asked| asked.took)
            .collect();
        times.sort_unstable();
        Self(times)
    }

    fn at(&self, percent: usize) -> Duration {
        let last = self.0.len().saturating_sub(1);
        let at = (self.0.len() * percent / 100).min(last);
        self.0.get(at).copied().unwrap_or_default()
    }
}

/// A trouble in one line, while others follow.
pub(super) fn in_short(trouble: &Trouble) -> String {
    format!(
        "{}: calls stop after {} ({} from the threshold, {} trials), back {} asked, {} unasked; \
         hub {} MiB",
        trouble.manner.name(),
        seconds(trouble.stopped),
        seconds(trouble.after_threshold),
        trouble.trials,
        seconds(trouble.back),
        seconds(trouble.back_unasked),
        trouble.phase.memory >> 20,
    )
}

/// Everything, as a table.
pub(super) fn table(told: &[Told], heard: &[Asked]) -> String {
    let mut text = String::from(
        "| 国管 is | others: p50 | p99 | healthy: p50 | p99 | before | after | ratio p50 | p99 | \
         all: p50 | p99 | without 国管 | calls stop after | from the threshold | trials | \
         back, asked | back, unasked | hub's memory | its processor |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for one in told {
        let trouble = &one.trouble;
        let (healthy, sick) = one.others(heard);
        let [before, after] = one.healthy(heard);
        let all = Times::of(heard, Whom::All, &[&trouble.phase]);
        let without = of_all(heard, &trouble.phase)
            .filter(|asked| matches!(asked.word, Word::Without { .. }))
            .count();
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {:.2} | {:.2} | {} | {} | {without} of {} | {} \
             | {} | {} | {} | {} | {} -> {} MiB | {:.2} -> {:.2} |",
            trouble.manner.name(),
            millis(sick.at(50)),
            millis(sick.at(99)),
            millis(healthy.at(50)),
            millis(healthy.at(99)),
            millis(before),
            millis(after),
            one.ratio(heard, 50),
            one.ratio(heard, 99),
            millis(all.at(50)),
            millis(all.at(99)),
            all.0.len(),
            seconds(trouble.stopped),
            seconds(trouble.after_threshold),
            trouble.trials,
            seconds(trouble.back),
            seconds(trouble.back_unasked),
            one.before.memory >> 20,
            trouble.phase.memory >> 20,
            one.before.processor,
            trouble.phase.processor,
        );
    }
    text
}

/// What is broken, or was not to be told.
pub(super) fn judge(told: &[Told], heard: &[Asked], waits: Duration) -> anyhow::Result<()> {
    let mut broken = Vec::new();
    for one in told {
        let (trouble, name) = (&one.trouble, one.trouble.manner.name());
        let (healthy, sick) = one.others(heard);
        if !one.is_calm(heard) {
            broken.push(format!(
                "{name}: the machine was not calm: p99 says nothing"
            ));
        } else if sick.at(99) > healthy.at(99).mul_f64(RATIO_MAX) {
            broken.push(format!(
                "{name}: the others' callers wait {:?}",
                sick.at(99)
            ));
        }
        // One that is well in turns is rightly asked again.
        let stopped = trouble.stopped.filter(|stopped| *stopped <= STOP_MAX);
        if stopped.is_none() && !trouble.manner.is_unsteady() {
            broken.push(format!("{name}: calls stop after {:?}", trouble.stopped));
        }
        let backs = [("asked", trouble.back), ("unasked", trouble.back_unasked)];
        for (how, back) in backs {
            if back.is_none_or(|back| back > BACK_MAX) {
                broken.push(format!("{name}: back, {how}, after {back:?}"));
            }
        }
        let all = Times::of(heard, Whom::All, &[&trouble.phase]);
        if all.at(100) > waits + LATE_MAX {
            broken.push(format!("{name}: an answer took {:?}", all.at(100)));
        }
    }
    let bad = heard.iter().filter(|asked| match asked.whom {
        Whom::Others => asked.word != Word::Whole,
        Whom::All => !matches!(asked.word, Word::Whole | Word::Without { .. }),
    });
    let mut bad: Vec<_> = bad
        .map(|asked| format!("{:?}: {:?}", asked.whom, asked.word))
        .collect();
    bad.sort_unstable();
    let count = bad.len();
    bad.dedup();
    if count > 0 {
        broken.push(format!("{count} questions went wrong: {bad:?}"));
    }
    ensure!(broken.is_empty(), "{}", broken.join("\n"));
    Ok(())
}

fn of_all<'a>(heard: &'a [Asked], phase: &Phase) -> impl Iterator<Item = &'a Asked> {
    let (from, until) = (phase.from, phase.until);
    heard
        .iter()
        .filter(move |asked| asked.whom == Whom::All && (from..until).contains(&asked.begun))
}

fn millis(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1_000.0)
}

fn seconds(took: Option<Duration>) -> String {
    took.map_or("never".to_owned(), |took| {
        format!("{:.2} s", took.as_secs_f64())
    })
}
