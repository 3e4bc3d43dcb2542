//! Supervision tasks of 国管: the monthly scan for duplicate accounts (F30) and the daily watch over
//! its sealed accounts (F31). They are about people who are planted already. It refuses the seed,
//! as everything planted.

use super::super::calendar::days_before;
use super::super::facts::{Case, CaseMore, CaseParty, Role};
use super::super::node::Node;
use super::super::samples::{self, SampleSubject};
use super::{Planter, named};

/// The scan for duplicate accounts (no matter, flow F30).
pub const SCAN_CASE: &str = "GG-F30";
/// Its list: a duplicate; a subsidy beside a basic fund; sealed here and at 中直, live in the city,
/// moved out at 铁路; nobody else's; sealed here and drawn out in the city; one person under two
/// numbers, live in the city under the first and here under the second.
pub const SCAN_LINES: [SampleSubject; 7] = [
    samples::S1,
    samples::S3,
    samples::S14,
    samples::S9_BORROWER,
    CLOSING_SEALED,
    samples::S5_PERMIT,
    samples::S5_PASS,
];
/// The watch over sealed accounts (no matter, flow F31).
pub const WATCH_CASE: &str = "GG-F31";
/// Its list, all sealed here: live in the city, twice; live in the city with a letter under way;
/// drawn out in the city with a letter under way.
pub const WATCH_LINES: [SampleSubject; 4] =
    [samples::S14, samples::S17, samples::MOVER, CLOSING_SEALED];
/// Of the employer that closes: sealed at 国管, with an open letter.
const CLOSING_SEALED: SampleSubject = {
    let [_, second, _] = samples::CLOSING_PEOPLE;
    second
};

/// Plants both cases.
pub(super) fn plant(planter: &mut Planter<'_>) {
    let scan = task(planter, (SCAN_CASE, "RW900030", "CF-2026"), &SCAN_LINES);
    let watch = task(planter, (WATCH_CASE, "RW900031", "FC-2026"), &WATCH_LINES);
    planter.facts.cases.extend([scan, watch]);
}

fn task(
    planter: &Planter<'_>,
    (number, application, scope): (&str, &str, &'static str),
    lines: &[SampleSubject],
) -> Case {
    let listed = lines.iter().map(|who| CaseParty {
        role: Role::Listed,
        who: named(who),
    });
    Case {
        node: Node::Guoguan,
        number: number.to_owned(),
        matter: "00",
        application: application.to_owned(),
        consent: false,
        open: true,
        opened: days_before(planter.as_of(), 1),
        parties: listed.collect(),
        more: CaseMore {
            approver: "LD-014",
            scope,
            ..CaseMore::default()
        },
    }
}
