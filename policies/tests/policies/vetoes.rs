//! A center's own vetoes, as a list and as Cedar rules: they take away, say why, and never give.

use catalog::Source;
use policies::guard::{Guard, GuardDenial, Veto, Vetoes};

use super::guards::guard;
use super::star::{NOW, STAR, assertion, book, draft, f05, f05_of, f05_with, question};

#[test]
fn a_veto_stands_where_all_its_conditions_hold() {
    let asked = f05();
    let case = STAR.sign("guoguan", &assertion(&asked));
    let rows = [
        ("flow = \"F05\"", true),
        ("flow = \"F14\"", false),
        ("asking_node = \"guoguan\"", true),
        ("asking_node = \"city\"", false),
        ("class = \"03\"", true),
        ("class = \"06\"", false),
        ("item = \"03.yzjhm\"", true),
        ("item = \"04-08\"", true),
        ("item = \"04.fcrq\"", false),
        ("flow = \"F05\"\nasking_node = \"city\"", false),
        (
            "flow = \"F05\"\nasking_node = \"guoguan\"\nitem = \"04.ywzl\"",
            true,
        ),
    ];
    for (conditions, denied) in rows {
        let text = format!("[[deny]]\n{conditions}\nreason = \"the board said so\"\n");
        let answer = guard(&text, STAR.flows.clone()).check("guoguan", &case, None, &asked, NOW);
        let vetoed = GuardDenial::Vetoed(Veto {
            policy: None,
            reason: "the board said so".to_owned(),
            reason_en: None,
        });
        assert_eq!(answer.err(), denied.then_some(vetoed), "{conditions}");
    }
}

const RULES: &str = r#"
@id("no-former-numbers")
@reason_zh("本中心不提供曾用证件号码")
@reason_en("this center does not give former numbers")
forbid (principal, action in [Action::"ask"], resource == Flow::"F05")
when { context.items.contains("03.yzjhm") };

@id("nobody-from-the-city")
forbid (principal == Node::"city", action in [Action::"ask"], resource);
"#;

fn cedar(text: &str) -> Result<Guard, policies::PolicyError> {
    let source = Source {
        name: "own.cedar",
        text,
    };
    let vetoes = Vetoes::default().cedar(&[source], &STAR.catalog, &STAR.flows)?;
    let node = "tielu".to_owned();
    Ok(Guard::new(
        node,
        STAR.flows.clone(),
        STAR.trust.clone(),
        vetoes,
    ))
}

#[test]
fn a_center_s_own_cedar_rules_deny_and_say_which_and_why() {
    let guard = cedar(RULES).expect("rules");
    let check = |node, names: &[&str]| {
        let asked = question(draft(node, "F05", "02", STAR.items(names)));
        let case = STAR.sign(node, &assertion(&asked));
        guard.check(node, &case, None, &asked, NOW).map(|_| ())
    };
    assert_eq!(check("guoguan", &["04.grzhzt"]), Ok(()));
    let denial = check("guoguan", &["04.grzhzt", "03.yzjhm"]).expect_err("denied");
    assert_eq!(denial.as_str(), "vetoed");
    let veto = Veto {
        policy: Some("no-former-numbers".to_owned()),
        reason: "本中心不提供曾用证件号码".to_owned(),
        reason_en: Some("this center does not give former numbers".to_owned()),
    };
    assert_eq!(denial, GuardDenial::Vetoed(veto));
    let denial = check("city", &["04.grzhzt"]).expect_err("denied");
    let GuardDenial::Vetoed(veto) = denial else {
        panic!("{denial}");
    };
    assert_eq!(
        veto.reason, "nobody-from-the-city",
        "no reason is annotated"
    );
    // What the base would deny stays denied, whatever these rules leave alone.
    let denial = check("guoguan", &["04.grzhye"]).expect_err("denied");
    assert_eq!(denial.as_str(), "item-outside-flow");
}

#[test]
fn a_center_s_rules_are_refused_whole_with_file_and_line() {
    let rows = [
        (
            "// a permit in a comment\n@id(\"a\")\npermit (principal, action, resource);",
            "own.cedar:3: a center's own rules may only forbid",
        ),
        (
            "@id(\"a\") forbid (principal, action in [Action::\"ask\"], resource)\n\
             when { context.items.contains(\"04.no\") };",
            "own.cedar:2: `04.no`: no item, verdict or node of that name is known",
        ),
        (
            "@id(\"a\")\n\
             forbid (principal, action in [Action::\"ask\"], resource == Flow::\"F98\");",
            "own.cedar:2: `F98`: no such flow is registered",
        ),
        (
            "forbid (principal, action, resource);",
            "own.cedar:1: a policy has no `@id`",
        ),
        (
            "@id(\"tianshu-permits-the-rest\") forbid (principal, action, resource);",
            "is taken by Tianshu",
        ),
        ("deny everything", "own.cedar:1:"),
    ];
    for (text, wanted) in rows {
        let error = cedar(text).expect_err(wanted).to_string();
        assert!(error.contains(wanted), "{wanted}\n{error}");
    }
}

#[test]
fn rules_that_fail_or_know_other_flows_let_nothing_pass() {
    let asked = f05();
    let case = STAR.sign("guoguan", &assertion(&asked));
    let overflow = "@id(\"o\") forbid (principal, action in [Action::\"ask\"], resource)\n\
                    when { context.now_s * 9000000000000000 == 1 };";
    let denial = cedar(overflow)
        .expect("rules")
        .check("guoguan", &case, None, &asked, NOW);
    assert_eq!(denial.err(), Some(GuardDenial::PolicyError));
    let source = Source {
        name: "own.cedar",
        text: RULES,
    };
    let vetoes = Vetoes::default().cedar(&[source], &STAR.catalog, &STAR.flows);
    let other = book(&[&f05_with(&[("asks_per_case = 20", "asks_per_case = 21")])]);
    let asked = f05_of(&other);
    let guard = Guard::new(
        "tielu".into(),
        other,
        STAR.trust.clone(),
        vetoes.expect("rules"),
    );
    let case = STAR.sign("guoguan", &assertion(&asked));
    let denial = guard.check("guoguan", &case, None, &asked, NOW);
    assert_eq!(denial.err(), Some(GuardDenial::PolicyError));
}
