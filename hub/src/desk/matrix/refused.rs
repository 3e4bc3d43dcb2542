//! What comes back when an act is refused, for every act and role: never the form of another act,
//! and nobody's number.

use super::*;

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
