//! What comes back when an act is refused, for every act and role: never the form of another act,
//! and nobody's number. And what stands in the log of whoever is turned away.

use super::*;
use crate::ledger::entry::{ActRefused, Entry};

const NUMBER: &str = "11010519491231002X";

/// The line that is chosen of the first list of acts of a page.
fn chosen(page: &str) -> Option<&str> {
    let list = page
        .split_once(" name=\"act\"")?
        .1
        .split("</select>")
        .next()?;
    let line = list
        .split("<option ")
        .find(|line| line.contains(" selected"))?;
    line.strip_prefix("value=\"")?.split('"').next()
}

#[tokio::test]
async fn a_refused_act_comes_back_as_itself_or_not_at_all() {
    for role in Role::ALL {
        let star = Star::new(Setup::default());
        let bench = desk(&star);
        let caller = Caller::signed_in(&star, &bench, role).await;
        for (act, kind, node, name, deed) in ACTS {
            for (value, until, reason) in [
                // Its end is over; nothing is to be set or ended; somebody's number.
                ("1", "2026-11-01T12:00", "drill"),
                ("", "", "drill%20again"),
                ("1", "2026-11-23T12:00", NUMBER),
            ] {
                let fields = format!(
                    "act={act}&kind={kind}&node={node}&name={name}&value={value}&until={until}\
                     &reason={reason}&key=once"
                );
                let heard = caller.form("/acts", &fields).await;
                if heard.status == 303 {
                    // Some need neither end nor value.
                    continue;
                }
                let what = format!("{role}: {fields}: {}", heard.text);
                assert!(heard.text.contains("role=\"alert\""), "{what}");
                assert!(!heard.text.contains("19491231"), "{what}");
                let chosen = chosen(&heard.text);
                let expected = if listed(*deed, role) { *act } else { "" };
                assert!(
                    matches!(chosen, None | Some("")) || chosen == Some(act),
                    "{what}"
                );
                assert_eq!(chosen.unwrap_or_default(), expected, "{what}");
                assert_eq!(
                    heard.text.contains("value=\"drill"),
                    chosen.is_some() && reason != NUMBER,
                    "{what}"
                );
            }
        }
    }
}

/// What was refused since `begin`: code, act and target.
fn refused(star: &Star, begin: u64) -> Vec<(String, String, String)> {
    let entries = star.entries(begin);
    let refused = entries.into_iter().filter_map(|entry| match entry {
        Entry::ActRefused(ActRefused {
            code, act, target, ..
        }) => Some((code, act, target)),
        _ => None,
    });
    refused.collect()
}

fn said(code: &str, act: &str, target: &str) -> (String, String, String) {
    (code.to_owned(), act.to_owned(), target.to_owned())
}

/// The whole log holds the room that somebody tried, and nothing of what they looked for there.
#[tokio::test]
async fn a_refused_visit_says_where_and_not_what_for() {
    let star = Star::new(Setup::default());
    let bench = desk(&star);
    let caller = Caller::signed_in(&star, &bench, Role::System).await;
    let begin = star.journal().size();
    for path in [SUBJECT, "/audit?case=CT-1", "/use/city/0101"] {
        let heard = caller.get(path).await;
        assert_eq!(heard.status, 403, "{path}");
    }
    let heard = caller.form("/audit/export", "form=csv&case=CT-1").await;
    assert_eq!(heard.status, 403);
    let expected = [
        said("TS-ACT-ROLE", "get", "room/subject"),
        said("TS-ACT-ROLE", "get", "room/audit"),
        said("TS-ACT-ROLE", "get", "room/use"),
        said("TS-ACT-ROLE", "post", "room/audit"),
    ];
    assert_eq!(refused(&star, begin), expected);
    for number in begin..star.journal().size() {
        let bytes = star.journal().read(number).expect("is there");
        let entry = String::from_utf8(bytes).expect("is text");
        assert!(
            !["abab", "CT-1", "0101"]
                .iter()
                .any(|what| entry.contains(what))
        );
    }
}

/// Every form of the house, sent by each role without the session's token: it does nothing, and
/// that it came is on record.
#[tokio::test]
async fn a_form_without_its_token_does_nothing_and_is_on_record() {
    let star = Star::new(Setup::default());
    let bench = desk(&star);
    for role in Role::ALL {
        let mut caller = Caller::signed_in(&star, &bench, role).await;
        let sound = std::mem::replace(&mut caller.token, "guessed".to_owned());
        let fields = "act=suspend&kind=node&node=city&reason=drill&key=forged";
        let acts = [("/acts", fields, Needs::Room(Room::Acts))];
        let posts = POSTS
            .iter()
            .map(|(_, path, fields, needs)| (*path, *fields, *needs));
        for (path, fields, needs) in posts.chain(acts) {
            let (D(room, _) | R(room)) = needs else {
                panic!("{path} has a room");
            };
            let (begin, target) = (star.journal().size(), format!("room/{}", room.as_str()));
            let heard = caller.form(path, fields).await;
            assert_eq!(heard.status, 403, "{role}: {path}: {}", heard.text);
            let code = match listed(Deed::See(room), role) {
                true => "TS-PAGE-FORGED",
                false => "TS-ACT-ROLE",
            };
            assert!(heard.text.contains(code), "{role}: {path}: {}", heard.text);
            assert_eq!(
                refused(&star, begin),
                [said(code, "post", &target)],
                "{path}"
            );
            assert_eq!(
                star.journal().size(),
                begin + 1,
                "{role}: {path} did nothing else"
            );
        }
        let begin = star.journal().size();
        let heard = caller.form("/sign-out", "").await;
        assert!(heard.text.contains("TS-PAGE-FORGED"), "{}", heard.text);
        assert_eq!(
            refused(&star, begin),
            [said("TS-PAGE-FORGED", "post", "sign-out")]
        );
        caller.token = sound;
        assert_eq!(caller.get("/").await.status, 200, "{role} is still in");
    }
    // Where the log cannot write, that is what is said.
    let mut caller = Caller::signed_in(&star, &bench, Role::Security).await;
    caller.token.clear();
    star.journal().close().expect("closes");
    let heard = caller.form("/acts", "act=suspend").await;
    assert!(
        heard.text.contains("TS-AUDIT-UNAVAILABLE"),
        "{}",
        heard.text
    );
}
