//! Questions about a house: what hub and guard let through about it, and what about no house.

use policies::guard::{Guard, Vetoes};
use policies::{
    Caller, CaseAssertion, CaseParty, Mode, PartyRole, Question, QuestionDraft, Suspensions,
};

use super::book::faults;
use super::star::{NOW, STAR, assertion, book_of, center, draft, question, tag};

const HOUSE: &str = "house-contract:0000000601";
const DETAILS: &[&str] = &["06.zxbh", "06.ywlsh", "06.spzt", "08.dksqbh", "08.dkzt"];
const BY_HOUSE: &[PartyRole] = &[PartyRole::House];

/// A question of F10 about the house of the case.
fn about_house(mode: Mode, wants: &[&str], verdicts: &[&str]) -> Question {
    question(QuestionDraft {
        mode,
        subject_tag: tag(HOUSE),
        verdicts: verdicts.iter().map(|name| (*name).to_owned()).collect(),
        ..draft("guoguan", "F10", "07", STAR.items(wants))
    })
}

/// A case in which the subject stands in these roles.
fn case(asked: &Question, roles: &[PartyRole]) -> CaseAssertion {
    let tag = *asked.subject_tag();
    let parties = roles.iter().map(|role| CaseParty { role: *role, tag });
    CaseAssertion {
        parties: parties.collect(),
        ..assertion(asked)
    }
}

/// What the hub says, and what the guard of another center says.
fn decided(asked: &Question, roles: &[PartyRole]) -> [String; 2] {
    let signed = STAR.sign("guoguan", &case(asked, roles));
    let verified = STAR.trust.verify("guoguan", &signed).expect("a case");
    let caller = Caller::proven("guoguan").expect("a caller");
    let state = Suspensions::default();
    let policies = &STAR.policies;
    let hub = policies.authorize(&caller, &verified, asked, &state, NOW);
    let (flows, trust) = (STAR.flows.clone(), STAR.trust.clone());
    let guard = Guard::new("tielu".to_owned(), flows, trust, Vetoes::default());
    let guard = guard.check("guoguan", &signed, None, asked, NOW);
    let allowed = || "allowed".to_owned();
    [
        hub.map_or_else(|denial| denial.reason().to_owned(), |_| allowed()),
        guard.map_or_else(|denial| denial.as_str().to_owned(), |_| allowed()),
    ]
}

#[test]
fn a_house_is_asked_about_within_its_own_limits() {
    let verdicts = &["drawn-on-house", "drawn-by-status", "loan-on-house"];
    let outside = ["item-outside-flow", "verdict-outside-flow"];
    for (mode, wants, verdicts, said) in [
        (Mode::Details, DETAILS, &[][..], "allowed"),
        (Mode::Match, &["06.spzt", "08.dkzt"], verdicts, "allowed"),
        // In a match no item leaves, whichever it is.
        (Mode::Match, &["06.fse"], &["drawn-on-house"], "allowed"),
        // Amount and address are the person's, whoever it is.
        (Mode::Details, &["06.spzt", "06.fse"], &[], outside[0]),
        (Mode::Details, &["06.fwzl"], &[], outside[0]),
        (Mode::Details, &["13.hyzk"], &[], outside[0]),
        (Mode::Match, &["04.djbz"], &["frozen"], outside[1]),
        (Mode::Match, &["06.fse"], &["within-price"], outside[1]),
    ] {
        let asked = about_house(mode, wants, verdicts);
        assert_eq!(
            decided(&asked, BY_HOUSE),
            [said, said],
            "{wants:?} {verdicts:?}"
        );
    }
}

#[test]
fn what_is_said_about_houses_is_said_about_nobody_else() {
    let asked = about_house(Mode::Match, &["06.spzt"], &["drawn-on-house"]);
    let person = [PartyRole::Applicant];
    assert_eq!(decided(&asked, &person), ["verdict-outside-flow"; 2]);
    // Who calls a person a house as well gains nothing by it.
    let both = [PartyRole::Applicant, PartyRole::House];
    let details = about_house(Mode::Details, &["06.fse"], &[]);
    assert_eq!(decided(&details, &both), ["item-outside-flow"; 2]);
    assert_eq!(decided(&details, &person), ["allowed"; 2]);
}

#[test]
fn a_house_that_is_not_of_the_case_or_of_the_flow_is_refused() {
    let asked = about_house(Mode::Match, &["06.spzt"], &["drawn-on-house"]);
    let mut other = case(&asked, BY_HOUSE);
    other.parties[0].tag = tag("house-contract:0000000602");
    let signed = STAR.verified("guoguan", &other);
    let caller = Caller::proven("guoguan").expect("a caller");
    let (policies, state) = (&STAR.policies, Suspensions::default());
    let denied = policies.authorize(&caller, &signed, &asked, &state, NOW);
    assert_eq!(denied.expect_err("is denied").reason(), "wrong-subject");
    let elsewhere = question(QuestionDraft {
        subject_tag: tag(HOUSE),
        ..draft("guoguan", "F05", "02", STAR.items(&["04.grzhzt"]))
    });
    assert_eq!(decided(&elsewhere, BY_HOUSE), ["role-not-admitted", "case"]);
}

/// What a flow says about houses, spoilt in one place each.
#[test]
fn what_a_flow_says_about_houses_names_nobody() {
    let good = include_str!("../../flows/F11.toml");
    let (items, centers) = ("house = [\n", center("city", &["F11"]));
    let refused = |text: &str| match book_of(&[text], &[&centers]) {
        Ok(_) => String::new(),
        Err(error) => faults(error).join("\n"),
    };
    assert_eq!(refused(good), "");
    let unlisted = "`06.jkhtbh` is answered about a house and is not listed in `items`";
    let roleless = "what is said about a house needs the role `house`";
    let silent = "a flow that asks about a house has a verdict with `house = true`";
    let gate = "`drawn-on-house` is about a house, and would open the details";
    let on_house = "details_on = [\"drawn-on-house\"]\nhouse = [\n";
    let whose = "`13.pozjhm` would say whose house it is";
    let nothing = good.replace("house = true\n", "");
    let from = nothing.find(items).expect("has items about houses");
    let until = nothing[from..].find("]\n").expect("ends") + from + 2;
    for (spoilt, wanted) in [
        (good.replace(items, "house = [\"06.jkhtbh\",\n"), unlisted),
        (good.replace(items, "house = [\"13.pozjhm\",\n"), whose),
        (good.replace(", \"house\"]", "]"), roleless),
        (good.replace(items, on_house), gate),
        (nothing[..from].to_owned() + &nothing[until..], silent),
    ] {
        let found = refused(&spoilt);
        assert!(found.contains(wanted), "{wanted}\n{found}");
    }
}

/// An employer's people are judged and never shown.
#[test]
fn no_details_of_an_employers_people_are_given() {
    let asked = |mode, wants: &[&str]| {
        question(QuestionDraft {
            mode,
            ..draft("guoguan", "F29", "04", STAR.items(wants))
        })
    };
    let decided = |asked: &Question, role| {
        let mut assertion = case(asked, &[role]);
        assertion.basis.kind = policies::BasisKind::D;
        assertion.basis.approver = Some("a".to_owned());
        assertion.basis.scope = Some("s".to_owned());
        let signed = STAR.verified("guoguan", &assertion);
        let caller = Caller::proven("guoguan").expect("a caller");
        let state = Suspensions::default();
        let decided = STAR
            .policies
            .authorize(&caller, &signed, asked, &state, NOW);
        decided.map_or_else(
            |denial| denial.reason().to_owned(),
            |_| "allowed".to_owned(),
        )
    };
    let people = asked(Mode::Details, &["02.dwzh", "04.grjcjs"]);
    assert_eq!(decided(&people, PartyRole::Employer), "item-outside-flow");
    assert_eq!(decided(&people, PartyRole::Listed), "allowed");
    let own = asked(Mode::Details, &["02.dwzh"]);
    assert_eq!(decided(&own, PartyRole::Employer), "allowed");
    let judged = asked(Mode::Match, &["04.grjcjs"]);
    assert_eq!(decided(&judged, PartyRole::Employer), "allowed");
}
