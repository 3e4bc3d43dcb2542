//! A center's own vetoes, as a list and as Cedar rules: they take away, say why, and never give.

use catalog::{RuleWord, Source};
use policies::guard::{Guard, GuardDenial, Vetoes};
use policies::{CaseAssertion, CaseParty, Mode, PartyRole, Question, QuestionDraft};

use super::guards::guard;
use super::star::{NOW, STAR, assertion, book, draft, f05, f05_of, f05_with, question, tag};

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
        let word = RuleWord::new("veto-1", "the board said so", "").expect("is fit");
        let vetoed = GuardDenial::Vetoed(word);
        assert_eq!(answer.err(), denied.then_some(vetoed), "{conditions}");
    }
}

#[test]
fn a_veto_has_a_name_of_its_own_and_may_speak_both_languages() {
    let asked = f05();
    let case = STAR.sign("guoguan", &assertion(&asked));
    let text = "[[deny]]\nflow = \"F99\"\nreason = \"x\"\n\
                [[deny]]\nid = \"month-end\"\nflow = \"F05\"\nreason = \"月末结账\"\n\
                reason_en = \"the month is being closed\"\n";
    let denial = guard(text, STAR.flows.clone()).check("guoguan", &case, None, &asked, NOW);
    let denial = denial.expect_err("is vetoed");
    let word = denial.rule().expect("a rule denies");
    assert_eq!((word.id(), word.zh()), ("month-end", "月末结账"));
    assert_eq!(word.en(), "the month is being closed");
    let twin = "[[deny]]\nid = \"veto-2\"\nclass = \"04\"\nreason = \"x\"\n\
                [[deny]]\nclass = \"05\"\nreason = \"x\"\n";
    let unfit = "[[deny]]\nclass = \"04\"\nreason = \"不查 110101190001010014\"\n";
    for (text, wanted) in [
        (twin, "vetoes.toml:5: `veto-2` stands for another veto too"),
        (unfit, "vetoes.toml:3: a rule's sentence is one line"),
    ] {
        let source = Source {
            name: "vetoes.toml",
            text,
        };
        let refused = Vetoes::parse(&source, &STAR.catalog).expect_err(wanted);
        let said = refused.to_string();
        assert!(said.contains(wanted), "{said}");
    }
}

#[test]
fn the_digest_of_vetoes_is_over_both_kinds_and_nothing_where_there_are_none() {
    let list = |text: &str| {
        let source = Source {
            name: "vetoes.toml",
            text,
        };
        Vetoes::parse(&source, &STAR.catalog).expect("is read")
    };
    let some = "[[deny]]\nclass = \"04\"\nreason = \"x\"\n";
    let with_cedar = |vetoes: Vetoes, text| {
        let source = Source {
            name: "own.cedar",
            text,
        };
        let read = vetoes.cedar(&[source], &STAR.catalog, &STAR.flows);
        read.expect("is read").digest().expect("has some")
    };
    assert_eq!(list("").digest(), None);
    let one = list(some).digest().expect("has some");
    let digests = [
        one,
        list(&some.replace("04", "05")).digest().expect("has some"),
        with_cedar(list(some), RULES),
        with_cedar(list(""), RULES),
        with_cedar(list(""), &RULES.replace("city", "tielu")),
    ];
    let different: std::collections::BTreeSet<_> =
        digests.iter().map(ToString::to_string).collect();
    assert_eq!(different.len(), digests.len());
    assert_eq!(list(some).digest(), Some(one));
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
    let word = RuleWord::new(
        "no-former-numbers",
        "本中心不提供曾用证件号码",
        "this center does not give former numbers",
    );
    assert_eq!(denial.rule(), word.as_ref().ok());
    let denial = check("city", &["04.grzhzt"]).expect_err("denied");
    let word = denial.rule().expect("a rule denies");
    assert_eq!((word.id(), word.zh()), ("nobody-from-the-city", ""));
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

/// A question for verdicts in F10, one for details in F05 that wants class 03 alone, and one that
/// looks at an item which is only judged.
fn judged() -> [Question; 3] {
    let asked = |flow, matter, wants: &[&str]| draft("guoguan", flow, matter, STAR.items(wants));
    [
        question(QuestionDraft {
            mode: Mode::Match,
            verdicts: vec!["within-price".to_owned()],
            ..asked("F10", "07", &["06.zxbh"])
        }),
        question(asked("F05", "02", &["03.yzjhm"])),
        question(QuestionDraft {
            mode: Mode::Match,
            subject_tag: tag("house-contract:0000000601"),
            verdicts: vec!["drawn-on-house".to_owned()],
            ..asked("F10", "07", &["06.zxbh"])
        }),
    ]
}

fn by(guard: &Guard, asked: &Question) -> Option<String> {
    let role = if asked.subject_tag() == &tag("house-contract:0000000601") {
        PartyRole::House
    } else {
        PartyRole::Applicant
    };
    let tag = *asked.subject_tag();
    let case = CaseAssertion {
        parties: vec![CaseParty { role, tag }],
        ..assertion(asked)
    };
    let case = STAR.sign("guoguan", &case);
    let denial = guard.check("guoguan", &case, None, asked, NOW).err()?;
    assert_eq!(denial.as_str(), "vetoed", "{denial}");
    denial.rule().map(|word| word.id().to_owned())
}

#[test]
fn a_veto_stands_against_what_is_only_looked_at() {
    let [sum, gated, house] = judged();
    let rows = [
        (&sum, "item = \"06.fse\"", "\"06.fse\"", true),
        (&sum, "item = \"06.spzt\"", "\"06.spzt\"", true),
        // Its day tells a reversal apart.
        (&sum, "item = \"06.sqrq\"", "\"06.sqrq\"", true),
        (&sum, "item = \"06.grzh\"", "\"06.grzh\"", false),
        (&house, "item = \"06.grzh\"", "\"06.grzh\"", true),
        (&gated, "class = \"04\"", "Class::\"04\"", true),
        (&gated, "item = \"04.grzhzt\"", "\"04.grzhzt\"", true),
        (&gated, "item = \"04.fcrq\"", "\"04.fcrq\"", false),
        (&sum, "class = \"04\"", "Class::\"04\"", false),
    ];
    for (asked, condition, name, denied) in rows {
        let listed = format!("[[deny]]\n{condition}\nreason = \"the board said so\"\n");
        let listed = guard(&listed, STAR.flows.clone());
        let denied = |rule: &str| denied.then(|| rule.to_owned());
        assert_eq!(by(&listed, asked), denied("veto-1"), "{condition}");
        let set = if name.starts_with("Class") {
            "looked_at_classes"
        } else {
            "looked_at"
        };
        let rule = format!(
            "@id(\"own\") forbid (principal, action in [Action::\"ask\"], resource)\n\
             when {{ context.{set}.contains({name}) }};"
        );
        let own = cedar(&rule).expect("a rule");
        assert_eq!(by(&own, asked), denied("own"), "{name}");
    }
}

#[test]
fn a_match_for_no_verdict_looks_at_what_it_wants_and_at_no_gate() {
    let asked = question(QuestionDraft {
        mode: Mode::Match,
        ..draft("guoguan", "F05", "02", STAR.items(&["03.yzjhm"]))
    });
    let text = "[[deny]]\nclass = \"04\"\nreason = \"x\"\n";
    assert_eq!(by(&guard(text, STAR.flows.clone()), &asked), None);
}

/// What an agent may look up is what its center's rules were held against.
#[test]
fn a_flow_says_what_vetoes_are_held_against() {
    let [sum, gated, _] = judged();
    for (asked, looked_at, never) in [
        (&sum, ["06.zxbh", "06.fse"], "06.grzh"),
        (&gated, ["03.yzjhm", "04.grzhzt"], "04.fcrq"),
    ] {
        let flow = STAR.flows.flow(&asked.flow()).expect("registered");
        let all: Vec<_> = flow.looked_at(asked).into_values().flatten().collect();
        for item in STAR.items(&looked_at) {
            assert!(all.contains(&item), "{item}");
        }
        assert!(!all.contains(&STAR.items(&[never])[0]), "{never}");
    }
}

/// A reply tells a rule by its name, and all of them are announced.
#[test]
fn no_two_rules_of_a_center_bear_one_name_and_there_are_not_too_many() {
    let source = Source {
        name: "own.cedar",
        text: RULES,
    };
    let with = |text: &str| {
        let plain = Source {
            name: "vetoes.toml",
            text,
        };
        let plain = Vetoes::parse(&plain, &STAR.catalog).expect("is sound");
        plain.cedar(&[source], &STAR.catalog, &STAR.flows)
    };
    let both = with("[[deny]]\nid = \"other\"\nclass = \"03\"\nreason = \"x\"\n");
    let both = both.expect("rules");
    let ids: Vec<_> = both.words().map(RuleWord::id).collect();
    assert_eq!(ids, ["other", "no-former-numbers", "nobody-from-the-city"]);
    let twice = "[[deny]]\nid = \"no-former-numbers\"\nclass = \"03\"\nreason = \"x\"\n";
    let error = with(twice).expect_err("one name").to_string();
    assert!(
        error.contains("`no-former-numbers` stands for another veto too"),
        "{error}"
    );
}
