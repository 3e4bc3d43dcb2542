//! What REST and SOAP systems do instead of replying: each has a named outcome in bounded time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use node_agent::translate::{FoundOutcome, SourceError};

use crate::bench::ask;
use crate::office::{Act, Office, head, reply};
use crate::systems::{GB_XML, JSON, envelope, open, rest, says, soap_home, unavailable};

/// Every odd reply of a REST system and what becomes of it.
fn rest_oddities() -> Vec<(&'static str, Vec<Act>, SourceError)> {
    use SourceError::{AccessDenied, Broken, Failed, Overloaded, Rejected, TimedOut, TooLarge};
    let good = b"{\"rows\":[{\"who\":{\"name\":\"x\"}}]}";
    let status = |line: &str| reply(line, JSON, good);
    let half = || [head("200 OK", JSON, good.len()), good[..10].to_vec()].concat();
    let mut packed = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n".to_vec();
    packed.extend_from_slice(b"content-type: application/json\r\ncontent-length: 2\r\n\r\n{}");
    let long_head = [b"HTTP/1.1 200 OK\r\nx: ".to_vec(), vec![b'a'; 200 << 10]].concat();
    vec![
        ("half a body", vec![Act::Say(half())], Broken),
        (
            "half a body, then silence",
            vec![Act::Say(half()), Act::Wait(Duration::from_secs(9))],
            TimedOut,
        ),
        ("silence", vec![Act::Wait(Duration::from_secs(9))], TimedOut),
        ("nothing", vec![], Broken),
        (
            "no HTTP",
            vec![Act::Say(b"\x15\x03\x01 hello\r\n\r\n".to_vec())],
            Broken,
        ),
        ("an endless head", vec![Act::Say(long_head)], Broken),
        (
            "100 MB announced",
            vec![
                Act::Say(head("200 OK", JSON, 100 << 20)),
                Act::Flood(100 << 20),
            ],
            TooLarge,
        ),
        (
            "100 MB unannounced",
            vec![
                Act::Say(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n".to_vec()),
                Act::Flood(100 << 20),
            ],
            TooLarge,
        ),
        ("a page", reply("200 OK", "text/html", b"<html/>"), Broken),
        ("no kind", reply("200 OK", "", good), Broken),
        (
            "another charset",
            reply("200 OK", "application/json; charset=gbk", good),
            Broken,
        ),
        ("packed", vec![Act::Say(packed)], Broken),
        ("redirect", status("302 Found"), Broken),
        ("no content", status("204 No Content"), Broken),
        ("bad request", status("400 Bad Request"), Rejected),
        ("not let in", status("401 Unauthorized"), AccessDenied),
        ("forbidden", status("403 Forbidden"), AccessDenied),
        ("gone", status("410 Gone"), Broken),
        ("too many", status("429 Too Many Requests"), Overloaded),
        ("outage", status("503 Service Unavailable"), Failed),
        ("here and not here", status("404 Not Found"), Broken),
    ]
}

/// What 404 is where it is declared to mean "no record".
fn rest_absences() -> Vec<(&'static str, Vec<Act>, SourceError)> {
    use SourceError::{Broken, Missing};
    let none = |media: &str, body: &[u8]| reply("404 Not Found", media, body);
    vec![
        ("no body", none("", b""), Broken),
        ("a page", none("text/html", b"<h1>404</h1>"), Broken),
        ("half a body", none(JSON, b"{\"rows\":"), Broken),
        ("not here", none(JSON, b"{}"), Missing),
    ]
}

#[tokio::test]
async fn every_odd_reply_of_a_rest_system_is_bounded_and_named() {
    for (what, acts, outcome) in rest_oddities().into_iter().chain(rest_absences()) {
        let (_office, translator, home) = rest(says(acts), "body_max_bytes = 65536").await;
        let started = Instant::now();
        let found = ask(&translator, "04-05").await;
        // A 404 of the system itself is declared to mean "no record".
        let expected = if outcome == SourceError::Missing {
            FoundOutcome::NoRecord
        } else {
            unavailable(outcome)
        };
        assert_eq!(found.outcome, expected, "{what}");
        assert!(found.records.is_empty() && found.notes.is_empty(), "{what}");
        assert!(
            started.elapsed() < Duration::from_secs(2),
            "{what}: {:?}",
            started.elapsed()
        );
        drop(home);
    }
}

type Reply = Box<dyn Fn(&str) -> Vec<Act> + Send + Sync>;

/// Every odd reply of a bus and what becomes of it.
fn bus_oddities() -> Vec<(&'static str, Reply, FoundOutcome)> {
    use SourceError::{AccessDenied, Broken, Failed, Rejected, TimedOut};
    let coded = |code: &'static str| -> Reply {
        Box::new(move |request| reply("200 OK", GB_XML, &envelope(request, code, "x")))
    };
    let fault = b"<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\
        <s:Fault><faultstring>x</faultstring></s:Fault></s:Body></s:Envelope>";
    vec![
        ("no record", coded("1"), FoundOutcome::NoRecord),
        ("not allowed", coded("2"), unavailable(AccessDenied)),
        ("bad input", coded("3"), unavailable(Rejected)),
        ("failed", coded("99"), unavailable(Failed)),
        ("unknown code", coded("42"), unavailable(Broken)),
        (
            "fault with 200",
            Box::new(|_| reply("200 OK", "text/xml", fault)),
            unavailable(Failed),
        ),
        (
            "fault with 500",
            Box::new(|_| reply("500 Error", "text/xml", fault)),
            unavailable(Failed),
        ),
        (
            "another kind",
            Box::new(|request| reply("200 OK", "text/plain", &envelope(request, "0", "x"))),
            unavailable(Broken),
        ),
        (
            "half a body",
            Box::new(|request| {
                let body = envelope(request, "0", "x");
                vec![Act::Say(
                    [head("200 OK", GB_XML, body.len()), body[..200].to_vec()].concat(),
                )]
            }),
            unavailable(Broken),
        ),
        (
            "truncated within its length",
            Box::new(|request| reply("200 OK", GB_XML, &envelope(request, "0", "x")[..350])),
            unavailable(Broken),
        ),
        (
            "one byte at a time",
            Box::new(|_| {
                let drop = [
                    Act::Say(b" ".to_vec()),
                    Act::Wait(Duration::from_millis(100)),
                ];
                [
                    vec![Act::Say(head("200 OK", GB_XML, 1_000))],
                    std::iter::repeat_n(drop, 90).flatten().collect(),
                ]
                .concat()
            }),
            unavailable(TimedOut),
        ),
    ]
}

#[tokio::test]
async fn every_odd_reply_of_a_bus_is_bounded_and_named() {
    for (what, script, outcome) in bus_oddities() {
        let office = Office::open(None, Arc::from(script)).await;
        let home = soap_home(
            &format!("http://{}/bus", office.address),
            "timeout_ms = 600",
        );
        let translator = open(&home).await;
        let started = Instant::now();
        let found = ask(&translator, "04-05").await;
        assert_eq!(found.outcome, outcome, "{what}");
        assert!(found.records.is_empty(), "{what}");
        assert!(started.elapsed() < Duration::from_millis(1_500), "{what}");
    }
}
