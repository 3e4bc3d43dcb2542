//! Attacks through a house: a house of another case, a house where the flow has none, and more
//! about a house than its flow says. None reaches a node.

use policies::{CaseParty, Mode, PartyRole, SubjectTag};
use wire::RefusalCode as R;

use super::fixture::{self, Ask, Setup, Star};
use super::refusals::{Spoil, check_refused};

/// Tags of houses, as agents make them.
const HOUSE: SubjectTag = SubjectTag::from_bytes([0x71; 32]);
const OTHER_HOUSE: SubjectTag = SubjectTag::from_bytes([0x72; 32]);

/// Makes a good question of F10 about the house of its case.
fn about_the_house(ask: &mut Ask) {
    (ask.case.flow, ask.draft.flow) = ("F10".parse().expect("a flow"), "F10".into());
    (ask.case.matter, ask.draft.matter) = ("07".parse().expect("a matter"), "07".into());
    let (role, tag) = (PartyRole::House, HOUSE);
    ask.case.parties.push(CaseParty { role, tag });
    ask.draft.subject_tag = HOUSE;
    ask.draft.wants = fixture::items(&["06-07", "06-13"]);
    (ask.draft.mode, ask.draft.verdicts) = (Mode::Match, vec!["drawn-on-house".into()]);
}

/// Each spoils a good question about a house.
const HOUSES: &[(&str, R, Spoil)] = &[
    ("a house of another case", R::CaseSubject, |a| {
        a.draft.subject_tag = OTHER_HOUSE;
    }),
    ("a house in a flow about persons", R::CaseSubject, |a| {
        (a.case.flow, a.draft.flow) = ("F05".parse().expect("a flow"), "F05".into());
        (a.case.matter, a.draft.matter) = ("02".parse().expect("a matter"), "02".into());
        a.draft.wants = fixture::items(&["04-08"]);
        a.draft.verdicts = Vec::new();
    }),
    ("what a stranger drew on a house", R::ItemOutsideFlow, |a| {
        (a.draft.mode, a.draft.verdicts) = (Mode::Details, Vec::new());
        a.draft.wants = fixture::items(&["06-10"]);
    }),
    ("a house called a spouse too", R::ItemOutsideFlow, |a| {
        let (role, tag) = (PartyRole::Spouse, HOUSE);
        a.case.parties.push(CaseParty { role, tag });
        (a.draft.mode, a.draft.verdicts) = (Mode::Details, Vec::new());
        a.draft.wants = fixture::items(&["06-16"]);
    }),
    (
        "a person's verdict about a house",
        R::VerdictOutsideFlow,
        |a| {
            a.draft.wants = fixture::items(&["04-18"]);
            a.draft.verdicts = vec!["frozen".into()];
        },
    ),
    (
        "a house's verdict about a person",
        R::VerdictOutsideFlow,
        |a| {
            a.draft.subject_tag = a.case.parties[0].tag;
        },
    ),
];

/// The table as it is told to people.
pub(super) fn told() -> impl Iterator<Item = (&'static str, R)> {
    HOUSES.iter().map(|row| (row.0, row.1))
}

#[tokio::test]
async fn a_house_is_no_way_around_the_rules() {
    let star = Star::new(Setup::default());
    let _nodes = star.attach_all(fixture::one_account);
    for (name, code, spoil) in HOUSES {
        let mut ask = Ask::honest(&star);
        about_the_house(&mut ask);
        spoil(&mut ask);
        check_refused(&star, name, &ask, *code).await;
    }
    // Unspoilt, the question is asked of every node, so each row is refused for its own reason.
    let mut good = Ask::honest(&star);
    about_the_house(&mut good);
    star.ask(&good).await.expect("is permitted");
    assert_eq!(star.frames(), fixture::NODES.len());
}
