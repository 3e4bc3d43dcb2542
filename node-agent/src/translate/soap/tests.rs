//! Bus replies as they are and as they should not be.

use std::time::Duration;

use encoding_rs::GB18030;
use proptest::prelude::*;
use tokio::time::Instant;

use super::*;

const NAMESPACE: &str = "urn:office:marriage";

fn source() -> SoapSource {
    let home = tempfile::TempDir::new().unwrap();
    let text = "base = \"http://127.0.0.1:1\"\nnamespace = \"urn:office:marriage\"\n\
        center = \"C11000\"\noperator = \"AGENT\"\nchannel = \"STAR\"";
    let mut faults = FileFaults::new("connectors.toml", text);
    let table = crate::translate::sheet::parse(text, &mut faults).unwrap();
    let sheet = Sheet::root(&table);
    let place = http::read(&sheet, home.path(), &mut faults).unwrap();
    let bus = read_bus(&sheet, &mut faults).unwrap();
    let parameters = [("ZJHM", "{1}"), ("ZJHM15", "{2}")];
    let parameters =
        parameters.map(|(name, text)| (name.to_owned(), Template::parse(text, 2).unwrap()));
    SoapSource {
        client: Arc::new(HttpClient::new(
            &place,
            crate::translate::LocalLimits::default(),
        )),
        bus,
        call: SoapCall {
            operation: "Query".to_owned(),
            transaction: "QRY0401".to_owned(),
            row: "Row".to_owned(),
            parameters: parameters.into(),
            given: std::collections::BTreeSet::new(),
        },
    }
}

/// A reply around `rows`.
fn reply(code: &str, rows: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- bus -->\
         <e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>\
         <QueryResponse xmlns=\"{NAMESPACE}\"><Header><TransCode>QRY0401</TransCode>\
         <Serial>R1</Serial><ReturnCode>{code}</ReturnCode></Header><Body>{rows}</Body>\
         </QueryResponse></e:Body></e:Envelope>\n"
    )
}

type Found = Result<Vec<(String, String)>, SourceError>;

fn extracted(body: &[u8], charset: &str) -> Found {
    let columns = ["XM", "POXM", "unread"].map(str::to_owned);
    let search = Search {
        bound: &["<1>".to_owned(), "15&".to_owned()],
        key: "1",
        way: 0,
        id_type: "01",
        given: wire::convert::Given::NONE,
        columns: &columns,
        wanted: &[true, true, false],
        rows_max: 3,
        deadline: Instant::now() + Duration::from_secs(1),
    };
    let asked = Asked {
        search,
        request_id: "R1".to_owned(),
    };
    let rows = source().extract(body, charset, &asked)?;
    Ok(rows
        .iter()
        .map(|row| (spelled(&row[0]), spelled(&row[1])))
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

#[test]
fn rows_are_read_in_their_namespace() {
    let rows = "<Row><XM>陈&lt;&#24605;&#x8FDC;</XM><POXM/><New><Deep>1</Deep></New></Row>\
        <Other><XM>no</XM></Other>\
        <Row xmlns:o=\"urn:other\"><o:XM>evil</o:XM><XM><![CDATA[a<b]]></XM></Row>\
        <o:Row xmlns:o=\"urn:other\"><XM>evil</XM></o:Row>\
        <p:Row xmlns:p=\"urn:office:marriage\"><p:XM>x<p:y/></p:XM></p:Row>";
    let found = extracted(reply("0", rows).as_bytes(), "").unwrap();
    assert_eq!(
        found,
        [
            (text("陈<思远"), text("")),
            (text("a<b"), text("(null)")),
            (text("(undecodable)"), text("(null)")),
        ]
    );
}

#[test]
fn the_return_code_decides() {
    for (code, is) in [
        ("0", Ok(1)),
        (" 0 ", Ok(1)),
        ("1", Ok(0)),
        ("2", Err(SourceError::AccessDenied)),
        ("3", Err(SourceError::Rejected)),
        ("99", Err(SourceError::Failed)),
        ("00", Err(SourceError::Broken)),
        ("7", Err(SourceError::Broken)),
        ("", Err(SourceError::Broken)),
    ] {
        let body = reply(code, "<Row><XM>x</XM></Row>");
        let found = extracted(body.as_bytes(), "").map(|rows| rows.len());
        assert_eq!(found, is, "`{code}`");
    }
    let none = extracted(reply("0", "").as_bytes(), "");
    assert_eq!(none, Err(SourceError::Broken), "code 0 promises rows");
}

#[test]
fn what_is_not_as_agreed_gives_no_rows() {
    let good = reply("0", "<Row><XM>x</XM></Row>");
    assert!(extracted(good.as_bytes(), "").is_ok());
    for (part, instead) in [
        ("<e:Body>", "<evil:Body>"),
        (
            "xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"",
            "xmlns:e=\"urn:evil\"",
        ),
        ("xmlns=\"urn:office:marriage\"", "xmlns=\"urn:evil\""),
        ("xmlns=\"urn:office:marriage\"", ""),
        ("<Serial>R1<", "<Serial>R2<"),
        ("<TransCode>QRY0401<", "<TransCode>QRY0402<"),
        ("<Serial>R1</Serial>", ""),
        ("<Body><Row>", "<Body/><Body><Row>"),
        ("</e:Envelope>", "</e:Envelope><e:Envelope/>"),
        ("</e:Envelope>", "</e:Envelope>tail"),
        ("</e:Envelope>", ""),
        ("</Row>", ""),
        ("<XM>x</XM>", "<XM>x</XM><XM>y</XM>"),
        ("<XM>x</XM>", "<XM>&name;</XM>"),
        ("<XM>x</XM>", "<XM>&x</XM>"),
        ("<XM>x</XM>", "<o:XM>x</o:XM>"),
        ("<!-- bus -->", "<!DOCTYPE e [<!ENTITY x \"y\">]>"),
        ("<!-- bus -->", "<!DOCTYPE e SYSTEM \"file:///etc/passwd\">"),
        ("encoding=\"UTF-8\"", "encoding=\"UTF-16\""),
        ("encoding=\"UTF-8\"", "encoding=\"\""),
    ] {
        let body = good.replace(part, instead);
        assert_ne!(body, good, "{part}");
        assert_eq!(
            extracted(body.as_bytes(), ""),
            Err(SourceError::Broken),
            "{part} {instead}"
        );
    }
    let fault = "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\"><e:Body><e:Fault>\
        <faultstring>110101190001010014</faultstring></e:Fault></e:Body></e:Envelope>";
    assert_eq!(extracted(fault.as_bytes(), ""), Err(SourceError::Failed));
    for body in ["", "{}", "garbage", "<html>"] {
        assert_eq!(
            extracted(body.as_bytes(), ""),
            Err(SourceError::Broken),
            "{body}"
        );
    }
    let many = "<Row/>".repeat(4);
    assert_eq!(
        extracted(reply("0", &many).as_bytes(), ""),
        Err(SourceError::TooManyRecords)
    );
    let deep = "<a>".repeat(40);
    assert_eq!(
        extracted(reply("0", &deep).as_bytes(), ""),
        Err(SourceError::TooLarge)
    );
    let wide = "<a/>".repeat(100_001);
    assert_eq!(
        extracted(reply("0", &wide).as_bytes(), ""),
        Err(SourceError::TooLarge)
    );
}

#[test]
fn the_charset_is_what_head_and_declaration_say_together() {
    let body = |declared: &str| {
        let text = reply("0", "<Row><XM>董㛃𠮷</XM></Row>").replace("UTF-8", declared);
        GB18030.encode(&text).0.into_owned()
    };
    let name = [(text("董㛃𠮷"), text("(null)"))];
    for (declared, stated) in [
        ("GB18030", ""),
        ("GB18030", "gb18030"),
        ("gbk", "gb18030"),
        ("GBK", "gbk"),
    ] {
        assert_eq!(
            extracted(&body(declared), stated).as_deref(),
            Ok(&name[..]),
            "{declared}"
        );
    }
    for (declared, stated) in [
        ("UTF-8", "gb18030"),
        ("GB18030", "utf-8"),
        ("GBK", "latin1"),
    ] {
        let found = extracted(&body(declared), stated);
        assert_eq!(found, Err(SourceError::Broken), "{declared} {stated}");
    }
    // Bytes that are no text take the value they stand in, and no other.
    let mut cut = reply("0", "<Row><XM>?</XM><POXM>y</POXM></Row>").into_bytes();
    let at = cut.windows(5).position(|part| part == b"<XM>?").unwrap() + 4;
    cut[at] = 0xff;
    assert_eq!(
        extracted(&cut, ""),
        Ok(vec![(text("(undecodable)"), text("y"))])
    );
}

#[test]
fn values_enter_a_request_escaped() {
    let search = Search {
        bound: &["</m:ZJHM>".to_owned(), "1&2".to_owned()],
        key: "1",
        way: 0,
        id_type: "01",
        given: wire::convert::Given::NONE,
        columns: &[],
        wanted: &[],
        rows_max: 1,
        deadline: Instant::now(),
    };
    let asked = Asked {
        search,
        request_id: "R1".to_owned(),
    };
    let now = time::macros::datetime!(2026-11-23 16:30:05 UTC);
    let envelope = source().envelope(&asked, now);
    let tree = xml::parsed(&envelope, NAMESPACE).unwrap();
    let request = tree
        .only(Space::Soap, "Body")
        .unwrap()
        .only(Space::Own, "Query")
        .unwrap();
    let header = request.only(Space::Own, "Header").unwrap();
    let header: Vec<_> = header
        .children
        .iter()
        .map(|one| (one.name.as_str(), one.text.as_str()))
        .collect();
    let expected = [
        ("TransCode", "QRY0401"),
        ("Center", "C11000"),
        ("Date", "20261124"),
        ("Time", "003005"),
        ("Serial", "R1"),
        ("Operator", "AGENT"),
        ("Channel", "STAR"),
    ];
    assert_eq!(header, expected);
    let body = request.only(Space::Own, "Body").unwrap();
    assert_eq!(body.only(Space::Own, "ZJHM").unwrap().text, "</m:ZJHM>");
    assert_eq!(body.only(Space::Own, "ZJHM15").unwrap().text, "1&2");
}

proptest! {
    #[test]
    fn any_bytes_give_a_named_outcome(body in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(extracted(&body, "gb18030").is_err());
    }

    #[test]
    fn a_reply_cut_anywhere_gives_no_rows(at in 0.0..1.0_f64) {
        let body = reply("0", "<Row><XM>x</XM></Row>");
        let whole = body.trim_end().len();
        let cut = ((whole as f64) * at) as usize;
        prop_assert_eq!(extracted(&body.as_bytes()[..cut], ""), Err(SourceError::Broken));
    }

    #[test]
    fn a_changed_byte_never_adds_a_row(at in 0.0..1.0_f64, byte in any::<u8>()) {
        let mut body = reply("0", "<Row><XM>x</XM></Row>").into_bytes();
        let at = ((body.len() as f64) * at) as usize;
        body[at] = byte;
        if let Ok(rows) = extracted(&body, "") {
            prop_assert!(rows.len() <= 1);
        }
    }
}
