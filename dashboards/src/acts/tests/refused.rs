//! A form that was refused, as a browser would send it again if nobody touched it: the same act
//! over the same target, or none.

use std::collections::BTreeMap;

use super::*;

/// Each act with a form as its page sends it: act, kind, node, name, value, back.
const SENT: [(&str, &str, &str, &str, &str, &str); 12] = [
    ("trip", "class", "city", "04", "", "/nodes/city"),
    ("reset", "class", "city", "04", "", "/nodes/city?class=04"),
    ("hold-open", "class", "city", "04", "", "/nodes/city"),
    ("hold-closed", "class", "city", "04", "", "/nodes/city"),
    ("release", "class", "city", "04", "", "/nodes/city"),
    ("", "class", "city", "04", "", "/nodes/city"),
    ("suspend", "node", "city", "", "", "/acts"),
    ("lift", "class", "city", "04", "", "/acts"),
    ("limit", "limit", "city", "node.per_second", "5", "/limits"),
    (
        "limit",
        "limit",
        "city/7",
        "operator.burst",
        "5",
        "/limits/people",
    ),
    (
        "lift-limit",
        "limit",
        "city",
        "node.per_second",
        "",
        "/limits",
    ),
    (
        "nonsense",
        "thing",
        "city",
        "x",
        "",
        "https://evil.example/",
    ),
];
const MAY: [Act; 10] = [
    Act::Trip,
    Act::Reset,
    Act::HoldOpen,
    Act::HoldClosed,
    Act::Release,
    Act::Suspend,
    Act::Lift,
    Act::LowerLimit,
    Act::RaiseLimit,
    Act::LiftLimit,
];

fn may(act: &str) -> &[Act] {
    let nth = match act {
        "limit" => return &MAY[7..9],
        "trip" => 0,
        "reset" => 1,
        "hold-open" => 2,
        "hold-closed" => 3,
        "release" => 4,
        "suspend" => 5,
        "lift" => 6,
        "lift-limit" => 9,
        _ => return &[],
    };
    &MAY[nth..=nth]
}

fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}

/// What a browser sends of a form, and whether it holds it back since something must be chosen.
fn untouched(form: &str) -> (BTreeMap<&str, &str>, bool) {
    let (mut fields, mut is_held) = (BTreeMap::new(), false);
    for tag in form.split("<input").skip(1) {
        let tag = tag.split('>').next().unwrap();
        let value = attribute(tag, "value").unwrap_or_default();
        fields.insert(attribute(tag, "name").unwrap(), value);
        is_held |= tag.contains(" required") && value.is_empty();
    }
    for list in form.split("<select").skip(1) {
        let (tag, lines) = list.split_once('>').unwrap();
        let lines: Vec<_> = lines
            .split("</select>")
            .next()
            .unwrap()
            .split("<option")
            .collect();
        let lines = &lines[1..];
        let chosen = lines.iter().find(|line| line.contains(" selected"));
        let value = attribute(chosen.unwrap_or(&lines[0]), "value").unwrap();
        fields.insert(attribute(tag, "name").unwrap(), value);
        is_held |= tag.contains(" required") && value.is_empty();
    }
    (fields, is_held)
}

/// The forms of a page that act, but for those that confirm.
fn forms(page: &str) -> Vec<&str> {
    let forms = page.split("<form").skip(1);
    let forms = forms.filter_map(|form| form.split("</form>").next());
    let acting = forms.filter(|form| form.contains("action=\"/acts\""));
    acting
        .filter(|form| !form.contains("value=\"confirm\""))
        .collect()
}

fn filled((act, kind, node, name, value, back): (&str, &str, &str, &str, &str, &str)) -> Filled {
    Filled {
        act: act.to_owned(),
        kind: kind.to_owned(),
        node: node.to_owned(),
        name: name.to_owned(),
        value: value.to_owned(),
        until: if act.ends_with("limit") {
            "2026-11-26T10:00"
        } else {
            ""
        }
        .to_owned(),
        reason: "drill".to_owned(),
        back: back.to_owned(),
        ..Filled::default()
    }
}

#[test]
fn a_refused_act_comes_back_as_itself_or_not_at_all() {
    let each = MAY.iter().map(|act| vec![*act]);
    for allowed in each.chain([MAY.to_vec(), Vec::new()]) {
        let viewer = viewer(Language::English, &allowed);
        for sent in SENT {
            let filled = filled(sent);
            let refused = Turned::unreadable(&viewer);
            let page = page::whole(&viewer, &acts(), Some((&refused, &filled))).into_string();
            let what = format!("{allowed:?} {sent:?}: {page}");
            let forms = forms(&page);
            assert!(forms.len() <= 1, "{what}");
            let is_elsewhere = sent.5.starts_with("/nodes") || sent.5.starts_with("/limits");
            let way_back = format!("<a href=\"{}\">Back to the page", sent.5);
            assert_eq!(page.contains(&way_back), is_elsewhere, "{what}");
            let may_do = may(&filled.act).iter().any(|act| allowed.contains(act));
            let Some(form) = forms.first() else {
                assert!(!may_do, "{what}");
                continue;
            };
            let (fields, is_held) = untouched(form);
            assert_eq!(fields["act"], if may_do { sent.0 } else { "" }, "{what}");
            assert_eq!(is_held, !may_do, "{what}");
            if !may_do {
                continue;
            }
            for (name, value) in [
                ("kind", &filled.kind),
                ("node", &filled.node),
                ("name", &filled.name),
                ("reason", &filled.reason),
            ] {
                assert_eq!(fields[name], value, "{name} {what}");
            }
            let is_setting = sent.0 == "limit";
            if is_setting {
                assert_eq!(
                    (fields["value"], fields["until"]),
                    ("5", "2026-11-26T10:00")
                );
            }
        }
    }
}

#[test]
fn what_was_not_confirmed_is_no_suspension() {
    let viewer = viewer(Language::English, &ALL);
    let sent = filled(("confirm", "act", "", "8", "", "/acts"));
    let refused = Turned::unreadable(&viewer);
    let page = page::whole(&viewer, &acts(), Some((&refused, &sent))).into_string();
    let forms = forms(&page);
    let (fields, is_held) = untouched(forms[0]);
    assert_eq!((forms.len(), fields["act"], fields["reason"]), (1, "", ""));
    assert!(is_held, "nobody has chosen anything");
}

#[test]
fn no_page_chooses_an_act_for_anybody() {
    let viewer = viewer(Language::Chinese, &MAY);
    let page = page::whole(&viewer, &acts(), None).into_string();
    let (fields, is_held) = untouched(forms(&page)[0]);
    assert_eq!((fields["act"], fields["kind"], is_held), ("", "", true));
}
