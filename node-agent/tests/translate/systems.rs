//! REST and SOAP systems over real connections: they are asked in their own way, what they say
//! comes out, and the limits that protect them hold.

use std::sync::Arc;
use std::time::{Duration, Instant};

use encoding_rs::GB18030;
use node_agent::translate::{Found, FoundOutcome, LocalLimits, SourceError, Translator};

use crate::bench::{Home, Is, NOW, PERSON, PERSON_15, ask, item, items, person, seen};
use crate::office::{Act, Office, Script, reply};

pub(crate) const JSON: &str = "application/json";
pub(crate) const GB_XML: &str = "text/xml; charset=GB18030";

pub(crate) fn limits() -> LocalLimits {
    LocalLimits {
        pool_max: 4,
        statement_timeout: Duration::from_millis(800),
        queue_wait: Duration::from_secs(5),
        asks_in_flight_max: 256,
    }
}

pub(crate) fn says(acts: Vec<Act>) -> Script {
    Arc::new(move |_| acts.clone())
}

/// A home whose class 04 is asked of a REST system, with `more` in its connector.
pub(crate) fn rest_home(base: &str, more: &str) -> Home {
    let home = Home::new();
    home.mapping(
        "connectors.toml",
        &format!("[[connector]]\nname = \"api\"\nkind = \"rest\"\nbase = \"{base}\"\n{more}\n"),
    );
    let items = items("04", &[("04-05", "from = \"who.name\"")]);
    home.mapping(
        "04.toml",
        &format!(
            "class = \"04\"\n[source]\nconnector = \"api\"\nmethod = \"GET\"\n\
             path = \"/v1/people/{{number}}\"\nrows = \"rows\"\nempty_status = [404]\n\
             [subject]\nkind = \"person\"\nforms = [\"id18\"]\n{items}"
        ),
    );
    home
}

pub(crate) fn soap_home(base: &str, more: &str) -> Home {
    let home = Home::new();
    home.mapping(
        "connectors.toml",
        &format!(
            "[[connector]]\nname = \"bus\"\nkind = \"soap\"\nbase = \"{base}\"\n\
             namespace = \"urn:bus\"\ncenter = \"C11001\"\noperator = \"A1\"\n\
             channel = \"S\"\n{more}\n"
        ),
    );
    let items = items("04", &[("04-05", "from = \"XM\"")]);
    home.mapping(
        "04.toml",
        &format!(
            "class = \"04\"\n[source]\nconnector = \"bus\"\noperation = \"Q\"\n\
             transaction = \"T1\"\n[source.parameters]\nID = \"{{1}}\"\nOLD = \"{{2}}\"\n\
             [subject]\nkind = \"person\"\nforms = [\"id18\", \"id15\"]\n{items}"
        ),
    );
    home
}

pub(crate) async fn open(home: &Home) -> Translator {
    home.try_open(limits())
        .await
        .unwrap_or_else(|faults| panic!("{faults}"))
}

pub(crate) async fn rest(script: Script, more: &str) -> (Office, Translator, Home) {
    let office = Office::open(None, script).await;
    let home = rest_home(&format!("http://{}/api", office.address), more);
    let translator = open(&home).await;
    (office, translator, home)
}

/// The SOAP reply to `request`, in GB18030.
pub(crate) fn envelope(request: &str, code: &str, name: &str) -> Vec<u8> {
    let serial = request
        .split("<m:Serial>")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap();
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"GB18030\"?><s:Envelope \
         xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\
         <QResponse xmlns=\"urn:bus\">\
         <Header><TransCode>T1</TransCode><Serial>{serial}</Serial><ReturnCode>{code}</ReturnCode>\
         </Header><Body><Row><XM>{name}</XM></Row></Body></QResponse></s:Body></s:Envelope>"
    );
    GB18030.encode(&text).0.into_owned()
}

fn name(found: &Found) -> crate::bench::Expect {
    assert_eq!(found.outcome, FoundOutcome::Answered);
    seen(found.records.first().unwrap(), "04-05")
}

pub(crate) fn unavailable(error: SourceError) -> FoundOutcome {
    FoundOutcome::Unavailable(error)
}

#[tokio::test]
async fn a_rest_system_is_asked_in_its_own_way() {
    let body = "{\"rows\":[{\"who\":{\"name\":\"董㛃𠮷\"}}]}".as_bytes();
    let (office, translator, _home) = rest(says(reply("200 OK", JSON, body)), "").await;
    assert_eq!(name(&ask(&translator, "04-05").await), Is("董㛃𠮷"));
    assert_eq!(name(&ask(&translator, "04-05").await), Is("董㛃𠮷"));
    let requests = office.requests();
    for request in &requests {
        let line = format!("GET /api/v1/people/{PERSON} HTTP/1.1\r\n");
        assert!(request.starts_with(&line), "{request}");
        let lower = request.to_ascii_lowercase();
        assert!(
            lower.contains("\r\nx-request-id: 20261123100000"),
            "{request}"
        );
        assert!(
            !lower.contains("cookie") && !lower.contains("accept-encoding"),
            "{request}"
        );
    }
    assert_eq!(requests.len(), 2);
}

#[tokio::test]
async fn a_soap_bus_is_asked_with_both_numbers_and_read_in_its_charset() {
    let script: Script =
        Arc::new(|request| reply("200 OK", GB_XML, &envelope(request, "0", "董㛃𠮷")));
    let office = Office::open(None, script).await;
    let home = soap_home(&format!("http://{}/bus", office.address), "");
    let translator = open(&home).await;
    assert_eq!(name(&ask(&translator, "04-05").await), Is("董㛃𠮷"));
    let request = office.requests().remove(0);
    assert!(request.contains(&format!("<m:ID>{PERSON}</m:ID><m:OLD>{PERSON_15}</m:OLD>")));
    assert!(
        request
            .to_ascii_lowercase()
            .contains("soapaction: \"urn:bus/q\""),
        "{request}"
    );
}

#[tokio::test]
async fn a_hundred_asks_at_once_hold_the_pool_and_all_are_answered() {
    let script: Script = Arc::new(|request| {
        let pause = Act::Wait(Duration::from_millis(20));
        [
            vec![pause],
            reply("200 OK", GB_XML, &envelope(request, "0", "x")),
        ]
        .concat()
    });
    let office = Office::open(None, script).await;
    let home = soap_home(&format!("http://{}/bus", office.address), "");
    let translator = open(&home).await;
    let asks = (0..100).map(|_| ask(&translator, "04-05"));
    for found in futures_util::future::join_all(asks).await {
        assert_eq!(name(&found), Is("x"));
    }
    assert!(office.peak() <= 4, "{}", office.peak());
    assert_eq!(office.requests().len(), 100);
    // Each had its own serial, or the replies would have been refused as somebody else's.
    let hung = Office::open(None, says(vec![Act::Wait(Duration::from_secs(60))])).await;
    let home = soap_home(&format!("http://{}/bus", hung.address), "");
    let few = LocalLimits {
        queue_wait: Duration::from_millis(100),
        ..limits()
    };
    let translator = home.try_open(few).await.unwrap();
    let started = Instant::now();
    let asks = (0..100).map(|_| ask(&translator, "04-05"));
    let mut outcomes: Vec<_> = futures_util::future::join_all(asks)
        .await
        .into_iter()
        .map(|found| found.outcome)
        .collect();
    outcomes.retain(|outcome| *outcome != unavailable(SourceError::Overloaded));
    assert_eq!(outcomes, vec![unavailable(SourceError::TimedOut); 4]);
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );
    assert!(hung.peak() <= 4, "{}", hung.peak());
}

#[tokio::test]
async fn the_deadline_of_the_question_is_the_last_word() {
    let (_office, translator, _home) = rest(
        says(vec![Act::Wait(Duration::from_secs(9))]),
        "timeout_ms = 60000",
    )
    .await;
    let started = Instant::now();
    let deadline = tokio::time::Instant::now() + Duration::from_millis(200);
    let items = [item("04-05")].into();
    let class = item("04-05").class();
    let found = translator
        .find(class, &items, &person(PERSON), NOW, deadline)
        .await;
    assert_eq!(found.outcome, unavailable(SourceError::TimedOut));
    assert!(
        started.elapsed() < Duration::from_millis(900),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn of_several_records_the_latest_is_answered_or_none() {
    let undated = || Err(SourceError::Undated);
    for (days, expected) in [
        (
            vec!["\"1990-05-20\"", "\"2016-10-18\"", "\"2009-03-02\""],
            Ok(vec!["b"]),
        ),
        (
            vec!["\"2016-10-18\"", "\"1990-05-20\"", "\"2016-10-18\""],
            Ok(vec!["a", "c"]),
        ),
        (vec!["null"], Ok(vec!["a"])),
        (vec!["\"2016-10-18\"", "null"], undated()),
        (vec!["\"2016-10-18\"", "\"1990-02-30\""], undated()),
        (vec!["\"2016-10-18\"", "20161019"], undated()),
    ] {
        let rows = days.iter().zip(["a", "b", "c"]);
        let rows: Vec<String> = rows
            .map(|(day, name)| format!("{{\"name\":\"{name}\",\"day\":{day}}}"))
            .collect();
        let body = format!("[{}]", rows.join(","));
        let office = Office::open(None, says(reply("200 OK", JSON, body.as_bytes()))).await;
        let home = rest_home(&format!("http://{}", office.address), "");
        std::fs::remove_file(home.path().join("mappings/04.toml")).unwrap();
        let date = "from = \"day\"\ndate = \"YYYY-MM-DD\"";
        let items = items("13", &[("13-02", "from = \"name\""), ("13-10", date)]);
        home.mapping(
            "13.toml",
            &format!(
                "class = \"13\"\n[source]\nconnector = \"api\"\nmethod = \"GET\"\n\
                 path = \"/{{1}}\"\n[rows]\nlatest_by = \"13-10\"\n[subject]\n\
                 kind = \"person\"\nforms = [\"id18\"]\n{items}"
            ),
        );
        // Only the name is asked for: the date decides all the same.
        let found = ask(&open(&home).await, "13-02").await;
        let answered = match found.outcome {
            FoundOutcome::Unavailable(error) => Err(error),
            _ => Ok(found
                .records
                .iter()
                .map(|record| seen(record, "13-02"))
                .collect::<Vec<_>>()),
        };
        assert_eq!(
            answered,
            expected.map(|names| names.into_iter().map(Is).collect()),
            "{days:?}"
        );
    }
}
