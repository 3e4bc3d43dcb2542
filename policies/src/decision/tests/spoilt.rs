//! Each way to spoil an honest ask, and which policies then forbid it.

use time::Duration;
use time::macros::{date, datetime};

use super::{Ask, NOW, OTHER, wants};
use crate::flow::{BasisKind, Mode, PartyRole};

/// No policy permits: nothing forbids, but the one permit does not apply.
const UNPERMITTED: &[&str] = &[];

pub(super) type Spoil = fn(&mut Ask);

pub(super) const SPOILT: &[(&str, &[&str], Spoil)] = &[
    ("another caller", &["case"], |ask| ask.caller = "tielu"),
    ("a caller nobody enabled", UNPERMITTED, |ask| {
        ask.caller = "depot";
        ask.draft.asking_node = "depot".into();
        ask.case.node = "depot".into();
    }),
    ("another's question", UNPERMITTED, |ask| {
        ask.draft.asking_node = "tielu".into()
    }),
    ("before the flow began", UNPERMITTED, |ask| {
        ask.now = datetime!(2019-12-31 10:00 +8);
        ask.case.opened_on = date!(2019 - 12 - 31);
        ask.case.issued_at = ask.now;
        ask.case.expires_at = ask.now + Duration::minutes(5);
    }),
    ("another's case", &["case"], |ask| {
        ask.case.node = "tielu".into()
    }),
    ("another flow's case", &["case"], |ask| {
        ask.case.flow = "F14".parse().expect("one")
    }),
    ("another question", &["case"], |ask| ask.bound = false),
    ("another version", &["flow-version"], |ask| {
        ask.draft.flow_digest = [9; 32]
    }),
    ("a center named where none is", &["targets"], |ask| {
        ask.draft.named = vec!["city".into()]
    }),
    ("before the counter opens", &["hours"], |ask| {
        ask.now = datetime!(2026-11-23 08:59:59 +8);
        ask.case.issued_at = ask.now;
        ask.case.expires_at = ask.now + Duration::minutes(5);
    }),
    ("on a Sunday", &["hours"], |ask| {
        ask.now = datetime!(2026-11-22 10:00 +8);
        ask.case.opened_on = date!(2026 - 11 - 22);
        ask.case.issued_at = ask.now;
        ask.case.expires_at = ask.now + Duration::minutes(5);
    }),
    ("another matter", &["case"], |ask| {
        ask.case.matter = "03".parse().expect("one")
    }),
    ("a matter outside", &["case"], |ask| {
        ask.case.matter = "03".parse().expect("a matter");
        ask.draft.matter = "03".into();
    }),
    ("another basis", &["basis"], |ask| {
        ask.case.basis.kind = BasisKind::D
    }),
    ("no number", &["basis"], |ask| {
        ask.case.basis.number = " ".into()
    }),
    ("no consent", &["basis"], |ask| {
        ask.case.basis.consent = false
    }),
    ("expired", &["validity"], |ask| {
        ask.now = ask.case.expires_at
    }),
    ("not yet valid", &["validity"], |ask| {
        ask.case.issued_at = NOW + Duration::seconds(31)
    }),
    ("half a second too early", &["validity"], |ask| {
        ask.case.issued_at = NOW + Duration::milliseconds(30_500);
    }),
    ("too long a life", &["validity"], |ask| {
        ask.case.expires_at = NOW + Duration::minutes(30) + Duration::SECOND;
    }),
    ("opened tomorrow", &["validity"], |ask| {
        ask.case.opened_on = date!(2026 - 11 - 24);
    }),
    ("a document of tomorrow", &["validity"], |ask| {
        ask.case.basis.issued_on = Some(date!(2026 - 11 - 24));
    }),
    ("expired approval", &["validity"], |ask| {
        ask.approved = true;
        ask.approval_ends = NOW + Duration::SECOND;
        ask.now = ask.approval_ends;
    }),
    ("too long an approval", &["validity"], |ask| {
        ask.approved = true;
        ask.approval_ends = NOW + Duration::minutes(30) + Duration::SECOND;
    }),
    ("one use too many", &["validity"], |ask| {
        ask.case.use_no = 21
    }),
    ("use nought", &["validity"], |ask| ask.case.use_no = 0),
    ("not a party", &["subject"], |ask| {
        ask.draft.subject_tag = OTHER
    }),
    ("not in that role", &["subject"], |ask| {
        ask.case.parties[0].role = PartyRole::Spouse
    }),
    ("an employer too", &["employer"], |ask| {
        let mut employer = ask.case.parties[0].clone();
        employer.role = PartyRole::Employer;
        ask.case.parties.push(employer);
    }),
    ("a house too", &["house"], |ask| {
        let mut house = ask.case.parties[0].clone();
        house.role = PartyRole::House;
        ask.case.parties.push(house);
    }),
    ("an item outside", &["items"], |ask| {
        ask.draft.wants = wants(&["04.grzhzt", "04.xhrq"])
    }),
    ("a class outside", &["items"], |ask| {
        ask.draft.wants = wants(&["05.hbjny"])
    }),
    ("a balance", &["items", "sensitive-items"], |ask| {
        ask.draft.wants = wants(&["04.grzhye"])
    }),
    ("a value outside", &["items"], |ask| {
        ask.draft.gives = wants(&["12.gfrxm"])
    }),
    ("an unregistered verdict", &["mode"], |ask| {
        ask.draft.mode = Mode::Match;
        ask.draft.verdicts = vec!["rich".into()];
    }),
    ("a verdict on another class", &["mode"], |ask| {
        ask.draft.mode = Mode::Match;
        ask.draft.wants = wants(&["06.spzt"]);
        ask.draft.verdicts = vec!["live-account".into()];
    }),
    ("a verdict beside details", &["mode"], |ask| {
        ask.draft.verdicts = vec!["live-account".into()];
    }),
    ("suspended node", &["suspended"], |ask| {
        ask.state.set_node("city", true)
    }),
    ("suspended operator", &["suspended"], |ask| {
        ask.state.set_operator("city", "li", true)
    }),
    ("suspended flow", &["suspended"], |ask| {
        ask.state.set_flow("F05", true).expect("one")
    }),
    ("suspended approver", &["suspended"], |ask| {
        ask.approved = true;
        ask.state.set_operator("city", "wang", true);
    }),
];
