//! Who the spouse is, by the latest registration.

use catalog::PersonId;

use super::heard::{date, if_heard, told};
use super::{Reason, Rule, Verdict, weigh};
use crate::client::Answer;

const MARRIED: [&str; 4] = ["20", "21", "22", "23"];

/// Whether the latest registration by date names the declared spouse; whoever declares none must
/// not be married. "No record" in one city is not "single": a person decides.
#[must_use]
pub fn spouse(answer: &Answer, declared: Option<&str>) -> Verdict {
    let mut dated = Vec::new();
    for told in told(answer, "13") {
        match told.text("djrq").and_then(|text| date(&text)) {
            Some(day) => dated.push((day, told)),
            None if told.is_one_of("djlx", &["99"]) == Some(true) => {}
            None => return told.unreadable(),
        }
    }
    let Some((_, latest)) = dated.into_iter().max_by_key(|(day, _)| *day) else {
        let nobody = Verdict::Manual(Reason::of(Rule::Spouse));
        return weigh([nobody, if_heard([answer], &["13"])]);
    };
    let Some(is_married) = latest.is_one_of("hyzk", &MARRIED) else {
        return latest.unreadable();
    };
    let registered = latest.text("pozjhm").filter(|_| is_married);
    if is_married && registered.is_none() {
        return latest.unreadable();
    }
    let registered = registered.map(|number| plain(&number));
    if registered == declared.map(plain) {
        if_heard([answer], &["13"])
    } else {
        Verdict::Manual(latest.reason(Rule::Spouse, "hylsh"))
    }
}

/// The number in its one form: old records hold 15 digits.
fn plain(number: &str) -> String {
    PersonId::parse("01", number)
        .map_or_else(|_| number.trim().to_owned(), |id| id.number().to_owned())
}
