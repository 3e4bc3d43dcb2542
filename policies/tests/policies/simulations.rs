//! Recorded asks under other rules: what stays stays, what changes is named with its reason.

use policies::{
    BasisKind, BasisPart, Mode, PartyRole, RecordedAsk, RecordedSignature, RuleFiles, RuleSet,
    Suspended, simulate,
};
use time::Duration;
use time::macros::date;

use super::star::{LEGAL_F27, MATCH_F05, NOW, STAR, center, f05_with};

fn rules(flows: &[&str], centers: &[String]) -> RuleSet {
    let mut files = RuleFiles::builtin();
    let file = |name: String, text: &str| policies::RuleFile {
        name,
        text: text.to_owned(),
    };
    let numbered = flows.iter().enumerate();
    files.flows = numbered
        .map(|(no, text)| file(format!("flows/{no}.toml"), text))
        .collect();
    let numbered = centers.iter().enumerate();
    files.centers = numbered
        .map(|(no, text)| file(format!("centers/{no}.toml"), text))
        .collect();
    RuleSet::parse(&files, &STAR.catalog).expect("a set")
}

fn both() -> Vec<String> {
    vec![center("guoguan", &["F05", "F27"]), center("city", &["F05"])]
}

fn numbers(names: &[&str]) -> Vec<String> {
    STAR.items(names).iter().map(ToString::to_string).collect()
}

fn signature(officer: bool) -> RecordedSignature {
    RecordedSignature {
        issued_at: NOW,
        expires_at: NOW + Duration::minutes(5),
        officer,
    }
}

fn asked(query: &str, node: &str) -> RecordedAsk {
    RecordedAsk {
        query: query.to_owned(),
        at: NOW,
        node: node.to_owned(),
        flow: "F05".parse().expect("an id"),
        matter: "02".parse().expect("a matter"),
        mode: Mode::Details,
        items: numbers(&["04.grzhzt", "03.yzjhm"]),
        gives: Vec::new(),
        verdicts: Vec::new(),
        named: [].into(),
        basis: BasisKind::A,
        carries: [BasisPart::Number, BasisPart::Consent].into(),
        roles: [PartyRole::Applicant].into(),
        opened_on: date!(2026 - 11 - 23),
        document_on: None,
        use_no: 1,
        signed: signature(false),
        approved: None,
        suspended: [].into(),
        refused: None,
    }
}

fn legal() -> RecordedAsk {
    use BasisPart::{Date, Issuer, Number, Officers, Period};
    RecordedAsk {
        flow: "F27".parse().expect("an id"),
        matter: "00".parse().expect("a matter"),
        items: numbers(&["04.grzhzt", "05.hbjny"]),
        gives: numbers(&["12.wqhth"]),
        basis: BasisKind::C,
        carries: [Number, Issuer, Date, Period, Officers].into(),
        roles: [PartyRole::Named].into(),
        document_on: Some(date!(2026 - 11 - 20)),
        signed: signature(true),
        approved: Some(signature(true)),
        ..asked("q-legal", "guoguan")
    }
}

#[test]
fn under_the_same_rules_nothing_differs() {
    let f05 = f05_with(&[]);
    let set = rules(&[&f05, LEGAL_F27], &both());
    let refused = |query: &str, code: &str, spoil: fn(&mut RecordedAsk)| {
        let mut ask = asked(query, "guoguan");
        ask.refused = Some(code.to_owned());
        spoil(&mut ask);
        ask
    };
    let day = [
        asked("q-1", "guoguan"),
        asked("q-2", "city"),
        legal(),
        refused("q-3", "flow-not-enabled", |ask| ask.node = "tielu".into()),
        refused("q-4", "item-outside-flow", |ask| {
            ask.items = numbers(&["04.grzhye"])
        }),
        refused("q-5", "wrong-subject", |ask| ask.roles.clear()),
        refused("q-6", "consent-missing", |ask| {
            ask.carries.remove(&BasisPart::Consent);
        }),
        refused("q-7", "suspended", |ask| {
            ask.suspended.insert(Suspended::Operator);
        }),
        refused("q-8", "over-used", |ask| ask.use_no = 21),
        refused("q-9", "expired", |ask| ask.at = ask.signed.expires_at),
    ];
    let recorded: Vec<RecordedAsk> = day
        .iter()
        .map(|ask| {
            let line = serde_json::to_string(ask).expect("written");
            serde_json::from_str(&line).expect("read back")
        })
        .collect();
    assert_eq!(recorded, day);
    let done = simulate(&set, &STAR.catalog, recorded);
    assert_eq!((done.decided, done.allowed), (10, 3));
    assert_eq!((done.differ, done.unreadable.len()), (Vec::new(), 0));
}

#[test]
fn every_decision_that_would_differ_is_named_with_its_reason() {
    let day = || {
        let mut once_refused = asked("q-3", "tielu");
        once_refused.refused = Some("flow-not-enabled".to_owned());
        let mut bad = asked("q-bad", "guoguan");
        bad.items = vec!["99-99".to_owned()];
        [
            asked("q-1", "guoguan"),
            asked("q-2", "city"),
            once_refused,
            legal(),
            bad,
        ]
    };
    let differing = |set: &RuleSet| -> Vec<(String, String, String)> {
        let done = simulate(set, &STAR.catalog, day());
        assert_eq!((done.decided, done.unreadable.len()), (4, 1));
        let differ = done.differ.into_iter();
        differ.map(|d| (d.query, d.now, d.because)).collect()
    };
    let says = |query: &str, now: &str, because: &str| {
        (query.to_owned(), now.to_owned(), because.to_owned())
    };
    // F05 answers a match from now on, the railway takes part, and F27 is gone.
    let centers = ["guoguan", "city", "tielu"].map(|node| center(node, &["F05"]));
    let found = differing(&rules(&[MATCH_F05], &centers));
    let details = "mode: asked details; at most match";
    assert_eq!(
        found,
        [
            says("q-1", "mode-mismatch", details),
            says("q-2", "mode-mismatch", details),
            says("q-3", "mode-mismatch", details),
            says("q-legal", "flow-unknown", "flow-known: F27"),
        ]
    );
    // The same flows, but the railway takes part and the city no longer does.
    let f05 = f05_with(&[("asks_per_case = 20", "asks_per_case = 21")]);
    let centers = [
        center("guoguan", &["F05", "F27"]),
        center("tielu", &["F05"]),
    ];
    let found = differing(&rules(&[&f05, LEGAL_F27], &centers));
    let expected = [
        says("q-2", "flow-not-enabled", "enabled: city: never"),
        says("q-3", "allowed", ""),
    ];
    assert_eq!(found, expected, "a touched file alone changes no decision");
}
