//! Templates and rows of systems that are asked over HTTP.

use super::*;
use crate::translate::passed_on::tests::given;
use tokio::time::Instant;

fn filled(text: &str) -> Result<String, String> {
    let template = Template::parse(text, 2)?;
    let bound = ["A&B".to_owned(), "15".to_owned()];
    let search = Search {
        bound: &bound,
        key: "A&B",
        way: 0,
        id_type: "01",
        given: &given(&[("12-02", "C&1"), ("12-03", "}{")]),
        columns: &[],
        wanted: &[],
        rows_max: 1,
        deadline: Instant::now(),
    };
    let asked = Asked {
        search,
        request_id: "R1".to_owned(),
    };
    Ok(template.filled(&asked, |text| format!("<{text}>")))
}

#[test]
fn templates_are_filled_and_what_is_filled_is_escaped() {
    for (text, is) in [
        ("", ""),
        ("/a", "/a"),
        ("{1}", "<A&B>"),
        (
            "/x/{number}/{2}?t={id-type}&r={request-id}",
            "/x/<A&B>/<15>?t=<01>&r=<R1>",
        ),
        ("{1}{given:12-02}{given:12-03}", "<A&B><C&1><}{>"),
    ] {
        assert_eq!(filled(text).as_deref(), Ok(is), "{text}");
    }
    for text in [
        "{",
        "}",
        "a}b",
        "{3}",
        "{0}",
        "{}",
        "{name}",
        "{{1}}",
        "{1}}",
        "{given:}",
        "{given:12}",
        "{given:x}",
    ] {
        assert!(filled(text).is_err(), "{text}");
    }
}

#[test]
fn each_record_of_a_reply_has_its_own_number() {
    assert_eq!(numbered("R", 0), "R");
    assert_eq!(numbered("R", 1), "R-2");
}
