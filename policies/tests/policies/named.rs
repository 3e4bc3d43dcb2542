//! Flows that ask the centers that a question names: who may be named, who is asked for what, and
//! what a center that is not named answers.

use policies::guard::GuardDenial;
use policies::{Caller, Denial, NAMED_MAX, Permit, Question, QuestionDraft, Suspensions, Targets};

use super::guards::guard;
use super::star::{NODES, NOW, STAR, assertion, draft, question};

/// The delivered flows that the centers' table sends to one center.
const NAMING: [&str; 3] = ["F08", "F23", "F24"];

const LOAN: &[&str] = &["10.dkzt", "10.dkye"];
const LOAN_AND_MARRIAGE: &[&str] = &["10.dkzt", "13.hyzk"];

fn naming(flow: &str, wants: &[&str], named: &[&str]) -> QuestionDraft {
    let matter = match flow {
        "F08" => "27",
        "F23" => "36",
        "F24" => "32",
        _ => "02",
    };
    QuestionDraft {
        named: named.iter().map(|node| (*node).to_owned()).collect(),
        ..draft("guoguan", flow, matter, STAR.items(wants))
    }
}

fn decide(asked: &Question) -> Result<Permit, Denial> {
    let case = STAR.verified("guoguan", &assertion(asked));
    let caller = Caller::proven("guoguan").expect("a caller");
    let state = Suspensions::default();
    STAR.policies.authorize(&caller, &case, asked, &state, NOW)
}

#[test]
fn the_three_flows_of_one_center_ask_named_ones_and_no_other_does() {
    for flow in STAR.flows.flows() {
        let is_naming = NAMING.contains(&flow.id.to_string().as_str());
        assert_eq!(flow.targets == Targets::Named, is_naming, "{}", flow.id);
    }
}

/// What is tried, the centers named, the items asked for, and what comes of it.
type Row = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    Result<(), &'static str>,
);

#[test]
fn who_is_named_decides_who_may_be_asked() {
    let rows: [Row; 8] = [
        ("F24", LOAN, &["tielu"], Ok(())),
        (
            "F24",
            LOAN,
            &["tielu", "guoguan", "city", "zhongzhi"],
            Ok(()),
        ),
        ("F24", LOAN, &[], Err("center-not-named")),
        ("F24", LOAN, &["nobody"], Err("center-unknown")),
        ("F24", LOAN, &["tielu", "nobody"], Err("center-unknown")),
        ("F23", LOAN_AND_MARRIAGE, &["tielu"], Ok(())),
        ("F23", LOAN_AND_MARRIAGE, &[], Err("center-not-named")),
        ("F05", &["04.grzhzt"], &["tielu"], Err("center-not-asked")),
    ];
    for (flow, wants, named, expected) in rows {
        let asked = question(naming(flow, wants, named));
        let decided = decide(&asked).map(|_| ()).map_err(|denial| denial.as_str());
        assert_eq!(decided, expected, "{flow} {named:?}");
    }
}

#[test]
fn a_named_center_is_a_node_id_and_there_are_few() {
    let many: Vec<String> = (0..=NAMED_MAX).map(|no| format!("n{no}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let rows: [(&[&str], &str); 4] = [
        (&["City"], "bad-center"),
        (&[""], "bad-center"),
        (&["110101190001010014 city"], "bad-center"),
        (&many, "too-many-centers"),
    ];
    for (named, expected) in rows {
        let fault = Question::parse(naming("F24", LOAN, named), &STAR.catalog);
        let fault = fault.expect_err("is refused");
        assert_eq!(fault.as_str(), expected, "{named:?}");
    }
    let twice = question(naming("F24", LOAN, &["tielu", "tielu"]));
    assert_eq!(twice, question(naming("F24", LOAN, &["tielu"])));
}

/// Classes of the centers of the named ones alone, those of outside offices of everybody.
#[test]
fn a_permit_says_who_is_asked_for_what() {
    let asked = question(naming("F23", LOAN_AND_MARRIAGE, &["tielu", "zhongzhi"]));
    let permit = decide(&asked).expect("is permitted");
    for node in NODES {
        let classes: Vec<String> = permit
            .classes_of(node)
            .iter()
            .map(|c| c.to_string())
            .collect();
        if ["tielu", "zhongzhi"].contains(&node) {
            assert_eq!(classes, ["10", "13"], "{node}");
        } else {
            assert_eq!(classes, ["13"], "{node}");
        }
    }
    let asked = question(naming("F24", LOAN, &["tielu"]));
    let permit = decide(&asked).expect("is permitted");
    let reached = |node: &&str| !permit.classes_of(node).is_empty();
    assert_eq!(
        NODES.into_iter().filter(reached).collect::<Vec<_>>(),
        ["tielu"]
    );
}

/// The guard is 铁路's. It goes by what the asking node signed, not by whom the hub asks.
#[test]
fn a_center_that_is_not_named_gives_nothing_of_its_own() {
    let check = |asked: &Question| {
        let case = STAR.sign("guoguan", &assertion(asked));
        guard("", STAR.flows.clone()).check("guoguan", &case, None, asked, NOW)
    };
    let items = |asked: &Question| -> Vec<String> {
        let pass = check(asked).expect("passes");
        pass.items().keys().map(ToString::to_string).collect()
    };
    let named = question(naming("F23", LOAN_AND_MARRIAGE, &["tielu"]));
    assert_eq!(items(&named), ["10", "13"]);
    let unnamed = question(naming("F23", LOAN_AND_MARRIAGE, &["city"]));
    assert_eq!(items(&unnamed), ["13"], "the outside office only");
    let loan = question(naming("F24", LOAN, &["city"]));
    assert_eq!(check(&loan), Err(GuardDenial::NotATarget));
    let none = question(naming("F23", LOAN_AND_MARRIAGE, &[]));
    assert_eq!(check(&none), Err(GuardDenial::BadCenters));
    // The hub puts another name under the asking node's signature.
    let case = STAR.sign("guoguan", &assertion(&loan));
    let swapped = question(naming("F24", LOAN, &["tielu"]));
    let denial = guard("", STAR.flows.clone()).check("guoguan", &case, None, &swapped, NOW);
    assert_eq!(denial.expect_err("is denied").as_str(), "case");
}
