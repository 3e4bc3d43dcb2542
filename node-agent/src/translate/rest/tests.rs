//! JSON replies as they are and as they should not be.

use std::time::Duration;

use proptest::prelude::*;
use tokio::time::Instant;

use super::*;

const COLUMNS: [&str; 4] = ["name", "house.area", "@request-id", "unread"];

fn call(rows: &str, code: bool) -> RestCall {
    RestCall {
        method: Method::GET,
        path: Template::parse("/x/{1}", 1).unwrap(),
        body: None,
        parameters: 1,
        rows: if rows.is_empty() {
            Vec::new()
        } else {
            dotted(rows).unwrap()
        },
        empty_status: vec![404],
        code: code.then(|| ReplyCode {
            path: dotted("code").unwrap(),
            ok: vec!["0".to_owned()],
            empty: vec!["1".to_owned()],
        }),
        given: std::collections::BTreeSet::new(),
    }
}

fn extracted(call: &RestCall, body: &[u8]) -> Result<Vec<Vec<String>>, SourceError> {
    let columns = COLUMNS.map(str::to_owned);
    let search = Search {
        bound: &["1".to_owned()],
        key: "1",
        way: 0,
        id_type: "01",
        given: wire::convert::Given::NONE,
        columns: &columns,
        wanted: &[true, true, true, false],
        rows_max: 3,
        deadline: Instant::now() + Duration::from_secs(1),
    };
    let rows = call.extract(
        body,
        &Asked {
            search,
            request_id: "R".to_owned(),
        },
    )?;
    Ok(rows
        .iter()
        .map(|row| row.iter().map(spelled).collect())
        .collect())
}

/// Cells have no `Debug`, so that none slips into a log: the tests spell them out.
fn spelled(cell: &Cell) -> String {
    match cell {
        Cell::Null => "(null)".to_owned(),
        Cell::Text(text) => text.clone(),
        Cell::Undecodable => "(undecodable)".to_owned(),
        Cell::TooLong => "(too long)".to_owned(),
    }
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn two(rows: &[Vec<String>]) -> Vec<(String, String)> {
    rows.iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect()
}

#[test]
fn rows_are_read_and_numbers_stay_as_written() {
    let body = r#"{"data":{"items":[
        {"name":"\u9648","house":{"area":12345678901234567.89},"unread":{"x":[1]}},
        {"name":null,"house":null},
        {"name":true,"house":{"area":{"m2":1}},"more":1e400}]}}"#;
    let rows = extracted(&call("data.items", false), body.as_bytes()).unwrap();
    assert_eq!(
        two(&rows),
        [
            (text("陈"), text("12345678901234567.89")),
            (text("(null)"), text("(null)")),
            (text("true"), text("(undecodable)")),
        ]
    );
    assert!(
        rows.iter().all(|row| row[3] == text("(null)")),
        "what nobody asked for stays out"
    );
    let one = extracted(&call("data", false), br#"{"data":{"name":"x"}}"#).unwrap();
    assert_eq!(two(&one), [(text("x"), text("(null)"))]);
    assert_eq!(
        extracted(&call("", false), b"[]").unwrap(),
        Vec::<Vec<String>>::new()
    );
}

#[test]
fn what_is_not_as_agreed_gives_no_rows() {
    for body in [
        &b""[..],
        b"{",
        br#"{"data":{"items":[{"name":"x"}"#,
        br#"{"data":{"items":[{"name":"x"}]}} {}"#,
        br#"{"data":{}}"#,
        br#"{"data":null}"#,
        br#"{"data":{"items":null}}"#,
        br#"{"data":{"items":"none"}}"#,
        br#"{"data":{"items":["x"]}}"#,
        br#"{"data":{"items":[null]}}"#,
        br#"{"data":[{"items":[]}]}"#,
        br#"{"data":{"items":[]},"data":{"items":[]}}"#,
        br#"{"data":{"items":[{"name":"a","name":"b"}]}}"#,
        br#"{"data":{"items":[{"name":"a","house":"b"}]}}"#,
        b"{\"data\":{\"items\":[{\"name\":\"\xc4\xe3\"}]}}",
        b"\xef\xbb\xbf{\"data\":{\"items\":[]}}",
        b"<html>maintenance</html>",
    ] {
        let found = extracted(&call("data.items", false), body);
        assert_eq!(
            found.err(),
            Some(SourceError::Broken),
            "{}",
            String::from_utf8_lossy(body)
        );
    }
    let many = format!("[{}]", ["{}"; 4].join(","));
    let found = extracted(&call("", false), many.as_bytes());
    assert_eq!(found.err(), Some(SourceError::TooManyRecords));
    let deep = "[".repeat(200_000);
    assert_eq!(
        extracted(&call("", false), deep.as_bytes()).err(),
        Some(SourceError::Broken)
    );
}

#[test]
fn the_code_within_a_reply_decides_before_its_rows_do() {
    let call = call("data", true);
    for (body, is) in [
        (r#"{"code":0,"data":[{"name":"x"}]}"#, Ok(1)),
        (r#"{"code":"0","data":[{"name":"x"}]}"#, Ok(1)),
        (r#"{"code":1}"#, Ok(0)),
        (r#"{"code":500,"data":[]}"#, Err(SourceError::Failed)),
        (r#"{"data":[]}"#, Err(SourceError::Broken)),
        (r#"{"code":null,"data":[]}"#, Err(SourceError::Broken)),
        (r#"{"code":0}"#, Err(SourceError::Broken)),
    ] {
        let found = extracted(&call, body.as_bytes()).map(|rows| rows.len());
        assert_eq!(found, is, "{body}");
    }
}

#[test]
fn values_enter_a_request_encoded() {
    let call = RestCall {
        body: Some(serde_json::json!({"no": "{1}", "kinds": ["{id-type}", 7], "{1}": "k"})),
        method: Method::POST,
        ..call("", false)
    };
    let number = "1\"},/?#陈 ".to_owned();
    let search = Search {
        bound: std::slice::from_ref(&number),
        key: &number,
        way: 0,
        id_type: "01",
        given: wire::convert::Given::NONE,
        columns: &[],
        wanted: &[],
        rows_max: 1,
        deadline: Instant::now(),
    };
    let request = call.request(&Asked {
        search,
        request_id: "R".to_owned(),
    });
    assert_eq!(request.path, "/x/1%22%7D%2C%2F%3F%23%E9%99%88%20");
    let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({"no": number, "kinds": ["01", 7], "{1}": "k"})
    );
}

proptest! {
    #[test]
    fn any_bytes_give_rows_or_a_named_outcome(body in prop::collection::vec(any::<u8>(), 0..400)) {
        let _rows = extracted(&call("data.items", true), &body);
    }

    #[test]
    fn a_reply_cut_anywhere_gives_no_rows(cut in 0_usize..71) {
        let body = br#"{"data":{"items":[{"name":"x","house":{"area":1.5}},{"name":"yyyyyyy"}]}}"#;
        let found = extracted(&call("data.items", false), &body[..cut]);
        prop_assert_eq!(found.err(), Some(SourceError::Broken));
    }

    #[test]
    fn a_changed_byte_never_adds_a_row(at in 0_usize..60, byte in any::<u8>()) {
        let body = br#"{"code":0,"data":{"items":[{"name":"x","house":{"area":15}}]}}"#;
        let mut body = body.to_vec();
        body[at] = byte;
        if let Ok(rows) = extracted(&call("data.items", true), &body) {
            prop_assert!(rows.len() <= 1);
        }
    }
}

#[test]
fn a_404_means_none_only_where_the_system_itself_says_so() {
    let none = |code: bool, body: &[u8]| call("rows", code).none_in(body).map(|rows| rows.len());
    for body in [
        "{}",
        "{\"rows\":[ ]}",
        "{\"rows\":null}",
        "{\"code\":7}",
        "{\"message\":\"nobody\"}",
    ] {
        assert_eq!(none(false, body.as_bytes()), Ok(0), "{body}");
    }
    for body in [
        "",
        "<h1>404</h1>",
        "[]",
        "{\"code\":",
        "{\"code\":\"1\"} x",
        "{\"rows\":[{}]}",
        "{\"rows\":{}}",
    ] {
        assert_eq!(
            none(false, body.as_bytes()),
            Err(SourceError::Broken),
            "{body}"
        );
    }
    assert_eq!(none(true, b"{\"code\":\"1\"}"), Ok(0));
    assert_eq!(none(true, b"{\"code\":\"0\"}"), Err(SourceError::Broken));
    assert_eq!(none(true, b"{\"code\":\"9\"}"), Err(SourceError::Failed));
    assert_eq!(none(true, b"{}"), Err(SourceError::Broken));
    assert_eq!(none(false, &[b'"', 0xff, b'"']), Err(SourceError::Broken));
}
