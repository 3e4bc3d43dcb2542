//! A tally over entries as the hub writes them.

use catalog::Catalog;
use policies::{Calendar, FlowBook};
use serde_json::json;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::*;

/// By the delivered flows and calendar.
pub(crate) fn measure() -> Measure {
    let catalog = Catalog::builtin().expect("the catalog");
    Measure {
        office: Office {
            calendar: Calendar::builtin().expect("the calendar"),
            each: None,
            only: BTreeMap::from([("tielu".to_owned(), Window { from: 0, until: 1 })]),
        },
        flows: flows_of(&FlowBook::builtin(&catalog).expect("the flows")),
        coincidence: Duration::minutes(30),
        sought_days: 30,
    }
}

/// A log in the making.
pub(crate) struct Book {
    pub(crate) tally: Tally,
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) at: OffsetDateTime,
}

/// A Monday.
pub(crate) const MONDAY: OffsetDateTime = datetime!(2026-11-23 10:00 +8);

impl Book {
    pub(crate) fn new() -> Self {
        Self {
            tally: Tally::new(measure()),
            entries: Vec::new(),
            at: MONDAY,
        }
    }

    fn write(&mut self, mut entry: serde_json::Value) -> u64 {
        entry["v"] = json!(1);
        entry["at"] = json!(self.at.format(&Rfc3339).expect("formats"));
        let bytes = entry.to_string().into_bytes();
        let index = self.entries.len() as u64;
        self.tally.take(index, &bytes);
        self.entries.push(bytes);
        index
    }

    /// `who` is `center/operator`, `found` is the outcome; empty leaves it open.
    pub(crate) fn ask(&mut self, who: &str, case: &str, subject: u8, found: &str) -> u64 {
        self.ask_with("F05", who, (case, subject.into()), found)
    }

    /// See [`Book::ask`], with a flow.
    pub(crate) fn ask_with(
        &mut self,
        flow: &str,
        who: &str,
        (case, subject): (&str, u32),
        found: &str,
    ) -> u64 {
        let (center, operator) = who.split_once('/').expect("is one");
        let query = format!("{:032x}", self.entries.len());
        let index = self.write(json!({
            "kind": "decision", "query": query,
            "who": { "node": center, "operator": operator, "counter": "3" },
            "case": { "number": case, "flow": flow },
            "subject": format!("{subject:08x}").repeat(8),
        }));
        if !found.is_empty() {
            self.write(json!({
                "kind": "outcome", "query": query, "cancelled": found == "cancelled",
                "nodes": [{ "node": "city", "classes": [{
                    "class": "04", "outcome": found,
                    "code": if found == "refused" { "TS-GUARD-VETO" } else { "" },
                }] }],
            }));
        }
        index
    }

    pub(crate) fn refuse(&mut self, who: &str, code: &str) -> u64 {
        self.refuse_with("F05", who, code)
    }

    fn refuse_with(&mut self, flow: &str, who: &str, code: &str) -> u64 {
        let (center, operator) = who.split_once('/').expect("is one");
        self.write(json!({
            "kind": "refusal", "query": "", "code": code, "flow": flow, "case": "C",
            "who": { "node": center, "operator": operator, "counter": "3" }, "subject": "",
        }))
    }

    pub(crate) fn number(&self, who: &str) -> u32 {
        let (center, operator) = who.split_once('/').expect("is one");
        let number = self.tally.lines().number_of(center, operator);
        number.expect("asked before")
    }

    fn of(&self, who: &str) -> Counts {
        let today = Hour::of(self.at).day();
        let period = Period {
            from: today.back(40),
            to: today,
        };
        let sums = self.tally.sums(&Wanted::default(), period);
        sums.persons
            .get(&self.number(who))
            .copied()
            .unwrap_or_default()
    }
}

#[test]
fn questions_are_counted_by_what_became_of_them() {
    let mut book = Book::new();
    book.ask("city/0101", "A", 1, "answered");
    book.ask("city/0101", "A", 1, "no-record");
    book.ask("city/0101", "A", 1, "unavailable");
    book.ask("city/0101", "A", 1, "cancelled");
    book.ask("city/0101", "A", 1, "");
    let declined = book.ask("city/0101", "A", 1, "refused");
    book.refuse("city/0101", "TS-CASE-SUBJECT");
    book.refuse("city/0101", "TS-LIMIT-OPERATOR");
    let expected = Counts {
        asks: 6,
        answered: 1,
        misses: 1,
        refused: 2,
        guarded: 2,
        ..Counts::default()
    };
    assert_eq!(book.of("city/0101"), expected);
    let hour = Hour::of(MONDAY)..=Hour::of(MONDAY);
    let person = book.number("city/0101");
    let marked = book.tally.marked(person, Mark::Guarded, &hour, 9);
    assert_eq!(marked, [declined, declined + 2]);
    book.ask("city/Li", "B", 2, "");
    book.ask("city/LI", "B", 2, "");
    assert_eq!(
        book.of("city/li").asks,
        2,
        "whatever letters the name is written in"
    );
}

#[test]
fn the_same_person_on_another_case_is_a_repeat_and_on_the_same_case_is_not() {
    let mut book = Book::new();
    book.ask("city/0101", "A", 1, "answered");
    book.ask("city/0101", "A", 1, "answered");
    assert_eq!(book.of("city/0101").repeats, 0);
    book.ask("city/0101", "B", 1, "answered");
    book.ask("city/0102", "C", 1, "answered");
    assert_eq!(book.of("city/0101").repeats, 1);
    assert_eq!(book.of("city/0102").repeats, 0, "somebody else did");
    assert_eq!(book.of("city/0102").coincidences, 0, "the same center");
    book.at += Duration::days(36);
    book.ask("city/0101", "D", 1, "answered");
    assert_eq!(book.of("city/0101").repeats, 1, "forgotten by then");
}

#[test]
fn another_center_right_after_is_a_coincidence_once() {
    let mut book = Book::new();
    book.ask("city/0101", "A", 1, "answered");
    book.at += Duration::minutes(29);
    book.ask("guoguan/7", "G", 1, "answered");
    book.ask("guoguan/7", "G", 1, "answered");
    assert_eq!(book.of("guoguan/7").coincidences, 1);
    book.at += Duration::hours(3);
    book.ask("zhongzhi/9", "Z", 1, "answered");
    assert_eq!(book.of("zhongzhi/9").coincidences, 0, "long after");
    assert_eq!(book.of("city/0101").coincidences, 0);
}

#[test]
fn off_hours_are_the_centers_and_the_calendars() {
    let mut book = Book::new();
    book.ask("city/0101", "A", 1, "answered");
    book.ask("tielu/5", "T", 2, "answered");
    book.at = datetime!(2026-11-23 21:00 +8);
    book.ask("city/0101", "A", 1, "answered");
    book.at = datetime!(2026-11-28 10:00 +8);
    book.ask("city/0101", "A", 1, "answered");
    assert_eq!(
        book.of("city/0101").off_hours,
        2,
        "in the evening, and on a Saturday"
    );
    assert_eq!(book.of("tielu/5").off_hours, 1, "with hours of its own");
    let day = Hour::of(book.at).day();
    let period = Period {
        from: day.back(7),
        to: day,
    };
    let heat = book.tally.heat(&Wanted::default(), period);
    assert_eq!((heat[0][10], heat[0][21], heat[5][10]), (2, 1, 1));
    assert_eq!(heat.iter().flatten().sum::<u64>(), 4);
}

/// The window of the flow, or the center's own; what may run all day is never off hours, nor is a
/// night's job. Who is refused for the hour has tried.
#[test]
fn off_hours_are_those_of_the_flow() {
    let mut book = Book::new();
    book.at = datetime!(2026-11-23 18:30 +8);
    book.ask("city/0101", "A", 1, "answered");
    assert_eq!(book.of("city/0101").off_hours, 0, "counters are open");
    book.at = datetime!(2026-11-23 23:30 +8);
    for flow in ["F04", "F24", "F26", "F31"] {
        book.ask_with(flow, "city/0101", ("B", 1), "answered");
    }
    assert_eq!(
        book.of("city/0101").off_hours,
        0,
        "they have no closing time"
    );
    let tried = book.refuse("city/0101", "TS-OUTSIDE-HOURS");
    book.refuse_with("F30", "city/0101", "TS-OUTSIDE-HOURS");
    book.refuse("city/0101", "TS-LIMIT-OPERATOR");
    assert_eq!(book.of("city/0101").off_hours, 1);
    let hour = Hour::of(book.at)..=Hour::of(book.at);
    let person = book.number("city/0101");
    let marked = book.tally.marked(person, Mark::OffHours, &hour, 9);
    assert_eq!(marked, [tried]);
    book.at = datetime!(2026-11-28 10:00 +8);
    book.ask_with("F24", "city/0101", ("C", 1), "answered");
    assert_eq!(book.of("city/0101").off_hours, 2, "no workday");
}

/// Twelve operators look up one person once each, on cases of their own.
#[test]
fn who_is_asked_about_by_many_is_known() {
    let mut book = Book::new();
    let whom = Pseudonym::read(&"00000009".repeat(8)).expect("is one");
    let today = |book: &Book| Hour::of(book.at).day();
    let mut entries = Vec::new();
    for nth in 0..12 {
        let who = ["city", "guoguan", "tielu"][nth % 3];
        let who = format!("{who}/{nth}");
        for _ in 0..2 {
            let entry = book.ask(&who, &format!("K{nth}"), 9, "answered");
            entries.push((book.number(&who), entry));
        }
        book.ask(&who, &format!("L{nth}"), 100 + nth as u8, "answered");
        book.ask_with("F30", &who, ("S", 100), "answered");
        book.at += Duration::minutes(1);
    }
    let of_day: Vec<_> = book.tally.sought(today(&book)).collect();
    assert_eq!(of_day, [(whom, 12)], "a scan is no look-up");
    let firsts: Vec<_> = entries.into_iter().step_by(2).collect();
    assert_eq!(book.tally.sought_by(whom, today(&book)), firsts);
    let [first] = &book.tally.most_sought(today(&book), None, 9)[..] else {
        panic!("only one")
    };
    assert_eq!(
        (first.whom, first.operators, first.centers, first.cases),
        (whom, 12, 3, 12)
    );
    let of_city = book.tally.most_sought(today(&book), Some("city"), 9);
    assert_eq!(of_city.iter().map(|row| row.operators).sum::<usize>(), 4);
    assert!(
        book.tally
            .most_sought(today(&book), Some("none"), 9)
            .is_empty()
    );
    book.at += Duration::days(29);
    book.ask("city/new", "N", 9, "answered");
    assert_eq!(book.tally.sought(today(&book)).next(), Some((whom, 13)));
    book.at += Duration::days(1);
    book.ask("city/newer", "M", 9, "answered");
    let of_day = book.tally.sought(today(&book)).next();
    assert_eq!(of_day, Some((whom, 2)), "the others' month is over");
    assert_eq!(book.tally.sought(today(&book).back(2)).count(), 0);
}

/// Lines of lists and jobs are counted as such, and whom they are about is not remembered: a scan
/// of everybody makes nobody's look-up a repeat, and pushes no look-up out.
#[test]
fn lists_jobs_and_systems_are_counted_apart() {
    let mut book = Book::new();
    book.ask("city/0101", "A", 7, "answered");
    let before = book.tally.seen.sighted();
    for line in 0..3_000 {
        book.ask_with("F30", "city/job", ("S", line), "answered");
        book.ask_with("F06", "city/0102", ("R", line), "no-record");
    }
    book.ask_with("F30", "city/job", ("T", 7), "refused");
    assert_eq!(book.tally.seen.sighted(), before);
    assert_eq!(book.tally.remembered_from(), None);
    let job = book.of("city/job");
    let expected = Counts {
        unattended: 3_001,
        guarded: 1,
        ..Counts::default()
    };
    assert_eq!(job, expected);
    assert_eq!(book.of("city/0102").misses, 0);
    book.ask("city/job", "B", 7, "answered");
    assert_eq!(book.of("city/job").repeats, 0, "a line is no look-up");
    book.ask("city/0101", "C", 7, "answered");
    assert_eq!(
        book.of("city/0101").repeats,
        1,
        "what was seen is still there"
    );
    let cases = book.tally.cases_of(book.number("city/job"), 9);
    let cases: Vec<_> = cases
        .iter()
        .map(|case| (case.number.as_str(), case.asks))
        .collect();
    assert_eq!(cases, [("B", 1), ("T", 1), ("S", 3_000)]);
    assert!(
        book.tally
            .crowded(Hour::of(book.at).day())
            .values()
            .all(|most| *most == 1)
    );
}

#[test]
fn a_case_without_any_answer_is_told() {
    let mut book = Book::new();
    let first = book.ask("city/0101", "A", 1, "cancelled");
    book.ask("city/0101", "B", 1, "no-record");
    book.ask("city/0101", "C", 1, "unavailable");
    book.ask("city/0101", "A", 2, "");
    let none = book.tally.unanswered(book.at, Duration::HOUR).count();
    assert_eq!(none, 0, "too early");
    let later = book.at + Duration::HOUR;
    let mut cases: Vec<_> = book.tally.unanswered(later, Duration::HOUR).collect();
    cases.sort_by(|a, b| a.number.cmp(&b.number));
    let [a, c] = cases.as_slice() else {
        panic!("{cases:?}")
    };
    assert_eq!(
        (a.number.as_str(), a.entry, a.asks, a.subjects()),
        ("A", first, 2, 2)
    );
    assert_eq!(c.number, "C");
}

/// A view may be thrown away: the same entries give the same again, also where some come twice.
#[test]
fn it_is_a_function_of_the_journal() {
    let mut book = Book::new();
    for nth in 0..300_u32 {
        let who = ["city/0101", "city/0102", "guoguan/7"][nth as usize % 3];
        let found = ["answered", "no-record", "", "unavailable"][nth as usize % 4];
        book.ask(who, &format!("K{}", nth / 7), (nth % 40) as u8, found);
        book.at += Duration::minutes(17);
    }
    let mut again = Tally::new(measure());
    for round in 0..2 {
        for (index, bytes) in book.entries.iter().enumerate() {
            if round == 0 || index % 2 == 0 {
                again.take(index as u64, bytes);
            }
        }
    }
    let today = Hour::of(book.at).day();
    let period = Period {
        from: today.back(30),
        to: today,
    };
    let (wanted, all) = (Wanted::default(), &book.tally);
    assert_eq!(again.sums(&wanted, period), all.sums(&wanted, period));
    assert_eq!(again.heat(&wanted, period), all.heat(&wanted, period));
    assert_eq!(again.upto(), all.upto());
    let sums = all.sums(&wanted, period);
    assert_eq!(sums.all.asks, 300);
    let of_days: u32 = sums.days.values().map(|counts| counts.asks).sum();
    assert_eq!(of_days, 300);
}

#[test]
fn a_center_with_too_many_names_takes_nobody_elses_place() {
    let mut book = Book::new();
    for nth in 0..17_000 {
        book.ask(&format!("city/x{nth}"), "A", 1, "");
    }
    book.ask("guoguan/7", "G", 2, "");
    assert_eq!(book.of("guoguan/7").asks, 1);
    assert_eq!(book.of("city/").asks, 17_000 - 16_384);
    let seen: Vec<_> = book.tally.marked(
        book.number("guoguan/7"),
        Mark::Asked,
        &(Hour::of(MONDAY)..=Hour::of(MONDAY)),
        9,
    );
    assert_eq!(seen.len(), 1);
}

/// Sixteen colleagues with one person each on a case are no crowd; nor is what was asked yesterday.
#[test]
fn persons_on_a_case_are_counted_by_who_asked_and_by_day() {
    let mut book = Book::new();
    let most = |book: &Book, who: &str| {
        let day = Hour::of(book.at).day();
        book.tally.crowded(day).get(&book.number(who)).copied()
    };
    for nth in 0..6 {
        book.ask(&format!("city/010{nth}"), "A", nth, "answered");
    }
    assert_eq!(
        most(&book, "city/0105"),
        Some(1),
        "the others asked about theirs"
    );
    book.ask("city/0101", "A", 7, "answered");
    book.ask("city/0101", "A", 7, "answered");
    book.ask("city/0101", "B", 8, "answered");
    assert_eq!(most(&book, "city/0101"), Some(2));
    book.at += Duration::DAY;
    book.ask("city/0101", "A", 9, "answered");
    assert_eq!(most(&book, "city/0101"), Some(1), "a new day");
    for nth in 0..40 {
        book.ask("city/0101", "A", nth, "answered");
    }
    assert_eq!(most(&book, "city/0101"), Some(SUBJECTS_MAX));
}

#[test]
fn plain_questions_displace_no_remarkable_one() {
    let mut book = Book::new();
    book.ask("city/0101", "A", 1, "answered");
    let repeat = book.ask("city/0101", "B", 1, "answered");
    let miss = book.ask("city/0101", "C", 2, "no-record");
    for nth in 0..200_u32 {
        book.ask("city/0101", &format!("K{nth}"), 3 + (nth % 4) as u8, "");
    }
    let hour = Hour::of(MONDAY)..=Hour::of(MONDAY);
    let person = book.number("city/0101");
    let marked = |mark| book.tally.marked(person, mark, &hour, RECENT_MAX);
    assert_eq!(marked(Mark::Miss), [miss]);
    assert_eq!(marked(Mark::Asked).len(), RECENT_MAX);
    assert!(
        !marked(Mark::Repeat).contains(&repeat),
        "newer repeats are there"
    );
    let mut book = Book::new();
    book.ask("city/0101", "A", 1, "answered");
    let repeat = book.ask("city/0101", "B", 1, "answered");
    for nth in 0..200 {
        book.ask("city/0101", &format!("K{nth}"), 2 + nth, "");
    }
    let marked = book.tally.marked(person, Mark::Repeat, &hour, RECENT_MAX);
    assert_eq!(marked, [repeat]);
}
