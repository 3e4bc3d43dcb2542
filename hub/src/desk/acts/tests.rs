//! Forms that become acts, over a real broker, its log and its index.

use policies::Role;

use super::*;
use crate::broker::tests::fixture::{Setup, Star};
use crate::desk::overview::tests::{desk, viewer_of};
use crate::ledger::entry::Entry;
use crate::ledger::keys_of;

fn filled(act: &str, kind: &str, node: &str, name: &str) -> Filled {
    Filled {
        act: act.to_owned(),
        kind: kind.to_owned(),
        node: node.to_owned(),
        name: name.to_owned(),
        reason: "演练 drill".to_owned(),
        key: key().expect("a key"),
        ..Filled::default()
    }
}

fn index(desk: &Desk) {
    let caught_up = desk
        .index
        .catch_up(desk.broker.ledger.journal(), &keys_of, |_| {});
    caught_up.expect("catches up");
}

#[tokio::test]
async fn a_form_sent_twice_acts_once_and_a_second_person_confirms() {
    let star = Star::new(Setup::default());
    let (desk, _home) = desk(&star);
    let (security, system) = (
        viewer_of(&desk, "wang", Role::Security),
        viewer_of(&desk, "li", Role::System),
    );
    let mut form = filled("suspend", "operator", "city", "0101");
    let first = desk.act(&security, &mut form).await.expect("may");
    let again = desk.act(&security, &mut form).await.expect("is the same");
    assert_eq!(first, again, "a double click");
    let mut lift = filled("lift", "operator", "city", "0101");
    let asked = desk.act(&security, &mut lift).await.expect("may ask");
    let mut confirm = filled("confirm", "act", "", &asked.to_string());
    let own = desk
        .act(&security, &mut confirm)
        .await
        .expect_err("is their own");
    assert_eq!(own.code, "TS-ACT-SECOND");
    let shown = desk
        .acts(&system, Part::default())
        .await
        .expect("are shown");
    let numbers = |acts: &[ActShown]| acts.iter().map(|act| act.number).collect::<Vec<_>>();
    assert_eq!(
        (numbers(&shown.standing), numbers(&shown.waiting)),
        (vec![first], vec![asked])
    );
    desk.act(&system, &mut confirm)
        .await
        .expect("another person may");
    index(&desk);
    let shown = desk
        .acts(
            &system,
            Part {
                done: Some(asked),
                ..Part::default()
            },
        )
        .await;
    let shown = shown.expect("are shown");
    assert!(shown.standing.is_empty() && shown.waiting.is_empty());
    assert!(shown.done.is_none(), "somebody else did that");
    let stages: Vec<_> = shown
        .history
        .iter()
        .map(|act| (act.stage.as_str(), act.refused.as_str()))
        .collect();
    assert_eq!(
        stages,
        [
            ("confirmed", ""),
            ("", "TS-ACT-SECOND"),
            ("asked", ""),
            ("done", "")
        ]
    );
    assert_eq!(shown.nodes.len(), 4);
}

#[tokio::test]
async fn a_look_at_acts_is_on_record_before_it_is_shown() {
    let star = Star::new(Setup::default());
    let (desk, _home) = desk(&star);
    let viewer = viewer_of(&desk, "li", Role::Duty);
    let before = star.journal().size();
    let part = Part {
        before: Some(9),
        ..Part::default()
    };
    desk.acts(&viewer, part).await.expect("are shown");
    let entries = star.entries(before);
    let [Entry::Looked(looked)] = entries.as_slice() else {
        panic!("one look: {entries:?}");
    };
    assert_eq!(
        (looked.staff.as_str(), looked.room.as_str()),
        ("li", "acts")
    );
    assert_eq!(looked.terms.get("before").map(String::as_str), Some("9"));
    star.journal().close().expect("closes");
    let refused = desk
        .acts(&viewer, Part::default())
        .await
        .expect_err("not on record");
    assert_eq!(refused.code, "TS-AUDIT-UNAVAILABLE");
}

#[tokio::test]
async fn what_a_role_may_not_do_is_refused_whatever_form_is_sent() {
    let star = Star::new(Setup::default());
    let (desk, _home) = desk(&star);
    for (role, mut form, code) in [
        (
            Role::Audit,
            filled("suspend", "node", "city", ""),
            "TS-ACT-ROLE",
        ),
        (
            Role::Duty,
            filled("reset", "class", "city", "04"),
            "TS-ACT-ROLE",
        ),
        (
            Role::System,
            filled("trip", "node", "city", ""),
            "TS-ACT-TARGET",
        ),
        (
            Role::Security,
            filled("lift", "flow", "", "F05"),
            "TS-ACT-NOTHING",
        ),
        (
            Role::Security,
            filled("suspend", "", "", ""),
            "TS-ACT-MALFORMED",
        ),
        (
            Role::Security,
            filled("suspend", "case", "city", "11010519491231002X"),
            "TS-ACT-PERSONAL-DATA",
        ),
    ] {
        let viewer = viewer_of(&desk, "li", role);
        let sent = form.name.clone();
        let refused = desk.act(&viewer, &mut form).await.expect_err("is refused");
        assert_eq!(refused.code, code, "{form:?}");
        let is_personal = code == "TS-ACT-PERSONAL-DATA";
        assert_eq!(form.name == sent, !is_personal, "not to be shown again");
    }
    assert_eq!(
        dashboards::acts::REASON_CHARS_MAX,
        crate::acts::REASON_CHARS_MAX
    );
}

/// A center numbers its cases as it likes; what the broker takes can be suspended, and a slip
/// elsewhere in the form costs nobody the number.
#[tokio::test]
async fn a_case_with_a_long_number_is_suspended_like_any() {
    let star = Star::new(Setup::default());
    let (desk, _home) = desk(&star);
    let security = viewer_of(&desk, "wang", Role::Security);
    let mut form = filled("suspend", "case", "city", "2026112700001234");
    form.until = "yesterday".to_owned();
    let refused = desk.act(&security, &mut form).await.expect_err("no end");
    assert_eq!(refused.code, "TS-ACT-MALFORMED");
    assert_eq!(form.name, "2026112700001234");
    form.until.clear();
    let number = desk.act(&security, &mut form).await.expect("may");
    let shown = desk.acts(&security, Part::default()).await;
    let shown = shown.expect("are shown");
    assert_eq!(
        (shown.standing[0].number, shown.standing[0].target.as_str()),
        (number, "case/city/2026112700001234")
    );
}

#[test]
fn a_moment_of_a_browser_is_beijings() {
    assert_eq!(until(""), None);
    let read = |text: &str| until(text).expect("is one");
    assert_eq!(read("2026-11-26T10:00"), "2026-11-26T10:00:00+08:00");
    assert_eq!(read("2026-11-26T10:00:30"), "2026-11-26T10:00:30+08:00");
    assert_eq!(read("tomorrow"), "tomorrow");
    let all = [
        ("node", "node/city"),
        ("flow", "flow/F05"),
        ("case", "case/city/F05"),
        ("act", "act/F05"),
    ];
    for (kind, expected) in all {
        assert_eq!(
            target(&filled("suspend", kind, " city ", " F05 ")),
            expected
        );
    }
}
