//! The acts in both languages and for every kind of viewer.

mod refused;

use super::*;
use crate::chart::tests::viewer;
use crate::language::Language;
use crate::viewer::Act;

fn act(number: u64, act: &str, target: &str, staff: &str) -> ActShown {
    ActShown {
        number,
        act: act.to_owned(),
        target: target.to_owned(),
        stage: "done".to_owned(),
        staff: staff.to_owned(),
        reason: "演练".to_owned(),
        ..ActShown::default()
    }
}

fn acts() -> ActsShown {
    let waiting = |number, staff: &str| ActShown {
        stage: "asked".to_owned(),
        ..act(number, "lift", "operator/city/0101", staff)
    };
    ActsShown {
        standing: vec![
            act(3, "suspend", "operator/city/0101", "duty-1"),
            act(4, "trip", "class/guoguan/04", "duty-1"),
            act(5, "raise-limit", "limit/node.per_second/city", "system-1"),
            act(6, "new-kind", "limit/operator.burst/city/0101", "system-1"),
        ],
        waiting: vec![waiting(7, "security-1"), waiting(8, "security-2")],
        history: vec![act(3, "suspend", "operator/city/0101", "duty-1")],
        before: Some(3),
        unread: 12_345,
        key: "0123".to_owned(),
        nodes: vec![Named {
            id: "city".to_owned(),
            zh: "市中心".to_owned(),
            en: "City".to_owned(),
        }],
        ..ActsShown::default()
    }
}

const ALL: [Act; 6] = [
    Act::LiftLimit,
    Act::Suspend,
    Act::Lift,
    Act::Confirm,
    Act::Reset,
    Act::Release,
];

#[test]
fn nobody_is_offered_to_confirm_what_they_asked_for() {
    let viewer = viewer(Language::English, &ALL);
    let page = page::whole(&viewer, &acts(), None).into_string();
    assert!(page.contains("value=\"0123-confirm-8\""));
    assert!(!page.contains("confirm-7"), "that is their own");
    assert!(page.contains("another person has to confirm it"));
    let looks = crate::chart::tests::viewer(Language::English, &[]);
    let page = page::whole(&looks, &acts(), None).into_string();
    assert!(!page.contains("action=\"/acts\"") && page.contains("Your role may look"));
}

#[test]
fn an_act_is_ended_where_it_belongs_and_no_address_names_anybody() {
    let viewer = viewer(Language::Chinese, &ALL);
    let page = page::whole(&viewer, &acts(), None).into_string();
    assert!(page.contains("href=\"/acts?of=3#act\""));
    assert!(page.contains("href=\"/nodes/guoguan?class=04#act\""));
    assert!(page.contains("href=\"/limits?of=5#act\""));
    assert!(page.contains("href=\"/limits/people?of=6#act\""));
    assert!(
        page.contains("<code>new-kind</code>"),
        "a new kind is shown"
    );
    let addresses = page.split("href=\"").skip(1);
    for address in addresses.filter_map(|rest| rest.split('"').next()) {
        assert!(!address.contains("0101"), "{address}");
    }
    let ending = ActsShown {
        of: Some(act(3, "suspend", "case/city/CT/7", "duty-1")),
        ..acts()
    };
    let page = page::whole(&viewer, &ending, None).into_string();
    assert!(page.contains("<option value=\"lift\" selected>"));
    assert!(page.contains("<option value=\"case\" selected>"));
    assert!(page.contains("value=\"CT/7\""), "also one with a stroke");
}

#[test]
fn every_form_has_the_token_and_a_key_of_its_own() {
    let viewer = viewer(Language::Chinese, &ALL);
    let page = page::whole(&viewer, &acts(), None).into_string();
    let forms: Vec<_> = page.split("action=\"/acts\"").skip(1).collect();
    assert_eq!(forms.len(), 2);
    for form in forms {
        assert!(form.contains("name=\"token\" value=\"token-of-the-session\""));
        assert!(form.contains("name=\"key\" value=\"0123"));
    }
}

#[test]
fn a_refusal_says_why_and_keeps_what_was_filled_in() {
    let viewer = viewer(Language::English, &ALL);
    let filled = Filled {
        act: "suspend".to_owned(),
        kind: "operator".to_owned(),
        node: "city".to_owned(),
        name: "\"><script>".to_owned(),
        reason: "<b>".to_owned(),
        ..Filled::default()
    };
    let refused = Turned::unreadable(&viewer);
    let page = page::whole(&viewer, &acts(), Some((&refused, &filled))).into_string();
    assert!(page.contains("TS-PAGE-MALFORMED") && page.contains("role=\"alert\""));
    assert!(page.contains("<option value=\"operator\" selected>"));
    assert!(!page.contains("\"><script>") && !page.contains("<b>"));
}

#[test]
fn whoever_acted_is_led_back_into_the_house() {
    assert_eq!(back("/nodes/city", 9), "/nodes/city?done=9");
    assert_eq!(
        back("/nodes/city?class=04", 9),
        "/nodes/city?class=04&done=9"
    );
    for other in ["//evil", "https://evil", ""] {
        assert_eq!(back(other, 9), "/acts?done=9");
    }
}
